// Tables that a restore or a new replica makes. They are in the scenario from the start, so that
// workloads, checks and other steps can name them; the model brings them into being.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/dynamodb_call.h"
#include "scenarios/table_properties.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// Looking through entries as they are, since they are compiled later.
class MadeTables {
 public:
  MadeTables(const Node& timeline, Draft& draft) : timeline_(timeline), draft_(draft) {}
  void declare();

 private:
  static std::string text_of(const Node& entry, std::string_view key);
  [[nodiscard]] std::uint32_t table_of(const Node& entry) const;
  [[nodiscard]] std::uint32_t source_of_backup(const Node& backup) const;
  void declare_restore(const Node& entry, std::uint32_t index, bool from_backup);
  void declare_replicas(const Node& entry);
  void add_replica(std::uint32_t table, const Node& create);

  const Node& timeline_;
  Draft& draft_;
};

// A reference as its logical id.
std::string MadeTables::text_of(const Node& entry, std::string_view key) {
  const Node* node = entry.is_map() ? entry.find(key) : nullptr;
  if (node == nullptr) return {};
  if (!node->resource.empty()) return node->resource;
  return node->is_scalar() && !node->is_null() ? node->text : std::string();
}

std::uint32_t MadeTables::table_of(const Node& entry) const {
  for (const std::string_view key : {"table", "TableName", "SourceTableName", "SourceTableArn"}) {
    const std::string name = text_of(entry, key);
    if (!name.empty()) return find_table(draft_, name);
  }
  return kNone;
}

std::uint32_t MadeTables::source_of_backup(const Node& backup) const {
  if (backup.is_map()) {
    for (const std::string_view key : {"archival", "system"}) {
      const std::string name = text_of(backup, key);
      if (!name.empty()) return find_table(draft_, name);
    }
    return kNone;
  }
  std::string id = backup.resource.empty() ? backup.text : backup.resource;
  if (id.starts_with("${")) id = id.substr(2, id.find('.') - 2);
  for (const Node& entry : timeline_.items) {
    const std::string made_by = text_of(entry, "id");
    const bool named = id == made_by || (!made_by.empty() && id.starts_with(made_by + "-"));
    if (named && text_of(entry, "do") == "dynamodb:CreateBackup") return table_of(entry);
  }
  return kNone;
}

// Streams, TTL, recovery and tags are not restored (dynamodb.md 7.3).
DraftTable restored(const DraftTable& source, std::uint32_t space, std::string name) {
  DraftTable table = source;
  table.logical_id = name;
  table.name = std::move(name);
  table.by_step = true;
  table.created_at_start = false;
  table.restored_from = space;
  table.space = source.space == kNone ? space : source.space;
  table.stream = table.point_in_time_recovery = table.deletion_protection = false;
  table.contributor_insights = false;
  table.stream_view.clear();
  table.time_to_live.clear();
  table.tags.clear();
  table.given_items.clear();
  table.group = kNone;
  table.group_version.clear();
  return table;
}

void MadeTables::declare_restore(const Node& entry, std::uint32_t index, bool from_backup) {
  const Node* backup = from_backup ? entry.find("BackupArn") : nullptr;
  const std::uint32_t source = !from_backup        ? table_of(entry)
                               : backup == nullptr ? kNone
                                                   : source_of_backup(*backup);
  const std::string name = text_of(entry, "TargetTableName");
  if (source == kNone || !is_table_name(name)) return;
  DraftTable table = restored(draft_.tables[source], source, name);
  const std::string region = text_of(entry, "region");
  if (is_region(region)) table.region = region;
  // The same name may be restored twice; the second time it is refused, as AWS does.
  std::uint32_t made = table_at(draft_, name, {table.account, table.region});
  if (made == kNone) {
    const std::string id = text_of(entry, "id");
    if (!id.empty() && find_table(draft_, id) == kNone) table.logical_id = id;
    // Which indexes it gets is known when it is made: those that its source has then, and that the
    // restore does not leave out.
    const Node* place = entry.find("TargetTableName");
    table.place = place->place;
    made = static_cast<std::uint32_t>(draft_.tables.size());
    draft_.tables.push_back(std::move(table));
  }
  draft_.made_tables[index] = made;
}

void MadeTables::add_replica(std::uint32_t table, const Node& create) {
  const std::string region = text_of(create, "RegionName");
  if (!is_region(region)) return;
  DraftTable replica = draft_.tables[table];
  if (table_at(draft_, replica.name, {replica.account, region}) != kNone) return;
  replica.logical_id += "." + region;
  replica.region = region;
  replica.by_step = true;
  replica.created_at_start = false;
  if (replica.space == kNone) replica.space = table;
  replica.group = kNone;
  replica.group_version.clear();
  replica.given_items.clear();
  replica.tags.clear();
  // The kind that its first table has; a customer key is what the step says (read_replica), and
  // without one the request is refused.
  const Whereabouts where{replica.account, region};
  const auto manager = draft_.keys[replica.key].manager;
  if (manager == events::Key::Manager::OWNED) replica.key = owned_key(draft_, where);
  if (manager == events::Key::Manager::AWS) replica.key = managed_key(draft_, where);
  draft_.tables.push_back(std::move(replica));
}

void MadeTables::declare_replicas(const Node& entry) {
  const Node* updates = entry.find("ReplicaUpdates");
  const std::uint32_t table = table_of(entry);
  if (updates == nullptr || table == kNone) return;
  for (const Node& update : updates->items) {
    const Node* create = update.is_map() ? update.find("Create") : nullptr;
    if (create != nullptr) add_replica(table, *create);
  }
}

void MadeTables::declare() {
  for (std::uint32_t i = 0; i < timeline_.items.size(); ++i) {
    const Node& entry = timeline_.items[i];
    const std::string action = text_of(entry, "do");
    if (action == "dynamodb:RestoreTableFromBackup") declare_restore(entry, i, true);
    if (action == "dynamodb:RestoreTableToPointInTime") declare_restore(entry, i, false);
    if (action == "dynamodb:UpdateTable") declare_replicas(entry);
  }
}

}  // namespace

void declare_made_tables(const Node& timeline, Draft& draft) {
  if (timeline.is_sequence()) MadeTables(timeline, draft).declare();
}

std::uint32_t table_at(const Draft& draft, std::string_view name, const Whereabouts& where) {
  const auto found = std::ranges::find_if(draft.tables, [&](const DraftTable& one) {
    return one.name == name && one.account == where.account && one.region == where.region;
  });
  if (found == draft.tables.end()) return kNone;
  return static_cast<std::uint32_t>(found - draft.tables.begin());
}

DraftTable& item_space(Draft& draft, std::uint32_t table) {
  const std::uint32_t space = draft.tables[table].space;
  return draft.tables[space == kNone ? table : space];
}

}  // namespace tablekey::scenarios
