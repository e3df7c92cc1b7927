// One row a figure: its path, its default, what it means, and whose it is.
#include "model/dynamodb_settings.h"

#include <array>

#include "model/setting_rows.h"

namespace tablekey::model {
namespace dynamodb_rows {
namespace {

using namespace setting_rows;
using Figures = DynamoDbFigures;

template <auto member>
Result set(Settings& settings, std::string_view text) {
  return read(settings.dynamodb.*member, text);
}

template <auto member>
std::string get(const Settings& settings) {
  return write(settings.dynamodb.*member);
}

template <auto member, const auto& words>
Result set_word(Settings& settings, std::string_view text) {
  return read_word(settings.dynamodb.*member, words, text);
}

template <auto member, const auto& words>
std::string get_word(const Settings& settings) {
  return std::string(words[static_cast<std::size_t>(settings.dynamodb.*member)]);
}

// A word, or how many items a group has.
constexpr std::string_view kItemGroup = "item_group(";
constexpr std::uint32_t kGroupItemsMax = 1'000'000'000;

Result set_granularity(Settings& settings, std::string_view text) {
  Figures& figures = settings.dynamodb;
  figures.structure_index = text == "index";
  figures.item_group = 0;
  if (text == "partition" || text == "index") return {};
  if (!text.starts_with(kItemGroup) || !text.ends_with(')')) {
    return std::unexpected(
        fmt::format("expected partition, index or item_group(n), found '{}'", text));
  }
  text.remove_prefix(kItemGroup.size());
  text.remove_suffix(1);
  if (read(figures.item_group, text) && figures.item_group >= 1 &&
      figures.item_group <= kGroupItemsMax) {
    return {};
  }
  figures.item_group = 0;
  return std::unexpected(
      fmt::format("item_group(n) takes how many items share a data key, from 1 to {}, found '{}'",
                  kGroupItemsMax, text));
}

std::string get_granularity(const Settings& settings) {
  const Figures& figures = settings.dynamodb;
  if (figures.item_group != 0) return fmt::format("item_group({})", figures.item_group);
  return figures.structure_index ? "index" : "partition";
}

using Words2 = std::array<std::string_view, 2>;
using Words3 = std::array<std::string_view, 3>;
constexpr Words2 kArchivalBackupType = {"USER", "SYSTEM"};
constexpr Words2 kArchivedValidation = {"ResourceNotFoundException", "ValidationException"};
constexpr Words2 kArchivalKeyspaces = {"dynamodb", "keyspaces"};
constexpr Words2 kBatchUnprocessed = {"whole_call", "unprocessed"};
constexpr Words2 kDekCache = {"with_table_key", "storage_node"};
constexpr Words2 kDekRotationNone = {"limits", "none"};
constexpr Words2 kDeleteWhileDeletingOk = {"riu", "ok"};
constexpr Words2 kKeyCheckSamples = {"periodic", "samples"};
constexpr Words2 kThrottledInternal = {"ThrottlingException", "InternalServerError"};
constexpr Words2 kUnavailable503 = {"InternalServerError", "ServiceUnavailable"};
constexpr Words2 kSplitInherit = {"fresh", "inherit"};
constexpr Words3 kSseChange = {"none", "aws", "any"};
constexpr Words2 kQuotaFromCreation = {"first_change", "creation"};
constexpr Words2 kSwitchAbortNew = {"stall", "abort"};
constexpr Words2 kSwitchAbortOld = {"stall", "abort"};

using enum SettingKind;
constexpr std::string_view kOurs = "tablekey's choice; AWS publishes no figure";

constexpr auto kRows = std::to_array<SettingRow>({
    {"model.dynamodb.archival.abortable", boolean, "false", "",
     "whether a table whose key comes back while it is ARCHIVING goes back to ACTIVE",
     "AWS does not say (dynamodb.md 2.8)", true, set<&Figures::archival_abortable>,
     get<&Figures::archival_abortable>},
    {"model.dynamodb.archival.after", duration, "7d", "",
     "how long after its InaccessibleEncryptionDateTime a table is archived",
     "documented (dynamodb.md 2.8)", true, set<&Figures::archival_after>,
     get<&Figures::archival_after>},
    {"model.dynamodb.archival.backup_type", choice, "USER", "USER|SYSTEM",
     "BackupType of the backup that archival makes", "AWS does not say (dynamodb.md 2.8)", true,
     set_word<&Figures::archival_backup_type, kArchivalBackupType>,
     get_word<&Figures::archival_backup_type, kArchivalBackupType>},
    {"model.dynamodb.archival.data_plane_error", choice, "ResourceNotFoundException",
     "ResourceNotFoundException|ValidationException",
     "what data requests to a table that is ARCHIVING or ARCHIVED get",
     "AWS does not say (dynamodb.md 1.5)", true,
     set_word<&Figures::archived_validation, kArchivedValidation>,
     get_word<&Figures::archived_validation, kArchivedValidation>},
    {"model.dynamodb.archival.duration", distribution, "uniform(10m, 60m)", "",
     "how long a table stays ARCHIVING", "AWS does not say (dynamodb.md 2.8)", true,
     set<&Figures::archiving>, get<&Figures::archiving>},
    {"model.dynamodb.archival.variant", choice, "dynamodb", "dynamodb|keyspaces",
     "what archival does: keep the table as ARCHIVED, or delete it and keep the backup 35 days as "
     "Keyspaces does",
     "documented (dynamodb.md 2.8)", true,
     set_word<&Figures::archival_keyspaces, kArchivalKeyspaces>,
     get_word<&Figures::archival_keyspaces, kArchivalKeyspaces>},
    {"model.dynamodb.background.retry", duration, "5m", "",
     "when a job of the service that KMS refused asks again", kOurs, true,
     set<&Figures::background_retry>, get<&Figures::background_retry>},
    {"model.dynamodb.background.ttl", duration, "30m", "",
     "how long a job of the service uses its copy of the table key",
     "TTL deletions go on so long (dynamodb.md 2.8, 5.3)", true, set<&Figures::background_ttl>,
     get<&Figures::background_ttl>},
    {"model.dynamodb.backups.available_after", distribution, "uniform(0s, 6.2s)", "",
     "how long after a table became ACTIVE its backups are unavailable",
     "measured (dynamodb.md 1.5 note 2)", true, set<&Figures::backups_available_after>,
     get<&Figures::backups_available_after>},
    {"model.dynamodb.backups.create", distribution, "constant(50ms)", "",
     "how long a backup stays CREATING", "measured on small tables (dynamodb.md 1.6)", true,
     set<&Figures::backup_create>, get<&Figures::backup_create>},
    {"model.dynamodb.backups.restore", distribution, "uniform(81s, 721s)", "",
     "how long a restore takes", "measured on small tables (dynamodb.md 1.6)", true,
     set<&Figures::restore>, get<&Figures::restore>},
    {"model.dynamodb.backups.restore_sse_override", boolean, "true", "",
     "whether a restore may name another key", "documented since 2020-02-17 (dynamodb.md 0.3)",
     true, set<&Figures::restore_sse_override>, get<&Figures::restore_sse_override>},
    {"model.dynamodb.backups.system_retention", duration, "35d", "",
     "how long the backup of a deleted table with point-in-time recovery is kept",
     "documented (dynamodb.md 7.3)", true, set<&Figures::system_backup_retention>,
     get<&Figures::system_backup_retention>},
    {"model.dynamodb.batch_key_failure", choice, "whole_call", "whole_call|unprocessed",
     "what one table's key failure does to a batch over several",
     "AWS does not say (dynamodb.md 3.5)", true,
     set_word<&Figures::batch_unprocessed, kBatchUnprocessed>,
     get_word<&Figures::batch_unprocessed, kBatchUnprocessed>},
    {"model.dynamodb.billing_switch_again", distribution, "constant(2s)", "",
     "how long a further change of BillingMode takes", "measured (dynamodb.md 1.6)", true,
     set<&Figures::billing_switch_again>, get<&Figures::billing_switch_again>},
    {"model.dynamodb.billing_switch_first", distribution, "uniform(61s, 161s)", "",
     "how long the first change of BillingMode takes", "measured (dynamodb.md 1.6)", true,
     set<&Figures::billing_switch_first>, get<&Figures::billing_switch_first>},
    {"model.dynamodb.concurrent_operations_max", count, "500", "",
     "tables of an account and Region that may be CREATING, UPDATING or DELETING at once",
     "documented (dynamodb.md 1.6)", true, set<&Figures::concurrent_operations_max>,
     get<&Figures::concurrent_operations_max>},
    {"model.dynamodb.control_plane_latency", distribution, "uniform(5ms, 80ms)", "",
     "how long a control-plane call takes besides waiting for KMS", "measured (dynamodb.md 1.6)",
     true, set<&Figures::control_plane_latency>, get<&Figures::control_plane_latency>},
    {"model.dynamodb.data_keys.cache", choice, "with_table_key", "with_table_key|storage_node",
     "where unwrapped data keys are kept: with the table key, and gone with it, or on the storage "
     "node, where they outlive it and only the router's refusal protects the data; counted by "
     "data_keys() and inspect --leakage",
     "AWS does not say (dynamodb.md 3.5)", true,
     set_word<&Figures::dek_cache_storage_node, kDekCache>,
     get_word<&Figures::dek_cache_storage_node, kDekCache>},
    {"model.dynamodb.data_keys.max_bytes", count, "274877906944", "",
     "bytes sealed under one data key before a partition gets another",
     "dynamodb.md 3.3; not an AWS figure", true, set<&Figures::dek_max_bytes>,
     get<&Figures::dek_max_bytes>},
    {"model.dynamodb.data_keys.max_records", count, "4294967296", "",
     "records sealed under one data key before a partition gets another",
     "dynamodb.md 3.3; not an AWS figure", true, set<&Figures::dek_max_records>,
     get<&Figures::dek_max_records>},
    {"model.dynamodb.data_keys.rotation", choice, "limits", "limits|none",
     "whether data keys are replaced at those limits; the published text mentions no such thing",
     "dynamodb.md 3.3", true, set_word<&Figures::dek_rotation_none, kDekRotationNone>,
     get_word<&Figures::dek_rotation_none, kDekRotationNone>},
    {"model.dynamodb.delete_table_inaccessible", distribution, "constant(8s)", "",
     "how long DeleteTable takes where the key is inaccessible", "measured (dynamodb.md 1.6)", true,
     set<&Figures::delete_table_inaccessible>, get<&Figures::delete_table_inaccessible>},
    {"model.dynamodb.delete_while_deleting", choice, "riu", "riu|ok",
     "what DeleteTable gives for a table that is DELETING: ResourceInUseException or success",
     "measured; the API text says ok (dynamodb.md 1.5 note 4)", true,
     set_word<&Figures::delete_while_deleting_ok, kDeleteWhileDeletingOk>,
     get_word<&Figures::delete_while_deleting_ok, kDeleteWhileDeletingOk>},
    {"model.dynamodb.deletion_protection", boolean, "true", "",
     "whether DeletionProtectionEnabled exists", "documented since 2023 (dynamodb.md 1.5 note 5)",
     true, set<&Figures::deletion_protection>, get<&Figures::deletion_protection>},
    {"model.dynamodb.exports.duration", distribution, "uniform(5m, 15m)", "",
     "how long an export takes", kOurs, true, set<&Figures::export_duration>,
     get<&Figures::export_duration>},
    {"model.dynamodb.global_tables.customer_keys", boolean, "false", "",
     "whether replicas of version 2019.11.21 may have customer managed keys",
     "the seed: not; documented since 2020-11 (dynamodb.md 0.3, 7.2)", true,
     set<&Figures::replica_customer_keys>, get<&Figures::replica_customer_keys>},
    {"model.dynamodb.global_tables.inaccessible_leaves_after", duration, "20h", "",
     "how long after detection a replica with an inaccessible key leaves its group",
     "documented (dynamodb.md 2.8, 7.2)", true, set<&Figures::replica_leaves_after>,
     get<&Figures::replica_leaves_after>},
    {"model.dynamodb.global_tables.replica_create", distribution, "uniform(14s, 49s)", "",
     "how long an empty replica takes to be made", "measured (dynamodb.md 1.6)", true,
     set<&Figures::replica_create>, get<&Figures::replica_create>},
    {"model.dynamodb.global_tables.replica_delete", distribution, "uniform(121s, 244s)", "",
     "how long a replica takes to be removed", "measured (dynamodb.md 1.6)", true,
     set<&Figures::replica_delete>, get<&Figures::replica_delete>},
    {"model.dynamodb.global_tables.replication_latency", distribution, "uniform(500ms, 2500ms)", "",
     "from a write to its replicas", "documented (dynamodb.md 7.2)", true,
     set<&Figures::replication_latency>, get<&Figures::replication_latency>},
    {"model.dynamodb.history_grant_linger", duration, "0s", "",
     "how long the grant that protects a table's history outlives it",
     "dynamodb.md 5.1, 5.2; Keyspaces: 42 days", true, set<&Figures::history_grant_linger>,
     get<&Figures::history_grant_linger>},
    {"model.dynamodb.indexes.backfill_batch", count, "256", "",
     "items that one step of a backfill writes to a new index", kOurs, true,
     set<&Figures::backfill_batch>, get<&Figures::backfill_batch>},
    {"model.dynamodb.indexes.backfill_rate", count, "2000", "",
     "items a second that a backfill writes; its duration is proportional to the table",
     "dynamodb.md 1.6; the rate is tablekey's choice", true, set<&Figures::backfill_rate>,
     get<&Figures::backfill_rate>},
    {"model.dynamodb.indexes.creation", distribution, "uniform(5s, 15s)", "",
     "how long a new index stays CREATING before its backfill begins", kOurs, true,
     set<&Figures::index_creation>, get<&Figures::index_creation>},
    {"model.dynamodb.indexes.deletion", distribution, "uniform(5s, 15s)", "",
     "how long an index stays DELETING", kOurs, true, set<&Figures::index_deletion>,
     get<&Figures::index_deletion>},
    {"model.dynamodb.indexes.propagation", distribution, "uniform(5ms, 50ms)", "",
     "from a write to its entry in a global secondary index", kOurs, true,
     set<&Figures::index_propagation>, get<&Figures::index_propagation>},
    {"model.dynamodb.key_check.mode", choice, "periodic", "periodic|samples",
     "when the health checker looks: at a period of its own for each table, or as long after a "
     "change as was measured",
     "dynamodb.md 2.8", true, set_word<&Figures::key_check_samples, kKeyCheckSamples>,
     get_word<&Figures::key_check_samples, kKeyCheckSamples>},
    {"model.dynamodb.key_check.period", duration, "80m", "",
     "how often the health checker looks at a table's key",
     "fitted to six samples (dynamodb.md 2.8)", true, set<&Figures::key_check_period>,
     get<&Figures::key_check_period>},
    {"model.dynamodb.kms_throttled_error", choice, "ThrottlingException",
     "ThrottlingException|InternalServerError", "what a request gets where KMS throttles",
     "AWS does not say (dynamodb.md 10.1)", true,
     set_word<&Figures::throttled_internal, kThrottledInternal>,
     get_word<&Figures::throttled_internal, kThrottledInternal>},
    {"model.dynamodb.kms_unavailable_error", choice, "InternalServerError",
     "InternalServerError|ServiceUnavailable",
     "what a request gets where KMS is down and nothing is cached",
     "AWS does not say (dynamodb.md 10.1)", true,
     set_word<&Figures::unavailable_503, kUnavailable503>,
     get_word<&Figures::unavailable_503, kUnavailable503>},
    {"model.dynamodb.on_demand_burst", duration, "1s", "",
     "how long unused units of OnDemandThroughput can still be used; beyond them requests are "
     "throttled",
     kOurs, true, set<&Figures::on_demand_burst>, get<&Figures::on_demand_burst>},
    {"model.dynamodb.partitions.heat_min_items", count, "10000", "",
     "tables that may hold fewer items are not watched for heat: they are too small to need it",
     kOurs, true, set<&Figures::heat_min_items>, get<&Figures::heat_min_items>},
    {"model.dynamodb.partitions.heat_seconds", count, "60", "",
     "seconds in a row over its throughput after which a partition is split", kOurs, true,
     set<&Figures::heat_seconds>, get<&Figures::heat_seconds>},
    {"model.dynamodb.partitions.max_bytes", count, "10737418240", "",
     "size at which a partition is split", "documented: 10 GB (dynamodb.md 3.4, 9)", true,
     set<&Figures::partition_max_bytes>, get<&Figures::partition_max_bytes>},
    {"model.dynamodb.partitions.max_read_units", count, "3000", "",
     "read units a second that a partition carries", "documented (dynamodb.md 9)", true,
     set<&Figures::partition_max_reads>, get<&Figures::partition_max_reads>},
    {"model.dynamodb.partitions.max_write_units", count, "1000", "",
     "write units a second that a partition carries", "documented (dynamodb.md 9)", true,
     set<&Figures::partition_max_writes>, get<&Figures::partition_max_writes>},
    {"model.dynamodb.partitions.size_scale", count, "1", "",
     "every item counts as so many for a partition's size, so that splits can be studied on small "
     "tables",
     "dynamodb.md 3.4, 9", true, set<&Figures::size_scale>, get<&Figures::size_scale>},
    {"model.dynamodb.partitions.split_duration", distribution, "uniform(1s, 5s)", "",
     "from reaching a limit to the split", kOurs, true, set<&Figures::split_duration>,
     get<&Figures::split_duration>},
    {"model.dynamodb.partitions.split_keys", choice, "fresh", "fresh|inherit",
     "whether the children of a split get data keys of their own or their parent's",
     "AWS does not say (dynamodb.md 3.4)", true, set_word<&Figures::split_inherit, kSplitInherit>,
     get_word<&Figures::split_inherit, kSplitInherit>},
    {"model.dynamodb.recovery.archive_interval", duration, "5m", "",
     "how often the log of a table with point-in-time recovery is archived",
     "LatestRestorableDateTime is about five minutes behind (dynamodb.md 7.3)", true,
     set<&Figures::archive_interval>, get<&Figures::archive_interval>},
    {"model.dynamodb.recovery.rewrap", boolean, "true", "",
     "whether a key switch re-wraps the data keys of the archived history too", "dynamodb.md 2.6",
     true, set<&Figures::pitr_rewrap>, get<&Figures::pitr_rewrap>},
    {"model.dynamodb.recovery.snapshot_interval", duration, "24h", "",
     "how often the partitions of such a table are copied", kOurs, true,
     set<&Figures::snapshot_interval>, get<&Figures::snapshot_interval>},
    {"model.dynamodb.recovery.window_configurable", boolean, "false", "",
     "whether RecoveryPeriodInDays exists", "documented since 2025-01-07 (dynamodb.md 0.3)", true,
     set<&Figures::pitr_window_configurable>, get<&Figures::pitr_window_configurable>},
    {"model.dynamodb.sse.by_default", boolean, "true", "",
     "whether a table is always encrypted, under the AWS owned key unless it asks for another",
     "documented since 2018-11-15 (dynamodb.md 0.3)", true, set<&Figures::sse_by_default>,
     get<&Figures::sse_by_default>},
    {"model.dynamodb.sse.change", choice, "any", "none|aws|any",
     "to which keys UpdateTable can switch a table", "dynamodb.md 0.3", true,
     set_word<&Figures::sse_change, kSseChange>, get_word<&Figures::sse_change, kSseChange>},
    {"model.dynamodb.sse.customer_keys", boolean, "true", "",
     "whether a table can have a customer managed key",
     "documented since 2019-11-25 (dynamodb.md 0.3)", true, set<&Figures::sse_customer_keys>,
     get<&Figures::sse_customer_keys>},
    {"model.dynamodb.sse.inaccessible_state", boolean, "true", "",
     "whether a table whose key is lost shows INACCESSIBLE_ENCRYPTION_CREDENTIALS and is archived",
     "documented since 2019-11 (dynamodb.md 0.3)", true, set<&Figures::inaccessible_state>,
     get<&Figures::inaccessible_state>},
    {"model.dynamodb.sse_quota.anchor", choice, "first_change", "first_change|creation",
     "from when the window of changes of encryption counts",
     "measured; documented: creation (dynamodb.md 2.7)", true,
     set_word<&Figures::quota_from_creation, kQuotaFromCreation>,
     get_word<&Figures::quota_from_creation, kQuotaFromCreation>},
    {"model.dynamodb.sse_quota.burst", count, "4", "",
     "changes of a table's encryption in a window without further condition",
     "documented (dynamodb.md 2.7)", true, set<&Figures::quota_burst>, get<&Figures::quota_burst>},
    {"model.dynamodb.sse_quota.era_2019_rule", boolean, "false", "",
     "whether only switches from the AWS owned to the AWS managed key count",
     "documented through 2020 (dynamodb.md 2.7)", true, set<&Figures::quota_2019_rule>,
     get<&Figures::quota_2019_rule>},
    {"model.dynamodb.sse_quota.interval", duration, "6h", "",
     "after the burst, one more where there was none for so long", "documented (dynamodb.md 2.7)",
     true, set<&Figures::quota_interval>, get<&Figures::quota_interval>},
    {"model.dynamodb.sse_quota.owned_exempt", boolean, "true", "",
     "whether a switch to the AWS owned key is always allowed", "documented (dynamodb.md 2.7)",
     true, set<&Figures::quota_owned_exempt>, get<&Figures::quota_owned_exempt>},
    {"model.dynamodb.sse_quota.window", duration, "24h", "",
     "the window in which changes of encryption are counted", "documented (dynamodb.md 2.7)", true,
     set<&Figures::quota_window>, get<&Figures::quota_window>},
    {"model.dynamodb.sse_switch_heal_inaccessible", duration, "30s", "",
     "how long an inaccessible table takes to heal by a switch whose old key still decrypts",
     "measured (dynamodb.md 1.6)", true, set<&Figures::switch_heals>, get<&Figures::switch_heals>},
    {"model.dynamodb.sse_update_sets_table_updating", boolean, "false", "",
     "whether a switch of keys shows in TableStatus",
     "measured: it does not; the API text says it does (dynamodb.md 1.2)", true,
     set<&Figures::sse_shows_updating>, get<&Figures::sse_shows_updating>},
    {"model.dynamodb.stream_toggle", distribution, "uniform(4s, 5.3s)", "",
     "how long enabling or disabling a stream takes", "measured (dynamodb.md 1.6)", true,
     set<&Figures::stream_toggle>, get<&Figures::stream_toggle>},
    {"model.dynamodb.streams.delay", distribution, "uniform(20ms, 200ms)", "",
     "from a write to its stream record", kOurs, true, set<&Figures::stream_delay>,
     get<&Figures::stream_delay>},
    {"model.dynamodb.streams.reader_window", duration, "1s", "",
     "how long after a GetRecords its caller counts as a reader of the shard", kOurs, true,
     set<&Figures::shard_reader_window>, get<&Figures::shard_reader_window>},
    {"model.dynamodb.streams.readers", count, "2", "",
     "readers of one shard at a time, beyond which GetRecords is throttled; 0: no limit",
     "documented (dynamodb.md 7.1)", true, set<&Figures::shard_readers_max>,
     get<&Figures::shard_readers_max>},
    {"model.dynamodb.streams.retention", duration, "24h", "", "how long a stream record lives",
     "documented (dynamodb.md 7.1)", true, set<&Figures::stream_retention>,
     get<&Figures::stream_retention>},
    {"model.dynamodb.streams.shard_lifetime", duration, "4h", "", "how long a shard stays open",
     kOurs, true, set<&Figures::shard_lifetime>, get<&Figures::shard_lifetime>},
    {"model.dynamodb.structure_granularity", choice, "partition", "partition|index|item_group(n)",
     "what has a data key of its own: each partition, each table and index, or n items in a row",
     "AWS says each underlying structure (dynamodb.md 3.2)", true, set_granularity,
     get_granularity},
    {"model.dynamodb.switch_on_new_key_loss", choice, "stall", "stall|abort",
     "what a switch does that loses its new key", "AWS does not say (dynamodb.md 2.6)", true,
     set_word<&Figures::switch_abort_new, kSwitchAbortNew>,
     get_word<&Figures::switch_abort_new, kSwitchAbortNew>},
    {"model.dynamodb.switch_on_old_key_loss", choice, "stall", "stall|abort",
     "what a switch does that loses its old key", "AWS does not say (dynamodb.md 2.6)", true,
     set_word<&Figures::switch_abort_old, kSwitchAbortOld>,
     get_word<&Figures::switch_abort_old, kSwitchAbortOld>},
    {"model.dynamodb.switch_retry", duration, "30s", "", "when a stalled switch tries again", kOurs,
     true, set<&Figures::switch_retry>, get<&Figures::switch_retry>},
    {"model.dynamodb.table_class_changes.max", count, "2", "",
     "changes of TableClass that a table may have in table_class_changes.window; 0: no limit",
     "documented (API UpdateTable)", true, set<&Figures::table_class_changes_max>,
     get<&Figures::table_class_changes_max>},
    {"model.dynamodb.table_class_changes.window", duration, "30d", "",
     "the days in which changes of TableClass are counted", "documented (API UpdateTable)", true,
     set<&Figures::table_class_window>, get<&Figures::table_class_window>},
    {"model.dynamodb.table_class_switch", distribution, "uniform(3s, 6.1s)", "",
     "how long a change of TableClass takes", "measured (dynamodb.md 1.6)", true,
     set<&Figures::table_class_switch>, get<&Figures::table_class_switch>},
    {"model.dynamodb.table_class_switch_tail", distribution, "constant(46s)", "",
     "how long a change of TableClass takes when it takes long", "measured (dynamodb.md 1.6)", true,
     set<&Figures::table_class_tail>, get<&Figures::table_class_tail>},
    {"model.dynamodb.table_class_switch_tail_every", count, "20", "",
     "one in so many changes of TableClass takes long; 0: none does", kOurs, true,
     set<&Figures::table_class_tail_every>, get<&Figures::table_class_tail_every>},
    {"model.dynamodb.tables_max", count, "2500", "", "tables of an account and Region",
     "documented (dynamodb.md 1.6)", true, set<&Figures::tables_max>, get<&Figures::tables_max>},
    {"model.dynamodb.throughput_change", distribution, "uniform(1s, 2.2s)", "",
     "how long a change of provisioned throughput takes", "measured (dynamodb.md 1.6)", true,
     set<&Figures::throughput_change>, get<&Figures::throughput_change>},
    {"model.dynamodb.time_to_live.deletion", distribution, "uniform(0s, 48h)", "",
     "how long after its time an item is deleted",
     "documented: typically within 48 hours (dynamodb.md 9)", true, set<&Figures::ttl_deletion>,
     get<&Figures::ttl_deletion>},
    {"model.dynamodb.time_to_live.scan_period", duration, "1m", "",
     "how often the scanner of a partition comes round", kOurs, true,
     set<&Figures::ttl_scan_period>, get<&Figures::ttl_scan_period>},
    {"model.dynamodb.transactions.token_lifetime", duration, "10m", "",
     "how long a ClientRequestToken makes TransactWriteItems idempotent",
     "documented (dynamodb.md 9)", true, set<&Figures::token_lifetime>,
     get<&Figures::token_lifetime>},
});

}  // namespace
}  // namespace dynamodb_rows

std::span<const SettingRow> dynamodb_settings() { return dynamodb_rows::kRows; }

}  // namespace tablekey::model
