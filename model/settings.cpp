// The table of settings. A row is the whole definition of a setting; nothing else lists them.
#include "model/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "model/dynamodb/cache/settings.h"
#include "model/setting_rows.h"

namespace tablekey::model {
namespace own_rows {
namespace {

using namespace setting_rows;

template <auto member>
Result set_member(Settings& settings, std::string_view text) {
  return read(settings.*member, text);
}

template <auto member>
std::string get_member(const Settings& settings) {
  return write(settings.*member);
}

/// A count, or none.
template <auto member>
Result set_count_or_none(Settings& settings, std::string_view text) {
  (settings.*member).reset();
  if (text == "none") return {};
  std::uint32_t count = 0;
  if (auto result = read(count, text); !result) return result;
  settings.*member = count;
  return {};
}

template <auto member>
std::string get_count_or_none(const Settings& settings) {
  return settings.*member ? write(*(settings.*member)) : "none";
}

/// A choice between two words, stored as a flag or a two-valued enum.
template <auto member, const std::string_view& first, const std::string_view& second>
Result set_choice(Settings& settings, std::string_view text) {
  if (text != first && text != second) {
    return std::unexpected(fmt::format("expected {} or {}, found '{}'", first, second, text));
  }
  using Value = std::remove_cvref_t<decltype(settings.*member)>;
  settings.*member = static_cast<Value>(text == second);
  return {};
}

template <auto member, const std::string_view& first, const std::string_view& second>
std::string get_choice(const Settings& settings) {
  return std::string(static_cast<bool>(settings.*member) ? second : first);
}

/// A choice among several words, in the order of the enum.
template <auto member, const auto& words>
Result set_word(Settings& settings, std::string_view text) {
  return read_word(settings.*member, words, text);
}

template <auto member, const auto& words>
std::string get_word(const Settings& settings) {
  return std::string(words[static_cast<std::size_t>(settings.*member)]);
}

constexpr std::array<std::string_view, 5> kTrailVersions = {"dated", "1.02", "1.05", "1.08",
                                                            "1.11"};
constexpr std::array<std::string_view, 3> kRotationFees = {"dated", "two", "every"};
constexpr std::string_view kModern = "modern", kClassic = "classic";
constexpr std::string_view kInvalidState = "KMSInvalidStateException";
constexpr std::string_view kInvalidAliasName = "InvalidAliasNameException";
constexpr std::string_view kNotAuthorized = "NotAuthorizedException";
constexpr std::string_view kDisabled = "DisabledException";
constexpr std::string_view kArnOnly = "arn_only", kResolved = "resolved";

constexpr std::string_view kFixedWindow = "fixed", kBucket = "bucket";

using enum SettingKind;
constexpr std::string_view kOurs = "tablekey's choice; AWS publishes no figure";

constexpr auto kTable = std::to_array<SettingRow>({
    {"model.kms.servers", count_or_none, "none", "",
     "servers of a Region's KMS that take calls first come, first served; none: no call waits",
     "cache-theory.md 8.1-8.4; AWS gives no figure", true,
     set_count_or_none<&Settings::kms_servers>, get_count_or_none<&Settings::kms_servers>},
    {"model.kms.service_time", distribution, "constant(0s)", "",
     "where KMS has servers, how long one works on a call", kOurs, true,
     set_member<&Settings::kms_service_time>, get_member<&Settings::kms_service_time>},
    {"model.cloudtrail.delivery_delay", duration, "0s", "",
     "how long CloudTrail takes to deliver a record; those not delivered by the end are missing",
     "kms.md 9.1; AWS says about five minutes on average, not guaranteed", true,
     set_member<&Settings::trail_delay>, get_member<&Settings::trail_delay>},
    {"model.cloudtrail.event_version", choice, "dated", "dated|1.02|1.05|1.08|1.11",
     "the field set of CloudTrail's records; dated: that of their time, and of era classic the "
     "seed's",
     "the seed's samples of 2018 are 1.05 (kms.md 9.1)", true,
     set_word<&Settings::trail_version, kTrailVersions>,
     get_word<&Settings::trail_version, kTrailVersions>},
    {"model.cloudtrail.log_throttled", boolean, "true", "",
     "whether CloudTrail records throttled and malformed requests", "kms.md 2.5", true,
     set_member<&Settings::trail_throttled>, get_member<&Settings::trail_throttled>},
    {"model.dynamodb.create_table", distribution, "uniform(2s, 6.2s)", "",
     "how long CreateTable takes to allocate partitions", "measured (dynamodb.md 1.6)", true,
     set_member<&Settings::create_table>, get_member<&Settings::create_table>},
    {"model.dynamodb.create_table_unusable_key_timeout", duration, "3560s", "",
     "how long a table whose key is lost stays CREATING before it vanishes",
     "measured (dynamodb.md 1.6)", true, set_member<&Settings::create_table_unusable_key_timeout>,
     get_member<&Settings::create_table_unusable_key_timeout>},
    {"model.dynamodb.delete_table", distribution, "uniform(4s, 5.9s)", "",
     "how long DeleteTable takes", "measured (dynamodb.md 1.6)", true,
     set_member<&Settings::delete_table>, get_member<&Settings::delete_table>},
    {"model.dynamodb.grants_per_table", count, "2", "",
     "grants that DynamoDB makes on a KMS key for one table",
     "measured (dynamodb.md 5.1); the seed says one of each type", true,
     set_member<&Settings::grants_per_table>, get_member<&Settings::grants_per_table>},
    {"model.dynamodb.request_latency", distribution, "constant(4ms)", "",
     "how long a data request takes besides waiting for KMS", kOurs, true,
     set_member<&Settings::request_latency>, get_member<&Settings::request_latency>},
    {"model.dynamodb.rewrap_batch", count, "64", "",
     "data keys re-wrapped in one step of a key switch", "dynamodb.md 2.6", true,
     set_member<&Settings::rewrap_batch>, get_member<&Settings::rewrap_batch>},
    {"model.dynamodb.rewrap_cost", duration, "1ms", "",
     "time to re-wrap one data key, where that exceeds sse_switch", "dynamodb.md 2.6", true,
     set_member<&Settings::rewrap_cost>, get_member<&Settings::rewrap_cost>},
    {"model.dynamodb.same_key_detection", choice, "arn_only", "arn_only|resolved",
     "whether UpdateTable recognises its present key by ARN only or in any form",
     "measured (dynamodb.md 2.5)", true,
     set_choice<&Settings::resolved_same_key_detection, kArnOnly, kResolved>,
     get_choice<&Settings::resolved_same_key_detection, kArnOnly, kResolved>},
    {"model.dynamodb.sse_switch", distribution, "uniform(21.3s, 23.4s)", "",
     "how long switching a table to another key takes", "measured (dynamodb.md 1.6)", true,
     set_member<&Settings::sse_switch>, get_member<&Settings::sse_switch>},
    {"model.dynamodb.sse_switch_old_key_shown", distribution, "uniform(8.1s, 9.1s)", "",
     "the part of a switch before the first data key is re-wrapped", "measured (dynamodb.md 1.6)",
     true, set_member<&Settings::sse_switch_old_key_shown>,
     get_member<&Settings::sse_switch_old_key_shown>},
    {"model.dynamodb.table_key_delay", duration, "2s", "",
     "from the grants to GenerateDataKey when a table is made",
     "the seed's sample records are two seconds apart", true,
     set_member<&Settings::table_key_delay>, get_member<&Settings::table_key_delay>},
    {"model.iam.propagation", distribution, "lognormal(median=1s, p99=30s, cap=300s)", "",
     "until a change of an identity's policies takes effect",
     "IAM gives no figure; median and cap kms.md 10, p99 is tablekey's choice", true,
     set_member<&Settings::iam_propagation>, get_member<&Settings::iam_propagation>},
    {"model.kms.alias_propagation", distribution, "lognormal(median=1s, p99=30s, cap=300s)", "",
     "until a change of an alias or a tag counts in authorization",
     "documented: up to five minutes (kms.md 10); the distribution is tablekey's choice", true,
     set_member<&Settings::kms_alias_propagation>, get_member<&Settings::kms_alias_propagation>},
    {"model.kms.aliases_per_key_max", count, "50", "", "aliases that may point to one key",
     "documented (kms.md 1.9, 8.2)", true, set_member<&Settings::aliases_per_key_max>,
     get_member<&Settings::aliases_per_key_max>},
    {"model.kms.context_max_bytes", count, "8192", "",
     "an encryption context in its canonical form", "kms.md 7.1; AWS publishes no limit", true,
     set_member<&Settings::context_max_bytes>, get_member<&Settings::context_max_bytes>},
    {"model.kms.custom_key_stores.cloud_hsm_connect", distribution, "constant(1200s)", "",
     "how long a CloudHSM key store stays CONNECTING", "kms.md 1.7, 10: up to 20 minutes", true,
     set_member<&Settings::cloud_hsm_connect>, get_member<&Settings::cloud_hsm_connect>},
    {"model.kms.custom_key_stores.disconnect", distribution, "constant(30s)", "",
     "how long a custom key store stays DISCONNECTING", kOurs, true,
     set_member<&Settings::custom_key_store_disconnect>,
     get_member<&Settings::custom_key_store_disconnect>},
    {"model.kms.custom_key_stores.external_connect", distribution, "constant(300s)", "",
     "how long an external key store stays CONNECTING", "kms.md 1.7, 10: about 5 minutes", true,
     set_member<&Settings::external_key_store_connect>,
     get_member<&Settings::external_key_store_connect>},
    {"model.kms.custom_key_stores.max", count, "10", "",
     "custom key stores that an account may have in a Region", "documented (kms.md 1.7, 8.2)", true,
     set_member<&Settings::custom_key_stores_max>, get_member<&Settings::custom_key_stores_max>},
    {"model.kms.custom_key_stores.propagation", distribution,
     "lognormal(median=500ms, p99=5s, cap=300s)", "",
     "until the keys of a store that connects or disconnects follow it",
     "cap kms.md 10; median as for key states, p99 is tablekey's choice", true,
     set_member<&Settings::custom_key_store_propagation>,
     get_member<&Settings::custom_key_store_propagation>},
    {"model.kms.deletion_lag", duration, "0s", "",
     "how long after its DeletionDate a key really goes, at most 24h", "kms.md 2.2", true,
     set_member<&Settings::deletion_lag>, get_member<&Settings::deletion_lag>},
    {"model.kms.denial_text", choice, "modern", "modern|classic",
     "wording of AccessDeniedException: with or without the reason", "kms.md 6.9", true,
     set_choice<&Settings::classic_denial_text, kModern, kClassic>,
     get_choice<&Settings::classic_denial_text, kModern, kClassic>},
    {"model.kms.era", choice, "modern", "modern|classic",
     "whether KMS behaves as its guide of 2025-26 says or as that of 2022",
     "kms.md 0.2; the newer text is the default", true,
     set_choice<&Settings::classic_era, kModern, kClassic>,
     get_choice<&Settings::classic_era, kModern, kClassic>},
    {"model.kms.grants.check_principal_exists", boolean, "false", "",
     "whether CreateGrant refuses principals of the scenario's accounts that do not exist",
     "kms.md 5.1; AWS does not say", true, set_member<&Settings::grant_principals_exist>,
     get_member<&Settings::grant_principals_exist>},
    {"model.kms.grants_per_key_max", count, "50000", "",
     "grants that a customer managed key may carry", "documented (kms.md 5.1, 8.2)", true,
     set_member<&Settings::grants_per_key_max>, get_member<&Settings::grants_per_key_max>},
    {"model.kms.import_expiry_lag", duration, "0s", "",
     "how long after its ValidTo imported key material really goes", "kms.md 1.6", true,
     set_member<&Settings::import_expiry_lag>, get_member<&Settings::import_expiry_lag>},
    {"model.kms.key_state_propagation", distribution, "lognormal(median=500ms, p99=5s, cap=60s)",
     "", "until enabling, disabling or scheduling the deletion of a key takes effect",
     "median and cap kms.md 10; p99 is tablekey's choice", true,
     set_member<&Settings::kms_key_state_propagation>,
     get_member<&Settings::kms_key_state_propagation>},
    {"model.kms.keys_max", count, "100000", "",
     "customer managed keys that an account may have in a Region, deleted ones not counted",
     "documented (kms.md 8.2)", true, set_member<&Settings::keys_max>,
     get_member<&Settings::keys_max>},
    {"model.kms.latency", distribution, "lognormal(median=6ms, p99=40ms)", "",
     "a whole KMS call, half of it each way", kOurs, true, set_member<&Settings::kms_latency>,
     get_member<&Settings::kms_latency>},
    {"model.kms.pending_deletion_error", choice, "KMSInvalidStateException",
     "KMSInvalidStateException|DisabledException",
     "what cryptographic calls on a key pending deletion give", "recorded (kms.md 2.4)", true,
     set_choice<&Settings::pending_deletion_error, kInvalidState, kDisabled>,
     get_choice<&Settings::pending_deletion_error, kInvalidState, kDisabled>},
    {"model.kms.policy.check_principal_exists", boolean, "true", "",
     "whether a key policy may not name principals of the scenario's accounts that do not exist",
     "recorded (kms.md 6.7)", true, set_member<&Settings::policy_principals_exist>,
     get_member<&Settings::policy_principals_exist>},
    {"model.kms.policy.lockout_check", boolean, "true", "",
     "whether a key policy must let its author put another one", "documented (kms.md 6.8)", true,
     set_member<&Settings::policy_lockout_check>, get_member<&Settings::policy_lockout_check>},
    {"model.kms.policy.max_bytes", count, "32768", "", "size of a key policy",
     "documented (kms.md 6.7, 8.2)", true, set_member<&Settings::policy_max_bytes>,
     get_member<&Settings::policy_max_bytes>},
    {"model.kms.propagation", distribution, "lognormal(median=1s, p99=30s, cap=300s)", "",
     "until a change of a grant or a key policy takes effect",
     "median and cap kms.md 10; p99 is tablekey's choice", true,
     set_member<&Settings::kms_propagation>, get_member<&Settings::kms_propagation>},
    {"model.kms.replicas.creation", duration, "5s", "", "how long a replica key stays Creating",
     "a few seconds (kms.md 1.8, 10)", true, set_member<&Settings::replica_creation>,
     get_member<&Settings::replica_creation>},
    {"model.kms.replicas.material_sync", duration, "5s", "",
     "until new key material of a primary key is in its replicas' Regions", "kms.md 4.3", true,
     set_member<&Settings::replica_material_sync>, get_member<&Settings::replica_material_sync>},
    {"model.kms.replicas.primary_update", duration, "5s", "",
     "how long the keys of UpdatePrimaryRegion stay Updating",
     "a few more seconds (kms.md 1.8, 10)", true, set_member<&Settings::primary_update>,
     get_member<&Settings::primary_update>},
    {"model.kms.quota.hot_key", boolean, "false", "",
     "whether more than ten changes of one key in a second are throttled below every quota",
     "kms.md 8.1; AWS gives no figure", true, set_member<&Settings::quota_hot_key>,
     get_member<&Settings::quota_hot_key>},
    {"model.kms.queue", count_or_none, "none", "",
     "where KMS has servers, how many calls of a Region may wait; more are throttled; none: all "
     "may",
     "cache-theory.md 8.4; AWS gives no figure", true, set_count_or_none<&Settings::kms_queue>,
     get_count_or_none<&Settings::kms_queue>},
    {"model.kms.quota.burst", count_or_none, "none", "",
     "with window bucket, how many requests the bucket holds; none: a second's worth",
     "cache-theory.md 8.5; AWS gives no figure", true, set_count_or_none<&Settings::quota_burst>,
     get_count_or_none<&Settings::quota_burst>},
    {"model.kms.quota.window", choice, "fixed", "fixed|bucket",
     "how a second of a request quota is counted: whole seconds, or a bucket that refills",
     "kms.md 8.1; AWS does not say", true,
     set_choice<&Settings::quota_bucket, kFixedWindow, kBucket>,
     get_choice<&Settings::quota_bucket, kFixedWindow, kBucket>},
    {"model.kms.reserved_alias_error", choice, "InvalidAliasNameException",
     "InvalidAliasNameException|NotAuthorizedException",
     "what CreateAlias gives for a name that begins with alias/aws/",
     "kms.md 1.9; AWS does not say, the first is in its API model", true,
     set_choice<&Settings::reserved_alias_not_authorized, kInvalidAliasName, kNotAuthorized>,
     get_choice<&Settings::reserved_alias_not_authorized, kInvalidAliasName, kNotAuthorized>},
    {"model.kms.rotation.jitter", distribution, "constant(0s)", "",
     "added to the date of an automatic rotation", "kms.md 4.3; AWS names no time of day", true,
     set_member<&Settings::rotation_jitter>, get_member<&Settings::rotation_jitter>},
    {"model.kms.rotation.on_demand_duration", distribution, "constant(0s)", "",
     "how long an on-demand rotation takes", "kms.md 4.4; AWS publishes no figure", true,
     set_member<&Settings::rotation_on_demand_duration>,
     get_member<&Settings::rotation_on_demand_duration>},
    {"model.kms.rotation.on_demand_max", count, "25", "",
     "on-demand rotations that a key may ever have", "documented (kms.md 4.4, 8.2); earlier 10",
     true, set_member<&Settings::rotation_on_demand_max>,
     get_member<&Settings::rotation_on_demand_max>},
    {"model.price.asymmetric_requests", money, "$0.03", "",
     "10,000 requests for asymmetric keys or data key pairs, to which no free tier applies",
     "not verified (kms.md 8.3): AWS charges more for most of them", true,
     set_member<&Settings::price_asymmetric_requests>,
     get_member<&Settings::price_asymmetric_requests>},
    {"model.price.free_requests", count, "20000", "",
     "requests a month that an account has free, over all Regions", "kms.md 8.3", true,
     set_member<&Settings::price_free_requests>, get_member<&Settings::price_free_requests>},
    {"model.price.key_month", money, "$1.00", "",
     "a customer managed key for a month, prorated hourly", "kms.md 8.3", true,
     set_member<&Settings::price_key_month>, get_member<&Settings::price_key_month>},
    {"model.price.requests", money, "$0.03", "", "10,000 requests", "kms.md 8.3", true,
     set_member<&Settings::price_requests>, get_member<&Settings::price_requests>},
    {"model.price.rotations_charged", choice, "dated", "dated|two|every",
     "which rotations of a key add its monthly fee once more; dated: all before May 2024, two "
     "since",
     "kms.md 4.6, 8.3", true, set_word<&Settings::price_rotations, kRotationFees>,
     get_word<&Settings::price_rotations, kRotationFees>},
});

std::vector<SettingRow> all_rows() {
  std::vector<SettingRow> rows(kTable.begin(), kTable.end());
  const std::span<const SettingRow> quotas = quota_settings();
  rows.insert(rows.end(), quotas.begin(), quotas.end());
  const std::span<const SettingRow> caches = cache_settings();
  rows.insert(rows.end(), caches.begin(), caches.end());
  const std::span<const SettingRow> tables = dynamodb_settings();
  rows.insert(rows.end(), tables.begin(), tables.end());
  std::sort(rows.begin(), rows.end(),
            [](const SettingRow& a, const SettingRow& b) { return a.path < b.path; });
  return rows;
}

}  // namespace
}  // namespace own_rows

std::span<const SettingRow> settings_table() {
  static const std::vector<SettingRow> rows = own_rows::all_rows();
  return rows;
}

const SettingRow* find_setting(std::string_view path) {
  for (const SettingRow& row : settings_table()) {
    if (row.path == path) return &row;
  }
  return nullptr;
}

Settings Settings::defaults() {
  Settings settings;
  for (const SettingRow& row : settings_table()) {
    if (row.path.starts_with("model.table_key_cache.")) continue;  // its policy gives them
    row.set(settings, row.standard).value();
  }
  settings.quotas.given = {};
  settings.resolve();
  return settings;
}

std::expected<void, std::string> Settings::set(std::string_view path, std::string_view text) {
  const SettingRow* row = find_setting(path);
  if (row == nullptr) return std::unexpected(fmt::format("no setting '{}'", path));
  return row->set(*this, text);
}

void Settings::resolve() {
  quotas.resolve(classic_era);
  cache.resolve();
}

std::string Settings::text(std::string_view path) const {
  const SettingRow* row = find_setting(path);
  return row == nullptr ? std::string() : row->get(*this);
}

}  // namespace tablekey::model
