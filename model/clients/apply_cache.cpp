// Cached table keys as events make, use and end them, and where they are: in a connection's own
// slot, or in one that all requests of a principal, caller or router share (dynamodb.md 4.3).
#include <algorithm>
#include <limits>

#include "model/applier.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {

// A life begins on the next router, and where its requests look for the key follows from that.
void Applier::take_slot(Connection& connection, std::uint32_t index) {
  ++connection.lives;
  connection.router = router_of(state_, index, connection.lives);
  const std::uint64_t domain = cache_domain(state_, index, connection.lives);
  if (domain == 0) {
    connection.slot = index;
    return;
  }
  const auto number = static_cast<std::uint32_t>(state_.caches.size());
  const auto [cache, new_cache] = state_.cache_of_domain.try_emplace(domain, number);
  if (new_cache) state_.caches.push_back({domain, 0, kNone, kNone});
  const auto place = static_cast<std::uint32_t>(state_.cache.size());
  const auto [slot, new_slot] =
      state_.slot_of_cache.try_emplace({connection.table, cache->second}, place);
  if (new_slot) {
    CacheSlot& made = state_.cache.emplace_back();
    made.cache = cache->second;
    made.table = connection.table;
  }
  connection.slot = slot->second;
}

void Applier::note_slot(const Connection& connection, Request& request) const {
  request.slot = connection.slot;
  request.generation = at(state_.cache, connection.slot).generation;
}

// A call that the connection's own slot waits for would find it closed.
bool Applier::waits_on_own(const Connection& connection, std::uint32_t index) const {
  return connection.slot == index && at(state_.cache, index).call != kNone;
}

// Whoever waits goes on when the answer is there; with rule storm it sleeps, and looks again every
// so often.
sim::Time Applier::wakes(const Request& waiter) const {
  const CacheFigures& figures = settings_.cache;
  if (!figures.storm_grace || figures.coalesce || figures.storm_sleep.count() == 0) return now();
  const std::int64_t slept = (now() - waiter.arrived).count();
  const std::int64_t nap = figures.storm_sleep.count();
  return waiter.arrived + sim::Duration::nanoseconds((slept + nap - 1) / nap * nap);
}

void Applier::asked(CacheSlot& slot, std::uint32_t call) {
  slot.call = call;
  if (!settings_.cache.storm_grace) return;
  CacheSlotExtras& extras = slot.extras.make();
  if (now() - extras.last_renewal >= settings_.cache.storm_in_flight) extras.in_flight = 0;
  extras.last_renewal = now();
  ++extras.in_flight;
}

// Without coalescing several ask for the same key. The first answer makes the entry.
bool Applier::comes_late(const CacheSlot& slot, const Call& call) const {
  if (settings_.cache.late_answers_overwrite || settings_.cache.coalesce) return false;
  return slot.entry.version == call.version && slot.entry.created >= call.sent;
}

void Applier::insert_entry(std::uint32_t index, std::uint32_t version, std::uint32_t key_jitter) {
  if (settings_.cache.scope == CacheScope::none) return;
  CacheSlot& slot = at(state_.cache, index);
  if (slot.entry.version == 0) {
    ++at(state_.tables, slot.table).holders;
    if (slot.cache != kNone) ++at(state_.caches, slot.cache).entries;
  }
  CacheEntry entry;
  entry.version = version;
  entry.created = entry.last_used = now();
  entry.age_jitter = entry.idle_jitter = key_jitter;
  slot.entry = entry;
  if (slot.extras) slot.extras.make().denied_until = {};
  arm_poll(index);
  if (!settings_.cache.capacity || slot.cache == kNone) return;
  move_to_newest(index);
  const Cache& cache = state_.caches[slot.cache];
  while (cache.entries > *settings_.cache.capacity) {
    drop_entry(at(state_.cache, cache.oldest), events::Miss::EVICTED);
  }
}

void Applier::use_entry(std::uint32_t index, std::uint32_t key_jitter, std::uint64_t bytes) {
  CacheSlot& slot = at(state_.cache, index);
  if (slot.entry.version == 0) return;  // its table is not encrypted
  slot.entry.last_used = now();
  slot.entry.idle_jitter = key_jitter;
  if (slot.entry.uses != std::numeric_limits<std::uint32_t>::max()) ++slot.entry.uses;
  slot.entry.bytes += bytes;
  arm_poll(index);
  if (settings_.cache.capacity && slot.cache != kNone) move_to_newest(index);
}

void Applier::drop_entry(CacheSlot& slot, events::Miss why) {
  if (slot.entry.version == 0) return;
  --at(state_.tables, slot.table).holders;
  if (slot.cache != kNone) {
    --at(state_.caches, slot.cache).entries;
    unlink(slot);
  }
  slot.entry = {};
  slot.lost = why;
  slot.refresh = kNone;
  state_.agenda_.cancel(slot.refresh_due);
  slot.refresh_due = sim::kNoHandle;
  if (!slot.extras) return;
  state_.agenda_.cancel(slot.extras->poll);
  slot.extras.make().poll = sim::kNoHandle;
}

void Applier::empty_slot(std::uint32_t index, events::Miss why) {
  CacheSlot& slot = at(state_.cache, index);
  drop_entry(slot, why);
  slot.lost = why;
  slot.call = kNone;
  slot.refresh = kNone;
  ++slot.generation;
  if (!slot.extras) return;
  // The instants at which it polls are the cache's, and no draw is made twice.
  const CacheSlotExtras former = *slot.extras;
  slot.extras.reset();
  if (!former.poll_planned && former.pushes == 0) return;
  CacheSlotExtras& extras = slot.extras.make();
  extras.poll_planned = former.poll_planned;
  extras.first_poll = former.first_poll;
  extras.polls = former.polls;
  extras.pushes = former.pushes;
}

void Applier::remember_denial(CacheSlot& slot, const Call& call) {
  if (slot.entry.version == 0) slot.lost = events::Miss::DROPPED;
  if (settings_.cache.negative_ttl.count() == 0) return;
  CacheSlotExtras& extras = slot.extras.make();
  extras.denied_until = now() + settings_.cache.negative_ttl;
  extras.denial = call.error;
  extras.denial_request_high = call.request_id[0];
  extras.denial_request_low = call.request_id[1];
}

// What is held of a table's key goes with the table.
void Applier::drop_entries(std::uint32_t index) {
  const Table& table = state_.tables[index];
  const ScenarioView& scenario = state_.scenario();
  const FamilyView& family = state_.family(index);
  for (const std::uint32_t number : family.workloads) {
    const WorkloadView& workload = scenario.workloads[number];
    for (std::uint32_t i = table.copy; i < workload.connections; i += family.copies) {
      drop_entry(state_.cache[workload.first_connection + i], events::Miss::COLD);
    }
  }
  for (std::uint32_t i = scenario.first_step_connection; i < scenario.connections; ++i) {
    if (state_.cache[i].table == index) drop_entry(state_.cache[i], events::Miss::COLD);
  }
  for (auto shared = state_.slot_of_cache.lower_bound({index, 0});
       shared != state_.slot_of_cache.end() && shared->first.first == index; ++shared) {
    drop_entry(at(state_.cache, shared->second), events::Miss::COLD);
  }
  law(table.holders == 0, "nobody else holds a table's key");
}

// The rules change with an era: who shares an entry may be others.
void Applier::drop_all_entries() {
  for (std::uint32_t i = 0; i < state_.cache.size(); ++i) {
    empty_slot(i, events::Miss::RESTARTED);
    if (state_.cache[i].extras) state_.cache[i].extras.make().poll_planned = false;
  }
  for (std::uint32_t i = 0; i < state_.connections.size(); ++i) {
    Connection& connection = state_.connections[i];
    if (!connection.open) continue;
    --connection.lives;  // it is the same life
    take_slot(connection, i);
  }
}

void Applier::move_to_newest(std::uint32_t index) {
  CacheSlot& slot = state_.cache[index];
  Cache& cache = at(state_.caches, slot.cache);
  if (cache.newest == index) return;
  unlink(slot);
  CacheSlotExtras& extras = slot.extras.make();
  extras.older = cache.newest;
  extras.newer = kNone;
  if (cache.newest != kNone) at(state_.cache, cache.newest).extras.make().newer = index;
  cache.newest = index;
  if (cache.oldest == kNone) cache.oldest = index;
}

void Applier::unlink(CacheSlot& slot) {
  if (!slot.extras) return;
  Cache& cache = at(state_.caches, slot.cache);
  const std::uint32_t newer = slot.extras->newer, older = slot.extras->older;
  const auto self = static_cast<std::uint32_t>(&slot - state_.cache.data());
  if (newer != kNone) at(state_.cache, newer).extras.make().older = older;
  if (older != kNone) at(state_.cache, older).extras.make().newer = newer;
  if (cache.newest == self) cache.newest = older;
  if (cache.oldest == self) cache.oldest = newer;
  CacheSlotExtras& extras = slot.extras.make();
  extras.newer = extras.older = kNone;
}

}  // namespace tablekey::model
