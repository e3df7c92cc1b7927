// One function for the events of data requests, which are most of them, one for those of a table,
// and the rest by the action's kind.
#include "model/event_fits.h"

#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Event;

/// Whom a data request's event is about.
struct DataSubject {
  bool known = false;
  std::uint32_t connection = 0, table = 0;
};

template <class Group>
DataSubject subject(Group group) {
  return {true, group.getConnection(), group.getTable()};
}

DataSubject data_subject(Event::Reader event) {
  switch (event.which()) {
    case Event::ITEM_READ:
      return subject(event.getItemRead());
    case Event::ITEM_WRITTEN:
      return subject(event.getItemWritten());
    case Event::ITEMS_READ:
      return subject(event.getItemsRead());
    case Event::REQUEST_FAILED:
      return subject(event.getRequestFailed());
    case Event::TABLE_KEY_REQUESTED:
      return subject(event.getTableKeyRequested());
    case Event::REQUEST_WAITED:
      return subject(event.getRequestWaited());
    default:
      return {};
  }
}

bool of_connection(const State& state, const DataSubject& subject, std::uint32_t connection) {
  return subject.known && subject.connection == connection &&
         subject.table == at(state.connections, connection).table;
}

// A workload's client asks for a key on the connection of its request.
bool of_client(const State& state, Event::Reader event, std::uint32_t connection) {
  if (!event.isClientKeyRequested()) return false;
  const auto asked = event.getClientKeyRequested();
  return asked.getStep() == 0 && asked.getConnection() == connection &&
         at(state.connections, connection).workload != kNone;
}

// A request of a workload that arrives, or is sent again, on this connection.
bool of_arrival(const State& state, Event::Reader event, std::uint32_t connection) {
  if (event.isDataAnswered()) {
    return event.getDataAnswered().getStep() == 0 &&
           event.getDataAnswered().getConnection() == connection;
  }
  return of_connection(state, data_subject(event), connection) ||
         of_client(state, event, connection);
}

// A request of a pool is on one of its connections.
bool of_pool(const State& state, std::uint32_t workload, Event::Reader event) {
  if (event.isClientKeyRequested()) {
    const std::uint32_t connection = event.getClientKeyRequested().getConnection();
    return of_client(state, event, connection) &&
           state.connections[connection].workload == workload;
  }
  if (event.isDataAnswered()) {
    return event.getDataAnswered().getStep() == 0 &&
           at(state.connections, event.getDataAnswered().getConnection()).workload == workload;
  }
  const DataSubject subject = data_subject(event);
  return subject.known && of_connection(state, subject, subject.connection) &&
         state.connections[subject.connection].workload == workload;
}

// A step of the timeline uses its own connection, never one of a workload.
bool of_step_connection(const State& state, const DataSubject& subject) {
  return subject.known && at(state.connections, subject.connection).workload == kNone &&
         subject.table == state.connections[subject.connection].table;
}

bool step_fits(const State& state, const Action& action, Event::Reader event) {
  const std::uint32_t number = action.a + 1;
  switch (event.which()) {
    case Event::KMS_ANSWERED:
      return event.getKmsAnswered().getCall() == kNone &&
             event.getKmsAnswered().getEffect().getStep() == number &&
             at(state.scenario().reader().getSteps(), action.a).isKms() &&
             event.getKmsAnswered().getOperation() ==
                 state.scenario().reader().getSteps()[action.a].getKms().getOperation();
    case Event::ROLE_ASSUMED:
      return event.getRoleAssumed().getStep() == number;
    case Event::TABLE_CREATION_STARTED:
      return event.getTableCreationStarted().getStep() == number;
    case Event::TABLE_DELETION_STARTED:
      return event.getTableDeletionStarted().getStep() == number;
    case Event::SSE_SWITCH_STARTED:
      return event.getSseSwitchStarted().getStep() == number;
    case Event::TABLE_REQUEST_REFUSED:
      return event.getTableRequestRefused().getStep() == number &&
             event.getTableRequestRefused().getCall() == kNone;
    case Event::CONNECTIONS_CLOSED:
      return event.getConnectionsClosed().getStep() == action.a;
    case Event::IAM_ANSWERED:
      return event.getIamAnswered().getStep() == action.a;
    case Event::FAULT_STARTED:
      return event.getFaultStarted().getStep() == action.a;
    case Event::ROUTERS_RESTARTED:
      return event.getRoutersRestarted().getStep() == number;
    case Event::CONTROL_REQUESTED:
      return event.getControlRequested().getStep() == number &&
             event.getControlRequested().getCopy() == action.b;
    case Event::CONTROL_ANSWERED:
      return event.getControlAnswered().getStep() == number &&
             event.getControlAnswered().getCopy() == action.b &&
             event.getControlAnswered().getCall() == kNone;
    case Event::DATA_ANSWERED:
      return event.getDataAnswered().getStep() == number &&
             at(state.connections, event.getDataAnswered().getConnection()).workload == kNone;
    case Event::CLIENT_KEY_REQUESTED:
      return event.getClientKeyRequested().getStep() == number;
    default:
      return of_step_connection(state, data_subject(event));
  }
}

bool of_home(const State& state, const Request& request, std::uint32_t connection) {
  if (connection == request.home) return true;
  const Connection& other = at(state.connections, connection);
  return other.workload == kNone && other.identity == state.connections[request.home].identity;
}

// A request with all its parameters goes on, asks for another key, or is answered.
bool request_fits(const State& state, const Request& request, Event::Reader event) {
  if (event.isDataAnswered()) {
    const std::uint32_t answered = event.getDataAnswered().getConnection();
    const std::uint32_t home = request.home != kNone ? request.home : request.connection;
    return event.getDataAnswered().getStep() == request.step &&
           (request.step != 0 || answered == home);
  }
  // It may go on over another connection: to its own, or to its client's key store.
  const bool goes_on = request.step != 0 || request.home != kNone;
  const auto same = [&](auto asked) {
    return goes_on && asked.getStep() == request.step &&
           (request.home == kNone || of_home(state, request, asked.getConnection()));
  };
  if (event.isTableKeyRequested()) return same(event.getTableKeyRequested());
  if (event.isRequestWaited()) return same(event.getRequestWaited());
  return event.isClientKeyRequested() && same(event.getClientKeyRequested());
}

// A request to the control plane is answered, asks KMS for a further thing, or begins a process.
bool control_fits(const Call& call, const Action& action, Event::Reader event) {
  if (event.isControlRequested()) {
    return event.getControlRequested().getStep() == call.step &&
           event.getControlRequested().getCall() == action.a &&
           event.getControlRequested().getCopy() == call.argument;
  }
  return event.isControlAnswered() && event.getControlAnswered().getCall() == action.a &&
         event.getControlAnswered().getStep() == call.step &&
         event.getControlAnswered().getCopy() == call.argument;
}

bool answer_fits(const State& state, const Action& action, Event::Reader event) {
  const Call& call = at(state.calls, action.a);
  if (!call.answered) return false;
  if (call.purpose == Purpose::data_request) {
    return of_connection(state, data_subject(event), call.request.connection) ||
           request_fits(state, call.request, event);
  }
  if (call.purpose == Purpose::refresh) {
    return event.isKeyRefreshed() && event.getKeyRefreshed().getCall() == action.a &&
           event.getKeyRefreshed().getConnection() == call.request.connection &&
           event.getKeyRefreshed().getError() == call.error;
  }
  if (call.purpose == Purpose::client) return request_fits(state, call.request, event);
  if (call.purpose == Purpose::service_job) {
    return event.isServiceKeyAnswered() && event.getServiceKeyAnswered().getCall() == action.a &&
           event.getServiceKeyAnswered().getTable() == call.table &&
           event.getServiceKeyAnswered().getError() == call.error;
  }
  if (call.purpose == Purpose::control) {
    return control_fits(call, action, event);
  }
  if (call.purpose == Purpose::retirement) {
    return event.isKmsAnswerDelivered() && event.getKmsAnswerDelivered().getCall() == action.a &&
           event.getKmsAnswerDelivered().getTable() == call.table &&
           event.getKmsAnswerDelivered().getNextCall() == kNone;
  }
  const auto about = [&](auto told) {
    return told.getCall() == action.a && told.getTable() == call.table;
  };
  switch (event.which()) {
    case Event::KMS_ANSWER_DELIVERED:
      return about(event.getKmsAnswerDelivered());
    case Event::TABLE_KEY_CREATED:
      return about(event.getTableKeyCreated());
    case Event::TABLE_REQUEST_REFUSED:
      return about(event.getTableRequestRefused());
    case Event::SSE_SWITCH_STALLED:
      return event.getSseSwitchStalled().getTable() == call.table;
    default:
      return false;
  }
}

// Work that a job of the service is due to do: done, or its key asked for first.
bool asks_key(const Action& action, Event::Reader event, events::ServiceJob job) {
  return event.isServiceKeyRequested() && event.getServiceKeyRequested().getTable() == action.a &&
         event.getServiceKeyRequested().getJob() == job &&
         event.getServiceKeyRequested().getArgument() == action.b;
}

template <class Group>
bool about(const Action& action, Group group) {
  return group.getTable() == action.a;
}

bool service_work_fits(const Action& action, Event::Reader event) {
  using Job = events::ServiceJob;
  switch (action.kind) {
    case ActionKind::write_entries:
      if (asks_key(action, event, Job::INDEXES)) return true;
      return event.isIndexEntriesWritten() && about(action, event.getIndexEntriesWritten()) &&
             event.getIndexEntriesWritten().getIndex() == action.b;
    case ActionKind::backfill_index:
      if (asks_key(action, event, Job::BACKFILL)) return true;
      return event.isIndexBackfilled() && about(action, event.getIndexBackfilled()) &&
             event.getIndexBackfilled().getIndex() == action.b;
    case ActionKind::write_records:
      if (asks_key(action, event, Job::STREAMS)) return true;
      return event.isStreamRecordsWritten() && about(action, event.getStreamRecordsWritten());
    case ActionKind::change_shards:
      return event.isShardsChanged() && about(action, event.getShardsChanged());
    case ActionKind::split_partition:
      if (asks_key(action, event, Job::SPLIT)) return true;
      return event.isPartitionSplit() && about(action, event.getPartitionSplit()) &&
             event.getPartitionSplit().getPartition() == action.b;
    case ActionKind::expire_items:
      if (asks_key(action, event, Job::TIME_TO_LIVE)) return true;
      return event.isItemsExpired() && about(action, event.getItemsExpired());
    case ActionKind::archive_log:
      if (asks_key(action, event, Job::LOG_ARCHIVE)) return true;
      return event.isLogArchived() && about(action, event.getLogArchived());
    case ActionKind::take_snapshot:
      if (asks_key(action, event, Job::SNAPSHOT)) return true;
      return event.isSnapshotTaken() && about(action, event.getSnapshotTaken());
    default:  // replicate
      if (asks_key(action, event, Job::REPLICATION) ||
          asks_key({action.kind, action.b, action.a, 0}, event, Job::REPLICATION)) {
        return true;  // the key of either end
      }
      return event.isItemsReplicated() && about(action, event.getItemsReplicated()) &&
             event.getItemsReplicated().getSource() == action.b;
  }
}

// A process goes on without an answer: after a stall, or to retire grants.
bool sends_next(const Action& action, Event::Reader event) {
  return event.isKmsAnswerDelivered() && event.getKmsAnswerDelivered().getTable() == action.a &&
         event.getKmsAnswerDelivered().getCall() == kNone;
}

bool control_job_fits(const Action& action, Event::Reader event) {
  switch (action.kind) {
    case ActionKind::finish_job:
      return event.isTableJobFinished() && about(action, event.getTableJobFinished()) &&
             static_cast<std::uint32_t>(event.getTableJobFinished().getKind()) == action.b;
    case ActionKind::check_key:
      if (asks_key(action, event, events::ServiceJob::CHECKER)) return true;
      return event.isKeyChecked() && about(action, event.getKeyChecked());
    case ActionKind::archive_table:
      return event.isTableArchivalStarted() && about(action, event.getTableArchivalStarted());
    case ActionKind::finish_archival:
      return event.isTableArchived() && about(action, event.getTableArchived());
    case ActionKind::finish_backup:
      return event.isBackupFinished() && event.getBackupFinished().getBackup() == action.a;
    case ActionKind::expire_backup:
      return event.isBackupExpired() && event.getBackupExpired().getBackup() == action.a;
    case ActionKind::finish_export:
      return event.isExportFinished() && event.getExportFinished().getExport() == action.a;
    case ActionKind::change_replica:
      return event.isReplicaChanged() && about(action, event.getReplicaChanged());
    case ActionKind::change_era:
      return event.isEraChanged() && event.getEraChanged().getEra() == action.a;
    case ActionKind::follow_switch:
      if (event.isSseSwitchStarted()) {
        return about(action, event.getSseSwitchStarted()) &&
               event.getSseSwitchStarted().getStep() == 0;
      }
      return event.isTableRequestRefused() && about(action, event.getTableRequestRefused()) &&
             event.getTableRequestRefused().getCall() == kNone;
    case ActionKind::retire_grant:
      return sends_next({action.kind, action.b, action.a, 0}, event);
    default:  // encrypt_table
      return event.isTableEncrypted() && about(action, event.getTableEncrypted());
  }
}

bool table_job_fits(const Action& action, Event::Reader event) {
  switch (action.kind) {
    case ActionKind::create_table:
      if (event.isTableCreationStarted()) {
        return event.getTableCreationStarted().getTable() == action.a &&
               event.getTableCreationStarted().getStep() == 0;
      }
      return event.isTableRequestRefused() &&
             event.getTableRequestRefused().getTable() == action.a &&
             event.getTableRequestRefused().getCall() == kNone;
    case ActionKind::activate_table:
      if (event.isKmsAnswerDelivered()) {  // its key was lost
        return event.getKmsAnswerDelivered().getTable() == action.a &&
               event.getKmsAnswerDelivered().getCall() == kNone &&
               event.getKmsAnswerDelivered().getNextCall() == kNone;
      }
      return event.isTableActivated() && event.getTableActivated().getTable() == action.a;
    case ActionKind::rewrap_data_keys:
      if (sends_next(action, event)) return true;
      if (event.isSseSwitchStalled()) return about(action, event.getSseSwitchStalled());
      return event.isDataKeysRewrapped() && event.getDataKeysRewrapped().getTable() == action.a;
    case ActionKind::complete_switch:
      if (sends_next(action, event)) return true;
      if (event.isSseSwitchStalled()) return about(action, event.getSseSwitchStalled());
      return event.isSseSwitchCompleted() && event.getSseSwitchCompleted().getTable() == action.a;
    default:  // fail_creation, finish_deletion
      return event.isTableDeleted() && event.getTableDeleted().getTable() == action.a;
  }
}

bool same_material(events::KeyMaterialEvent::Reader event, const Action& action) {
  return event.getKey() == action.a && event.getMaterial() == action.b;
}

bool key_job_fits(const Action& action, Event::Reader event) {
  switch (action.kind) {
    case ActionKind::create_key:
      return event.isKeyCreated() && event.getKeyCreated().getKey() == action.a;
    case ActionKind::delete_key:
      return event.isKeyDeleted() && event.getKeyDeleted().getKey() == action.a;
    case ActionKind::rotate_key:
      return event.isKeyRotated() && event.getKeyRotated().getKey() == action.a &&
             static_cast<std::uint32_t>(event.getKeyRotated().getType()) == action.b;
    case ActionKind::expire_material:
      return event.isKeyMaterialExpired() && same_material(event.getKeyMaterialExpired(), action);
    case ActionKind::sync_material:
      return event.isKeyMaterialSynchronized() &&
             same_material(event.getKeyMaterialSynchronized(), action);
    case ActionKind::key_ready:
      return event.isKeyReady() && event.getKeyReady().getKey() == action.a;
    default:  // make_visible
      return event.isChangeVisible() && event.getChangeVisible().getKey() == action.a &&
             static_cast<std::uint32_t>(event.getChangeVisible().getKind()) == action.b;
  }
}

bool connection_job_fits(const Action& action, Event::Reader event) {
  if (action.kind == ActionKind::open_connection) {
    return event.isConnectionOpened() && event.getConnectionOpened().getConnection() == action.a;
  }
  return event.isConnectionClosed() && event.getConnectionClosed().getConnection() == action.a;
}

bool job_fits(const Action& action, Event::Reader event) {
  switch (action.kind) {
    case ActionKind::write_entries:
    case ActionKind::write_records:
    case ActionKind::backfill_index:
    case ActionKind::split_partition:
    case ActionKind::change_shards:
    case ActionKind::expire_items:
    case ActionKind::archive_log:
    case ActionKind::take_snapshot:
    case ActionKind::replicate:
      return service_work_fits(action, event);
    default:
      return control_job_fits(action, event);
  }
}

bool cache_job_fits(const Action& action, Event::Reader event) {
  switch (action.kind) {
    case ActionKind::plan_poll:
      return event.isKeyPollPlanned() && event.getKeyPollPlanned().getEntry() == action.a;
    case ActionKind::poll_key:
      return event.isKeyPolled() && event.getKeyPolled().getEntry() == action.a;
    case ActionKind::send_invalidations:
      return event.isKeyInvalidationsSent() &&
             event.getKeyInvalidationsSent().getKey() == action.a &&
             event.getKeyInvalidationsSent().getTable() == action.b;
    default:  // invalidate_key
      return event.isKeyInvalidated() && event.getKeyInvalidated().getEntry() == action.a;
  }
}

// A fault of a random source begins: one that lasts, or a restart.
bool source_fits(const State& state, std::uint32_t source, Event::Reader event) {
  const auto described = at(state.scenario().reader().getFaults(), source).getFault();
  if (described.getKind() == events::Fault::Kind::RESTART) {
    return event.isRoutersRestarted() && event.getRoutersRestarted().getStep() == 0 &&
           event.getRoutersRestarted().getSource() == source;
  }
  return event.isFaultStarted() && event.getFaultStarted().getStep() == kNone &&
         event.getFaultStarted().getSource() == source;
}

// Faults are numbered: those of steps, and behind them those of random sources.
bool fault_ends(const State& state, std::uint32_t number, Event::Reader event) {
  if (!event.isFaultEnded()) return false;
  const auto ended = event.getFaultEnded();
  const std::uint32_t steps = state.scenario().reader().getSteps().size();
  return number < steps ? ended.getStep() == number
                        : ended.getStep() == kNone && ended.getSource() == number - steps;
}

}  // namespace

bool fits(const State& state, const Action& action, Event::Reader event) {
  switch (action.kind) {
    case ActionKind::request:
      return of_arrival(state, event, action.a);
    case ActionKind::pool_arrival:
      return of_pool(state, action.a, event);
    case ActionKind::retry_request:
      return of_arrival(state, event, at(state.retries, action.a).connection);
    case ActionKind::resume_request:
      return of_connection(state, data_subject(event), at(state.waiters, action.a).connection) ||
             request_fits(state, state.waiters[action.a], event);
    case ActionKind::deliver_answer:
      return answer_fits(state, action, event);
    case ActionKind::answer_kms:
      if (event.isCallLost()) return event.getCallLost().getCall() == action.a;
      return event.isKmsAnswered() && event.getKmsAnswered().getCall() == action.a;
    case ActionKind::step:
      return step_fits(state, action, event);
    case ActionKind::refresh_key:
      return event.isKeyRefreshRequested() &&
             event.getKeyRefreshRequested().getConnection() == action.a;
    case ActionKind::open_connection:
    case ActionKind::close_connection:
      return connection_job_fits(action, event);
    case ActionKind::create_key:
    case ActionKind::delete_key:
    case ActionKind::make_visible:
    case ActionKind::rotate_key:
    case ActionKind::expire_material:
    case ActionKind::sync_material:
    case ActionKind::key_ready:
      return key_job_fits(action, event);
    case ActionKind::store_change:
      return event.isCustomKeyStoreChanged() &&
             event.getCustomKeyStoreChanged().getStore() == action.a;
    case ActionKind::end_fault:
      return fault_ends(state, action.a, event);
    case ActionKind::end_run:
      return event.isRunEnded();
    case ActionKind::create_table:
    case ActionKind::activate_table:
    case ActionKind::fail_creation:
    case ActionKind::finish_deletion:
    case ActionKind::rewrap_data_keys:
    case ActionKind::complete_switch:
      return table_job_fits(action, event);
    case ActionKind::plan_poll:
    case ActionKind::poll_key:
    case ActionKind::send_invalidations:
    case ActionKind::invalidate_key:
      return cache_job_fits(action, event);
    case ActionKind::plan_fault:
      return event.isFaultPlanned() && event.getFaultPlanned().getSource() == action.a;
    case ActionKind::begin_fault:
      return source_fits(state, action.a, event);
    default:
      return job_fits(action, event);
  }
}

}  // namespace tablekey::model
