// ReplicaUpdates (of UpdateTable, and of UpdateGlobalTable) and ReplicationGroup.
#include <fmt/format.h>

#include "scenarios/dynamodb_call.h"
#include "scenarios/sse_specification.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using ChangeKind = events::ReplicaChange::Kind;

// The name that the replicas share.
std::string group_name(const TableCallReader& reader) {
  if (reader.table != kNone) return reader.draft().tables[reader.table].name;
  const auto name = reader.call.asReader().getGlobalTableName();
  return {name.cStr(), name.size()};
}

// A replica that a step makes under a key of its own is a table under that key.
void settle_replica_key(Draft& draft, std::uint32_t table, const DraftKeyReference& named,
                        const Whereabouts& where) {
  if (table == kNone || !draft.tables[table].by_step) return;
  const std::uint32_t key = referred_key(named, where, draft);
  const bool here = key != kNone && draft.keys[key].region == where.region;
  if (here && draft.tables[table].space != kNone) draft.tables[table].key = key;
}

void read_replica(TableCallReader& reader, const Node& node, ChangeKind kind,
                  events::ReplicaChange::Builder to) {
  MapReader map(node, "a replica",
                {"RegionName", "KMSMasterKeyId", "GlobalSecondaryIndexes", "TableClassOverride",
                 "ProvisionedThroughputOverride", "OnDemandThroughputOverride"},
                reader.diagnostics());
  to.setKind(kind);
  const Node* region = map.require("RegionName", "for example { RegionName: us-east-1 }");
  const std::string* text =
      region == nullptr ? nullptr : read_text(*region, "RegionName", reader.diagnostics());
  if (text == nullptr) return;
  to.setRegion(*text);
  const Whereabouts where{reader.where().account, *text};
  to.setTable(table_at(reader.draft(), group_name(reader), where));
  if (const Node* key = map.get("KMSMasterKeyId")) {
    const DraftKeyReference named =
        read_key_name(*key, "KMSMasterKeyId", where, reader.draft(), reader.diagnostics());
    set_key_reference(named, to.initKmsMasterKeyId());
    if (kind == ChangeKind::CREATE) settle_replica_key(reader.draft(), to.getTable(), named, where);
  }
}

bool is_list(TableCallReader& reader, const Node& node, std::string_view field) {
  if (node.is_sequence()) return true;
  reader.diagnostics().error(node.place,
                             fmt::format("{} must be a list, this is {}", field, kind_name(node)));
  return false;
}

}  // namespace

void read_replica_updates(TableCallReader& reader, const Node& node, std::string_view field) {
  if (!is_list(reader, node, field)) return;
  auto list = reader.call.initReplicaChanges(static_cast<std::uint32_t>(node.items.size()));
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    MapReader update(node.items[i], "a replica update", {"Create", "Update", "Delete"},
                     reader.diagnostics());
    const std::pair<std::string_view, ChangeKind> kinds[] = {{"Create", ChangeKind::CREATE},
                                                             {"Update", ChangeKind::UPDATE},
                                                             {"Delete", ChangeKind::DELETE}};
    std::size_t given = 0;
    for (const auto& [name, kind] : kinds) {
      const Node* body = update.get(name);
      if (body == nullptr) continue;
      ++given;
      read_replica(reader, *body, kind, list[i]);
    }
    if (given == 1 || !update.is_map()) continue;
    reader.diagnostics().error(update.place(),
                               "a replica update has one of Create, Update and Delete");
  }
}

void read_replication_group(TableCallReader& reader, const Node& node, std::string_view field) {
  if (!is_list(reader, node, field)) return;
  auto list = reader.call.initReplicaChanges(static_cast<std::uint32_t>(node.items.size()));
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    read_replica(reader, node.items[i], ChangeKind::CREATE, list[i]);
  }
}

}  // namespace tablekey::scenarios
