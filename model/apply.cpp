// apply(): the agenda's side, the start of a run, and the dispatch to the sub-rooms.
#include "model/apply.h"

#include <kj/exception.h>

#include <algorithm>

#include "model/applier.h"
#include "model/event_fits.h"
#include "model/kms/operation.h"

namespace tablekey::model {
namespace {

// Key and policy changes come before all else at their instant, the control plane before the
// clients (dynamodb.md 11); who encrypts or decrypts with a key is a client of it.
Priority step_priority(const ScenarioView& scenario, events::Step::Reader step) {
  switch (step.which()) {
    case events::Step::KMS:
      if (scenario.has(Quirk::cryptography_after_changes) &&
          kms::operation_row(step.getKms().getOperation()).cryptographic) {
        return Priority::client;
      }
      return Priority::key_change;
    case events::Step::ASSUME_ROLE:
    case events::Step::IAM:
    case events::Step::FAULT:
      return Priority::key_change;
    case events::Step::CREATE_TABLE:
    case events::Step::DELETE_TABLE:
    case events::Step::UPDATE_TABLE:
    case events::Step::CONTROL:
      return Priority::job;
    default:
      return Priority::client;
  }
}

}  // namespace

// An event whose pointers lead nowhere, or to something of another type, is none of ours either.
void apply(State& state, events::Event::Reader event) {
  try {
    Applier(state).apply(event);
  } catch (const kj::Exception&) {
    law(false, "an event is a message of the schema");
  }
}

sim::Handle Applier::schedule(sim::Time time, Priority priority, ActionKind kind, std::uint32_t a,
                              std::uint32_t b) {
  law(time >= now(), "nothing is scheduled into the past");
  return state_.agenda_.schedule(time, static_cast<unsigned>(priority), {kind, a, b, number_});
}

sim::Time Applier::after(std::int64_t delay) const {
  law(delay >= 0 && delay <= INT64_MAX - std::max(std::int64_t{0}, now().nanoseconds()),
      "an event's delay leads to a time");
  return now() + sim::Duration::nanoseconds(delay);
}

std::uint32_t Applier::session_of(std::uint32_t identity) const {
  return identity == 0 ? 0 : 1 + at(state_.latest_session, identity - 1);
}

// Every event but the first comes of the action that was due; anything else is not this run's next
// event.
void Applier::take_action(events::Event::Reader event) {
  number_ = state_.events_;
  law(!state_.ended_, "nothing happens after the end");
  if (number_ == 0) {
    law(event.which() == events::Event::RUN_STARTED, "a run begins with RunStarted");
    law(event.getTime() == state_.scenario().start.nanoseconds(), "a run begins at its start");
  } else {
    law(event.which() != events::Event::RUN_STARTED, "a run begins once");
    const auto due = state_.agenda_.next();
    law(due.has_value() && due->time.nanoseconds() == event.getTime(),
        "an event has the time of the action that was due");
    action_ = state_.agenda_.front();
    law(action_.cause == event.getCause(), "an event names the cause of the action that was due");
    law(fits(state_, action_, event), "an event is what the action that was due can become");
    state_.agenda_.pop();
  }
  state_.now_ = sim::Time::from_nanoseconds(event.getTime());
  ++state_.events_;
}

void Applier::apply(events::Event::Reader event) {
  take_action(event);
  using Event = events::Event;
  switch (event.which()) {
    case Event::ITEM_READ:
      return item_read(event.getItemRead());
    case Event::ITEM_WRITTEN:
      return item_written(event.getItemWritten());
    case Event::ITEMS_READ:
      return items_read(event.getItemsRead());
    case Event::REQUEST_FAILED:
      return request_failed(event.getRequestFailed());
    case Event::TABLE_KEY_REQUESTED:
      return table_key_requested(event.getTableKeyRequested());
    case Event::REQUEST_WAITED:
      return request_waited(event.getRequestWaited());
    case Event::CONNECTION_OPENED:
      return connection_opened(event.getConnectionOpened());
    case Event::CONNECTION_CLOSED:
      return connection_closed(event.getConnectionClosed());
    case Event::CONNECTIONS_CLOSED:
      return connections_closed(event.getConnectionsClosed());
    case Event::KMS_ANSWERED:
      return kms_answered(event.getKmsAnswered());
    case Event::KMS_ANSWER_DELIVERED:
      return kms_answer_delivered(event.getKmsAnswerDelivered());
    case Event::CHANGE_VISIBLE:
      return change_visible(event.getChangeVisible().getKind(), event.getChangeVisible().getKey());
    case Event::KEY_CREATED:
      return key_created(event.getKeyCreated());
    case Event::KEY_DELETED:
      return key_deleted(event.getKeyDeleted().getKey());
    case Event::ROLE_ASSUMED:
      return role_assumed(event.getRoleAssumed());
    case Event::TABLE_CREATION_STARTED:
      return table_creation_started(event.getTableCreationStarted());
    case Event::TABLE_KEY_CREATED:
      return table_key_created(event.getTableKeyCreated());
    case Event::TABLE_ACTIVATED:
      return table_activated(event.getTableActivated());
    case Event::TABLE_REQUEST_REFUSED:
      return table_request_refused(event.getTableRequestRefused());
    case Event::TABLE_DELETION_STARTED:
      return table_deletion_started(event.getTableDeletionStarted());
    case Event::TABLE_DELETED:
      return table_deleted(event.getTableDeleted());
    case Event::SSE_SWITCH_STARTED:
      return sse_switch_started(event.getSseSwitchStarted());
    case Event::DATA_KEYS_REWRAPPED:
      return data_keys_rewrapped(event.getDataKeysRewrapped());
    case Event::SSE_SWITCH_COMPLETED:
      return sse_switch_completed(event.getSseSwitchCompleted());
    case Event::RUN_STARTED:
      return run_started();
    case Event::RUN_ENDED:
      state_.ended_ = true;
      return;
    default:
      return apply_by_itself(event);
  }
}

// What KMS does by itself, IAM's answers, and faults.
void Applier::apply_by_itself(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::KEY_ROTATED:
      return key_rotated(event.getKeyRotated());
    case Event::KEY_MATERIAL_EXPIRED:
      return material_expired(event.getKeyMaterialExpired());
    case Event::KEY_MATERIAL_SYNCHRONIZED:
      return material_synchronized(event.getKeyMaterialSynchronized());
    case Event::KEY_READY:
      return key_ready(event.getKeyReady().getKey());
    case Event::CUSTOM_KEY_STORE_CHANGED:
      return store_changed(event.getCustomKeyStoreChanged());
    case Event::IAM_ANSWERED:
      return iam_answered(event.getIamAnswered());
    case Event::FAULT_STARTED:
      return fault_started(event.getFaultStarted());
    case Event::FAULT_ENDED:
      return fault_ended(event.getFaultEnded());
    case Event::DATA_ANSWERED:
      return data_answered(event.getDataAnswered());
    case Event::CLIENT_KEY_REQUESTED:
      return client_key_requested(event.getClientKeyRequested());
    case Event::KEY_REFRESH_REQUESTED:
      return key_refresh_requested(event.getKeyRefreshRequested());
    case Event::KEY_REFRESHED:
      return key_refreshed(event.getKeyRefreshed());
    case Event::ERA_CHANGED:
      return era_changed(event.getEraChanged().getEra());
    default:
      return apply_to_table(event);
  }
}

// DynamoDB's control plane, and what the service does under its grants.
void Applier::apply_to_table(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::CONTROL_REQUESTED:
      return control_requested(event.getControlRequested());
    case Event::CONTROL_ANSWERED:
      return control_answered(event.getControlAnswered());
    case Event::TABLE_JOB_FINISHED:
      return table_job_finished(event.getTableJobFinished());
    case Event::KEY_CHECKED:
      return key_checked(event.getKeyChecked());
    case Event::TABLE_ARCHIVAL_STARTED:
      return table_archival_started(event.getTableArchivalStarted());
    case Event::TABLE_ARCHIVED:
      return table_archived(event.getTableArchived());
    case Event::SSE_SWITCH_STALLED:
      return sse_switch_stalled(event.getSseSwitchStalled());
    case Event::TABLE_ENCRYPTED:
      return table_encrypted(event.getTableEncrypted());
    case Event::BACKUP_FINISHED:
      return backup_finished(event.getBackupFinished().getBackup());
    case Event::BACKUP_EXPIRED:
      return backup_expired(event.getBackupExpired().getBackup());
    case Event::EXPORT_FINISHED:
      return export_finished(event.getExportFinished());
    default:
      return apply_service_work(event);
  }
}

void Applier::apply_service_work(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::SERVICE_KEY_REQUESTED:
      return service_key_requested(event.getServiceKeyRequested());
    case Event::SERVICE_KEY_ANSWERED:
      return service_key_answered(event.getServiceKeyAnswered());
    case Event::INDEX_ENTRIES_WRITTEN:
      return index_entries_written(event.getIndexEntriesWritten());
    case Event::STREAM_RECORDS_WRITTEN:
      return stream_records_written(event.getStreamRecordsWritten());
    case Event::INDEX_BACKFILLED:
      return index_backfilled(event.getIndexBackfilled());
    case Event::PARTITION_SPLIT:
      return partition_split(event.getPartitionSplit());
    case Event::SHARDS_CHANGED:
      return shards_changed(event.getShardsChanged());
    case Event::ITEMS_EXPIRED:
      return items_expired(event.getItemsExpired());
    case Event::LOG_ARCHIVED:
      return log_archived(event.getLogArchived());
    case Event::SNAPSHOT_TAKEN:
      return snapshot_taken(event.getSnapshotTaken());
    case Event::ITEMS_REPLICATED:
      return items_replicated(event.getItemsReplicated());
    case Event::REPLICA_CHANGED:
      return replica_changed(event.getReplicaChanged());
    default:
      return apply_to_caches(event);
  }
}

// What reaches caches unasked, and faults of their routers.
void Applier::apply_to_caches(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::KEY_POLL_PLANNED:
      return key_poll_planned(event.getKeyPollPlanned());
    case Event::KEY_POLLED:
      return key_polled(event.getKeyPolled());
    case Event::KEY_INVALIDATIONS_SENT:
      return key_invalidations_sent(event.getKeyInvalidationsSent());
    case Event::KEY_INVALIDATED:
      return key_invalidated(event.getKeyInvalidated());
    case Event::ROUTERS_RESTARTED:
      return routers_restarted(event.getRoutersRestarted());
    case Event::FAULT_PLANNED:
      return fault_planned(event.getFaultPlanned());
    case Event::CALL_LOST:
      return call_lost(event.getCallLost());
    default:
      law(false, "an event is of a known kind");
  }
}

void Applier::run_started() {
  schedule(state_.scenario().until, Priority::end, ActionKind::end_run, 0);
  start_stores();
  start_keys();
  start_aliases();
  start_sessions();
  start_steps();
  start_groups();
  start_tables();
  start_workloads();
  start_eras();
  start_fault_sources();
}

void Applier::start_eras() {
  const auto eras = state_.scenario().reader().getEras();
  for (std::uint32_t i = 0; i < eras.size(); ++i) {
    schedule(sim::Time::from_nanoseconds(eras[i].getAt()), Priority::key_change,
             ActionKind::change_era, i + 1);
  }
}

// A replica is made from its primary key, which stands before it.
void Applier::start_keys() {
  const auto keys = state_.scenario().reader().getKeys();
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    if (keys[key].getByStep()) continue;
    schedule(now(), Priority::key_change, ActionKind::create_key, key);
  }
}

// Everyone whom the scenario lets act has a session from the start; sts:AssumeRole replaces it.
void Applier::start_sessions() {
  for (const Identity& identity : state_.scenario().identities) {
    state_.latest_session.push_back(static_cast<std::uint32_t>(state_.sessions.size()));
    state_.sessions.push_back({identity.principal, identity.session, "", now(), 0});
  }
}

void Applier::start_steps() {
  const auto steps = state_.scenario().reader().getSteps();
  for (std::uint32_t step = 0; step < steps.size(); ++step) {
    schedule(sim::Time::from_nanoseconds(steps[step].getAt()),
             step_priority(state_.scenario(), steps[step]), ActionKind::step, step);
  }
}

void Applier::start_tables() {
  const auto families = state_.scenario().reader().getTables();
  for (std::uint32_t i = 0; i < families.size(); ++i) {
    if (families[i].getCreated() == 0) continue;
    const auto when = sim::Time::from_nanoseconds(families[i].getCreated());
    const FamilyView& family = state_.scenario().families[i];
    for (std::uint32_t copy = 0; copy < family.copies; ++copy) {
      schedule(when, Priority::job, ActionKind::create_table, family.first_table + copy);
    }
  }
}

// A workload without a start of its own begins when its table is ACTIVE; see table_activated.
void Applier::start_workloads() {
  for (const WorkloadView& workload : state_.scenario().workloads) {
    if (workload.starts == sim::Time()) continue;
    for (std::uint32_t i = 0; i < workload.connections; ++i) {
      Connection& connection = state_.connections[workload.first_connection + i];
      connection.arrival = schedule(workload.starts, Priority::client, ActionKind::open_connection,
                                    workload.first_connection + i);
    }
  }
}

}  // namespace tablekey::model
