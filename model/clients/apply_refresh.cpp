// An entry serves on while its refresh is under way. A definite denial ends it, unless denied
// refreshes are ignored; where KMS is not available it serves until its own end.
#include "model/applier.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {

void Applier::plan_refresh(std::uint32_t connection) {
  const std::uint32_t index = at(state_.connections, connection).slot;
  CacheSlot& slot = at(state_.cache, index);
  if (slot.refresh != kNone || state_.agenda_.pending(slot.refresh_due)) return;
  slot.refresh_due = schedule(now(), Priority::client, ActionKind::refresh_key, connection, index);
}

void Applier::key_refresh_requested(events::KeyRefreshRequested::Reader event) {
  const std::uint32_t index = event.getConnection();
  const Connection& connection = at(state_.connections, index);
  CacheSlot& slot = at(state_.cache, event.getEntry());
  slot.refresh_due = sim::kNoHandle;
  law(slot.entry.version != 0 && slot.table == connection.table && slot.table == event.getTable(),
      "what is refreshed is there");
  Call call;
  call.purpose = Purpose::refresh;
  call.operation = events::KmsOperation::DECRYPT;
  call.table = slot.table;
  call.version = slot.entry.version;
  call.key = at(at(state_.tables, slot.table).keys, call.version - 1).key;
  const bool owned =
      state_.scenario().reader().getKeys()[call.key].getManager() == events::Key::Manager::OWNED;
  call.as_service = owned;
  call.via_service = !owned;
  call.session = owned ? 0 : session_of(connection.identity);
  call.entity = state_.connection_entity(index);
  call.ordinal = connection.requests;
  call.request.connection = index;
  call.request.slot = event.getEntry();
  call.request.generation = slot.generation;
  call.request.arrived = now();
  slot.refresh = open_call(event.getCall(), call, after(event.getLatency()), Priority::client);
}

void Applier::key_refreshed(events::KeyRefreshed::Reader event) {
  const Call call = at(state_.calls, event.getCall());
  law(call.table == event.getTable(), "a refresh is of the table whose key was asked for");
  free_call(event.getCall());
  CacheSlot& slot = at(state_.cache, event.getEntry());
  if (slot.refresh != event.getCall()) return;  // the entry it was for is gone
  slot.refresh = kNone;
  if (call.error == events::KmsError::NONE) {
    slot.entry.created = now();
    slot.entry.age_jitter = event.getKeyJitter();
    slot.entry.uses = 0;
    slot.entry.bytes = 0;
  } else if (is_denial(call.error, settings_) && settings_.cache.refresh_denied_evicts) {
    drop_entry(slot, events::Miss::DROPPED);
  }
}

}  // namespace tablekey::model
