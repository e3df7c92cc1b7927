// Which keys the replicas of a global table may have (dynamodb.md 7.2): the type of encryption is
// that of the group, the key each replica's own, in its own Region.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/dynamodb/table_operation.h"
#include "model/state.h"

namespace tablekey::model::dynamodb {

/// What a ReplicaUpdates Create says about the new replica's key, against the keys of the table at
/// which it is made. `key`: what it comes to; kNone: it names none that could be found.
TableRefusal replica_key_refusal(const State& state, std::uint32_t table,
                                 events::ReplicaChange::Reader change, std::uint32_t key);

/// The key that a new replica gets: as the request names it in the replica's Region, else the
/// replica's own as the scenario has it. kNone: it names none there.
std::uint32_t replica_key(const State& state, std::uint32_t replica,
                          events::ReplicaChange::Reader change);

/// Whether a table that is a replica from the start may be created under that key.
TableRefusal first_replica_refusal(const State& state, std::uint32_t table, std::uint32_t key);

/// Whether an UpdateTable may move a replica to that key, in its own Region. A switch to the AWS
/// managed or the AWS owned key is one of the whole group where it changes the type of encryption:
/// then every other replica must be free for it. A table that is no replica may.
TableRefusal replica_switch_refusal(const State& state, std::uint32_t table, std::uint32_t to_key);

/// The replicas that go along when one of them moves to that key: those with another type of
/// encryption. Empty in version 2017.11.29, where the type is each table's own.
std::vector<std::uint32_t> followers(const State& state, std::uint32_t table, std::uint32_t to_key);

/// The key that a replica moves to when its group does: that of the same type in its own Region;
/// kNone: there is none, or it has the type.
std::uint32_t followed_key(const State& state, std::uint32_t replica, std::uint32_t leaders_key);

}  // namespace tablekey::model::dynamodb
