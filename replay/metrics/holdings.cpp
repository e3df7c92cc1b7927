// Only events that touch a connection's cache entry, or the version of its table's key, matter.
#include "replay/metrics/holdings.h"

#include <algorithm>

#include "model/apply.h"
#include "replay/data_answers.h"

namespace tablekey::replay {

Holdings::Holdings(const model::State& start) : entries_(start.connections.size()) {}

void Holdings::event(const model::State& after, events::Event::Reader event) {
  using Event = events::Event;
  changed_.clear();
  const std::uint64_t cause = event.getCause();
  switch (event.which()) {
    case Event::ITEM_READ:
      return served(after, event.getItemRead(), cause);
    case Event::ITEM_WRITTEN:
      return served(after, event.getItemWritten(), cause);
    case Event::ITEMS_READ:
      return served(after, event.getItemsRead(), cause);
    case Event::REQUEST_FAILED:
      return refresh(after, event.getRequestFailed().getConnection(), cause);
    case Event::TABLE_KEY_REQUESTED: {
      const auto asked = event.getTableKeyRequested();
      return requested(after, asked.getConnection(), asked.getStep(), cause);
    }
    case Event::REQUEST_WAITED: {
      const auto waits = event.getRequestWaited();
      return requested(after, waits.getConnection(), waits.getStep(), cause);
    }
    case Event::CLIENT_KEY_REQUESTED: {
      const auto asked = event.getClientKeyRequested();
      return requested(after, asked.getConnection(), asked.getStep(), cause);
    }
    case Event::DATA_ANSWERED: {
      const auto answered = event.getDataAnswered();
      for (const std::uint32_t used :
           connections_of(after, answered.getConnection(), answered.getStep())) {
        refresh(after, used, cause);
      }
      return;
    }
    case Event::KEY_REFRESHED:
      return refresh(after, event.getKeyRefreshed().getConnection(), cause);
    case Event::CONNECTION_CLOSED:
      return refresh(after, event.getConnectionClosed().getConnection(), cause);
    case Event::CONNECTIONS_CLOSED:
      return closed(after, event.getConnectionsClosed(), cause);
    case Event::DATA_KEYS_REWRAPPED:
      return table_changed(after, event.getDataKeysRewrapped().getTable(), cause);
    case Event::TABLE_ENCRYPTED:
      return table_changed(after, event.getTableEncrypted().getTable(), cause);
    case Event::TABLE_DELETED:
      return table_changed(after, event.getTableDeleted().getTable(), cause);
    case Event::TABLE_ARCHIVED:
      return table_changed(after, event.getTableArchived().getTable(), cause);
    default:
      return;
  }
}

// A request of several tables may have got one table's key and now asks for the next one's; what a
// request of one table leaves behind is seen when it is answered.
void Holdings::requested(const model::State& after, std::uint32_t connection, std::uint32_t step,
                         std::uint64_t cause) {
  if (step == 0) return;
  const std::vector<std::uint32_t> used = connections_of(after, connection, step);
  if (used.size() < 2) return;
  for (const std::uint32_t one : used) refresh(after, one, cause);
}

void Holdings::closed(const model::State& after, events::ConnectionsClosed::Reader event,
                      std::uint64_t cause) {
  for (const std::uint32_t one : event.getConnections()) refresh(after, one, cause);
}

// A request that missed is served by the arrival of KMS's answer, which is its cause; that answer
// authorizes the entry it leaves behind.
template <class Served>
void Holdings::served(const model::State& after, const Served& served, std::uint64_t cause) {
  const std::uint32_t connection = served.getConnection();
  if (served.getVia() == events::Access::MISS) entries_[connection].authorized_by = cause;
  refresh(after, connection, cause);
}

// An entry that was not there before was made by the answer that is this event's cause.
void Holdings::refresh(const model::State& after, std::uint32_t connection, std::uint64_t cause) {
  const model::Connection& holder = after.connections[connection];
  Entry& known = entries_[connection];
  static const model::CacheEntry kNothing;
  const model::CacheEntry& entry =
      holder.slot == model::kNone ? kNothing : after.cache[holder.slot].entry;
  const std::uint32_t needed = model::needed_version(after.tables[holder.table]);
  if (entry.version != 0 && entry.version == needed) {
    if (entry.created != known.created) known.authorized_by = cause;
    known.created = entry.created;
    known.until = model::usable_until(entry, after.settings()).nanoseconds();
  } else {
    known.until = std::min(known.until, after.now().nanoseconds());
  }
  changed_.push_back(connection);
}

void Holdings::table_changed(const model::State& after, std::uint32_t table, std::uint64_t cause) {
  const model::ScenarioView& scenario = after.scenario();
  const model::FamilyView& family = after.family(table);
  for (const std::uint32_t index : family.workloads) {
    const model::WorkloadView& workload = scenario.workloads[index];
    for (std::uint32_t i = table - family.first_table; i < workload.connections;
         i += family.copies) {
      refresh(after, workload.first_connection + i, cause);
    }
  }
  for (std::uint32_t i = scenario.first_step_connection; i < scenario.connections; ++i) {
    if (after.connections[i].table == table) refresh(after, i, cause);
  }
}

}  // namespace tablekey::replay
