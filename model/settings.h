// Every figure that AWS does not fix, as a named setting with its default and its source (design.md
// 7). The table below is the only list: the scenario language, `explain` and the trace header read
// it, the world reads the typed struct.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/dynamodb/cache/figures.h"
#include "model/dynamodb_settings.h"
#include "model/money.h"
#include "model/quota_settings.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace tablekey::model {

/// Which exception a key that is pending deletion gives (kms.md 2.4, where AWS's own table leaves
/// it open).
enum class PendingDeletionError : std::uint8_t { kms_invalid_state, disabled };

/// Which field set CloudTrail's records have (kms.md 9.1); dated: that of their time.
enum class TrailVersion : std::uint8_t { dated, v1_02, v1_05, v1_08, v1_11 };

/// Which rotations of a key add to its monthly fee (kms.md 8.3); dated: all before May 2024, the
/// first two since.
enum class RotationFees : std::uint8_t { dated, two, every };

/// The settings as the world uses them. Durations are simulated time.
struct Settings {
  // table key cache
  CacheFigures cache;
  std::uint32_t routers = 1;

  // KMS
  sim::Distribution kms_latency;                ///< a whole call, half of it each way
  sim::Distribution kms_propagation;            ///< grants and policies
  sim::Distribution kms_key_state_propagation;  ///< enable, disable, schedule and cancel deletion
  PendingDeletionError pending_deletion_error{};
  bool classic_denial_text{};
  bool classic_era{};  ///< as the guide of 2022 has it
  QuotaFigures quotas;
  bool quota_bucket{};   ///< a token bucket instead of fixed seconds
  std::optional<std::uint32_t> quota_burst;  ///< its depth, in requests; nullopt: a second's
  std::optional<std::uint32_t> kms_servers, kms_queue;  ///< KMS as a queue; nullopt: it is none
  sim::Distribution kms_service_time;
  bool quota_hot_key{};  ///< ten changes of one key a second are too many
  std::uint32_t grants_per_key_max{};
  std::uint32_t keys_max{};                 ///< of an account in a Region
  bool grant_principals_exist{};            ///< CreateGrant asks whether its principals exist
  sim::Distribution iam_propagation;        ///< an identity's policies
  sim::Distribution kms_alias_propagation;  ///< aliases and tags, to authorization
  std::uint32_t aliases_per_key_max{};
  bool reserved_alias_not_authorized{};
  bool policy_principals_exist{};
  bool policy_lockout_check{};
  std::uint32_t policy_max_bytes{};
  sim::Duration deletion_lag;

  // what is seen of a run: no event depends on these
  sim::Duration trail_delay;
  TrailVersion trail_version{};
  bool trail_throttled{};
  Money price_key_month, price_requests, price_asymmetric_requests;
  std::uint32_t price_free_requests{};
  RotationFees price_rotations{};

  // key material
  sim::Distribution rotation_jitter;              ///< of automatic rotations
  sim::Distribution rotation_on_demand_duration;  ///< of an on-demand rotation
  std::uint32_t rotation_on_demand_max{};         ///< in a key's life
  sim::Duration import_expiry_lag;                ///< between ValidTo and the material's end
  std::uint32_t context_max_bytes{};              ///< of an encryption context in canonical form

  // custom key stores and multi-Region keys
  sim::Distribution cloud_hsm_connect, external_key_store_connect;
  sim::Distribution custom_key_store_disconnect;
  sim::Distribution custom_key_store_propagation;  ///< until a store's keys follow it
  std::uint32_t custom_key_stores_max{};
  sim::Duration replica_creation;  ///< Creating
  sim::Duration replica_material_sync;
  sim::Duration primary_update;  ///< Updating

  // DynamoDB
  sim::Distribution request_latency;
  sim::Distribution create_table;
  sim::Duration create_table_unusable_key_timeout;
  sim::Distribution delete_table;
  sim::Distribution sse_switch;
  sim::Distribution sse_switch_old_key_shown;
  sim::Duration rewrap_cost;
  std::uint32_t rewrap_batch{};
  std::uint32_t grants_per_table{};
  sim::Duration table_key_delay;
  bool resolved_same_key_detection{};
  DynamoDbFigures dynamodb;

  /// All settings at their defaults.
  static Settings defaults();

  /// Sets one by path ("model.kms.latency") from canonical text. Error: a sentence for the user.
  std::expected<void, std::string> set(std::string_view path, std::string_view text);

  /// Works out what depends on several settings; call once after the last set().
  void resolve();

  /// The canonical text of one setting as it stands.
  std::string text(std::string_view path) const;
};

enum class SettingKind : std::uint8_t {
  duration,          ///< 300s, 5m
  duration_or_none,  ///< the same, or none
  distribution,      ///< lognormal(median=6ms, p99=40ms); a bare duration is a constant
  rate,              ///< 10000/s, or none
  distribution_or_none,
  count,  ///< a whole number
  count_or_none,
  share,    ///< 25%
  boolean,  ///< true, false
  money,    ///< $0.03
  choice,   ///< one of the words in `choices`
};

/// One row: what a setting is called, what it means, where its default comes from.
struct SettingRow {
  std::string_view path;
  SettingKind kind;
  std::string_view standard;  ///< the default, in canonical text
  std::string_view choices;   ///< for `choice`: words separated by |
  std::string_view meaning;   ///< a sentence without its full stop
  std::string_view source;    ///< whose figure it is
  bool has_effect;            ///< false: understood, but this version does not simulate it
  std::expected<void, std::string> (*set)(Settings&, std::string_view);
  std::string (*get)(const Settings&);
};

/// All rows, sorted by path.
std::span<const SettingRow> settings_table();

/// The row of that path, or nullptr.
const SettingRow* find_setting(std::string_view path);

}  // namespace tablekey::model
