// When requests come, as events say it: arrivals of connections and of pools, retries, users who
// think; and how connections live.
#include <algorithm>

#include "model/applier.h"
#include "model/planted.h"

namespace tablekey::model {

namespace {

constexpr std::int64_t kNever = INT64_MAX;  // ns

}  // namespace

void Applier::plan_arrival(Connection& connection, std::uint32_t index, std::int64_t next) {
  connection.arrival = sim::kNoHandle;
  if (next == 0) return;
  connection.arrival =
      schedule(sim::Time::from_nanoseconds(next), Priority::client, ActionKind::request, index);
}

// The request that has just come is on this connection.
void Applier::pool_arrived(std::uint32_t index, std::int64_t next) {
  const WorkloadView& workload = at(state_.scenario().workloads, action_.a);
  Pool& pool = at(state_.pools, action_.a);
  ++pool.arrivals;
  const std::uint32_t group = workload.group_of(index);
  const std::uint32_t number = (index - workload.first_connection) / workload.groups();
  std::uint32_t& turn = at(pool.turns, group);
  if (workload.dispatch == events::Pool::Dispatch::ROUND_ROBIN) {
    turn = (turn + 1) % workload.members(group);
  } else if (workload.dispatch == events::Pool::Dispatch::MOST_RECENT) {
    turn = std::max(turn, number + 1);
  }
  pool.arrival = sim::kNoHandle;
  if (next == 0) return;
  pool.arrival = schedule(sim::Time::from_nanoseconds(next), Priority::client,
                          ActionKind::pool_arrival, action_.a);
}

// With its last connection a pool begins.
void Applier::open_pool(std::uint32_t number, std::int64_t next) {
  const WorkloadView& workload = state_.scenario().workloads[number];
  Pool& pool = at(state_.pools, number);
  if (++pool.opened != workload.connections) return;
  pool.origin = now();
  pool.arrivals = workload.recorded ? workload.first_recorded(now()) : 0;
  pool.turns.assign(workload.groups(), 0);
  if (next == 0) return;
  pool.arrival = schedule(sim::Time::from_nanoseconds(next), Priority::client,
                          ActionKind::pool_arrival, number);
}

void Applier::plan_retry(std::int64_t when, const FailedRequest& failed) {
  Request request;
  request.connection = failed.connection;
  request.item = failed.item;
  request.operation = failed.operation;
  request.attempt = static_cast<std::uint8_t>(failed.attempt + 1);
  auto slot = static_cast<std::uint32_t>(state_.retries.size());
  if (state_.free_retries.empty()) {
    state_.retries.push_back(request);
  } else {
    slot = state_.free_retries.back();
    state_.free_retries.pop_back();
    state_.retries[slot] = request;
  }
  schedule(sim::Time::from_nanoseconds(when), Priority::client, ActionKind::retry_request, slot);
}

// A pool's connection is taken until its answer is known.
void Applier::in_use(Connection& connection) {
  const WorkloadView& workload = state_.scenario().workloads[connection.workload];
  if (!workload.watches_use()) return;
  connection.free_at = sim::Time::from_nanoseconds(kNever);
  state_.agenda_.cancel(connection.idle_closure);
  connection.idle_closure = sim::kNoHandle;
}

// When the client has the answer that this event is about; asked before the event gives back the
// place of the request that waited. Zero where nobody wants to know.
sim::Time Applier::answered_at(const Connection& connection, std::int64_t latency) const {
  if (connection.workload == kNone) return {};
  if (!state_.scenario().workloads[connection.workload].watches_use()) return {};
  const auto taken = sim::Duration::nanoseconds(std::max<std::int64_t>(latency, 0));
  if (action_.kind == ActionKind::deliver_answer) {
    return at(state_.calls, action_.a).request.arrived + taken;
  }
  if (action_.kind == ActionKind::resume_request) {
    return at(state_.waiters, action_.a).arrived + taken;
  }
  return now() + taken;
}

void Applier::after_answer(Connection& connection, std::uint32_t index, std::int64_t next,
                           sim::Time answered) {
  if (connection.workload == kNone) return;
  const WorkloadView& workload = state_.scenario().workloads[connection.workload];
  if (workload.closed && next != 0 && action_.kind != ActionKind::request) {
    plan_arrival(connection, index, next);
  }
  if (!workload.watches_use()) return;
  connection.free_at = answered;
  if (workload.idle_close.count() == 0 || !connection.open) return;
  state_.agenda_.cancel(connection.idle_closure);
  connection.idle_closure = schedule(std::max(answered, now()) + workload.idle_close,
                                     Priority::client, ActionKind::close_connection, index,
                                     static_cast<std::uint32_t>(events::Close::IDLE));
}

void Applier::connection_opened(events::Event::ConnectionOpened::Reader event) {
  const std::uint32_t index = event.getConnection();
  Connection& connection = at(state_.connections, index);
  law(connection.workload != kNone, "a connection that opens is a workload's");
  // Rates count from the workload's beginning, also where connections open over a while.
  if (action_.b == 0) connection.origin = now();
  connection.arrival = sim::kNoHandle;
  if (event.getOpensAt() != 0) {
    connection.arrival = schedule(sim::Time::from_nanoseconds(event.getOpensAt()), Priority::client,
                                  ActionKind::open_connection, index, 1);
    return;
  }
  connection.lifetime = sim::Duration::nanoseconds(event.getLifetime());
  open_life(connection, index);
  if (state_.scenario().workloads[connection.workload].shared) {
    return open_pool(connection.workload, event.getNext());
  }
  plan_arrival(connection, index, event.getNext());
}

void Applier::close_now(std::uint32_t index) {
  Connection& connection = at(state_.connections, index);
  // What is its own goes with it.
  if (connection.slot == index) empty_slot(index, events::Miss::COLD);
  connection.open = false;
  connection.closing = false;
  if (!planted(Planted::stale_timer)) state_.agenda_.cancel(connection.closure);
  connection.closure = sim::kNoHandle;
  state_.agenda_.cancel(connection.idle_closure);
  connection.idle_closure = sim::kNoHandle;
}

void Applier::connection_closed(events::Event::ConnectionClosed::Reader event) {
  const std::uint32_t index = event.getConnection();
  close_now(index);
  state_.connections[index].lifetime = sim::Duration::nanoseconds(event.getLifetime());
}

void Applier::connections_closed(events::ConnectionsClosed::Reader event) {
  const auto closed = event.getConnections();
  const auto lifetimes = event.getLifetimes();
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep());
  law(step.isCloseConnections() && step.getCloseConnections().getWorkload() == event.getWorkload(),
      "a step closes connections of the workload that it names");
  law(lifetimes.size() == 0 || lifetimes.size() == closed.size(),
      "each connection that closes has its next lifetime");
  for (unsigned i = 0; i < closed.size(); ++i) {
    close_now(closed[i]);
    if (lifetimes.size() == 0) continue;
    state_.connections[closed[i]].lifetime = sim::Duration::nanoseconds(lifetimes[i]);
  }
}

}  // namespace tablekey::model
