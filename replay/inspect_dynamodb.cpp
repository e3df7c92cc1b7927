// One function a part; a part that a table has nothing of is left out.
#include "replay/inspect_dynamodb.h"

#include <fmt/format.h>

#include <array>

#include "model/dynamodb/backups.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/dynamodb/leakage.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/recovery.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/streams.h"
#include "model/kms/operation.h"
#include "replay/inspect_kms.h"
#include "replay/table_facts.h"

namespace tablekey::replay {
namespace {

std::string date(sim::Time time) { return sim::print(time); }

void add_date(Json& object, const char* name, sim::Time time) {
  if (time != sim::Time()) object[name] = date(time);
}

std::string_view job_name(events::JobKind kind) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"stream", "throughput", "billing mode", "table class", "index creation", "index update",
       "index deletion", "replica", "deletion protection"});
  const auto place = static_cast<std::size_t>(kind);
  return place < kNames.size() ? kNames[place] : "?";
}

std::string_view service_job_name(std::size_t job) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"indexes", "streams", "backfill", "split", "timeToLive",
                                       "logArchive", "snapshot", "replication", "checker"});
  return job < kNames.size() ? kNames[job] : "?";
}

/// A sort key as table metadata has it, in DynamoDB JSON.
Json sort_value(const std::vector<std::uint8_t>& ordered, const model::items::KeySchema& key) {
  if (ordered.empty() || !key.sort) return nullptr;
  const std::string bytes(ordered.begin(), ordered.end());
  std::string_view rest = bytes;
  const auto value = model::items::take_ordered(rest, key.sort->type);
  return value ? Json::parse(model::items::to_json(*value), nullptr, false) : Json(nullptr);
}

Json partition_document(const model::Partition& partition, const model::items::KeySchema* key) {
  Json object;
  object["structure"] = partition.structure;
  object["fromHash"] = fmt::format("{:016x}", partition.first_hash);
  if (key != nullptr) {
    if (Json sort = sort_value(partition.first_sort, *key); !sort.is_null()) {
      object["fromSortKey"] = std::move(sort);
    }
  }
  object["items"] = partition.items;
  object["bytes"] = partition.bytes;
  return object;
}

const model::ItemSpace& space_of(const model::State& state, std::uint32_t table) {
  return state.scenario().items(state.tables[table].family);
}

void add_partitions(Json& object, const model::State& state, std::uint32_t table) {
  const auto& partitions = state.tables[table].detail->partitions;
  if (partitions.empty()) return;
  Json& list = object["partitions"] = Json::array();
  for (const model::Partition& partition : partitions) {
    list.push_back(partition_document(partition, &space_of(state, table).key()));
  }
}

void add_indexes(Json& object, const model::State& state, std::uint32_t table) {
  const auto& indexes = state.tables[table].detail->global_indexes;
  const auto& shapes = space_of(state, table).global_indexes();
  for (std::uint32_t i = 0; i < indexes.size() && i < shapes.size(); ++i) {
    const model::IndexFacts facts = model::index_facts(state, table, i);
    if (!facts.exists) continue;
    Json index;
    index["name"] = shapes[i].name;
    index["status"] = facts.status;
    if (facts.backfilling) {
      index["backfilling"] = true;
      index["backfilledItems"] = indexes[i].backfilled;
    }
    index["entries"] = facts.items;
    index["bytes"] = facts.bytes;
    index["changesWaiting"] = facts.waiting;
    Json& parts = index["partitions"] = Json::array();
    for (const model::Partition& partition : indexes[i].partitions) {
      parts.push_back(partition_document(partition, shapes[i].key ? &*shapes[i].key : nullptr));
    }
    object["globalIndexes"].push_back(std::move(index));
  }
}

Json shard_document(const model::StreamPlace& place, std::uint32_t number) {
  const model::Shard& shard = place.stream->shards[number];
  Json object;
  object["shardId"] = model::shard_id(place, number);
  object["structure"] = shard.structure;
  if (shard.parent != model::kNone) object["parent"] = model::shard_id(place, shard.parent);
  object["opened"] = date(shard.opened);
  add_date(object, "closed", shard.closed);
  if (shard.first != 0) {
    object["firstSequenceNumber"] = shard.first;
    object["lastSequenceNumber"] = shard.last;
  }
  return object;
}

void add_streams(Json& object, const model::State& state, std::uint32_t table) {
  for (const model::StreamPlace& place : model::streams_of(state, table)) {
    Json stream;
    stream["arn"] = model::stream_arn(state, place);
    stream["status"] = model::stream_status(state, place);
    stream["view"] = place.stream->view;
    stream["records"] = place.stream->records.size();
    Json& shards = stream["shards"] = Json::array();
    for (const std::uint32_t shard : model::listed_shards(place)) {
      shards.push_back(shard_document(place, shard));
    }
    object["streams"].push_back(std::move(stream));
  }
  const std::size_t waiting = state.tables[table].detail->stream_backlog.size();
  if (waiting != 0) object["streamChangesWaiting"] = waiting;
}

void add_recovery(Json& object, const model::State& state, std::uint32_t table, sim::Time now) {
  const model::Recovery& recovery = state.tables[table].detail->recovery;
  if (!recovery.enabled) return;
  Json& window = object["pointInTimeRecovery"];
  window["recoveryPeriodInDays"] = recovery.days;
  window["earliestRestorable"] = date(model::earliest_restorable(state, table, now));
  window["latestRestorable"] = date(model::latest_restorable(state, table, now));
  window["changesNotArchived"] = recovery.unarchived;
}

void add_settings(Json& object, const model::TableDetail& detail) {
  if (detail.provisioned) {
    object["provisionedThroughput"] = {{"readCapacityUnits", detail.read_capacity},
                                       {"writeCapacityUnits", detail.write_capacity}};
  }
  if (!detail.table_class.empty()) object["tableClass"] = detail.table_class;
  if (detail.deletion_protection) object["deletionProtection"] = true;
  if (detail.contributor_insights) object["contributorInsights"] = true;
  if (!detail.ttl_attribute.empty()) {
    object["timeToLive"] = {{"attribute", detail.ttl_attribute},
                            {"deletionsDue", detail.ttl_due.size()}};
  }
  for (const auto& [name, value] : detail.tags) object["tags"][name] = value;
}

void add_key_facts(Json& object, const model::State& state, const model::TableDetail& detail) {
  if (detail.switch_quota.count != 0) {
    object["encryptionChanges"] = {{"inWindowSince", date(detail.switch_quota.window)},
                                   {"count", detail.switch_quota.count},
                                   {"last", date(detail.switch_quota.last)}};
  }
  if (detail.stalled != events::KmsError::NONE) object["switchStalled"] = true;
  if (detail.archived == sim::Time()) return;
  Json& archival = object["archivalSummary"];
  archival["archivalDateTime"] = date(detail.archived);
  archival["archivalReason"] = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";
  if (detail.archival_backup != model::kNone) {
    archival["archivalBackupArn"] = model::backup_arn(state, detail.archival_backup);
  }
}

void add_jobs(Json& object, const model::State& state, std::uint32_t table) {
  const model::TableDetail& detail = *state.tables[table].detail;
  if (detail.job.running) {
    object["job"] = {{"kind", job_name(detail.job.kind)}, {"started", date(detail.job.started)}};
    const std::string index = index_name(state, table, detail.job.index, false);
    if (!index.empty()) object["job"]["index"] = index;
  }
  for (std::size_t i = 0; i < model::kServiceJobs; ++i) {
    const model::ServiceKey& key = detail.service_keys[i];
    if (key.calls == 0) continue;
    Json held;
    held["job"] = service_job_name(i);
    held["asked"] = key.calls;
    if (key.version != 0) {
      held["tableKeyVersion"] = key.version;
      held["usableUntil"] =
          date(model::service_key_until(state, table, static_cast<events::ServiceJob>(i)));
    }
    add_date(held, "deniedSince", key.denied);
    object["serviceKeys"].push_back(std::move(held));
  }
}

void add_replicas(Json& object, const model::State& state, std::uint32_t table) {
  const model::TableDetail& detail = *state.tables[table].detail;
  if (detail.group == 0) return;
  const model::ReplicaGroup& group = state.groups[detail.group - 1];
  Json& replica = object["replica"];
  replica["group"] = group.name;
  replica["version"] = group.version_2017 ? "2017.11.29" : "2019.11.21";
  replica["status"] = model::dynamodb::status_name(detail.replica_status);
  add_date(replica, "inaccessibleSince", detail.replica_inaccessible);
  replica["with"] = Json::array();
  for (const std::uint32_t member : group.tables) {
    if (member != table) replica["with"].push_back(state.table_arn(member));
  }
  std::size_t waiting = 0;
  for (const model::ReplicationQueue& queue : detail.replication) waiting += queue.changes.size();
  replica["changesWaiting"] = waiting;
}

std::string key_of_backup(const model::State& state, std::uint32_t key) {
  return key == model::kNone ? std::string() : key_label(state, key);
}

}  // namespace

Json sse_document(const model::State& state, std::uint32_t table) {
  const model::dynamodb::SseDescription shown = model::dynamodb::sse_description(state, table);
  if (!shown.present) return nullptr;
  Json object;
  object["status"] = shown.updating ? "UPDATING" : "ENABLED";
  if (shown.key != model::kNone) {
    object["sseType"] = "KMS";
    object["kmsMasterKeyArn"] = state.key_arn(shown.key);
  }
  add_date(object, "inaccessibleEncryptionDateTime", shown.inaccessible);
  return object;
}

Json structures_document(const model::State& state, std::uint32_t index) {
  const model::Table& table = state.tables[index];
  Json list = Json::array();
  for (std::uint32_t i = 0; i < table.structures.size(); ++i) {
    const model::Structure& structure = table.structures[i];
    const bool own = i < table.data_keys.size() && table.data_keys[i].version != 0;
    if (structure.gone && !own) continue;
    Json object;
    object["structure"] = structure_kind(state, index, structure);
    object["number"] = i;
    if (structure.parent != model::kNone) object["parent"] = structure.parent;
    if (structure.data_key != model::kNone) object["dataKeyOf"] = structure.data_key;
    if (structure.gone) object["gone"] = true;
    if (own) {
      object["tableKeyVersion"] = table.data_keys[i].version;
      object["seals"] = table.data_keys[i].seals;
      object["bytes"] = table.data_keys[i].bytes;
    }
    list.push_back(std::move(object));
  }
  return list;
}

void add_table_details(Json& object, const model::State& state, std::uint32_t table,
                       sim::Time now) {
  const model::Table& facts = state.tables[table];
  if (!facts.detail) return;
  add_settings(object, *facts.detail);
  add_key_facts(object, state, *facts.detail);
  add_jobs(object, state, table);
  if (!model::dynamodb::table_exists(state, table)) return;
  add_partitions(object, state, table);
  add_indexes(object, state, table);
  add_streams(object, state, table);
  add_recovery(object, state, table, now);
  add_replicas(object, state, table);
}

Json backups_document(const model::State& state, const TableFilter& shown) {
  Json list = Json::array();
  for (std::uint32_t i = 0; i < state.backups.size(); ++i) {
    const model::Backup& backup = state.backups[i];
    if (!model::shown(backup) || !shown(backup.table)) continue;
    Json object;
    object["arn"] = model::backup_arn(state, i);
    object["name"] = backup.name;
    object["table"] = state.table_name(backup.table);
    object["type"] = backup.type == events::BackupType::USER     ? "USER"
                     : backup.type == events::BackupType::SYSTEM ? "SYSTEM"
                                                                 : "AWS_BACKUP";
    object["status"] = backup.available ? "AVAILABLE" : "CREATING";
    object["created"] = date(backup.created);
    add_date(object, "expires", backup.expires);
    object["key"] = key_of_backup(state, backup.key);
    object["tableKeyVersion"] = backup.version;
    object["items"] = backup.count;
    object["bytes"] = backup.bytes;
    if (backup.restoring != model::kNone) {
      object["restoringInto"] = state.table_name(backup.restoring);
    }
    list.push_back(std::move(object));
  }
  return list;
}

Json exports_document(const model::State& state, const TableFilter& shown) {
  Json list = Json::array();
  for (const model::Export& done : state.exports) {
    if (!shown(done.table)) continue;
    Json object;
    object["table"] = state.table_name(done.table);
    object["exportTime"] = date(done.at);
    const bool failed = done.error != events::KmsError::NONE;
    object["status"] = !done.finished ? "IN_PROGRESS" : failed ? "FAILED" : "COMPLETED";
    object["items"] = done.items;
    object["key"] = key_of_backup(state, done.key);
    list.push_back(std::move(object));
  }
  return list;
}

Json leakage_document(const model::State& state, const TableFilter& shown) {
  Json list = Json::array();
  for (const model::LeakedSortKey& leaked : model::leakage(state)) {
    if (!shown(leaked.table)) continue;
    Json object;
    object["table"] = leaked.table_name;
    if (!leaked.index.empty()) object["index"] = leaked.index;
    object["attribute"] = leaked.attribute;
    object["value"] = Json::parse(model::items::to_json(leaked.value), nullptr, false);
    object["partitionKeyHash"] = fmt::format("{:016x}", leaked.hash);
    object["since"] = date(leaked.since);
    add_date(object, "until", leaked.until);
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace tablekey::replay
