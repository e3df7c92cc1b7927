// Slots as others than requests see them.
#include "model/dynamodb/cache/holders.h"

#include <algorithm>

#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// Keeps the draws of a slot apart from those of its connection and its table.
constexpr std::uint64_t kOwnSlot = 0x6a09e667f3bcc908;
constexpr std::uint64_t kSharedSlot = 0xbb67ae8584caa73b;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

std::uint32_t key_held(const State& state, const CacheSlot& slot) {
  if (slot.entry.version == 0) return kNone;
  return at(at(state.tables, slot.table).keys, slot.entry.version - 1).key;
}

std::uint64_t slot_entity(const State& state, std::uint32_t index) {
  const CacheSlot& slot = at(state.cache, index);
  if (slot.cache == kNone) return mixed(state.connection_entity(index) ^ kOwnSlot);
  const std::uint64_t domain = at(state.caches, slot.cache).domain;
  return mixed(state.table_entity(slot.table) ^ mixed(domain ^ kSharedSlot));
}

std::uint32_t router_of_slot(const State& state, std::uint32_t index) {
  const CacheSlot& slot = at(state.cache, index);
  if (slot.cache == kNone) return at(state.connections, index).router;
  return router_of_domain(at(state.caches, slot.cache).domain);
}

bool ends_use(events::KeyState state) {
  switch (state) {
    case events::KeyState::ENABLED:
    case events::KeyState::CREATING:
    case events::KeyState::UPDATING:
      return false;
    default:
      return true;
  }
}

sim::Time held_until(const CacheEntry& entry, const Settings& settings) {
  const sim::Duration stale = std::min(settings.cache.stale_max, sim::Time::max() - entry.created);
  return std::max(usable_until(entry, settings), entry.created + stale);
}

sim::Time next_poll(const State& state, const CacheSlot& slot, sim::Time now) {
  const Settings& settings = state.settings();
  const auto interval = settings.cache.poll_interval;
  if (!interval || slot.entry.version == 0) return {};
  const sim::Time first = slot.extras->first_poll;
  sim::Time next = first;
  if (first <= now) {
    const std::int64_t passed = (now - first).count() / interval->count() + 1;
    if (passed > (sim::Time::max() - first).count() / interval->count()) return {};
    next = first + *interval * passed;
  }
  const bool needed = slot.entry.version == needed_version(at(state.tables, slot.table));
  return needed && next < held_until(slot.entry, settings) ? next : sim::Time();
}

}  // namespace tablekey::model
