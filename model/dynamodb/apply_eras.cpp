// The rules change with time (dynamodb.md 0.3): settings in force, the checker, and tables from the
// time before encryption by default.
#include "model/applier.h"
#include "model/dynamodb/sealed_anew.h"
#include "model/vault.h"

namespace tablekey::model {

void Applier::era_changed(std::uint32_t era) {
  law(era <= state_.scenario().reader().getEras().size(), "an era is one of the scenario's");
  state_.era = era;
  const Settings& present = state_.settings();
  const CacheFigures& cache = present.cache;
  const bool others_share =
      cache.scope != settings_.cache.scope || cache.by_principal != settings_.cache.by_principal ||
      cache.capacity != settings_.cache.capacity || present.routers != settings_.routers;
  if (others_share) drop_all_entries();
  for (std::uint32_t index = 0; index < state_.tables.size(); ++index) {
    const Table& table = state_.tables[index];
    if (table.lifecycle != Lifecycle::live) continue;
    if (table.key == kNone && present.dynamodb.sse_by_default) {
      schedule(now(), Priority::job, ActionKind::encrypt_table, index);
    } else if (present.dynamodb.inaccessible_state != settings_.dynamodb.inaccessible_state ||
               table.detail->inaccessible) {
      plan_check(index);
    }
  }
}

// No API call, no event of the control plane: DynamoDB did it in the background (dynamodb.md 2.9).
void Applier::table_encrypted(events::TableEncrypted::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  if (event.getKey() == kNone) return;  // the table is gone, or was encrypted meanwhile
  law(table.key == kNone, "a table is encrypted once");
  check_asker(event.getKey(), 0);
  const auto blob = event.getBlob();
  table.keys.push_back(
      {event.getKey(), std::vector(blob.begin(), blob.end()), event.getKeyCheckValue()});
  law(event.getVersion() == table.keys.size(), "versions of a table key follow each other");
  table.key = event.getKey();
  for (auto wrapped : event.getDataKeys()) {
    at(table.data_keys, wrapped.getStructure()) = data_key_of(wrapped, event.getVersion());
  }
  for (auto moved : event.getMoved()) seal_anew(table, moved);
  if (state_.scenario().has(Quirk::every_structure_encrypted)) write_entries_again(index);
}

// What callers gave lies in an index in plaintext until the service has written it there once more;
// a change that waits does that anyway. A stream's records of that time go with their shard.
void Applier::write_entries_again(std::uint32_t table) {
  TableDetail& detail = at(state_.tables, table).detail.make();
  for (std::uint32_t number = 0; number < detail.global_indexes.size(); ++number) {
    const GlobalIndex& index = detail.global_indexes[number];
    if (!index.exists) continue;
    for (std::uint32_t item = 0; item < index.entries.size(); ++item) {
      const IndexEntry& entry = index.entries[item];
      if (entry.sealed.empty() || entry.version != state_.item(table, item).version) continue;
      Backlog change;
      change.item = item;
      change.at = now();
      change.by_service = true;
      change.old_version = change.new_version = entry.version;
      change.old_sealed = change.new_sealed = stored_record(state_, table, item);
      change.old_size = change.new_size = state_.item(table, item).size;
      queue_change(table, number, std::move(change));
    }
  }
}

}  // namespace tablekey::model
