// Point-in-time recovery: the log of changes, its archive and its expiry, and going back through it
// (dynamodb.md 7.3).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/recovery.h"
#include "model/vault.h"

namespace tablekey::model {
namespace {

const ServiceKey& held_by(const Table& table, events::ServiceJob job) {
  return table.detail->service_keys[static_cast<std::size_t>(job)];
}

}  // namespace

void Applier::log_undo(const ItemWrite& write) {
  forget_expiry(write);
  const Table& read = at(state_.tables, write.table);
  if (!read.detail || !read.detail->recovery.enabled) return;
  Table& table = state_.tables[write.table];
  Recovery& recovery = table.detail.make().recovery;
  Undo undo;
  undo.at = now();
  undo.item = write.item;
  if (write.item < table.items.size()) undo.before = table.items[write.item];
  if (undo.before.given && !undo.before.deleted) {
    undo.stored = stored_record(state_, write.table, write.item);
  }
  recovery.log.push_back(std::move(undo));
  if (recovery.unarchived++ == 0) recovery.waiting = now();
  // A job that asked for its key goes on when the answer is there.
  const auto plan = [&](sim::Handle& handle, events::ServiceJob job, ActionKind kind,
                        sim::Duration delay) {
    if (state_.agenda_.pending(handle) || held_by(table, job).call != kNone) return;
    handle = schedule(now() + delay, Priority::job, kind, write.table);
  };
  plan(recovery.archiving, events::ServiceJob::LOG_ARCHIVE, ActionKind::archive_log,
       settings_.dynamodb.archive_interval);
  plan(recovery.snapshotting, events::ServiceJob::SNAPSHOT, ActionKind::take_snapshot,
       settings_.dynamodb.snapshot_interval);
}

void Applier::log_archived(events::LogArchived::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  set_data_key(table, event.getSegment());
  Recovery& recovery = table.detail.make().recovery;
  law(recovery.enabled && event.getUpTo() == now().nanoseconds(), "a log is archived up to now");
  law(event.getRecords() == recovery.unarchived, "a segment has all records that waited");
  recovery.archived = now();
  recovery.waiting = sim::Time();
  recovery.unarchived = 0;
  recovery.archiving = sim::kNoHandle;
  expire_history(event.getTable());
}

void Applier::snapshot_taken(events::SnapshotTaken::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  law(table.detail->recovery.enabled, "a table with recovery is copied");
  for (auto made : event.getSnapshots()) set_data_key(table, made);
  table.detail.make().recovery.snapshotting = sim::kNoHandle;
  expire_history(event.getTable());
}

// Structures come in the order of time, so those whose time is over stand before the others. The
// log goes in large pieces: moving what is left costs as much as what goes.
void Applier::expire_history(std::uint32_t index) {
  Table& table = state_.tables[index];
  Recovery& recovery = table.detail.make().recovery;
  const sim::Time begin = now() - sim::Duration::days(recovery.days);
  for (; recovery.history < table.structures.size(); ++recovery.history) {
    const Structure& structure = table.structures[recovery.history];
    if (!is_history(structure) || structure.gone) continue;
    if (structure.opened >= begin) break;
    retire_structure(table, recovery.history);
  }
  const auto kept = std::partition_point(recovery.log.begin(), recovery.log.end(),
                                         [&](const Undo& undo) { return undo.at < begin; });
  const auto over = kept - recovery.log.begin();
  if (2 * over >= static_cast<std::ptrdiff_t>(recovery.log.size())) {
    recovery.log.erase(recovery.log.begin(), kept);
    release_structures(index);
  }
}

void Applier::start_recovery(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  const auto described = state_.scenario().reader().getTables()[table.family];
  if (!described.getPointInTimeRecovery()) return;
  Recovery& recovery = table.detail.make().recovery;
  recovery.enabled = true;
  recovery.days = described.getRecoveryPeriodInDays();
  recovery.since = now();
}

void Applier::continuous_backups_set(events::ControlAnswered::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  law(step.isControl(), "point-in-time recovery is set by a step of the control plane");
  const auto call = step.getControl();
  if (!call.getPointInTimeRecovery()) return stop_recovery(index);
  Recovery& recovery = table.detail.make().recovery;
  const auto since =
      sim::Time::from_nanoseconds(event.getEffect().getContinuousBackups().getSince());
  law(since <= now() && (recovery.enabled ? since == recovery.since : since == now()),
      "recovery begins when it is enabled");
  recovery.enabled = true;
  recovery.since = since;
  if (call.getHasRecoveryPeriod()) recovery.days = call.getRecoveryPeriodInDays();
}

void Applier::stop_recovery(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  if (!table.detail || !table.detail->recovery.enabled) return;
  Recovery& recovery = table.detail.make().recovery;
  // Nobody waits any more for a key that was asked for.
  for (const auto job : {events::ServiceJob::LOG_ARCHIVE, events::ServiceJob::SNAPSHOT}) {
    table.detail.make().service_keys[static_cast<std::size_t>(job)].call = kNone;
  }
  state_.agenda_.cancel(recovery.archiving);
  state_.agenda_.cancel(recovery.snapshotting);
  for (std::uint32_t i = recovery.history; i < table.structures.size(); ++i) {
    if (is_history(table.structures[i]) && !table.structures[i].gone) retire_structure(table, i);
  }
  const std::uint32_t days = recovery.days;
  recovery = Recovery{};
  recovery.days = days;
  recovery.history = static_cast<std::uint32_t>(table.structures.size());
  release_structures(index);
}

void Applier::rewind(Backup& copy, sim::Time time) {
  const Table& table = at(state_.tables, copy.table);
  const std::vector<Undo>& log = table.detail->recovery.log;
  for (auto undo = log.rbegin(); undo != log.rend() && undo->at > time; ++undo) {
    copy.items.change(undo->item) = undo->before;
    copy.given.erase(undo->item);
    if (!undo->stored.empty()) copy.given[undo->item] = undo->stored;
  }
  copy.at = time;
  const std::uint32_t version = version_at(state_, copy.table, time);
  if (version != 0) {
    copy.version = version;
    copy.key = at(table.keys, version - 1).key;
  }
  count_items(state_, copy);
}

}  // namespace tablekey::model
