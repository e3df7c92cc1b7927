// Requests of workloads as they arrive, first attempts and retries, and the lives of connections.
#include <algorithm>
#include <bit>

#include "model/clients/next_arrival.h"
#include "model/clients/serving.h"
#include "model/draws.h"
#include "model/dynamodb/item_content.h"
#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model {
namespace {

// Where the choices of a request come from: the connection's own arrivals, or the pool's.
struct Choices {
  std::uint64_t entity = 0, ordinal = 0;
};

void choose_operation(const Deciding& d, const WorkloadView& workload, const Choices& from,
                      Serving& s) {
  s.operation = workload.operations.front();
  if (!workload.one_operation) {
    s.operation = workload.operations[workload.mix->sample(
        draw(d.random, from.entity, Draw::operation, from.ordinal))];
  }
}

void choose_item(const Deciding& d, const WorkloadView& workload, const Choices& from, Serving& s) {
  const std::uint32_t items = d.state.family(s.table).items;
  if (items <= 1) return;
  const sim::Bits128 bits = draw(d.random, from.entity, Draw::item, from.ordinal);
  s.item = static_cast<std::uint32_t>(workload.popularity ? workload.popularity->sample(bits)
                                                          : sim::below(items, bits));
}

// What it writes, where sizes are drawn: a rule on bytes has to know before it is served.
void size_up(const Deciding& d, Serving& s) {
  const Table& table = d.state.tables[s.table];
  const ItemSpace& space = d.state.scenario().items(table.family);
  if (!space.draws_sizes()) return;
  const bool writes = s.operation == events::DataOperation::PUT_ITEM ||
                      s.operation == events::DataOperation::UPDATE_ITEM;
  if (!writes || table.creations == 0) return;  // there never was such a table
  s.size =
      space.item_size({at(d.state.origins, table.origin), s.item,
                       written_version(d.state, s.table, s.item), space.generated_expiry(d.now)});
}

sim::Duration drawn_life(const Deciding& d, const WorkloadView& workload, std::uint32_t index) {
  if (!workload.life) return {};
  const sim::Duration life = workload.life->sample_duration(
      draw(d.random, workload.entity_of(index), Draw::life, d.state.connections[index].lives));
  return std::max(life, sim::Duration::nanoseconds(1));
}

}  // namespace

void decide_request(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Connection& connection = at(d.state.connections, index);
  const WorkloadView& workload = d.state.scenario().workloads[connection.workload];
  Serving s;
  s.connection = index;
  s.table = connection.table;
  s.closed = workload.closed;
  s.next = next_arrival(d, workload, index, false);
  const Choices from{workload.entity_of(index), connection.arrivals};
  choose_operation(d, workload, from, s);
  choose_item(d, workload, from, s);
  size_up(d, s);
  admit(d, s);
}

void decide_pool_arrival(Deciding& d) {
  const std::uint32_t number = d.action.a;
  const WorkloadView& workload = at(d.state.scenario().workloads, number);
  const Pool& pool = at(d.state.pools, number);
  Serving s;
  s.connection = dispatched(d, number);
  s.table = d.state.connections[s.connection].table;
  s.next = next_shared_arrival(d, number, false);
  const Choices from{workload.shared_entity, pool.arrivals};
  const auto recorded = workload.trace.getOperations();
  if (workload.recorded && recorded.size() != 0) {
    s.operation = recorded[static_cast<unsigned>(pool.arrivals)];
  } else {
    choose_operation(d, workload, from, s);
  }
  choose_item(d, workload, from, s);
  size_up(d, s);
  admit(d, s);
}

// The same request once more.
void decide_retry(Deciding& d) {
  const Request& request = at(d.state.retries, d.action.a);
  const Connection& connection = at(d.state.connections, request.connection);
  law(connection.workload != kNone, "a workload's request is sent again");
  Serving s;
  s.connection = request.connection;
  s.table = connection.table;
  s.item = request.item;
  s.operation = request.operation;
  s.attempt = request.attempt;
  s.closed = d.state.scenario().workloads[connection.workload].closed;
  size_up(d, s);
  admit(d, s);
}

void decide_connection(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Connection& connection = at(d.state.connections, index);
  const bool of_workload = connection.workload != kNone;
  if (d.action.kind == ActionKind::close_connection) {
    auto event = d.out.initConnectionClosed();
    event.setConnection(index);
    event.setWhy(static_cast<events::Close>(d.action.b));
    if (!of_workload) return;
    const WorkloadView& workload = d.state.scenario().workloads[connection.workload];
    event.setLifetime(drawn_life(d, workload, index).count());
    return;
  }
  const WorkloadView& workload = d.state.scenario().workloads[connection.workload];
  auto event = d.out.initConnectionOpened();
  event.setConnection(index);
  if (workload.start_spread.count() != 0 && d.action.b == 0) {
    const sim::Bits128 bits = draw(d.random, workload.entity_of(index), Draw::spread, 0);
    const auto wait = sim::below(static_cast<std::uint64_t>(workload.start_spread.count()), bits);
    const auto later = sim::Duration::nanoseconds(1 + static_cast<std::int64_t>(wait));
    event.setOpensAt((d.now + later).nanoseconds());
    return;
  }
  event.setLifetime(drawn_life(d, workload, index).count());
  if (!workload.shared) {
    event.setNext(next_arrival(d, workload, index, true));
  } else if (d.state.pools[connection.workload].opened + 1 == workload.connections) {
    event.setNext(next_shared_arrival(d, connection.workload, true));
  }
}

// A share of a workload's connections closes: each one by its own draw, so that the others' fate
// does not matter.
void decide_close_step(Deciding& d) {
  const auto step = d.state.scenario().reader().getSteps()[d.action.a].getCloseConnections();
  const WorkloadView& workload = d.state.scenario().workloads[step.getWorkload()];
  std::vector<std::uint32_t> closed;
  for (std::uint32_t i = 0; i < workload.connections; ++i) {
    const std::uint32_t index = workload.first_connection + i;
    if (!d.state.connections[index].open) continue;
    const sim::Bits128 bits = draw(d.random, workload.entity + i, Draw::close, d.action.a);
    if (sim::below(1'000'000, bits) < step.getShareMillionths()) closed.push_back(index);
  }
  if (planted(Planted::tie_by_address)) {
    const auto mixed = [&](std::uint32_t i) {
      return (std::bit_cast<std::uint64_t>(&d.state.connections[i]) >> 4) * 0x9E3779B97F4A7C15;
    };
    std::ranges::sort(closed, {}, mixed);
  }
  auto event = d.out.initConnectionsClosed();
  event.setStep(d.action.a);
  event.setWorkload(step.getWorkload());
  const auto count = static_cast<unsigned>(closed.size());
  auto list = event.initConnections(count);
  for (unsigned i = 0; i < count; ++i) list.set(i, closed[i]);
  if (!workload.life) return;
  auto lives = event.initLifetimes(count);
  for (unsigned i = 0; i < count; ++i) lives.set(i, drawn_life(d, workload, closed[i]).count());
}

}  // namespace tablekey::model
