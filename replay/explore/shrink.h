// From a scenario that breaks a law to a small one that breaks the same.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "replay/explore/laws.h"
#include "replay/explore/story.h"

namespace tablekey::replay::explore {

struct Shrunk {
  Story story;
  Finding finding;  ///< as the smaller scenario breaks it
  std::uint64_t tries = 0;
};

/// Leaves out parts, settings and fields, takes simpler values and ends earlier, as long as the
/// same law is broken. Deterministic; gives up after `tries_max` scenarios.
Shrunk shrink(const Story& story, const Finding& finding, std::uint64_t tries_max = 400);

}  // namespace tablekey::replay::explore
