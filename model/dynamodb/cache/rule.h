// What a cache rule is: one reason for which a cached table key is no longer usable, or is renewed
// before that (cache-theory.md 1). One file a rule; rules.cpp lists them. Rules are evaluated when
// a request comes; no timer runs for an entry.
#pragma once

#include <span>
#include <string_view>

#include "model/dynamodb/cache/entry.h"
#include "model/dynamodb/cache/figures.h"

namespace tablekey::model {

/// A rule that ends an entry. Validity is half-open: an entry of lifetime T that starts at s serves
/// on [s, s + T).
struct CacheRule {
  std::string_view name;
  std::string_view meaning;  ///< "usable while …"
  events::Miss miss;         ///< what a request is put down to that finds the entry ended
  bool (*active)(const CacheFigures&);
  /// The first instant at which time ends the entry, if nothing uses it any more; Time::max():
  /// time does not.
  sim::Time (*until)(const CacheEntry&, const CacheFigures&);
  /// Whether a further request of so many bytes fits; nullptr: any does.
  bool (*fits)(const CacheEntry&, const CacheFigures&, std::uint64_t bytes);
};

/// How an entry is renewed while it is still usable.
enum class Renewal : std::uint8_t {
  none,
  behind,  ///< asynchronously: the request that finds it due is served from the entry
  ahead,   ///< by this request, which waits for KMS; others go on using the entry
};

/// What a renewal rule may look at.
struct RenewalView {
  const CacheEntry& entry;
  const CacheSlot& slot;
  const CacheFigures& figures;
  sim::Time now;
  double unit;  ///< a draw of this request, in (0, 1]; only for rules that draw
};

struct RenewalRule {
  std::string_view name;
  std::string_view meaning;
  bool draws;
  bool (*active)(const CacheFigures&);
  Renewal (*due)(const RenewalView&);
};

/// A lifetime times a factor that was drawn (times 2^31; 0: none was).
inline sim::Duration jittered(sim::Duration lifetime, std::uint32_t factor) {
  if (factor == 0) return lifetime;
  constexpr std::uint64_t kOne = std::uint64_t{1} << 31;
  const auto count = static_cast<std::uint64_t>(lifetime.count());
  const std::uint64_t product = count / kOne * factor + count % kOne * factor / kOne;
  return sim::Duration::nanoseconds(
      static_cast<std::int64_t>(product > INT64_MAX ? INT64_MAX : product));
}

/// All rules that end an entry, in the order in which they are named as the reason.
std::span<const CacheRule* const> cache_rules();
/// All rules that renew one; the first that is due counts.
std::span<const RenewalRule* const> renewal_rules();

extern const CacheRule kIdleRule, kMaxAgeRule, kGraceEndRule, kMaxUsesRule, kMaxBytesRule;
extern const RenewalRule kGraceRule, kStormRule, kRefreshAheadRule, kEarlyRefreshRule;

}  // namespace tablekey::model
