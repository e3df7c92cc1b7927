// What the health checker's findings change: the flag behind INACCESSIBLE_ENCRYPTION_CREDENTIALS,
// and archival seven days after it (dynamodb.md 2.8).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/key_check.h"
#include "model/dynamodb/process.h"

namespace tablekey::model {
namespace {

// From when on the table has no grant on its key left that works: later than now where one that
// was revoked still does (kms.md 10). nullopt: it has one that was not ended.
std::optional<sim::Time> grants_end(const State& state, const Table& table) {
  sim::Time last;
  for (const std::uint32_t index : table.grants) {
    const Grant& grant = at(state.grants, index);
    if (grant.key != table.key) continue;
    if (!grant.ended) return std::nullopt;
    last = std::max(last, grant.end_visible_at);
  }
  return last;
}

}  // namespace

void Applier::watch_key(std::uint32_t key) {
  for (std::uint32_t table = 0; table < state_.tables.size(); ++table) {
    if (state_.tables[table].key == key) plan_check(table);
  }
}

// DynamoDB's own grant is for one table; one that a step made may be for any.
void Applier::watch_grant(std::uint32_t grant) {
  const Grant& changed = at(state_.grants, grant);
  if (changed.table != kNone) return plan_check(changed.table);
  watch_key(changed.key);
}

void Applier::plan_check(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  const DynamoDbFigures& figures = state_.settings().dynamodb;  // an era may just have begun
  const bool archiving = table.lifecycle == Lifecycle::archiving;
  const bool watched =
      table.lifecycle == Lifecycle::live || (archiving && figures.archival_abortable);
  sim::Time from = now();
  bool differs = false;
  if (watched && figures.inaccessible_state && table.key != kNone &&
      takes_grants(state_, table.key)) {
    const bool lost = dynamodb::service_refusal(state_, index, table.key) != events::KmsError::NONE;
    differs = lost != table.detail->inaccessible;
    const auto end = grants_end(state_, table);
    if (!lost && !differs && end && *end > now()) {
      differs = true;
      from = *end;
    }
  }
  if (!differs && table.detail->check == sim::kNoHandle) return;
  TableDetail& detail = table.detail.make();
  // A look at a measured distance from the change stays where it is.
  if (differs && figures.key_check_samples && detail.check != sim::kNoHandle) return;
  state_.agenda_.cancel(detail.check);
  detail.check = sim::kNoHandle;
  if (!differs) return;
  detail.check = schedule(dynamodb::next_check(state_, index, from), Priority::checker,
                          ActionKind::check_key, index);
}

void Applier::key_checked(events::KeyChecked::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  const bool archiving = table.lifecycle == Lifecycle::archiving;
  law(table.lifecycle == Lifecycle::live || archiving, "only a table that is there is looked at");
  table.detail.make().check = sim::kNoHandle;
  law(event.getCall() == kNone, "the checker asks no KMS call");
  law(event.getUsable() == (event.getError() == events::KmsError::NONE),
      "a key is usable, or there is a reason");
  if (event.getUsable() && table.detail->inaccessible) clear_key_flag(event.getTable());
  if (!event.getUsable() && !table.detail->inaccessible) set_key_flag(event.getTable());
  plan_check(event.getTable());
}

void Applier::set_key_flag(std::uint32_t index) {
  TableDetail& detail = at(state_.tables, index).detail.make();
  detail.inaccessible = true;
  detail.inaccessible_since = now();
  detail.archival = schedule(now() + settings_.dynamodb.archival_after, Priority::checker,
                             ActionKind::archive_table, index);
  replica_key_flag(index);
}

// The timestamp goes in the same step (dynamodb.md 1.3), and with it the clock of archival.
void Applier::clear_key_flag(std::uint32_t index) {
  TableDetail& detail = at(state_.tables, index).detail.make();
  detail.inaccessible = false;
  detail.inaccessible_since = sim::Time();
  if (state_.tables[index].lifecycle == Lifecycle::archiving) abort_archival(index);
  state_.agenda_.cancel(detail.archival);
  detail.archival = sim::kNoHandle;
  replica_key_flag(index);
}

// The backup is a copy of ciphertext and wrapped keys, and needs no KMS call.
void Applier::table_archival_started(events::TableArchivalStarted::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  law(table.lifecycle == Lifecycle::live && table.detail->inaccessible,
      "a table is archived whose key is inaccessible");
  table.detail.make().archival = sim::kNoHandle;
  leave_group(index);  // if it still has one: replicas leave long before
  end_jobs(index);
  if (table.process.kind == ProcessKind::key_switch) end_process(table);
  table.lifecycle = Lifecycle::archiving;
  Backup& backup = copy_into_backup(event.getBackup(), index);
  backup.id = event.getBackupIdHigh();
  backup.type = settings_.dynamodb.archival_backup_type ? events::BackupType::SYSTEM
                                                        : events::BackupType::USER;
  TableDetail& detail = table.detail.make();
  detail.archived = now();
  detail.archival_backup = event.getBackup();
  for (ServiceKey& held : detail.service_keys) held = {0, {}, kNone, {}, held.calls};
  detail.archival =
      schedule(after(event.getDuration()), Priority::checker, ActionKind::finish_archival, index);
  plan_check(index);
}

void Applier::table_archived(events::TableArchived::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  law(table.lifecycle == Lifecycle::archiving, "archival ends once");
  law(event.getBackup() == table.detail->archival_backup, "a table has one archival backup");
  TableDetail& detail = table.detail.make();
  detail.archival = sim::kNoHandle;
  end_jobs(index);
  Backup& backup = at(state_.backups, detail.archival_backup);
  backup.available = true;
  table.lifecycle = Lifecycle::archived;
  if (table.holders != 0) drop_entries(index);
  if (!settings_.dynamodb.archival_keyspaces) return;
  // Keyspaces deletes the table and keeps the backup (dynamodb.md 2.8).
  backup.expires = now() + settings_.dynamodb.system_backup_retention;
  backup.timer =
      schedule(backup.expires, Priority::job, ActionKind::expire_backup, detail.archival_backup);
  begin_deletion(index, sim::Duration());
}

// The key came back while the backup was being taken: the table goes on as it was.
void Applier::abort_archival(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  TableDetail& detail = table.detail.make();
  table.lifecycle = Lifecycle::live;
  backup_over(detail.archival_backup);
  detail.archival_backup = kNone;
  detail.archived = sim::Time();
  resume_jobs(index);
}

// What end_jobs() had cancelled and what there still is to do.
void Applier::resume_jobs(std::uint32_t index) {
  using Job = events::ServiceJob;
  const TableDetail& detail = *at(state_.tables, index).detail;
  if (!detail.ttl_attribute.empty()) resume_job(Job::TIME_TO_LIVE, index, 0, now());
  if (detail.recovery.enabled) {
    resume_job(Job::LOG_ARCHIVE, index, 0, now());
    resume_job(Job::SNAPSHOT, index, 0, now());
  }
  if (!detail.stream_backlog.empty()) resume_job(Job::STREAMS, index, 0, now());
  for (std::uint32_t i = 0; i < detail.global_indexes.size(); ++i) {
    if (!detail.global_indexes[i].backlog.empty()) resume_job(Job::INDEXES, index, i, now());
    if (detail.global_indexes[i].backfilling) resume_job(Job::BACKFILL, index, i, now());
  }
  if (!detail.replication.empty()) resume_job(Job::REPLICATION, index, 0, now());
}

}  // namespace tablekey::model
