// The settings of table key caching in the form in which the world uses them (dynamodb.md 4.3,
// cache-theory.md 1): who shares an entry, what ends it, what renews it, what happens where KMS
// denies or is not there.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/distribution.h"
#include "sim/time.h"

namespace tablekey::model {

struct CacheRule;

/// Which requests share an entry: those that come on one connection, of one principal, of one
/// caller (a principal in one session), through one router; none: every request asks KMS.
enum class CacheScope : std::uint8_t { connection, principal, caller, router, none };

/// All settings below model.table_key_cache, by the last part of their path.
enum class CacheSetting : std::uint8_t {
  authorization,
  capacity,
  coalesce,
  early_refresh,
  grace,
  idle_timeout,
  jitter,
  late_answers,
  max_age,
  max_bytes,
  max_uses,
  negative_ttl,
  poll_interval,
  push_delay,
  push_loss,
  refresh_after,
  refresh_denied,
  scope,
  stale_max,
  storm_fan_out,
  storm_grace,
  storm_in_flight,
  storm_interval,
  storm_sleep,
  throttle_counts_as,
  ttl,
};
inline constexpr std::size_t kCacheSettings = 26;

struct CacheFigures {
  CacheScope scope{};
  bool by_principal = false;  ///< a router's entry is also that of one principal
  sim::Duration ttl = sim::Duration::minutes(5);

  // what ends an entry
  std::optional<sim::Duration> idle_timeout, max_age;
  std::optional<std::uint64_t> max_uses, max_bytes;
  std::optional<std::uint64_t> capacity;  ///< entries of one cache, the least recently used goes
  std::uint32_t jitter_millionths = 0;    ///< of the times above

  // what renews it before that
  std::optional<sim::Duration> refresh_after;  ///< behind the request
  std::optional<sim::Duration> early_refresh;  ///< likewise, at random: XFetch's beta * delta
  std::optional<sim::Duration> grace;          ///< one request renews it, the others use it
  std::optional<sim::Duration> storm_grace;    ///< likewise, before the end of max_age
  sim::Duration storm_interval = sim::Duration::seconds(1);
  std::uint64_t storm_fan_out = 20;
  sim::Duration storm_in_flight = sim::Duration::seconds(10);
  sim::Duration storm_sleep = sim::Duration::milliseconds(20);
  bool refresh_denied_evicts = true;

  // misses
  bool coalesce = true;
  bool late_answers_overwrite = false;
  sim::Duration stale_max;     ///< since the last Decrypt, where KMS is not available
  sim::Duration negative_ttl;  ///< a denial is remembered
  bool throttling_denies = false;

  // what no cloud offers
  std::optional<sim::Duration> poll_interval;
  std::optional<sim::Distribution> push_delay;
  std::uint32_t push_loss_millionths = 0;

  // How it was given: a policy, and settings that stand before what the policy says.
  std::uint32_t policy = 0;  ///< row of cache_policies()
  std::array<std::optional<std::string>, kCacheSettings> given;

  /// Works out all of the above from the policy and what was given; call after the last of them.
  void resolve();
  /// The rules that end an entry under these settings, most specific reason first; nullptr ends it.
  std::array<const CacheRule*, 5> rules{};
  bool renews_early = false;  ///< one of the settings that renew an entry is on
  bool counts_bytes = false;
};

/// Sets one from canonical text. Error: a sentence for the user.
std::expected<void, std::string> assign(CacheFigures& figures, CacheSetting setting,
                                        std::string_view text);
/// Its canonical text as it stands.
std::string text_of(const CacheFigures& figures, CacheSetting setting);

/// A policy: a name for several settings at once (dynamodb.md 4.3, 4.5).
struct CachePolicyRow {
  std::string_view id;
  std::string_view meaning;
  std::string_view source;
  /// "scope=router refresh_after=ttl"; ttl as a value is the setting ttl.
  std::string_view settings;
};
std::span<const CachePolicyRow> cache_policies();

}  // namespace tablekey::model
