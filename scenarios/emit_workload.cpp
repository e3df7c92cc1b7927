// Field by field; lists and structs only where there is something to say.
#include "scenarios/emit_workload.h"

#include "scenarios/emit.h"

namespace tablekey::scenarios {
namespace {

void emit_process(const DraftWorkload& from, events::Workload::Builder to) {
  to.setProcess(from.process);
  auto stages = to.initStages(size_of(from.stages));
  for (std::uint32_t i = 0; i < stages.size(); ++i) {
    stages[i].setDuration(from.stages[i].duration.count());
    stages[i].setRateBegin(from.stages[i].rate_begin);
    stages[i].setRateEnd(from.stages[i].rate_end);
  }
  to.setShape(from.shape);
  if (!from.branches.empty()) {
    auto branches = to.initBranches(size_of(from.branches));
    for (std::uint32_t i = 0; i < branches.size(); ++i) {
      branches[i].setMillionths(from.branches[i].first);
      branches[i].setRate(from.branches[i].second);
    }
  }
  if (!from.states.empty()) {
    auto states = to.initStates(size_of(from.states));
    for (std::uint32_t i = 0; i < states.size(); ++i) {
      states[i].setRate(from.states[i].first);
      states[i].setHold(from.states[i].second);
    }
  }
  if (!from.think.empty()) to.setThink(from.think);
  if (from.day_period == 0) return;
  auto diurnal = to.initDiurnal();
  diurnal.setPeriod(from.day_period);
  diurnal.setAmplitudeMillionths(from.day_amplitude);
  diurnal.setPeak(from.day_peak);
}

void emit_trace(const DraftTrace& from, events::ArrivalTrace::Builder to) {
  to.setAbsolute(from.absolute);
  auto times = to.initTimes(size_of(from.times));
  for (std::uint32_t i = 0; i < times.size(); ++i) times.set(i, from.times[i]);
  if (!from.operations.empty()) {
    auto operations = to.initOperations(size_of(from.operations));
    for (std::uint32_t i = 0; i < operations.size(); ++i) operations.set(i, from.operations[i]);
  }
  if (!from.copies.empty()) {
    auto copies = to.initCopies(size_of(from.copies));
    for (std::uint32_t i = 0; i < copies.size(); ++i) copies.set(i, from.copies[i]);
  }
}

void emit_connections(const DraftWorkload& from, events::Workload::Builder to) {
  to.setConnections(from.connections);
  to.setRequestsPerConnection(from.requests_per_connection);
  to.setConnectionLifetime(from.connection_lifetime);
  if (!from.lifetime.empty()) to.setLifetime(from.lifetime);
  to.setStartSpread(from.start_spread);
  to.setTablePopularity(from.table_popularity);
  to.setTableSkew(from.table_skew);
  if (from.dispatch != events::Pool::Dispatch::NONE) {
    auto pool = to.initPool();
    pool.setDispatch(from.dispatch);
    pool.setIdleClose(from.idle_close);
  }
  if (from.attempts == 0) return;
  auto retries = to.initRetries();
  retries.setAttempts(from.attempts);
  retries.setBase(from.retry_base);
  retries.setCap(from.retry_cap);
  retries.setJitterMillionths(from.retry_jitter);
}

}  // namespace

void emit_workload(const DraftWorkload& from, events::Workload::Builder to) {
  to.setName(from.name);
  to.setPrincipal(from.principal);
  to.setSession(from.session);
  to.setTable(from.table);
  emit_connections(from, to);
  emit_process(from, to);
  auto operations = to.initOperations(size_of(from.operations));
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    operations[i].setOperation(from.operations[i].first);
    operations[i].setMillionths(from.operations[i].second);
  }
  to.setPopularity(from.popularity);
  to.setSkew(from.skew);
  to.setStarts(from.starts);
  to.setStops(from.stops);
  to.setQueryItems(from.query_items);
  to.setEncryptor(from.encryptor);
  to.setRequests(from.requests);
  if (!from.item_size.empty()) to.setItemSize(from.item_size);
  if (!from.trace.times.empty()) emit_trace(from.trace, to.initTrace());
}

}  // namespace tablekey::scenarios
