// Only events that touch a connection's cache entry, or the version of its table's key, matter.
#include "replay/metrics/holdings.h"

#include <algorithm>

#include "model/apply.h"

namespace tablekey::replay {

Holdings::Holdings(const model::State& start) : entries_(start.connections.size()) {}

void Holdings::event(const model::State& after, events::Event::Reader event) {
  using Event = events::Event;
  changed_.clear();
  switch (event.which()) {
    case Event::ITEM_READ:
      return served(after, event.getItemRead(), event.getCause());
    case Event::ITEM_WRITTEN:
      return served(after, event.getItemWritten(), event.getCause());
    case Event::ITEMS_READ:
      return served(after, event.getItemsRead(), event.getCause());
    case Event::REQUEST_FAILED:
      return refresh(after, event.getRequestFailed().getConnection());
    case Event::CONNECTION_CLOSED:
      return refresh(after, event.getConnectionClosed().getConnection());
    case Event::CONNECTIONS_CLOSED:
      for (const std::uint32_t closed : event.getConnectionsClosed().getConnections()) {
        refresh(after, closed);
      }
      return;
    case Event::DATA_KEYS_REWRAPPED:
      return table_changed(after, event.getDataKeysRewrapped().getTable());
    case Event::TABLE_DELETED:
      return table_changed(after, event.getTableDeleted().getTable());
    default:
      return;
  }
}

// A request that missed is served by the arrival of KMS's answer, which is its cause; that answer
// authorizes the entry it leaves behind.
template <class Served>
void Holdings::served(const model::State& after, const Served& served, std::uint64_t cause) {
  const std::uint32_t connection = served.getConnection();
  if (served.getVia() == events::Access::MISS) entries_[connection].authorized_by = cause;
  refresh(after, connection);
}

void Holdings::refresh(const model::State& after, std::uint32_t connection) {
  const model::Connection& holder = after.connections[connection];
  Entry& known = entries_[connection];
  const std::uint32_t needed = model::needed_version(after.tables[holder.table]);
  if (holder.entry.version != 0 && holder.entry.version == needed) {
    known.until = model::usable_until(holder.entry, after.settings()).nanoseconds();
  } else {
    known.until = std::min(known.until, after.now().nanoseconds());
  }
  changed_.push_back(connection);
}

void Holdings::table_changed(const model::State& after, std::uint32_t table) {
  const model::ScenarioView& scenario = after.scenario();
  const model::FamilyView& family = after.family(table);
  for (const std::uint32_t index : family.workloads) {
    const model::WorkloadView& workload = scenario.workloads[index];
    for (std::uint32_t i = table - family.first_table; i < workload.connections;
         i += family.copies) {
      refresh(after, workload.first_connection + i);
    }
  }
  for (std::uint32_t i = scenario.first_step_connection; i < scenario.connections; ++i) {
    if (after.connections[i].table == table) refresh(after, i);
  }
}

}  // namespace tablekey::replay
