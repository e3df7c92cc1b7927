// Stories for the tests of forged events: keys with replicas, custom key stores, clients that
// encrypt items, groups of items.
#pragma once

#include <vector>

#include "tests/model/world_builder.h"

namespace tablekey::model::tests {

/// Between them they have every kind of event that is about these.
std::vector<Story> stories_of_keys_and_clients();

}  // namespace tablekey::model::tests
