// absolute(T): usable while t - created < T, used or not (cache-theory.md 1; dynamodb.md 4.3,
// fixed). With jitter the factor is drawn once an entry.
#include "model/dynamodb/cache/rule.h"
#include "model/planted.h"

namespace tablekey::model {

constinit const CacheRule kMaxAgeRule{
    "max_age",
    "usable while the time since its Decrypt is below max_age",
    events::Miss::MAX_AGE,
    [](const CacheFigures& figures) {
      return figures.max_age.has_value() && !figures.grace.has_value();
    },
    [](const CacheEntry& entry, const CacheFigures& figures) {
      const auto late = sim::Duration::nanoseconds(planted(Planted::age_late) ? 1 : 0);
      return entry.created + jittered(*figures.max_age, entry.age_jitter) + late;
    },
    nullptr};

}  // namespace tablekey::model
