// Only events that touch a cached table key, or the version of its table's key, matter.
#include "replay/metrics/holdings.h"

#include <algorithm>

#include "model/dynamodb/table_key_cache.h"
#include "replay/data_answers.h"

namespace tablekey::replay {

Holdings::Holdings(const model::State& start) : entries_(start.cache.size()) {}

const Holdings::Entry& Holdings::known(std::uint32_t entry) const {
  static const Entry kNothing;
  return entry < entries_.size() ? entries_[entry] : kNothing;
}

// An answer is kept where the request looked for the key when it came, not where its connection
// would look now. What must make room for it is the least recently used entry of that cache.
void Holdings::before(const model::State& state) {
  due_ = {};
  if (!state.agenda().next()) return;
  const model::Action action = state.agenda().front();
  if (action.kind == model::ActionKind::resume_request) {
    const model::Request& request = model::at(state.waiters, action.a);
    due_.entry = request.slot;
    due_.connection = request.connection;
    return;
  }
  if (action.kind != model::ActionKind::deliver_answer) return;
  const model::Call& call = model::at(state.calls, action.a);
  if (call.purpose != model::Purpose::data_request && call.purpose != model::Purpose::refresh) {
    return;
  }
  due_.entry = call.request.slot;
  due_.connection = call.request.connection;
  if (due_.entry >= state.cache.size()) return;
  const std::uint32_t cache = state.cache[due_.entry].cache;
  if (cache < state.caches.size()) due_.evicted = state.caches[cache].oldest;
}

void Holdings::event(const model::State& after, events::Event::Reader event) {
  using Event = events::Event;
  changed_.clear();
  inserted_ = model::kNone;
  const std::uint64_t cause = event.getCause();
  if (due_.entry != model::kNone) refresh(after, due_.entry, due_.connection, cause);
  if (due_.evicted != model::kNone) refresh(after, due_.evicted, model::kNone, cause);
  switch (event.which()) {
    case Event::ITEM_READ:
      return used_by(after, event.getItemRead().getConnection(), cause);
    case Event::ITEM_WRITTEN:
      return used_by(after, event.getItemWritten().getConnection(), cause);
    case Event::ITEMS_READ:
      return used_by(after, event.getItemsRead().getConnection(), cause);
    case Event::REQUEST_FAILED:
      return used_by(after, event.getRequestFailed().getConnection(), cause);
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
      for (const std::uint32_t one :
           connections_of(after, answered.getConnection(), answered.getStep())) {
        used_by(after, one, cause);
      }
      return;
    }
    default:
      return lost(after, event);
  }
}

// Whatever ends entries without a request.
void Holdings::lost(const model::State& after, events::Event::Reader event) {
  using Event = events::Event;
  const std::uint64_t cause = event.getCause();
  switch (event.which()) {
    case Event::CONNECTION_CLOSED:
      return used_by(after, event.getConnectionClosed().getConnection(), cause);
    case Event::CONNECTIONS_CLOSED:
      for (const std::uint32_t one : event.getConnectionsClosed().getConnections()) {
        used_by(after, one, cause);
      }
      return;
    case Event::KEY_POLLED:
      return refresh(after, event.getKeyPolled().getEntry(), model::kNone, cause);
    case Event::KEY_INVALIDATED:
      return refresh(after, event.getKeyInvalidated().getEntry(), model::kNone, cause);
    case Event::ROUTERS_RESTARTED:
    case Event::ERA_CHANGED:
      return all_changed(after, cause);
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
  for (const std::uint32_t one : used) used_by(after, one, cause);
}

// An entry that was not there before was made by the answer that is this event's cause. One that
// has no uses left is no longer usable, whatever time it has.
void Holdings::refresh(const model::State& after, std::uint32_t entry, std::uint32_t connection,
                       std::uint64_t cause) {
  if (entry >= after.cache.size()) return;
  if (entry >= entries_.size()) entries_.resize(after.cache.size());
  const model::CacheSlot& slot = after.cache[entry];
  Entry& known = entries_[entry];
  const sim::Time now = after.now();
  const std::uint32_t needed = model::needed_version(after.tables[slot.table]);
  if (slot.entry.version != 0 && slot.entry.version == needed) {
    const std::int64_t created = slot.entry.created.nanoseconds();
    if (created != known.created) {
      known.created = created;
      known.authorized_by = cause;
      known.asker = connection;
      inserted_ = entry;
    }
    const sim::Time until = model::usable_until(slot.entry, after.settings());
    const bool spent = until > now && !model::usable(slot.entry, needed, after.settings(), now, 1);
    known.until = spent ? std::min(known.until, now.nanoseconds()) : until.nanoseconds();
  } else {
    known.until = std::min(known.until, now.nanoseconds());
  }
  changed_.push_back({entry, connection});
}

void Holdings::table_changed(const model::State& after, std::uint32_t table, std::uint64_t cause) {
  const model::ScenarioView& scenario = after.scenario();
  const model::FamilyView& family = after.family(table);
  for (const std::uint32_t index : family.workloads) {
    const model::WorkloadView& workload = scenario.workloads[index];
    for (std::uint32_t i = table - family.first_table; i < workload.connections;
         i += family.copies) {
      refresh(after, workload.first_connection + i, model::kNone, cause);
    }
  }
  for (std::uint32_t i = scenario.first_step_connection; i < scenario.connections; ++i) {
    if (after.cache[i].table == table) refresh(after, i, model::kNone, cause);
  }
  for (auto shared = after.slot_of_cache.lower_bound({table, 0});
       shared != after.slot_of_cache.end() && shared->first.first == table; ++shared) {
    refresh(after, shared->second, model::kNone, cause);
  }
}

void Holdings::all_changed(const model::State& after, std::uint64_t cause) {
  for (std::uint32_t i = 0; i < after.cache.size(); ++i) refresh(after, i, model::kNone, cause);
}

}  // namespace tablekey::replay
