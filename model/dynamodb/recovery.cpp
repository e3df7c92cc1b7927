// The archive of a table's log, and its snapshots: done by the service under the table's grant.
#include "model/dynamodb/recovery.h"

#include <algorithm>

#include "model/decide.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/structures.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

constexpr sim::Duration kOneSecond = sim::Duration::seconds(1);
constexpr sim::Duration kInstant = sim::Duration::nanoseconds(1);

sim::Time second_at_or_before(sim::Time time) {
  return time - sim::Duration::nanoseconds(time.nanoseconds() % kOneSecond.count());
}
sim::Time second_at_or_after(sim::Time time) {
  return second_at_or_before(time + kOneSecond - kInstant);
}

const Recovery& recovery_of(const State& state, std::uint32_t table) {
  return at(state.tables, table).detail->recovery;
}

}  // namespace

sim::Time earliest_restorable(const State& state, std::uint32_t table, sim::Time now) {
  const Recovery& recovery = recovery_of(state, table);
  const sim::Time window = now - sim::Duration::days(recovery.days);
  return second_at_or_after(std::max(recovery.since, window));
}

sim::Time latest_restorable(const State& state, std::uint32_t table, sim::Time now) {
  const Recovery& recovery = recovery_of(state, table);
  sim::Time latest = now - state.settings().dynamodb.archive_interval;
  // What is not archived cannot be restored.
  if (recovery.waiting != sim::Time()) {
    latest = std::min(latest, recovery.waiting - kInstant);
  }
  const TableDetail& detail = *state.tables[table].detail;
  if (detail.inaccessible) latest = std::min(latest, detail.inaccessible_since);
  return std::max(second_at_or_before(latest), earliest_restorable(state, table, now));
}

std::uint32_t version_at(const State& state, std::uint32_t table, sim::Time time) {
  const Table& owner = at(state.tables, table);
  std::uint32_t version = needed_version(owner);
  if (state.settings().dynamodb.pitr_rewrap) return version;
  // The first history that was written after that time has what led to it.
  for (std::size_t i = 0; i < owner.structures.size(); ++i) {
    const Structure& structure = owner.structures[i];
    if (!is_history(structure) || structure.gone || structure.opened < time) continue;
    return owner.data_keys[i].version;
  }
  return version;
}

namespace {

void archive_log(Deciding& d, std::uint32_t index) {
  const Recovery& recovery = recovery_of(d.state, index);
  auto event = d.out.initLogArchived();
  event.setTable(index);
  make_structure(d, index, static_cast<std::uint32_t>(d.state.tables[index].structures.size()),
                 {events::StructureKind::LOG_SEGMENT}, event.initSegment());
  event.setRecords(static_cast<std::uint32_t>(recovery.unarchived));
  event.setUpTo(d.now.nanoseconds());
  event.setNext(-1);  // the next write begins the next segment
}

void take_snapshot(Deciding& d, std::uint32_t index) {
  const std::vector<std::uint32_t> partitions = base_partitions(d.state, index);
  auto number = static_cast<std::uint32_t>(d.state.tables[index].structures.size());
  auto event = d.out.initSnapshotTaken();
  event.setTable(index);
  auto snapshots = event.initSnapshots(static_cast<unsigned>(partitions.size()));
  for (unsigned i = 0; i < partitions.size(); ++i) {
    make_structure(d, index, number + i, {events::StructureKind::SNAPSHOT, kNone, partitions[i]},
                   snapshots[i]);
  }
  event.setNext(-1);
}

}  // namespace

void decide_recovery_job(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const bool log = d.action.kind == ActionKind::archive_log;
  const auto job = log ? events::ServiceJob::LOG_ARCHIVE : events::ServiceJob::SNAPSHOT;
  const ServiceKeyState key = service_key_state(d.state, index, job, d.now);
  law(key != ServiceKeyState::asking, "a job that waits for its key is not due");
  if (key == ServiceKeyState::needed) return request_service_key(d, index, job, d.action.b);
  const std::uint32_t version = needed_version(d.state.tables[index]);
  if (version != 0) {
    d.vault.hold_table_key(d.state, index, version, service_key_until(d.state, index, job));
  }
  return log ? archive_log(d, index) : take_snapshot(d, index);
}

}  // namespace tablekey::model
