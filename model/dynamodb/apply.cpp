// What DynamoDB's control plane changes: tables coming, switching their key, and going (dynamodb.md
// 1, 2.6, 5.2).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/structures.h"

namespace tablekey::model {

DataKey Applier::data_key_of(events::WrappedKey::Reader wrapped, std::uint32_t version) {
  DataKey key;
  key.structure = wrapped.getStructure();
  key.version = version;
  law(wrapped.getWrapped().size() == key.wrapped.size(), "a wrapped data key has 60 bytes");
  std::copy(wrapped.getWrapped().begin(), wrapped.getWrapped().end(), key.wrapped.begin());
  return key;
}

// Opens the process's next call, if the event names one.
void Applier::open_process_call(std::uint32_t table, std::uint32_t expected, std::int64_t latency) {
  if (expected == kNone) return;
  Process& process = at(state_.tables, table).process;
  const auto operation = next_operation(state_, table, process);
  law(operation.has_value(), "a process has another call to send");
  const Call call = process_call(state_, table, process, *operation);
  ++process.calls;
  open_call(expected, call, after(latency), Priority::job);
}

void Applier::end_process(Table& table) {
  restore_over(table.process);
  table.process = Process{};
  ++table.processes;
}

// A table has no key at all in the time before encryption by default (dynamodb.md 2.9).
void Applier::check_asker(std::uint32_t key, std::uint32_t session) const {
  law(key < state_.keys.size() || (key == kNone && !settings_.dynamodb.sse_by_default),
      "a table is under a key of the scenario");
  law(session <= state_.sessions.size(), "who asks for a table has a session");
}

// A step on a family of tables stands for one call a copy.
void Applier::next_copy(std::uint32_t step, std::uint32_t table) {
  if (step == 0) return;
  const Table& owner = at(state_.tables, table);
  if (owner.copy + 1 < state_.family(table).copies) {
    schedule(now(), Priority::job, ActionKind::step, step - 1, owner.copy + 1);
  }
}

// The table as it is before its first key: whether CreateTable or a restore makes it.
Process& Applier::begin_creation(std::uint32_t index, Uuid id, std::uint32_t key,
                                 std::uint32_t session, std::uint32_t step) {
  Table& table = at(state_.tables, index);
  check_asker(key, session);
  table.lifecycle = Lifecycle::creating;
  ++table.creations;
  table.id = id;
  table.key = key;
  table.created = now();
  table.structures.clear();
  table.data_keys.clear();
  table.group_items = settings_.dynamodb.item_group;
  table.grants.clear();
  table.items.clear();
  table.detail.reset();
  table.generated = 0;
  table.origin = static_cast<std::uint32_t>(state_.origins.size());
  table.generated_origin = table.origin;
  state_.origins.push_back({state_.table_entity(index), table.creations});
  Process& process = table.process;
  process = Process{};
  process.kind = ProcessKind::creation;
  process.session = session;
  process.step = step;
  process.key = key;
  process.started = now();
  return process;
}

void Applier::table_creation_started(events::TableCreationStarted::Reader event) {
  Process& process =
      begin_creation(event.getTable(), {event.getTableIdHigh(), event.getTableIdLow()},
                     event.getKey(), event.getSession(), event.getStep());
  process.ready = after(event.getAllocation());
  replica_creating(event.getTable());
  if (event.getKey() == kNone) {
    law(event.getCall() == kNone, "a table without encryption needs no KMS");
    make_structures(event.getTable());
    schedule(process.ready, Priority::job, ActionKind::activate_table, event.getTable());
  } else {
    open_process_call(event.getTable(), event.getCall(), event.getLatency());
  }
  next_copy(event.getStep(), event.getTable());
}

void Applier::table_key_created(events::TableKeyCreated::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  const Call call = at(state_.calls, event.getCall());
  table.keys.push_back({table.process.key, call.blob, call.key_check_value});
  law(event.getVersion() == table.keys.size(), "versions of a table key follow each other");
  free_call(event.getCall());
  if (table.process.kind == ProcessKind::key_switch) {
    advance(table.process, table, call);
    schedule(std::max(now(), table.process.shown), Priority::job, ActionKind::rewrap_data_keys,
             index);
    return;
  }
  for (auto wrapped : event.getDataKeys()) {
    law(wrapped.getStructure() == table.data_keys.size(), "data keys are made in order");
    table.data_keys.push_back(data_key_of(wrapped, event.getVersion()));
  }
  make_structures(index);
  law(table.data_keys.size() == table.structures.size(), "every structure has its data key");
  schedule(std::max(now(), table.process.ready), Priority::job, ActionKind::activate_table, index);
}

// Those that CreateTable makes, or a restore (dynamodb.md 3.2).
void Applier::make_structures(std::uint32_t index) {
  Table& table = state_.tables[index];
  for (const StructurePlan& plan : first_structures(state_, index)) {
    table.structures.push_back({plan.kind, plan.index, plan.parent, false, now()});
    if (table.key == kNone) {
      table.data_keys.emplace_back().structure =
          static_cast<std::uint32_t>(table.structures.size() - 1);
    }
  }
}

void Applier::table_activated(events::Event::TableActivated::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  table.lifecycle = Lifecycle::live;
  law(event.getItems() <= state_.family(index).items, "a table starts with its family's items");
  table.generated = event.getItems();
  table.activated = now();
  if (table.process.backup != kNone) restored(index, event.getRestored());
  start_detail(index);
  end_process(table);
  replica_active(index);
  plan_check(index);
  if (table.key == kNone && settings_.dynamodb.sse_by_default) {
    schedule(now(), Priority::job, ActionKind::encrypt_table, index);
  }
  for (const std::uint32_t workload : state_.family(index).workloads) {
    const WorkloadView& view = state_.scenario().workloads[workload];
    if (view.starts == sim::Time()) start_pinned(view, table.copy);
  }
}

// Connection i of a workload uses copy i modulo copies of its table family.
void Applier::start_pinned(const WorkloadView& workload, std::uint32_t copy) {
  const std::uint32_t copies = state_.scenario().families[workload.family].copies;
  for (std::uint32_t i = copy; i < workload.connections; i += copies) {
    Connection& connection = state_.connections[workload.first_connection + i];
    // A table made again under its name finds its clients still there.
    if (connection.origin != sim::Time()) continue;
    connection.arrival = schedule(now(), Priority::client, ActionKind::open_connection,
                                  workload.first_connection + i);
  }
}

void Applier::table_request_refused(events::TableRequestRefused::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  if (event.getCall() != kNone) {
    free_call(event.getCall());
    if (table.process.kind == ProcessKind::creation) {
      table.lifecycle = Lifecycle::absent;
      leave_group(event.getTable());
    }
    remember_exception(event.getStep(), event.getException());
    retire_made(event.getTable());
    return;  // the other copies went their way when the call was sent
  }
  if (action_.kind != ActionKind::step) return;
  remember_exception(event.getStep(), event.getException());
  next_copy(event.getStep(), event.getTable());
}

void Applier::table_deletion_started(events::TableDeletionStarted::Reader event) {
  const std::uint32_t index = event.getTable();
  law(event.getDuration() >= 0, "a deletion takes some time");
  begin_deletion(index, sim::Duration::nanoseconds(event.getDuration()));
  Process& process = state_.tables[index].process;
  process.session = event.getSession();
  process.step = event.getStep();
  replica_deleting(index);
  next_copy(event.getStep(), index);
}

void Applier::begin_deletion(std::uint32_t index, sim::Duration duration) {
  Table& table = at(state_.tables, index);
  table.lifecycle = Lifecycle::deleting;
  table.process = Process{};
  table.process.kind = ProcessKind::deletion;
  table.process.started = now();
  // One of its grants protects the table's history, and may outlive it (dynamodb.md 5.2).
  const auto grants = static_cast<std::uint32_t>(table.grants.size());
  const bool lingers = settings_.dynamodb.history_grant_linger > sim::Duration() && grants > 1;
  table.process.old_grants = lingers ? grants - 1 : grants;
  if (table.detail) {
    TableDetail& detail = table.detail.make();
    for (sim::Handle* handle : {&detail.check, &detail.archival}) {
      state_.agenda_.cancel(*handle);
      *handle = sim::kNoHandle;
    }
  }
  schedule(after(duration.count()), Priority::job, ActionKind::finish_deletion, index);
}

void Applier::table_deleted(events::Event::TableDeleted::Reader event) {
  Table& table = at(state_.tables, event.getTable());
  const bool abandoned = table.lifecycle == Lifecycle::creating;
  table.lifecycle = Lifecycle::deleted;
  if (abandoned) {
    restore_over(table.process);
    table.process.backup = kNone;
    table.process.kind = ProcessKind::deletion;
    table.process.old_grants = static_cast<std::uint32_t>(table.grants.size());
  }
  table.process.retiring = true;
  for (std::size_t i = table.process.old_grants; i < table.grants.size(); ++i) {
    schedule(now() + settings_.dynamodb.history_grant_linger, Priority::job,
             ActionKind::retire_grant, table.grants[i], event.getTable());
  }
  if (!abandoned) keep_deleted(event.getTable());
  leave_group(event.getTable());
  end_detail(event.getTable());
  table.structures.clear();
  table.data_keys.clear();
  table.items.clear();
  table.generated = 0;
  if (table.holders != 0) drop_entries(event.getTable());
  if (event.getCall() == kNone) {
    end_process(table);
  } else {
    open_process_call(event.getTable(), event.getCall(), event.getLatency());
  }
}

// The grant that protected a deleted table's history goes, unless somebody ended it before.
void Applier::history_expired(events::Event::KmsAnswerDelivered::Reader event) {
  if (event.getNextCall() == kNone) return;
  open_call(event.getNextCall(), retirement_call(state_, action_.b, action_.a),
            after(event.getLatency()), Priority::job);
}

// A process took its next step, or its last one.
void Applier::kms_answer_delivered(events::Event::KmsAnswerDelivered::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  if (action_.kind == ActionKind::retire_grant) return history_expired(event);
  if (event.getCall() != kNone &&
      at(state_.calls, event.getCall()).purpose == Purpose::retirement) {
    return free_call(event.getCall());
  }
  law(table.process.kind != ProcessKind::none, "an answer belongs to a process");
  if (event.getCall() != kNone) {
    const Call call = at(state_.calls, event.getCall());
    free_call(event.getCall());
    advance(table.process, table, call);
  }
  if (event.getNextCall() != kNone) {
    const bool asked = event.getCall() != kNone;
    if (asked && table.process.kind == ProcessKind::key_switch) accept_switch(index);
    return open_process_call(index, event.getNextCall(), event.getLatency());
  }
  if (table.process.kind == ProcessKind::creation) {
    // GenerateDataKey failed, or the key was lost after it: the table stays CREATING and then
    // vanishes (dynamodb.md 1.3). A replica leaves no trace at once (dynamodb.md 7.2).
    const sim::Time end = table.process.started + settings_.create_table_unusable_key_timeout;
    const bool replica = table.process.source != kNone && table.detail->group != 0;
    schedule(replica ? now() : std::max(now(), end), Priority::job, ActionKind::fail_creation,
             index);
    return;
  }
  if (table.process.kind == ProcessKind::key_switch) return finish_switch(table);
  end_process(table);
}

}  // namespace tablekey::model
