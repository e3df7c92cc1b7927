// What DynamoDB's control plane shows of tables and backups, and what CreateTable is asked for, in
// camel case as the guide's samples have it: only the first letter of a name is small
// (sSESpecification).
#include <fmt/format.h>

#include <set>

#include "events/text.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/recovery.h"
#include "model/dynamodb/streams.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/export/dynamodb_trail.h"
#include "replay/table_facts.h"

namespace tablekey::replay::cloudtrail {
namespace {

using events::string_of;
using events::TableOperation;

events::Table::Reader described(const model::State& state, std::uint32_t table) {
  return state.scenario().reader().getTables()[model::at(state.tables, table).family];
}

Json key_schema(events::Attribute::Reader hash, events::Attribute::Reader range) {
  Json list = Json::array({{{"attributeName", string_of(hash.getName())}, {"keyType", "HASH"}}});
  if (range.getName().size() != 0) {
    list.push_back({{"attributeName", string_of(range.getName())}, {"keyType", "RANGE"}});
  }
  return list;
}

/// Every attribute that is a key of the table or of an index, once.
Json attribute_definitions(events::Table::Reader table) {
  Json list = Json::array();
  std::set<std::string> seen;
  const auto add = [&](events::Attribute::Reader attribute) {
    const std::string name = string_of(attribute.getName());
    if (name.empty() || !seen.insert(name).second) return;
    list.push_back({{"attributeName", name}, {"attributeType", string_of(attribute.getType())}});
  };
  const auto add_index = [&](events::SecondaryIndex::Reader index) {
    add(index.getHashKey());
    add(index.getRangeKey());
  };
  add(table.getHashKey());
  add(table.getRangeKey());
  for (const auto index : table.getLocalIndexes()) add_index(index);
  for (const auto index : table.getGlobalIndexes()) {
    if (!index.getByStep()) add_index(index);
  }
  return list;
}

Json projection(events::SecondaryIndex::Reader index) {
  Json object;
  switch (index.getProjection()) {
    case events::SecondaryIndex::Projection::ALL:
      object["projectionType"] = "ALL";
      break;
    case events::SecondaryIndex::Projection::KEYS_ONLY:
      object["projectionType"] = "KEYS_ONLY";
      break;
    case events::SecondaryIndex::Projection::INCLUDE:
      object["projectionType"] = "INCLUDE";
      break;
  }
  for (const auto name : index.getNonKeyAttributes()) {
    object["nonKeyAttributes"].push_back(string_of(name));
  }
  return object;
}

void add_index_descriptions(Json& object, const model::State& state, std::uint32_t table) {
  const auto all = described(state, table);
  for (std::uint32_t i = 0; i < all.getLocalIndexes().size(); ++i) {
    if (!model::has_local_index(state, table, i)) continue;
    const auto index = all.getLocalIndexes()[i];
    Json element = index_element(index, true);
    element["indexArn"] = state.table_arn(table) + "/index/" + string_of(index.getName());
    object["localSecondaryIndexes"].push_back(std::move(element));
  }
  const auto global = all.getGlobalIndexes();
  for (std::uint32_t i = 0; i < global.size(); ++i) {
    if (i >= state.tables[table].detail->global_indexes.size()) break;
    const model::IndexFacts facts = model::index_facts(state, table, i);
    if (!facts.exists) continue;
    Json element = index_element(global[i], false);
    element["indexStatus"] = facts.status;
    element["indexArn"] = state.table_arn(table) + "/index/" + string_of(global[i].getName());
    object["globalSecondaryIndexes"].push_back(std::move(element));
  }
}

void add_key_description(Json& object, const model::State& state, std::uint32_t table) {
  const model::dynamodb::SseDescription shown = model::dynamodb::sse_description(state, table);
  if (!shown.present) return;
  Json& sse = object["sSEDescription"];
  sse["status"] = shown.updating ? "UPDATING" : "ENABLED";
  if (shown.key == model::kNone) return;
  sse["sSEType"] = "KMS";
  sse["kMSMasterKeyArn"] = state.key_arn(shown.key);
  if (shown.inaccessible != sim::Time()) {
    sse["inaccessibleEncryptionDateTime"] = element_date(shown.inaccessible.nanoseconds());
  }
}

Json backup_details(const model::State& state, std::uint32_t number) {
  const model::Backup& backup = model::at(state.backups, number);
  Json object;
  object["backupArn"] = model::backup_arn(state, number);
  object["backupName"] = backup.name;
  object["backupSizeBytes"] = backup.bytes;
  object["backupStatus"] = backup.deleted ? "DELETED" : backup.available ? "AVAILABLE" : "CREATING";
  object["backupType"] = backup.type == events::BackupType::SYSTEM ? "SYSTEM" : "USER";
  object["backupCreationDateTime"] = element_date(backup.created.nanoseconds());
  return object;
}

Json recovery_description(const model::State& state, std::uint32_t table) {
  const model::Recovery& recovery = model::at(state.tables, table).detail->recovery;
  Json object;
  object["continuousBackupsStatus"] = "ENABLED";
  Json& window = object["pointInTimeRecoveryDescription"];
  window["pointInTimeRecoveryStatus"] = recovery.enabled ? "ENABLED" : "DISABLED";
  if (recovery.enabled) {
    const sim::Time now = state.now();
    window["earliestRestorableDateTime"] =
        element_date(model::earliest_restorable(state, table, now).nanoseconds());
    window["latestRestorableDateTime"] =
        element_date(model::latest_restorable(state, table, now).nanoseconds());
  }
  return object;
}

}  // namespace

// A key as the caller named it; empty: not at all.
std::string named_key(const model::State& state, events::KeyReference::Reader reference) {
  if (reference.isArn()) return state.key_arn(reference.getArn());
  if (reference.isId()) return model::at(state.scenario().key_ids, reference.getId());
  return reference.isText() ? string_of(reference.getText()) : std::string();
}

Json index_element(events::SecondaryIndex::Reader index, bool local) {
  Json object;
  object["indexName"] = string_of(index.getName());
  object["keySchema"] = key_schema(index.getHashKey(), index.getRangeKey());
  object["projection"] = projection(index);
  if (!local && index.getReadCapacity() != 0) {
    object["provisionedThroughput"] = throughput(index.getReadCapacity(), index.getWriteCapacity());
  }
  return object;
}

Json throughput(std::uint32_t read, std::uint32_t write) {
  return {{"readCapacityUnits", read}, {"writeCapacityUnits", write}};
}

Json request_limits(std::uint32_t reads, std::uint32_t writes) {
  Json limits = Json::object();
  if (reads != 0) limits["maxReadRequestUnits"] = reads;
  if (writes != 0) limits["maxWriteRequestUnits"] = writes;
  return limits;
}

Json tag_list(capnp::List<events::Pair>::Reader tags) {
  Json list = Json::array();
  for (const auto tag : tags) {
    list.push_back({{"key", string_of(tag.getName())}, {"value", string_of(tag.getValue())}});
  }
  return list;
}

void add_billing(Json& object, bool provisioned, std::uint32_t read, std::uint32_t write) {
  object["billingMode"] = provisioned ? "PROVISIONED" : "PAY_PER_REQUEST";
  if (provisioned) object["provisionedThroughput"] = throughput(read, write);
}

Json table_resources(const model::State& state, const std::vector<std::uint32_t>& tables) {
  Json list = Json::array();
  for (const std::uint32_t table : tables) {
    list.push_back({{"accountId", state.table_account(table)},
                    {"type", "AWS::DynamoDB::Table"},
                    {"ARN", state.table_arn(table)}});
  }
  return list;
}

Json sse_parameters(const model::State& state, events::SseSpecification::Reader sse) {
  Json object = Json::object();
  if (sse.getHasEnabled()) object["enabled"] = sse.getEnabled();
  if (sse.getSseType().size() != 0) object["sSEType"] = string_of(sse.getSseType());
  const std::string key = named_key(state, sse.getKmsMasterKeyId());
  if (!key.empty()) object["kMSMasterKeyId"] = key;
  return object;
}

Json switch_parameters(const model::State& state, std::uint32_t table, std::uint32_t key) {
  Json object;
  object["tableName"] = state.table_name(table);
  Json& sse = object["sSESpecification"];
  const auto manager = model::kms::described(state, key).getManager();
  sse["enabled"] = manager != events::Key::Manager::OWNED;
  if (manager != events::Key::Manager::OWNED) sse["sSEType"] = "KMS";
  if (manager == events::Key::Manager::CUSTOMER) sse["kMSMasterKeyId"] = state.key_arn(key);
  return object;
}

Json creation_parameters(const model::State& state, std::uint32_t table) {
  const auto given = described(state, table);
  Json object;
  object["tableName"] = state.table_name(table);
  object["attributeDefinitions"] = attribute_definitions(given);
  object["keySchema"] = key_schema(given.getHashKey(), given.getRangeKey());
  for (const auto index : given.getLocalIndexes()) {
    object["localSecondaryIndexes"].push_back(index_element(index, true));
  }
  for (const auto index : given.getGlobalIndexes()) {
    if (!index.getByStep()) object["globalSecondaryIndexes"].push_back(index_element(index, false));
  }
  add_billing(object, given.getProvisioned(), given.getReadCapacity(), given.getWriteCapacity());
  if (given.getStream()) {
    object["streamSpecification"] = {{"streamEnabled", true},
                                     {"streamViewType", string_of(given.getStreamView())}};
  }
  if (given.getSse().getGiven()) object["sSESpecification"] = sse_parameters(state, given.getSse());
  if (given.getTableClass().size() != 0) object["tableClass"] = string_of(given.getTableClass());
  if (given.getDeletionProtection()) object["deletionProtectionEnabled"] = true;
  if (given.getTags().size() != 0) object["tags"] = tag_list(given.getTags());
  return object;
}

Json table_description(const model::State& state, std::uint32_t table) {
  const model::Table& facts = model::at(state.tables, table);
  const auto given = described(state, table);
  Json object;
  object["tableName"] = state.table_name(table);
  object["attributeDefinitions"] = attribute_definitions(given);
  object["itemCount"] = items_in(state, table);
  object["provisionedThroughput"] = {{"writeCapacityUnits", facts.detail->write_capacity},
                                     {"numberOfDecreasesToday", 0},
                                     {"readCapacityUnits", facts.detail->read_capacity}};
  if (facts.detail->on_demand_reads != 0 || facts.detail->on_demand_writes != 0) {
    object["onDemandThroughput"] =
        request_limits(facts.detail->on_demand_reads, facts.detail->on_demand_writes);
  }
  object["creationDateTime"] = element_date(facts.created.nanoseconds());
  object["keySchema"] = key_schema(given.getHashKey(), given.getRangeKey());
  object["tableStatus"] = model::dynamodb::status_name(model::dynamodb::shown_status(state, table));
  std::uint64_t bytes = 0;
  for (const model::Partition& partition : facts.detail->partitions) bytes += partition.bytes;
  object["tableSizeBytes"] = bytes;
  object["tableArn"] = state.table_arn(table);
  object["tableId"] = model::dynamodb::uuid(facts.id[0], facts.id[1]);
  add_index_descriptions(object, state, table);
  add_key_description(object, state, table);
  return object;
}

Json control_elements(const model::State& state, events::ControlAnswered::Reader answered,
                      events::TableCall::Reader call) {
  const auto effect = answered.getEffect();
  const std::uint32_t table = answered.getTable();
  switch (answered.getOperation()) {
    case TableOperation::UPDATE_TABLE:
      if (table == model::kNone) return nullptr;
      return {{"tableDescription", table_description(state, table)}};
    case TableOperation::CREATE_BACKUP:
      if (!effect.isBackupStarted()) return nullptr;
      return {{"backupDetails", backup_details(state, effect.getBackupStarted().getBackup())}};
    case TableOperation::DELETE_BACKUP:
      if (!effect.isBackupDeleted()) return nullptr;
      return {{"backupDescription",
               {{"backupDetails", backup_details(state, effect.getBackupDeleted())}}}};
    case TableOperation::RESTORE_TABLE_FROM_BACKUP:
    case TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME:
      if (!effect.isRestoreStarted()) return nullptr;
      return {
          {"tableDescription", table_description(state, effect.getRestoreStarted().getTarget())}};
    case TableOperation::UPDATE_CONTINUOUS_BACKUPS:
      if (table == model::kNone) return nullptr;
      return {{"continuousBackupsDescription", recovery_description(state, table)}};
    case TableOperation::UPDATE_TIME_TO_LIVE:
      return {{"timeToLiveSpecification",
               {{"attributeName", string_of(call.getTtlAttribute())},
                {"enabled", call.getTtlEnabled()}}}};
    case TableOperation::EXPORT_TABLE_TO_POINT_IN_TIME:
      return {{"exportDescription",
               {{"exportStatus", "IN_PROGRESS"}, {"s3Bucket", string_of(call.getS3Bucket())}}}};
    case TableOperation::UPDATE_CONTRIBUTOR_INSIGHTS:
      return {
          {"tableName", table == model::kNone ? "" : state.table_name(table)},
          {"contributorInsightsStatus", call.getContributorInsights() ? "ENABLING" : "DISABLING"}};
    default:
      return nullptr;
  }
}

}  // namespace tablekey::replay::cloudtrail
