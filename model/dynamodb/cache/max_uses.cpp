// max uses(n): usable for n requests; the one that loads the entry is exempt (cache-theory.md 1;
// AWS Encryption SDK, cache security thresholds).
#include "model/dynamodb/cache/rule.h"

namespace tablekey::model {

constinit const CacheRule kMaxUsesRule{
    "max_uses",
    "usable for max_uses requests besides the one that loaded it",
    events::Miss::MAX_USES,
    [](const CacheFigures& figures) { return figures.max_uses.has_value(); },
    [](const CacheEntry&, const CacheFigures&) { return sim::Time::max(); },
    [](const CacheEntry& entry, const CacheFigures& figures, std::uint64_t) {
      return entry.uses < *figures.max_uses;
    }};

}  // namespace tablekey::model
