// Groups of items with a data key each, a layer below partitions: structure_granularity
// item_group(n) (dynamodb.md 3.2). Groups are stretches of n places of the table's key space
// (ItemSpace::scan_order()), counted from its beginning: which group an item is in follows from its
// key alone, whatever was split before, and the items of one group lie together, as those of a
// block of storage do. A partition's first group has the data key of the partition's own structure,
// each further one a structure of kind itemGroup; so a table that one group holds has the keys that
// it has without groups. A boundary inside a group leaves a part of it, with a data key of its own,
// on both sides. Local indexes, partitions of global indexes and shards have one data key each as
// without groups.
#pragma once

#include <cstdint>
#include <vector>

#include "event.capnp.h"
#include "model/dynamodb/partitions.h"

namespace tablekey::model {

/// Data keys of items that a table may have: more are refused with the scenario.
inline constexpr std::uint32_t kItemGroupsMax = 65'536;

/// Groups by number, from `first` to the one before `end`.
struct ItemGroups {
  std::uint32_t first = 0, end = 1;
};
/// Those that have an item between two places of the scan order; the table has groups.
ItemGroups groups_between(const Table& table, std::uint32_t first_place, std::uint32_t end_place);

/// How many data keys a new table's items have.
std::uint32_t item_groups_of_new_table(const State& state, std::uint32_t table);
/// The structure of its second group. Those of further groups follow.
std::uint32_t second_group_of_new_table(const Table& table);

/// The structure whose data key seals what is in this group of the partition.
std::uint32_t group_structure(const Table& table, const Partition& partition, std::uint32_t group);
/// Likewise by an item, which lies in the partition.
std::uint32_t structure_within(const State& state, std::uint32_t table, const Partition& partition,
                               std::uint32_t item);

/// The structure whose data key an item of the table is sealed under: that of its partition, or of
/// its group there.
std::uint32_t item_structure(const State& state, std::uint32_t table, std::uint32_t item);

/// The structure of a child partition's second group in an event; kNone: it has one group.
std::uint32_t second_group_in(events::PartitionSplit::Reader event, std::uint32_t partition);

}  // namespace tablekey::model
