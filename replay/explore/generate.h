// From a seed to a scenario: keys, tables, principals with policies, load, cache settings, profile,
// a timeline and faults. A pure function of the seed. What it makes is accepted by the scenario
// reader: one that is not is a bug here, and the explorer says so.
#pragma once

#include <cstdint>

#include "replay/explore/story.h"

namespace tablekey::replay::explore {

/// A random scenario of about an hour and a few thousand events at most.
Story generate(std::uint64_t seed);

}  // namespace tablekey::replay::explore
