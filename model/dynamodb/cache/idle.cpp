// idle(T), "sliding": usable while t - last_use < T (cache-theory.md 1; the seed's five minutes).
// With jitter the factor is drawn anew at every use.
#include "model/dynamodb/cache/rule.h"
#include "model/planted.h"

namespace tablekey::model {

constinit const CacheRule kIdleRule{
    "idle",
    "usable while the time since its last use is below idle_timeout",
    events::Miss::IDLE,
    [](const CacheFigures& figures) { return figures.idle_timeout.has_value(); },
    [](const CacheEntry& entry, const CacheFigures& figures) {
      const auto late = sim::Duration::nanoseconds(planted(Planted::idle_late) ? 1 : 0);
      return entry.last_used + jittered(*figures.idle_timeout, entry.idle_jitter) + late;
    },
    nullptr};

}  // namespace tablekey::model
