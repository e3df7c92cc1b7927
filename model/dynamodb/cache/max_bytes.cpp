// max bytes(B): usable while the bytes so far and this request's are at most B; the request that
// loads the entry is exempt, and one that does not fit reloads it (cache-theory.md 1).
#include "model/dynamodb/cache/rule.h"

namespace tablekey::model {

constinit const CacheRule kMaxBytesRule{
    "max_bytes",
    "usable while the bytes of its requests are at most max_bytes",
    events::Miss::MAX_BYTES,
    [](const CacheFigures& figures) { return figures.max_bytes.has_value(); },
    [](const CacheEntry&, const CacheFigures&) { return sim::Time::max(); },
    [](const CacheEntry& entry, const CacheFigures& figures, std::uint64_t bytes) {
      return bytes <= *figures.max_bytes && entry.bytes <= *figures.max_bytes - bytes;
    }};

}  // namespace tablekey::model
