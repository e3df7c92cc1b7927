// Structures that come after CreateTable, with data keys of their own (dynamodb.md 3.2): what the
// decisions that make them share.
#pragma once

#include <cstdint>
#include <vector>

#include "model/decide.h"

namespace tablekey::model {

/// What a new structure is. Those of one event are numbered on from the table's last one.
struct StructurePlan {
  events::StructureKind kind{};
  std::uint32_t index = kNone;
  std::uint32_t parent = kNone;
  std::uint32_t data_key = kNone;  ///< the structure whose data key it gets; kNone: a new one
  std::uint32_t copy_of = kNone;   ///< one that has a copy of that key now
};

/// What a table that is being made begins with, by number: its partition, that one's parts of the
/// local indexes, its groups of items but for the first one, its global indexes, a shard of its
/// stream (dynamodb.md 3.2). A restore makes the global indexes that its source had, or those of
/// them that GlobalSecondaryIndexOverride names (dynamodb.md 7.3).
std::vector<StructurePlan> first_structures(const State& state, std::uint32_t table);

/// Fills `out` for structure number `structure` of the table: its data key is drawn, or unwrapped
/// from where it is, and wrapped under the newest version of the table key. A table that is not
/// encrypted has none.
void make_structure(Deciding& d, std::uint32_t table, std::uint32_t structure,
                    const StructurePlan& plan, events::NewStructure::Builder out);

/// JobStarted.structures for a global index that an UpdateTable makes: its first partition.
void new_index_structures(Deciding& d, std::uint32_t table, std::uint32_t index,
                          events::JobStarted::Builder job);

/// JobStarted.structures for a stream that is enabled: an open shard for each base partition. The
/// label is the present time; set it too.
void new_shards(Deciding& d, std::uint32_t table, events::JobStarted::Builder job);

}  // namespace tablekey::model
