// Policy static-stable: the entry serves on while its refresh is under way. A definite denial ends
// it; where KMS is not available it serves until its greatest age.
#include "model/applier.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {
namespace {

// Whether KMS has spoken about the key rather than failed to (dynamodb.md 4.3).
bool denied(events::KmsError error) {
  switch (error) {
    case events::KmsError::NONE:
    case events::KmsError::THROTTLING:
    case events::KmsError::KMS_INTERNAL:
    case events::KmsError::KEY_UNAVAILABLE:
    case events::KmsError::DEPENDENCY_TIMEOUT:
      return false;
    default:
      return true;
  }
}

}  // namespace

void Applier::plan_refresh(Connection& connection, std::uint32_t index) {
  if (now() < connection.entry.refresh_at || connection.refresh != kNone) return;
  if (state_.agenda_.pending(connection.refresh_due)) return;
  connection.refresh_due = schedule(now(), Priority::client, ActionKind::refresh_key, index);
}

void Applier::key_refresh_requested(events::KeyRefreshRequested::Reader event) {
  const std::uint32_t index = event.getConnection();
  Connection& connection = at(state_.connections, index);
  connection.refresh_due = sim::kNoHandle;
  law(connection.entry.version != 0, "what is refreshed is there");
  Call call;
  call.purpose = Purpose::refresh;
  call.operation = events::KmsOperation::DECRYPT;
  call.table = connection.table;
  call.version = connection.entry.version;
  call.key = at(at(state_.tables, connection.table).keys, call.version - 1).key;
  const bool owned =
      state_.scenario().reader().getKeys()[call.key].getManager() == events::Key::Manager::OWNED;
  call.as_service = owned;
  call.via_service = !owned;
  call.session = owned ? 0 : session_of(connection.identity);
  call.entity = state_.connection_entity(index);
  call.ordinal = connection.requests;
  call.request.connection = index;
  call.request.arrived = now();
  connection.refresh =
      open_call(event.getCall(), call, after(event.getLatency()), Priority::client);
}

void Applier::key_refreshed(events::KeyRefreshed::Reader event) {
  const Call call = at(state_.calls, event.getCall());
  free_call(event.getCall());
  Connection& connection = at(state_.connections, event.getConnection());
  if (connection.refresh != event.getCall()) return;  // the entry it was for is gone
  connection.refresh = kNone;
  if (denied(call.error)) {
    drop_entry(connection);
    connection.dropped = true;
    return;
  }
  connection.entry.refresh_at = now() + settings_.cache_refresh.value_or(sim::Duration());
  if (call.error == events::KmsError::NONE) connection.entry.created = now();
}

}  // namespace tablekey::model
