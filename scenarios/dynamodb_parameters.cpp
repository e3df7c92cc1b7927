// The parameters of control-plane calls, one row each: what a parameter is called and how it is
// read.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/characters.h"
#include "scenarios/dynamodb_call.h"
#include "scenarios/pairs.h"
#include "scenarios/sections.h"
#include "scenarios/sse_specification.h"
#include "scenarios/table_properties.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Reader = TableCallReader;
using TableCallBuilder = events::TableCall::Builder;

template <void (TableCallBuilder::*kSet)(capnp::Text::Reader)>
void read_text_into(Reader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) (reader.call.*kSet)(*text);
}

template <void (TableCallBuilder::*kSet)(bool)>
void read_flag(Reader& reader, const Node& node, std::string_view field) {
  const auto value = read_boolean(node, field, reader.diagnostics());
  if (value) (reader.call.*kSet)(*value);
}

// A table by its name, as a request gives it.
void read_table_of_call(Reader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  reader.table = find_table(reader.draft(), node.resource.empty() ? *text : node.resource);
  reader.call.setTable(reader.table);
  if (reader.table != kNone) return;
  reader.call.setTableName(*text);
  std::vector<std::string_view> names;
  for (const DraftTable& one : reader.draft().tables) names.push_back(one.name);
  std::string hint = did_you_mean(*text, names);
  if (hint.empty()) return;
  reader.diagnostics().warning(
      node.place, fmt::format("no table '{}' here; it goes as it is written", printable(*text)),
      std::move(hint));
}

void read_table_shorthand(Reader& reader, const Node& node, std::string_view field) {
  reader.table = read_table(node, field, reader.draft(), reader.diagnostics());
  reader.call.setTable(reader.table);
}

void read_region(Reader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  if (is_region(*text)) return reader.call.setRegion(*text);
  reader.diagnostics().error(node.place, fmt::format("'{}' is no Region", printable(*text)),
                             "for example eu-west-1");
}

bool of_one_group(const DraftTable& a, const DraftTable& b) {
  const bool started = a.group != kNone && a.group == b.group;
  const bool replica = a.restored_from == kNone && b.restored_from == kNone;
  return started ||
         (a.name == b.name && a.account == b.account && replica && (a.by_step || b.by_step));
}

// The AWS managed and the AWS owned key are a whole group's, each Region's its own (dynamodb.md
// 7.2): a switch to them needs them everywhere.
void settle_group_keys(Reader& reader, std::uint32_t chosen) {
  Draft& draft = reader.draft();
  const bool update = reader.call.getOperation() == events::TableOperation::UPDATE_TABLE;
  const auto manager = draft.keys[chosen].manager;
  if (!update || reader.table == kNone || manager == events::Key::Manager::CUSTOMER) return;
  for (std::uint32_t i = 0; i < draft.tables.size(); ++i) {
    if (i == reader.table || !of_one_group(draft.tables[i], draft.tables[reader.table])) continue;
    const Whereabouts where{draft.tables[i].account, draft.tables[i].region};
    const bool owned = manager == events::Key::Manager::OWNED;
    (void)(owned ? owned_key(draft, where) : managed_key(draft, where));
  }
}

void read_encryption(Reader& reader, const Node& node, std::string_view) {
  const SseChoice choice =
      read_sse_specification(&node, reader.where(), reader.draft(), reader.diagnostics());
  settle_group_keys(reader, choice.key);
  set_sse(choice.sse, reader.call.initSse());
}

void read_billing_mode(Reader& reader, const Node& node, std::string_view field) {
  const auto choice =
      read_choice(node, field, {"PAY_PER_REQUEST", "PROVISIONED"}, reader.diagnostics());
  if (!choice) return;
  reader.call.setProvisioned(*choice == 1);
  reader.call.setHasBillingMode(true);
}

void read_throughput_of_call(Reader& reader, const Node& node, std::string_view field) {
  const Throughput units = read_throughput(node, field, reader.diagnostics());
  reader.call.setReadCapacity(units.read);
  reader.call.setWriteCapacity(units.write);
  reader.call.setHasThroughput(true);
}

void read_deletion_protection(Reader& reader, const Node& node, std::string_view field) {
  const auto value = read_boolean(node, field, reader.diagnostics());
  if (!value) return;
  reader.call.setDeletionProtection(*value);
  reader.call.setHasDeletionProtection(true);
}

void read_stream_specification(Reader& reader, const Node& node, std::string_view field) {
  MapReader map(node, std::string(field), {"StreamEnabled", "StreamViewType"},
                reader.diagnostics());
  if (!map.is_map()) return;
  reader.call.setHasStream(true);
  const Node* view = map.get("StreamViewType");
  const Node* enabled = map.get("StreamEnabled");
  reader.call.setStreamEnabled(enabled == nullptr && view != nullptr);
  if (enabled != nullptr) {
    const auto value = read_boolean(*enabled, "StreamEnabled", reader.diagnostics());
    reader.call.setStreamEnabled(value.value_or(false));
  }
  if (view == nullptr) return;
  const std::vector<std::string_view> views(std::begin(kStreamViews), std::end(kStreamViews));
  const auto choice = read_choice(*view, "StreamViewType", views, reader.diagnostics());
  if (choice) reader.call.setStreamView(std::string(views[*choice]));
}

// New attributes for new indexes.
void read_attribute_definitions(Reader& reader, const Node& node, std::string_view) {
  if (reader.table == kNone) return;
  DraftTable& table = reader.draft().tables[reader.table];
  for (const Node& entry : node.items) {
    MapReader one(entry, "an attribute definition", {"AttributeName", "AttributeType"},
                  reader.diagnostics());
    const Node* name = one.require("AttributeName");
    const Node* type = one.require("AttributeType");
    if (name == nullptr || type == nullptr) continue;
    const std::vector<std::string_view> types = {"S", "N", "B"};
    const auto choice = read_choice(*type, "AttributeType", types, reader.diagnostics());
    const auto known = std::ranges::find(table.attributes, name->text, &DraftAttribute::name);
    if (!choice || known != table.attributes.end()) continue;
    table.attributes.push_back({name->text, std::string(types[*choice])});
  }
}

std::uint32_t global_index_named(const DraftTable& table, std::string_view name) {
  const auto found = std::ranges::find(table.global_indexes, name, &DraftIndex::name);
  if (found == table.global_indexes.end()) return kNone;
  return static_cast<std::uint32_t>(found - table.global_indexes.begin());
}

void read_index_name(Reader& reader, const Node& body, events::IndexChange::Builder to) {
  MapReader map(body, "an index update",
                {"IndexName", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput"},
                reader.diagnostics());
  const Node* name = map.require("IndexName");
  const std::string* text =
      name == nullptr ? nullptr : read_text(*name, "IndexName", reader.diagnostics());
  if (text != nullptr) {
    to.setName(*text);
    to.setIndex(global_index_named(reader.draft().tables[reader.table], *text));
  }
  if (const Node* throughput = map.get("ProvisionedThroughput")) {
    const Throughput units =
        read_throughput(*throughput, "ProvisionedThroughput", reader.diagnostics());
    to.setReadCapacity(units.read);
    to.setWriteCapacity(units.write);
  }
}

// The index is one of the table's from now on, but CreateTable does not make it.
void read_new_index(Reader& reader, const Node& body, events::IndexChange::Builder to) {
  DraftTable& table = reader.draft().tables[reader.table];
  auto index = read_index(body, false, table, reader.diagnostics());
  if (!index) return;
  index->by_step = true;
  to.setName(index->name);
  to.setReadCapacity(index->read_capacity);
  to.setWriteCapacity(index->write_capacity);
  const std::uint32_t present = global_index_named(table, index->name);
  if (present != kNone) return to.setIndex(present);  // made again after its deletion
  to.setIndex(static_cast<std::uint32_t>(table.global_indexes.size()));
  // A table that is restored from this one may have it too.
  for (DraftTable& one : reader.draft().tables) {
    if (one.restored_from == reader.table) one.global_indexes.push_back(*index);
  }
  table.global_indexes.push_back(std::move(*index));
}

void read_index_updates(Reader& reader, const Node& node, std::string_view field) {
  if (reader.table == kNone) return;
  if (!node.is_sequence()) {
    reader.diagnostics().error(
        node.place, fmt::format("{} must be a list, this is {}", field, kind_name(node)));
    return;
  }
  using Kind = events::IndexChange::Kind;
  auto list = reader.call.initIndexChanges(static_cast<std::uint32_t>(node.items.size()));
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    MapReader update(node.items[i], "an index update", {"Create", "Update", "Delete"},
                     reader.diagnostics());
    std::size_t given = 0;
    for (const auto& [name, kind] :
         {std::pair{"Create", Kind::CREATE}, {"Update", Kind::UPDATE}, {"Delete", Kind::DELETE}}) {
      const Node* body = update.get(name);
      if (body == nullptr) continue;
      ++given;
      list[i].setKind(kind);
      kind == Kind::CREATE ? read_new_index(reader, *body, list[i])
                           : read_index_name(reader, *body, list[i]);
    }
    if (given == 1 || !update.is_map()) continue;
    reader.diagnostics().error(update.place(),
                               "an index update has one of Create, Update and Delete");
  }
}

void read_time_to_live_of_call(Reader& reader, const Node& node, std::string_view field) {
  MapReader map(node, std::string(field), {"AttributeName", "Enabled"}, reader.diagnostics());
  const Node* name = map.require("AttributeName");
  const Node* enabled = map.require("Enabled");
  if (name != nullptr) {
    const std::string* text = read_text(*name, "AttributeName", reader.diagnostics());
    if (text != nullptr) reader.call.setTtlAttribute(*text);
  }
  if (enabled != nullptr) read_flag<&TableCallBuilder::setTtlEnabled>(reader, *enabled, "Enabled");
}

void read_recovery_of_call(Reader& reader, const Node& node, std::string_view field) {
  MapReader map(node, std::string(field), {"PointInTimeRecoveryEnabled", "RecoveryPeriodInDays"},
                reader.diagnostics());
  if (const Node* enabled = map.require("PointInTimeRecoveryEnabled")) {
    read_flag<&TableCallBuilder::setPointInTimeRecovery>(reader, *enabled,
                                                         "PointInTimeRecoveryEnabled");
  }
  const Node* days = map.get("RecoveryPeriodInDays");
  if (days == nullptr) return;
  const auto count = read_count(*days, "RecoveryPeriodInDays", {0, 100'000}, reader.diagnostics());
  if (!count) return;
  reader.call.setRecoveryPeriodInDays(static_cast<std::uint32_t>(*count));
  reader.call.setHasRecoveryPeriod(true);
}

// What a step gave, { archival: Table }, { system: Table }, or any text.
void read_backup(Reader& reader, const Node& node, std::string_view field) {
  auto to = reader.call.initBackup();
  if (node.is_map()) {
    MapReader map(node, std::string(field), {"archival", "system"}, reader.diagnostics());
    const Node* archival = map.get("archival");
    const Node* system = map.get("system");
    if ((archival == nullptr) == (system == nullptr)) {
      reader.diagnostics().error(node.place,
                                 "a backup is either 'archival' or 'system' of a table");
      return;
    }
    const std::uint32_t table = read_table(archival != nullptr ? *archival : *system, field,
                                           reader.draft(), reader.diagnostics());
    archival != nullptr ? to.setArchival(table) : to.setSystem(table);
    return;
  }
  if (is_step_result(node)) {
    const auto step = read_step_result(reader.context, node, field, "BackupArn", false);
    if (step) to.setStep(*step);
    return;
  }
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) to.setText(*text);
}

void read_export(Reader& reader, const Node& node, std::string_view field) {
  auto to = reader.call.initBackup();  // a copy of a table like a backup
  if (is_step_result(node)) {
    const auto step = read_step_result(reader.context, node, field, "ExportArn", false);
    if (step) to.setStep(*step);
    return;
  }
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) to.setText(*text);
}

void read_moment(Reader& reader, const Node& node, std::string_view field) {
  const auto time = read_time(node, field, reader.draft().start, reader.diagnostics());
  if (time) reader.call.setRestoreTime(time->nanoseconds());
}

void read_tags_of_call(Reader& reader, const Node& node, std::string_view field) {
  const auto tags = read_tags(node, field, reader.diagnostics());
  if (tags) set_pairs(*tags, reader.call.initTags(count_of(*tags)));
}

void read_tag_keys(Reader& reader, const Node& node, std::string_view field) {
  const auto keys = read_texts(node, field, reader.diagnostics());
  if (!keys) return;
  auto list = reader.call.initTagKeys(count_of(*keys));
  for (std::uint32_t i = 0; i < list.size(); ++i) list.set(i, (*keys)[i]);
}

void read_insights_action(Reader& reader, const Node& node, std::string_view field) {
  const auto choice = read_choice(node, field, {"ENABLE", "DISABLE"}, reader.diagnostics());
  if (choice) reader.call.setContributorInsights(*choice == 0);
}

void read_limit(Reader& reader, const Node& node, std::string_view field) {
  const auto limit = read_count(node, field, {0, 1'000'000}, reader.diagnostics());
  if (!limit) return;
  reader.call.setLimit(static_cast<std::int32_t>(*limit));
  reader.call.setHasLimit(true);
}

void read_export_key(Reader& reader, const Node& node, std::string_view field) {
  set_key_reference(
      read_key_name(node, field, reader.where(), reader.draft(), reader.diagnostics()),
      reader.call.initS3SseKmsKeyId());
}

void read_target(Reader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  reader.call.setTarget(reader.context.step.made_table);
  if (is_table_name(*text)) return;
  reader.diagnostics().error(node.place, fmt::format("'{}' is no table name", printable(*text)),
                             "3 to 255 letters, digits, '_', '-' and '.'");
}

void read_inert(Reader& reader, const Node& node, std::string_view field) {
  reader.diagnostics().note(node.place, fmt::format("{} has no effect in this version", field));
}

constexpr auto kParameters = std::to_array<TableParameter>({
    // First what the others are about.
    {"table", read_table_shorthand},
    {"TableName", read_table_of_call},
    {"SourceTableName", read_table_of_call},
    {"SourceTableArn", read_table_of_call},
    {"TableArn", read_table_of_call},
    {"ResourceArn", read_table_of_call},
    {"StreamArn", read_table_of_call},
    {"GlobalTableName", read_text_into<&TableCallBuilder::setGlobalTableName>},
    {"region", read_region},
    {"AttributeDefinitions", read_attribute_definitions},
    {"BackupArn", read_backup},
    {"BackupName", read_text_into<&TableCallBuilder::setBackupName>},
    {"BackupType", read_inert},
    {"BillingMode", read_billing_mode},
    {"BillingModeOverride", read_billing_mode},
    {"ClientToken", read_inert},
    {"ContributorInsightsAction", read_insights_action},
    {"DeletionProtectionEnabled", read_deletion_protection},
    {"ExclusiveStartTableName", read_inert},
    {"ExportArn", read_export},
    {"ExportFormat", read_inert},
    {"ExportTime", read_moment},
    {"GlobalSecondaryIndexOverride", read_global_index_override},
    {"GlobalSecondaryIndexUpdates", read_index_updates},
    {"IndexName", read_inert},
    {"Limit", read_limit},
    {"LocalSecondaryIndexOverride", read_local_index_override},
    {"OnDemandThroughput", read_on_demand_override},
    {"OnDemandThroughputOverride", read_on_demand_override},
    {"PointInTimeRecoverySpecification", read_recovery_of_call},
    {"ProvisionedThroughput", read_throughput_of_call},
    {"ProvisionedThroughputOverride", read_throughput_of_call},
    {"RegionName", read_inert},
    {"ReplicaUpdates", read_replica_updates},
    {"ReplicationGroup", read_replication_group},
    {"RestoreDateTime", read_moment},
    {"S3Bucket", read_text_into<&TableCallBuilder::setS3Bucket>},
    {"S3BucketOwner", read_inert},
    {"S3Prefix", read_inert},
    {"S3SseAlgorithm", read_text_into<&TableCallBuilder::setS3SseAlgorithm>},
    {"S3SseKmsKeyId", read_export_key},
    {"SSESpecification", read_encryption},
    {"SSESpecificationOverride", read_encryption},
    {"StreamSpecification", read_stream_specification},
    {"TableClass", read_text_into<&TableCallBuilder::setTableClass>},
    {"TagKeys", read_tag_keys},
    {"Tags", read_tags_of_call},
    {"TargetTableName", read_target},
    {"TimeToLiveSpecification", read_time_to_live_of_call},
    {"UseLatestRestorableTime", read_flag<&TableCallBuilder::setUseLatestRestorableTime>},
    {"WarmThroughput", read_inert},
});

}  // namespace

const TableParameter* find_table_parameter(std::string_view name) {
  const auto found = std::ranges::find(kParameters, name, &TableParameter::name);
  return found == kParameters.end() ? nullptr : &*found;
}

}  // namespace tablekey::scenarios
