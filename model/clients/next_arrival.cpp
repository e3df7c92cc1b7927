// A draw goes by the number of its arrival: of the connection's own arrivals, or of the pool's.
#include "model/clients/next_arrival.h"

#include "model/draws.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// Where draws come from, and the arrivals that were so far.
struct Source {
  std::uint64_t entity = 0;
  std::uint32_t phase = 0;  // its number in the memo of phases
  sim::Time origin;
  std::uint64_t done = 0;  // arrivals before the one that is asked for
  double share = 1;        // of an even process's first gap
  double weight = 1;       // of its rate
};

// Gap number 0 leads to the first arrival, number k to the one after k others.
std::optional<sim::Time> arrival(const Deciding& d, const WorkloadView& workload,
                                 const Source& source, bool first) {
  const sim::Bits128 bits = draw(d.random, source.entity, Draw::gap, source.done);
  const Arrivals& arrivals = workload.arrivals;
  double exposure = 0;
  if (first) {
    const sim::Bits128 more =
        arrivals.modulated() ? sim::Bits128{} : draw(d.random, source.entity, Draw::phase, 0);
    exposure = arrivals.first_exposure(bits, more, source.share);
  } else {
    exposure = arrivals.exposure(bits);
  }
  exposure /= source.weight;
  if (!arrivals.modulated()) return arrivals.next(source.origin, d.now, exposure);
  const PhaseSource phases{d.random, source.entity};
  const Phase& phase = d.phases.at(source.phase, arrivals.phases(), phases, source.origin, d.now);
  return arrivals.next(phases, phase, source.origin, d.now, exposure, d.state.scenario().until);
}

std::int64_t within(const WorkloadView& workload, const std::optional<sim::Time>& next) {
  if (!next || (workload.stops != sim::Time() && *next >= workload.stops)) return 0;
  return next->nanoseconds();
}

sim::Duration thought(const Deciding& d, const WorkloadView& workload, std::uint32_t connection,
                      std::uint64_t number) {
  return workload.think.sample_duration(
      draw(d.random, workload.entity_of(connection), Draw::think, number));
}

}  // namespace

std::int64_t next_arrival(const Deciding& d, const WorkloadView& workload, std::uint32_t index,
                          bool first) {
  const Connection& connection = d.state.connections[index];
  const std::uint64_t done = connection.arrivals + (first ? 0 : 1);
  if (workload.closed && !first) return 0;  // the answer says
  if (workload.requests != 0 && done >= workload.requests) return 0;
  if (workload.closed) return within(workload, d.now + thought(d, workload, index, 0));
  const std::uint32_t number = index - workload.first_connection;
  Source source;
  source.entity = workload.entity + number;
  source.phase = index;
  source.origin = connection.origin == sim::Time() ? d.now : connection.origin;
  source.done = done;
  source.share = static_cast<double>(number + 1) / static_cast<double>(workload.connections);
  source.weight = workload.weight_of(index);
  return within(workload, arrival(d, workload, source, first));
}

std::int64_t next_shared_arrival(const Deciding& d, std::uint32_t number, bool first) {
  const WorkloadView& workload = d.state.scenario().workloads[number];
  const Pool& pool = d.state.pools[number];
  const sim::Time origin = first ? d.now : pool.origin;
  if (workload.recorded) {
    const std::uint64_t next = first ? workload.first_recorded(origin) : pool.arrivals + 1;
    const bool enough = workload.requests != 0 && next >= workload.requests;
    return enough ? 0 : within(workload, workload.recorded_at(next, origin));
  }
  const std::uint64_t done = first ? 0 : pool.arrivals + 1;
  if (workload.requests != 0 && done >= workload.requests) return 0;
  Source source;
  source.entity = workload.shared_entity;
  source.phase = static_cast<std::uint32_t>(d.state.connections.size()) + number;
  source.origin = origin;
  source.done = done;
  return within(workload, arrival(d, workload, source, first));
}

std::int64_t next_after_answer(const Deciding& d, const WorkloadView& workload, std::uint32_t index,
                               sim::Time answered) {
  // The arrival that is answered has been counted, unless this event is the arrival itself.
  const Connection& connection = d.state.connections[index];
  const std::uint64_t done = connection.arrivals + (d.action.kind == ActionKind::request ? 1 : 0);
  if (workload.requests != 0 && done >= workload.requests) return 0;
  const sim::Duration think = thought(d, workload, index, done);
  const sim::Time latest = sim::Time::from_nanoseconds(INT64_MAX);
  if (think >= latest - answered) return 0;
  const sim::Time next = answered + think;
  return within(workload, next > d.now ? next : d.now + sim::Duration::nanoseconds(1));
}

namespace {

// The free connection that was used last, else one that was not used yet, else the one that is free
// first: its answer is the next to come.
std::uint32_t most_recent(const Deciding& d, const WorkloadView& workload, std::uint32_t group,
                          std::uint32_t used) {
  const std::uint32_t members = workload.members(group);
  std::uint32_t free = kNone, soonest = kNone;
  sim::Time newest, first = sim::Time::from_nanoseconds(INT64_MAX);
  for (std::uint32_t i = 0; i < used; ++i) {
    const std::uint32_t index = workload.member(group, i);
    const sim::Time free_at = d.state.connections[index].free_at;
    if (free_at <= d.now && (free == kNone || free_at > newest)) {
      free = index;
      newest = free_at;
    }
    if (soonest == kNone || free_at < first) {
      soonest = index;
      first = free_at;
    }
  }
  if (free != kNone) return free;
  return used < members ? workload.member(group, used) : soonest;
}

std::uint32_t chosen_group(const Deciding& d, const WorkloadView& workload, const Pool& pool) {
  if (!workload.by_copy()) return 0;
  if (workload.recorded) {
    const auto copies = workload.trace.getCopies();
    return copies.size() == 0 ? 0 : copies[static_cast<unsigned>(pool.arrivals)];
  }
  const sim::Bits128 bits = draw(d.random, workload.shared_entity, Draw::pool_table, pool.arrivals);
  if (!workload.table_popularity) {
    return static_cast<std::uint32_t>(sim::below(workload.copies, bits));
  }
  return static_cast<std::uint32_t>(workload.table_popularity->sample(bits));
}

}  // namespace

std::uint32_t dispatched(const Deciding& d, std::uint32_t number) {
  const WorkloadView& workload = d.state.scenario().workloads[number];
  const Pool& pool = d.state.pools[number];
  const std::uint32_t group = chosen_group(d, workload, pool);
  const std::uint32_t turn = at(pool.turns, group);
  switch (workload.dispatch) {
    case events::Pool::Dispatch::RANDOM:
      return workload.member(
          group, static_cast<std::uint32_t>(sim::below(
                     workload.members(group),
                     draw(d.random, workload.shared_entity, Draw::dispatch, pool.arrivals))));
    case events::Pool::Dispatch::MOST_RECENT:
      return most_recent(d, workload, group, turn);
    default:
      return workload.member(group, turn % workload.members(group));
  }
}

}  // namespace tablekey::model
