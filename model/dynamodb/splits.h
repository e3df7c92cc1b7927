// What decides about a split and what applies it agree on: why a partition is split, what is
// counted in it, and what an event's children are (dynamodb.md 3.4). Private to this room.
#pragma once

#include <cstdint>
#include <optional>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::model {

using SplitCause = events::PartitionSplit::Cause;

/// The children of a split in their order: partitions, parts of local indexes, groups of items,
/// shards.
struct SplitChildren {
  std::uint32_t first = kNone;  ///< the structure of the first one
  std::uint32_t partitions = 0, locals = 0, groups = 0, shards = 0;
};
/// A law that they come in that order, one or two partitions, if any.
SplitChildren children_of(events::PartitionSplit::Reader event);

/// An item counts so many times its size: for the local indexes that have all of it, and as the
/// scale of the run says (partitions.size_scale).
std::uint64_t partition_weight(const State& state, std::uint32_t table);
/// Whether the items that the table may have can fill a partition at all.
bool may_fill_partition(const State& state, std::uint32_t table);

/// Whether there may be a place inside where it can be split: at least two items, some of which
/// came after it was last found to have none.
bool divisible(const Partition& partition);
/// Whether a data key has sealed as much as it may (data_keys.max_records, max_bytes).
bool data_key_spent(const State& state, std::uint32_t table, std::uint32_t structure);
/// Why the partition is to be split now; nothing: it is not.
std::optional<SplitCause> split_cause(const State& state, std::uint32_t table, std::uint32_t index,
                                      const Partition& partition);

/// Counts what is in the base partition, which ends before place `end` of the scan order.
void count_partition(const State& state, std::uint32_t table, Partition& partition,
                     std::uint32_t end);
/// The first place of the scan order that belongs to a base partition with that boundary.
std::uint32_t place_of_boundary(const State& state, std::uint32_t table,
                                const Partition& partition);
/// Counts the entries of a partition of a global index.
void count_index_partition(const State& state, std::uint32_t table, std::uint32_t index,
                           Partition& partition);

/// Whether a change under way or a table's history has records under a former partition's key.
bool still_needed(const State& state, std::uint32_t table, std::uint32_t structure);

}  // namespace tablekey::model
