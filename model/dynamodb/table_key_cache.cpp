// The cache rules. They are evaluated when a request comes; no timer runs for an entry.
#include "model/dynamodb/table_key_cache.h"

#include <algorithm>

namespace tablekey::model {

std::uint32_t needed_version(const Table& table) {
  const auto& partitions = table.detail->partitions;
  const std::uint32_t first = partitions.empty() ? 0 : partitions.front().structure;
  return first < table.data_keys.size() ? table.data_keys[first].version : 0;
}

bool usable(const CacheEntry& entry, std::uint32_t needed, const Settings& settings,
            sim::Time now) {
  if (entry.version == 0 || entry.version != needed) return false;
  if (settings.cache_idle_timeout && now - entry.last_used >= *settings.cache_idle_timeout) {
    return false;
  }
  return !settings.cache_max_age || now - entry.created < *settings.cache_max_age;
}

sim::Time usable_until(const CacheEntry& entry, const Settings& settings) {
  sim::Time until = sim::Time::max();
  if (settings.cache_idle_timeout) until = entry.last_used + *settings.cache_idle_timeout;
  if (settings.cache_max_age) until = std::min(until, entry.created + *settings.cache_max_age);
  return until;
}

}  // namespace tablekey::model
