// A table key whose use found it due for renewal is refreshed behind the request, which does not
// wait (dynamodb.md 4.3; cache-theory.md 1, refresh-ahead).
#include "model/clients/serving.h"
#include "model/decide.h"
#include "model/law.h"

namespace tablekey::model {

void decide_refresh(Deciding& d) {
  const Connection& connection = at(d.state.connections, d.action.a);
  auto event = d.out.initKeyRefreshRequested();
  event.setConnection(d.action.a);
  event.setTable(connection.table);
  event.setEntry(d.action.b);
  event.setCall(next_call(d.state));
  // The draws of a refresh are those of the request that found it due, as its own Decrypt's would
  // be.
  event.setLatency(
      latency_there(d, d.state.connection_entity(d.action.a), connection.requests, connection.table)
          .count());
}

void decide_refreshed(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  auto event = d.out.initKeyRefreshed();
  event.setConnection(call.request.connection);
  event.setTable(call.table);
  event.setEntry(call.request.slot);
  event.setCall(d.action.a);
  event.setError(call.error);
  event.setKeyJitter(draw_jitter(d, call.request.connection, call.ordinal));
}

}  // namespace tablekey::model
