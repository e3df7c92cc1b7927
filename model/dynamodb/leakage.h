// What table metadata has, or had, in plaintext (dynamodb.md 3.2, 12 S16): real sort-key values,
// where a partition was split inside one item collection.
#pragma once

#include <string>
#include <vector>

#include "model/dynamodb/items/attribute_value.h"
#include "model/state.h"

namespace tablekey::model {

struct LeakedSortKey {
  std::uint32_t table = 0;
  std::string table_name;
  std::string index;      ///< of a global index; empty: the base table
  std::string attribute;  ///< the sort key's name
  items::AttributeValue value;
  std::uint64_t hash = 0;  ///< of the partition key, which itself is not exposed
  sim::Time since, until;  ///< until zero: it is still there
};

/// Every one that was ever stored, in the order of time; those of retired boundaries too.
std::vector<LeakedSortKey> leakage(const State& state);

}  // namespace tablekey::model
