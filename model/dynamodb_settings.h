// The figures of DynamoDB that AWS leaves open, or that it changed over the years, as settings
// (dynamodb.md). Those of the table key cache and of the first processes stand in settings.h.
#pragma once

#include <cstdint>
#include <span>

#include "sim/distribution.h"
#include "sim/time.h"

namespace tablekey::model {

struct SettingRow;

/// To which keys UpdateTable can switch a table (dynamodb.md 0.3).
enum class SseChange : std::uint8_t { none, aws, any };

/// What each one means stands in its row. A flag made of a choice is true for the second word.
struct DynamoDbFigures {
  bool archival_abortable{};
  sim::Duration archival_after;
  bool archival_backup_type{};
  bool archived_validation{};
  sim::Distribution archiving;
  bool archival_keyspaces{};
  sim::Duration background_retry;
  sim::Duration background_ttl;
  sim::Distribution backups_available_after;
  sim::Distribution backup_create;
  sim::Distribution restore;
  bool restore_sse_override{};
  sim::Duration system_backup_retention;
  bool batch_unprocessed{};
  sim::Distribution billing_switch_again;
  sim::Distribution billing_switch_first;
  std::uint32_t concurrent_operations_max{};
  sim::Distribution control_plane_latency;
  std::uint64_t dek_max_bytes{};
  std::uint64_t dek_max_records{};
  bool dek_rotation_none{};
  bool dek_cache_storage_node{};
  sim::Distribution delete_table_inaccessible;
  bool delete_while_deleting_ok{};
  bool deletion_protection{};
  sim::Distribution export_duration;
  sim::Duration on_demand_burst;
  bool replica_customer_keys{};
  sim::Duration replica_leaves_after;
  sim::Distribution replica_create;
  sim::Distribution replica_delete;
  sim::Distribution replication_latency;
  sim::Duration history_grant_linger;
  std::uint32_t backfill_batch{};
  std::uint32_t backfill_rate{};
  sim::Distribution index_creation;
  sim::Distribution index_deletion;
  sim::Distribution index_propagation;
  bool key_check_samples{};
  sim::Duration key_check_period;
  bool throttled_internal{};
  bool unavailable_503{};
  std::uint32_t heat_min_items{};
  std::uint32_t heat_seconds{};
  std::uint64_t partition_max_bytes{};
  std::uint32_t partition_max_reads{};
  std::uint32_t partition_max_writes{};
  std::uint32_t size_scale{};
  sim::Distribution split_duration;
  bool split_inherit{};
  sim::Duration archive_interval;
  bool pitr_rewrap{};
  sim::Duration snapshot_interval;
  bool pitr_window_configurable{};
  bool sse_by_default{};
  SseChange sse_change{};
  bool sse_customer_keys{};
  bool inaccessible_state{};
  bool quota_from_creation{};
  std::uint32_t quota_burst{};
  bool quota_2019_rule{};
  sim::Duration quota_interval;
  bool quota_owned_exempt{};
  sim::Duration quota_window;
  sim::Duration switch_heals;
  bool sse_shows_updating{};
  sim::Distribution stream_toggle;
  sim::Distribution stream_delay;
  sim::Duration stream_retention;
  sim::Duration shard_lifetime;
  std::uint32_t shard_readers_max{};
  sim::Duration shard_reader_window;
  bool structure_index{};
  std::uint32_t item_group{};  ///< items that share a data key; 0: all of a partition
  bool switch_abort_new{};
  bool switch_abort_old{};
  sim::Duration switch_retry;
  sim::Distribution table_class_switch;
  sim::Distribution table_class_tail;
  std::uint32_t table_class_tail_every{};
  std::uint32_t table_class_changes_max{};
  sim::Duration table_class_window;
  std::uint32_t tables_max{};
  sim::Distribution throughput_change;
  sim::Distribution ttl_deletion;
  sim::Duration ttl_scan_period;
  sim::Duration token_lifetime;
};

/// The rows of the table of settings that are about DynamoDB's tables, in any order.
std::span<const SettingRow> dynamodb_settings();

}  // namespace tablekey::model
