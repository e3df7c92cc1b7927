// The two halves of world_of.
#pragma once

#include "tests/theory/world.h"

namespace tablekey::theory {

/// Sets the arrivals: loads, connections, gap, rate, settling.
void add_arrivals(World& world, const Words& words, const Parameters& parameters);
/// Sets the cache rule, memory included; the arrivals are known by then.
void add_rule(World& world, const Words& words, const Parameters& parameters);

}  // namespace tablekey::theory
