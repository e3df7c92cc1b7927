// The rows of model.table_key_cache and model.routers in the table of settings.
#include "model/dynamodb/cache/settings.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "model/setting_rows.h"

namespace tablekey::model {
namespace cache_rows {
namespace {

using setting_rows::Result;
using enum SettingKind;

template <CacheSetting setting>
Result give(Settings& settings, std::string_view text) {
  CacheFigures scratch;
  if (auto result = assign(scratch, setting, text); !result) return result;
  settings.cache.given[static_cast<std::size_t>(setting)] = std::string(text);
  if (setting == CacheSetting::ttl) settings.cache.ttl = scratch.ttl;
  return {};
}

template <CacheSetting setting>
std::string get(const Settings& settings) {
  return text_of(settings.cache, setting);
}

template <CacheSetting setting>
constexpr SettingRow row(std::string_view path, SettingKind kind, std::string_view standard,
                         std::string_view choices, std::string_view meaning,
                         std::string_view source) {
  return {path, kind, standard, choices, meaning, source, true, give<setting>, get<setting>};
}

Result set_policy(Settings& settings, std::string_view text) {
  const auto policies = cache_policies();
  for (std::size_t i = 0; i < policies.size(); ++i) {
    if (policies[i].id != text) continue;
    settings.cache.policy = static_cast<std::uint32_t>(i);
    return {};
  }
  return std::unexpected(fmt::format("no cache policy '{}'", text));
}

std::string get_policy(const Settings& settings) {
  return std::string(cache_policies()[settings.cache.policy].id);
}

// All ids with bars between them, as the table of settings has choices.
std::string_view policy_ids() {
  static const std::string ids = [] {
    std::string all;
    for (const CachePolicyRow& policy : cache_policies()) {
      if (!all.empty()) all += '|';
      all += policy.id;
    }
    return all;
  }();
  return ids;
}

Result set_routers(Settings& settings, std::string_view text) {
  std::uint32_t count = 0;
  if (auto result = setting_rows::read(count, text); !result) return result;
  if (count == 0 || count > kRoutersMax) {
    return std::unexpected(fmt::format("expected 1 to {} routers, found {}", kRoutersMax, count));
  }
  settings.routers = count;
  return {};
}

constexpr std::string_view kTheory = "cache-theory.md 1";
constexpr std::string_view kDesigner = "cache-theory.md 1; no cloud offers it";
constexpr std::string_view kStorm =
    "the hierarchical keyring's default (dynamodb.md 4.5), with policy storm";

using enum CacheSetting;
constexpr auto kRows = std::to_array<SettingRow>({
    row<authorization>("model.table_key_cache.authorization", choice, "shared", "shared|principal",
                       "whether a router's entry serves every principal, or each has to be "
                       "authorized by a Decrypt of its own",
                       "dynamodb.md 4.3, router-shared"),
    row<capacity>("model.table_key_cache.capacity", count_or_none, "none", "",
                  "entries of one cache; the least recently used one makes room",
                  "dynamodb.md 4.3; cache-theory.md 6.4"),
    row<coalesce>("model.table_key_cache.coalesce", boolean, "true", "",
                  "requests that miss the same entry wait for a Decrypt already under way instead "
                  "of sending their own",
                  "dynamodb.md 4.4"),
    row<early_refresh>("model.table_key_cache.early_refresh", duration_or_none, "none", "",
                       "XFetch: a use renews the entry at random, the likelier the closer its end "
                       "by max_age; this is beta times delta",
                       "cache-theory.md 1, 2.13"),
    row<grace>("model.table_key_cache.grace", duration_or_none, "none", "",
               "so long after max_age one request renews the entry while others still use it",
               "dynamodb.md 4.3"),
    row<idle_timeout>("model.table_key_cache.idle_timeout", duration_or_none, "5m", "",
                      "a cached table key is dropped after so long without use",
                      "the seed, Table key caching; what a policy sets stands in the list of "
                      "policies"),
    row<jitter>("model.table_key_cache.jitter", share, "0%", "",
                "lifetimes are drawn uniformly so far around idle_timeout (at every use) and "
                "max_age (once an entry)",
                "dynamodb.md 4.3; cache-theory.md 1"),
    row<late_answers>("model.table_key_cache.late_answers", choice, "ignore", "ignore|overwrite",
                      "without coalescing, what an answer does that finds a newer entry",
                      "cache-theory.md 2.17, 12"),
    row<max_age>("model.table_key_cache.max_age", duration_or_none, "none", "",
                 "a cached table key is dropped so long after its Decrypt, used or not",
                 "the seed names no limit; what a policy sets stands in the list of policies"),
    row<max_bytes>("model.table_key_cache.max_bytes", count_or_none, "none", "",
                   "bytes of items that an entry serves besides those of the request that made it",
                   kTheory),
    row<max_uses>("model.table_key_cache.max_uses", count_or_none, "none", "",
                  "requests that an entry serves besides the one that made it", kTheory),
    row<negative_ttl>("model.table_key_cache.negative_ttl", duration, "0s", "",
                      "how long a denial is remembered: requests fail without asking KMS",
                      "dynamodb.md 4.3"),
    {"model.table_key_cache.policy",
     choice,
     "idle-connection",
     {},
     "several of these settings by one name; `tablekey explain` lists what it comes to",
     "the seed's words (dynamodb.md 4.3); measured: fixed-connection",
     true,
     set_policy,
     get_policy},
    row<poll_interval>("model.table_key_cache.poll_interval", duration_or_none, "none", "",
                       "every cache asks DescribeKey about each key it holds, and drops what is "
                       "not enabled; what only a policy or grant denies it cannot see",
                       kDesigner),
    row<push_delay>("model.table_key_cache.push_delay", distribution_or_none, "none", "",
                    "KMS tells every cache that holds a key when the key changes; how long the "
                    "message takes",
                    kDesigner),
    row<push_loss>("model.table_key_cache.push_loss", share, "0%", "",
                   "share of these messages that never arrive", kDesigner),
    row<refresh_after>("model.table_key_cache.refresh_after", duration_or_none, "none", "",
                       "a use at that age or more renews the entry behind the request",
                       "dynamodb.md 4.3, static-stable; cache-theory.md 1, refresh-ahead"),
    row<refresh_denied>("model.table_key_cache.refresh_denied", choice, "evict", "ignore|evict",
                        "what a denied refresh does to the entry",
                        "dynamodb.md 4.3; cache-theory.md 3.8, 3.9"),
    row<scope>("model.table_key_cache.scope", choice, "connection",
               "connection|principal|caller|router|none", "who shares a cached table key",
               "the seed: for each connection (dynamodb.md 4.3)"),
    row<stale_max>("model.table_key_cache.stale_max", duration, "0s", "",
                   "where KMS is not available, how long after its last Decrypt an entry past its "
                   "time still serves",
                   "the text of 2018 had 12h, later ones none (dynamodb.md 4.1, 4.3)"),
    row<storm_fan_out>("model.table_key_cache.storm_fan_out", count, "20", "",
                       "Decrypts for one entry at a time", kStorm),
    row<storm_grace>("model.table_key_cache.storm_grace", duration_or_none, "none", "",
                     "so long before the end by max_age requests begin to renew the entry", kStorm),
    row<storm_in_flight>("model.table_key_cache.storm_in_flight", duration, "10s", "",
                         "after so long a Decrypt no longer counts against storm_fan_out", kStorm),
    row<storm_interval>("model.table_key_cache.storm_interval", duration, "1s", "",
                        "time between two requests that go to renew the entry", kStorm),
    row<storm_sleep>("model.table_key_cache.storm_sleep", duration, "20ms", "",
                     "how long a request sleeps that finds storm_fan_out reached", kStorm),
    row<throttle_counts_as>("model.table_key_cache.throttle_counts_as", choice, "unavailable",
                            "unavailable|denied", "what a throttled Decrypt is to the cache",
                            "dynamodb.md 4.3"),
    row<ttl>("model.table_key_cache.ttl", duration, "5m", "", "the time that the policy counts",
             "the seed: five minutes"),
    {"model.routers.count", count, "1", "",
     "request routers; a connection is on one, its next life on the next",
     "tablekey's choice; AWS publishes no figure", true, set_routers,
     [](const Settings& settings) { return fmt::format("{}", settings.routers); }},
});

}  // namespace
}  // namespace cache_rows

std::span<const SettingRow> cache_settings() {
  static const std::vector<SettingRow> rows = [] {
    std::vector<SettingRow> all(cache_rows::kRows.begin(), cache_rows::kRows.end());
    for (SettingRow& one : all) {
      if (one.path == "model.table_key_cache.policy") one.choices = cache_rows::policy_ids();
    }
    return all;
  }();
  return rows;
}

}  // namespace tablekey::model
