// Rules and slots as requests see them.
#include "model/dynamodb/table_key_cache.h"

#include <algorithm>

#include "model/law.h"

namespace tablekey::model {

std::uint32_t needed_version(const Table& table) {
  const auto& partitions = table.detail->partitions;
  const std::uint32_t first = partitions.empty() ? 0 : partitions.front().structure;
  return first < table.data_keys.size() ? table.data_keys[first].version : 0;
}

namespace {

// The rule that ends the entry for this request; nullptr: none does.
const CacheRule* ended_by(const CacheEntry& entry, const CacheFigures& figures, sim::Time now,
                          std::uint64_t bytes) {
  for (const CacheRule* rule : figures.rules) {
    if (rule == nullptr) break;
    if (rule->fits != nullptr ? !rule->fits(entry, figures, bytes)
                              : now >= rule->until(entry, figures)) {
      return rule;
    }
  }
  return nullptr;
}

// Kinds of domains stand in the highest bits, so that none is 0.
constexpr std::uint64_t kPrincipalDomain = std::uint64_t{1} << 60;
constexpr std::uint64_t kCallerDomain = std::uint64_t{2} << 60;
constexpr std::uint64_t kRouterDomain = std::uint64_t{3} << 60;

}  // namespace

bool usable(const CacheEntry& entry, std::uint32_t needed, const Settings& settings, sim::Time now,
            std::uint64_t bytes) {
  if (entry.version == 0 || entry.version != needed) return false;
  return ended_by(entry, settings.cache, now, bytes) == nullptr;
}

events::Miss why_missed(const CacheSlot& slot, std::uint32_t needed, const Settings& settings,
                        sim::Time now, std::uint64_t bytes) {
  if (settings.cache.scope == CacheScope::none) return events::Miss::UNCACHED;
  if (slot.entry.version == 0) return slot.lost;
  if (slot.entry.version != needed) return events::Miss::VERSION;
  const CacheRule* rule = ended_by(slot.entry, settings.cache, now, bytes);
  law(rule != nullptr, "an entry that is not usable was ended by a rule");
  return rule->miss;
}

sim::Time usable_until(const CacheEntry& entry, const Settings& settings) {
  sim::Time until = sim::Time::max();
  for (const CacheRule* rule : settings.cache.rules) {
    if (rule == nullptr) break;
    until = std::min(until, rule->until(entry, settings.cache));
  }
  return until;
}

sim::Time new_until(std::uint32_t version, const Settings& settings, sim::Time now) {
  CacheEntry entry;
  entry.version = version;
  entry.created = entry.last_used = now;
  return settings.cache.scope == CacheScope::none ? now : usable_until(entry, settings);
}

bool is_denial(events::KmsError error, const Settings& settings) {
  switch (error) {
    case events::KmsError::NONE:
    case events::KmsError::KMS_INTERNAL:
    case events::KmsError::KEY_UNAVAILABLE:
    case events::KmsError::DEPENDENCY_TIMEOUT:
      return false;
    case events::KmsError::THROTTLING:
      return settings.cache.throttling_denies;
    default:
      return true;
  }
}

bool serves_stale(const CacheEntry& entry, std::uint32_t needed, const Settings& settings,
                  sim::Time now) {
  return entry.version != 0 && entry.version == needed &&
         now - entry.created < settings.cache.stale_max;
}

std::uint32_t router_of(const State& state, std::uint32_t connection, std::uint32_t life) {
  return static_cast<std::uint32_t>((std::uint64_t{connection} + life - 1) %
                                    state.settings().routers);
}

std::uint64_t cache_domain(const State& state, std::uint32_t connection, std::uint32_t life) {
  const CacheFigures& figures = state.settings().cache;
  const std::uint32_t identity = state.connections[connection].identity;
  const auto principal = [&]() -> std::uint64_t {
    return identity == 0 ? 0 : 1 + state.scenario().identities[identity - 1].principal;
  };
  switch (figures.scope) {
    case CacheScope::connection:
    case CacheScope::none:
      return 0;
    case CacheScope::principal:
      return kPrincipalDomain | principal();
    case CacheScope::caller:
      return kCallerDomain | identity;
    case CacheScope::router:
      return kRouterDomain | std::uint64_t{router_of(state, connection, life)} << 32 |
             (figures.by_principal ? principal() : std::uint64_t{kNone});
  }
  return 0;
}

std::uint32_t router_of_domain(std::uint64_t domain) {
  if ((domain & kRouterDomain) != kRouterDomain) return kNone;
  return static_cast<std::uint32_t>((domain ^ kRouterDomain) >> 32);
}

const CacheSlot* find_slot(const State& state, std::uint32_t index) {
  const Connection& connection = state.connections[index];
  if (connection.open) return &at(state.cache, connection.slot);
  const std::uint64_t domain = cache_domain(state, index, connection.lives + 1);
  if (domain == 0) return &at(state.cache, index);
  const auto cache = state.cache_of_domain.find(domain);
  if (cache == state.cache_of_domain.end()) return nullptr;
  const auto slot = state.slot_of_cache.find({connection.table, cache->second});
  return slot == state.slot_of_cache.end() ? nullptr : &at(state.cache, slot->second);
}

bool keeps(const State& state, const Request& request) {
  return request.slot < state.cache.size() &&
         state.cache[request.slot].generation == request.generation;
}

std::uint32_t jitter_factor(const Settings& settings, sim::Bits128 bits) {
  const std::uint64_t jitter = settings.cache.jitter_millionths;
  if (jitter == 0) return 0;
  constexpr std::uint64_t kOne = std::uint64_t{1} << 31;
  const std::uint64_t spread = kOne * jitter / 1'000'000;  // either way
  const std::uint64_t factor = kOne - spread + sim::below(2 * spread + 1, bits);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(factor, 1, UINT32_MAX));
}

}  // namespace tablekey::model
