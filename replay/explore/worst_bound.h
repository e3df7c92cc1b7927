// What theory says about the longest time that data stays readable after its key was disabled
// (cache-theory.md 3; dynamodb.md 4.4), and the spans that a search had better aim at.
#pragma once

#include <cstdint>
#include <vector>

#include "model/settings.h"
#include "replay/explore/worst.h"

namespace tablekey::replay::explore {

/// Until the change is known, and then as long as a key that KMS gave just before that serves.
WorstBound exposure_bound(const model::Settings& settings);

/// Lifetimes of cached keys and delays, where they are fixed or capped.
std::vector<std::int64_t> spans_of(const model::Settings& settings);

}  // namespace tablekey::replay::explore
