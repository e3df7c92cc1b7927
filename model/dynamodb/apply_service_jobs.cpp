// What becomes of a job of the service that asked for the table key: it goes on, or tries again
// later.
#include "model/applier.h"
#include "model/dynamodb/service_jobs.h"
#include "model/dynamodb/table_key_cache.h"

namespace tablekey::model {
namespace {

ServiceKey& held_by(Table& table, events::ServiceJob job) {
  return at(table.detail.make().service_keys, static_cast<std::size_t>(job));
}

}  // namespace

void Applier::service_key_requested(events::ServiceKeyRequested::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  ServiceKey& held = held_by(table, event.getJob());
  Call call;
  call.purpose = Purpose::service_job;
  call.operation = events::KmsOperation::DECRYPT;
  call.as_service = true;
  call.table = event.getTable();
  call.version = needed_version(table);
  call.key = at(table.keys, call.version - 1).key;
  call.job = event.getJob();
  call.argument = event.getArgument();
  call.entity = service_job_entity(state_, event.getTable(), event.getJob());
  call.ordinal = held.calls++;
  held.call = open_call(event.getCall(), call, after(event.getLatency()), Priority::job);
  if (call.job == events::ServiceJob::REPLICATION) pause_replication(event.getTable());
  pause_job(call.job, event.getTable());
}

void Applier::service_key_answered(events::ServiceKeyAnswered::Reader event) {
  const Call call = at(state_.calls, event.getCall());
  free_call(event.getCall());
  Table& table = at(state_.tables, event.getTable());
  const bool gone = table.lifecycle != Lifecycle::live && table.lifecycle != Lifecycle::deleting;
  if (!table.detail || held_by(table, call.job).call != event.getCall()) return;
  ServiceKey& held = held_by(table, call.job);
  held.call = kNone;
  if (gone) return;
  if (call.error == events::KmsError::NONE) {
    held.version = call.version;
    held.decrypted = now();
    held.denied = sim::Time();
    return resume_job(call.job, event.getTable(), call.argument, now());
  }
  held.version = 0;
  if (held.denied == sim::Time()) held.denied = now();
  resume_job(call.job, event.getTable(), call.argument, after(event.getRetry()));
}

void Applier::resume_job(events::ServiceJob job, std::uint32_t index, std::uint32_t argument,
                         sim::Time when) {
  using Job = events::ServiceJob;
  TableDetail& detail = state_.tables[index].detail.make();
  const auto plan = [&](sim::Handle& handle, ActionKind kind, Priority priority) {
    state_.agenda_.cancel(handle);
    handle = schedule(when, priority, kind, index, argument);
  };
  switch (job) {
    case Job::INDEXES:
    case Job::STREAMS:
    case Job::BACKFILL:
      return resume_indexes(index, job, when);
    case Job::SPLIT:
      return resume_split(index, argument, when);
    case Job::TIME_TO_LIVE:
      return plan(detail.ttl_scan, ActionKind::expire_items, Priority::job);
    case Job::LOG_ARCHIVE:
      return plan(detail.recovery.archiving, ActionKind::archive_log, Priority::job);
    case Job::SNAPSHOT:
      return plan(detail.recovery.snapshotting, ActionKind::take_snapshot, Priority::job);
    case Job::REPLICATION:
      return resume_replication(index, when);
    case Job::CHECKER:
      return plan(detail.check, ActionKind::check_key, Priority::checker);
  }
}

}  // namespace tablekey::model
