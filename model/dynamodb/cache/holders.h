// The caches that hold a key, as KMS and DynamoDB's control plane find them: outside any request.
#pragma once

#include <cstdint>

#include "model/state.h"

namespace tablekey::model {

/// The KMS key under which a cached table key was made; kNone: the slot has no entry.
std::uint32_t key_held(const State& state, const CacheSlot& slot);

/// The entity of what is drawn for a slot as such, whatever requests come to it.
std::uint64_t slot_entity(const State& state, std::uint32_t slot);

/// The router that a slot is on: its connection's, or that of the cache that its router's
/// connections share; kNone: it is on none, as the cache of a principal or caller.
std::uint32_t router_of_slot(const State& state, std::uint32_t slot);

/// Whether a key in that state opens nothing: what a cache may learn of KMS that is no policy.
bool ends_use(events::KeyState state);

/// When the cache asks about the key next, after `now`: the next instant of its grid; zero: not,
/// since the entry ends before that if nothing uses it.
sim::Time next_poll(const State& state, const CacheSlot& slot, sim::Time now);

/// The end of an entry that nothing uses any more, the time in which it serves where KMS is not
/// available included.
sim::Time held_until(const CacheEntry& entry, const Settings& settings);

}  // namespace tablekey::model
