// Distributions of sizes in bytes, written like those of durations without their units:
// exponential(mean=1000), lognormal(median=400, p99=20000), 1500.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "sim/distribution.h"

namespace tablekey::model {

/// A distribution whose nanoseconds are bytes. The error says what to write, without the place.
std::expected<sim::Distribution, std::string> parse_byte_sizes(std::string_view text);

}  // namespace tablekey::model
