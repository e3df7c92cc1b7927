// The rules change with time (dynamodb.md 0.3): settings in force, the checker, and tables from the
// time before encryption by default.
#include "model/applier.h"
#include "model/dynamodb/sealed_anew.h"

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
}

}  // namespace tablekey::model
