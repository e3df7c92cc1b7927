// Policy static-stable: a table key that is used after its time is refreshed behind the request,
// which does not wait (dynamodb.md 4.3).
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_refresh(Deciding& d) {
  const Connection& connection = at(d.state.connections, d.action.a);
  auto event = d.out.initKeyRefreshRequested();
  event.setConnection(d.action.a);
  event.setTable(connection.table);
  event.setCall(next_call(d.state));
  // The draws of a refresh are those of the request that found it due, as its own Decrypt's would
  // be.
  event.setLatency(
      latency_there(d, d.state.connection_entity(d.action.a), connection.requests).count());
}

void decide_refreshed(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  auto event = d.out.initKeyRefreshed();
  event.setConnection(call.request.connection);
  event.setTable(call.table);
  event.setCall(d.action.a);
  event.setError(call.error);
}

}  // namespace tablekey::model
