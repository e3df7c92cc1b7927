// Global tables (dynamodb.md 7.2): who is in a group, whose write wins, and what the control plane
// asks of replicas. A replica is a table of its own, with its own key in its own Region.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/decide.h"
#include "model/state.h"

namespace tablekey::model {

/// The group that a table is in; null: it is in none.
const ReplicaGroup* group_of(const State& state, std::uint32_t table);

/// The member of the table's group in a Region; kNone: there is none.
std::uint32_t replica_in(const State& state, std::uint32_t table, std::string_view region);

/// The table that a replica's numbering of items and its first values come from: itself, if it is
/// none.
std::uint32_t first_table_of(const State& state, std::uint32_t table);

/// Whether replicas send it their writes: it is ACTIVE, or it will be (its key is lost, or it is
/// still being made). What it cannot take yet waits.
bool receives(const State& state, std::uint32_t table);
/// Whether it takes them now.
bool takes_writes(const State& state, std::uint32_t table);

/// When and where a record was written: the later one wins, of two at one time that of the table
/// with the higher number (last writer wins, dynamodb.md 7.2).
struct WriteStamp {
  sim::Time written;
  std::uint32_t writer = kNone;
  std::uint32_t version = 0;  ///< of the record at this table; 0: it has none
};
WriteStamp stamp_of(const State& state, std::uint32_t table, std::uint32_t item);
/// Whether a change that arrives replaces what is there. Changes of one writer come in order.
bool wins(const ReplicatedChange& change, const WriteStamp& present);

/// Whether its value can still be had. One that was written over since a split took the data key
/// that it lay under cannot, and need not: the later write comes after it.
bool can_be_told(const State& state, std::uint32_t source, const ReplicatedChange& change);

/// The version that the next record of an item has.
std::uint32_t next_version(const State& state, std::uint32_t table, std::uint32_t item);

/// Version 2017.11.29 keeps three attributes of its own in each item: so many bytes they add to its
/// size by DynamoDB's rules (dynamodb.md 7.2, 9). 0: the table is in no such group.
std::uint32_t replication_attributes_size(const State& state, std::uint32_t table);

/// Items that a table has from its start, when it becomes ACTIVE: the family's, those of the table
/// that it is a replica of, or none if it is made again under its name.
std::uint32_t starting_items(const State& state, std::uint32_t table);

/// The queue of what `source` still has to tell `target`; null: there is none.
const ReplicationQueue* replication_queue(const State& state, std::uint32_t target,
                                          std::uint32_t source);

}  // namespace tablekey::model
