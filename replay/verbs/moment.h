// A moment of a run as options take it.
#pragma once

#include <expected>
#include <string>

#include "sim/time.h"

namespace tablekey::replay::verbs {

/// `2h` since `start`, or a time in ISO 8601. The error says what to write.
std::expected<sim::Time, std::string> parse_moment(const std::string& text, sim::Time start);

}  // namespace tablekey::replay::verbs
