// When a plaintext table key in a cache may be used, and where a request looks for it (dynamodb.md
// 4.3, 4.4; cache-theory.md 1). The rules themselves are in cache/, which ones hold are settings.
#pragma once

#include <cstdint>

#include "model/dynamodb/cache/rule.h"
#include "model/state.h"

namespace tablekey::model {

/// The version of the table key that a request needs: the one that wraps the data key of the
/// first partition. 0: the table has no keys.
std::uint32_t needed_version(const Table& table);

/// Whether a cached table key may be used now by a request of so many bytes.
bool usable(const CacheEntry& entry, std::uint32_t needed, const Settings& settings, sim::Time now,
            std::uint64_t bytes = 0);

/// Why a slot's entry does not serve such a request. The entry is not usable for it.
events::Miss why_missed(const CacheSlot& slot, std::uint32_t needed, const Settings& settings,
                        sim::Time now, std::uint64_t bytes = 0);

/// The first instant at which the entry is no longer usable, if nothing uses it any more.
/// Time::max() where no rule ends it.
sim::Time usable_until(const CacheEntry& entry, const Settings& settings);

/// Until when an entry that is made now stays usable, if nothing uses it; without jitter.
sim::Time new_until(std::uint32_t version, const Settings& settings, sim::Time now);

/// How a use of a usable entry renews it. `unit` draws one number in (0, 1] when a rule wants it.
template <class Unit>
Renewal renewal(const CacheSlot& slot, const Settings& settings, sim::Time now, Unit unit) {
  if (!settings.cache.renews_early) return Renewal::none;
  for (const RenewalRule* rule : renewal_rules()) {
    if (!rule->active(settings.cache)) continue;
    const double drawn = rule->draws ? unit() : 1;
    const Renewal due = rule->due({slot.entry, slot, settings.cache, now, drawn});
    if (due == Renewal::behind && slot.refresh != kNone) return Renewal::none;
    if (due != Renewal::none) return due;
  }
  return Renewal::none;
}

/// Whether an answer says that the caller may not, rather than that KMS was not there
/// (dynamodb.md 4.3).
bool is_denial(events::KmsError error, const Settings& settings);

/// Whether an entry past its time serves where KMS is not available.
bool serves_stale(const CacheEntry& entry, std::uint32_t needed, const Settings& settings,
                  sim::Time now);

/// What a request on the connection shares its entry with: 0: the connection's own.
/// `life` counts the connection's lives, from 1.
std::uint64_t cache_domain(const State& state, std::uint32_t connection, std::uint32_t life);

/// The slot of a request that comes on the connection now; nullptr: nothing was ever cached there.
const CacheSlot* find_slot(const State& state, std::uint32_t connection);

/// The router of a connection's life.
std::uint32_t router_of(const State& state, std::uint32_t connection, std::uint32_t life);

/// The router whose connections share the caches of that domain; kNone: it is not one of a router.
std::uint32_t router_of_domain(std::uint64_t domain);

/// Whether what is learned for the request may still be kept.
bool keeps(const State& state, const Request& request);

/// A factor between 1 - jitter and 1 + jitter, times 2^31; 0 where lifetimes are not drawn.
std::uint32_t jitter_factor(const Settings& settings, sim::Bits128 bits);

}  // namespace tablekey::model
