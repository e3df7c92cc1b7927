// Where things lie: which partition of a table an item belongs to, which partition of a global
// index an entry belongs to, and what structure (and so what data key) that is (dynamodb.md 3.2,
// 3.4). A partition is a contiguous range of (hash of the partition key, sort key).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/dynamodb/items/attribute_value.h"
#include "model/law.h"
#include "model/state.h"

namespace tablekey::model {

struct IndexShape;

/// Which of detail->partitions an item, existing or not, falls into; the table has several.
std::size_t partition_number(const State& state, std::uint32_t table, std::uint32_t item);

/// The structure whose data key an item of the table is sealed under: that of its partition.
inline std::uint32_t partition_of(const State& state, std::uint32_t table, std::uint32_t item) {
  const std::vector<Partition>& partitions = at(state.tables, table).detail->partitions;
  if (partitions.size() < 2) [[likely]] {
    return partitions.empty() ? 0 : partitions.front().structure;
  }
  return partitions[partition_number(state, table, item)].structure;
}

/// The structures of a table's base partitions, in the order of its key space.
std::vector<std::uint32_t> base_partitions(const State& state, std::uint32_t table);

/// Whether the table has that local index of its family: a restore may have left it out.
inline bool has_local_index(const State& state, std::uint32_t table, std::uint32_t index) {
  return (at(state.tables, table).detail->without_local >> index & 1U) == 0;
}
/// The shapes of the local indexes that the table has, and of its family's global ones.
std::vector<const IndexShape*> index_shapes(const State& state, std::uint32_t table);

/// The structure of a partition's part of a local index: it lies with the partition.
std::uint32_t local_index_structure(const State& state, std::uint32_t table,
                                    std::uint32_t partition, std::uint32_t index);

/// Off a count of bytes, which does not go below zero.
inline void take_away(std::uint64_t& from, std::uint64_t amount) { from -= std::min(from, amount); }

/// Where an entry stands in a global index: by hash, partition key, sort key (both in ordered form,
/// items/ordered_key.h). Entries that agree in all of it are ordered by their table's key.
struct IndexPlace {
  std::uint64_t hash = 0;
  std::string partition_key, sort_key;
  auto operator<=>(const IndexPlace&) const = default;
};
/// `item` has the index's key attributes (IndexShape::holds).
IndexPlace index_place(const State& state, std::uint32_t table, std::uint32_t index,
                       const items::AttributeMap& item);

/// Which partition of a global index that place falls into; the index exists.
std::size_t index_partition_number(const State& state, std::uint32_t table, std::uint32_t index,
                                   const IndexPlace& place);
/// The structure of that partition.
std::uint32_t index_partition_of(const State& state, std::uint32_t table, std::uint32_t index,
                                 const IndexPlace& place);
/// The structures of a global index's partitions, in order; empty: there is no such index.
std::vector<std::uint32_t> index_partitions(const State& state, std::uint32_t table,
                                            std::uint32_t index);

/// Whether the item's partition has reached its size and cannot be split, because KMS refuses the
/// service the table's key: then a write that adds to it cannot be taken (dynamodb.md 5.3).
bool partition_full(const State& state, std::uint32_t table, std::uint32_t item);

/// How many partitions the table's provisioned throughput asks for; 1 in on-demand mode.
std::uint32_t partitions_for_throughput(const State& state, std::uint32_t table);

}  // namespace tablekey::model
