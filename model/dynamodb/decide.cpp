// DynamoDB's control plane decides: creating, deleting and re-keying tables
// (dynamodb.md 1.3, 2.5, 2.6, 6).
#include <algorithm>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/recovery.h"
#include "model/dynamodb/restore.h"
#include "model/dynamodb/realms.h"
#include "model/dynamodb/replica_keys.h"
#include "model/dynamodb/replicas.h"
#include "model/kms/key_states.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

using events::Exception;
using events::TableOperation;
using Operation = events::KmsOperation;

std::uint64_t process_ordinal(const Table& table) { return table.processes; }

// When the next call of a process reaches KMS. GenerateDataKey comes a while after the grants.
std::int64_t latency_of(const Deciding& d, std::uint32_t index, const Process& process,
                        Operation operation) {
  const Call call = process_call(d.state, index, process, operation);
  sim::Duration latency = latency_there(d, call.entity, call.ordinal, index);
  const bool after_grants = operation == Operation::GENERATE_DATA_KEY && process.asked &&
                            process.kind == ProcessKind::creation;
  if (after_grants) latency = latency + d.settings().table_key_delay;
  return latency.count();
}

sim::Duration sampled(const Deciding& d, std::uint32_t index, Draw purpose,
                      const sim::Distribution& distribution) {
  const Table& table = d.state.tables[index];
  return distribution.sample_duration(
      draw(d.random, d.state.table_entity(index), purpose, process_ordinal(table)));
}

void refuse(Deciding& d, std::uint32_t table, TableOperation operation, Exception exception,
            std::uint32_t session, std::uint32_t step) {
  auto event = d.out.initTableRequestRefused();
  event.setTable(table);
  event.setOperation(operation);
  event.setException(exception);
  event.setSession(session);
  event.setCall(kNone);
  event.setStep(step);
  event.setKey(kNone);
}

TableOperation operation_of(const State& state, const Process& process) {
  if (process.kind != ProcessKind::creation) return TableOperation::UPDATE_TABLE;
  if (process.backup == kNone) return TableOperation::CREATE_TABLE;
  return at(state.backups, process.backup).internal
             ? TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME
             : TableOperation::RESTORE_TABLE_FROM_BACKUP;
}

void refuse_for_kms(Deciding& d, std::uint32_t index, const Call& call) {
  const Process& process = d.state.tables[index].process;
  auto event = d.out.initTableRequestRefused();
  event.setTable(index);
  event.setOperation(operation_of(d.state, process));
  event.setException(dynamodb::exception_for(call.error));
  event.setKmsError(call.error);
  event.setRequestHigh(call.request_id[0]);
  event.setRequestLow(call.request_id[1]);
  event.setSession(process.session);
  event.setCall(d.action.a);
  event.setStep(process.step);
  event.setKmsOperation(call.operation);
  event.setKey(call.key);
  event.setMessage(call.message);
  if (process.kind != ProcessKind::creation || process.source == kNone ||
      d.state.tables[index].detail->group == 0) {
    return;
  }
  // A replica is made by an UpdateTable, and refused with its Region (dynamodb.md 10.1).
  event.setOperation(TableOperation::UPDATE_TABLE);
  event.setRegion(d.state.table_region(index));
}

void make_table_key(Deciding& d, std::uint32_t index, const Call& call) {
  const Table& table = d.state.tables[index];
  const auto version = static_cast<std::uint32_t>(table.keys.size() + 1);
  std::vector<NewDataKey> made;
  if (table.process.kind == ProcessKind::creation) {
    made = d.vault.make_data_keys(d.state, index, version, call.key, call.blob);
  }
  auto event = d.out.initTableKeyCreated();
  event.setTable(index);
  event.setVersion(version);
  event.setBlob(capnp::Data::Reader(call.blob.data(), call.blob.size()));
  auto list = event.initDataKeys(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < made.size(); ++i) {
    list[i].setStructure(made[i].structure);
    list[i].setWrapped(capnp::Data::Reader(made[i].wrapped.data(), made[i].wrapped.size()));
  }
  event.setCall(d.action.a);
}

// A failure that ends the process: creation cannot get its key, or a switch is not admitted.
bool refuses(const Process& process, const Call& call) {
  if (call.error == events::KmsError::NONE || call.operation == Operation::RETIRE_GRANT) {
    return false;
  }
  return process.kind == ProcessKind::key_switch || call.operation != Operation::GENERATE_DATA_KEY;
}

// Whether the state of a key lets DynamoDB use it.
bool decrypts_now(const State& state, std::uint32_t key) {
  if (!takes_grants(state, key)) return true;
  const PendingDeletionError setting = state.settings().pending_deletion_error;
  return kms::state_refusal(Operation::DECRYPT, at(state.keys, key).effective, setting) ==
         events::KmsError::NONE;
}

void start_switch(Deciding& d, std::uint32_t index, std::uint32_t to_key, std::uint32_t session,
                  std::uint32_t step) {
  Process process;
  process.kind = ProcessKind::key_switch;
  process.key = to_key;
  const auto operation = next_operation(d.state, index, process).value();
  const sim::Duration rewrapping =
      d.settings().rewrap_cost * static_cast<std::int64_t>(d.state.tables[index].data_keys.size());
  const sim::Duration shown =
      sampled(d, index, Draw::sse_switch_old_key_shown, d.settings().sse_switch_old_key_shown);
  const sim::Duration whole =
      std::max(sampled(d, index, Draw::sse_switch, d.settings().sse_switch), shown + rewrapping);
  auto event = d.out.initSseSwitchStarted();
  event.setTable(index);
  event.setToKey(to_key);
  event.setCall(next_call(d.state));
  event.setLatency(latency_of(d, index, process, operation));
  event.setSession(session);
  event.setStep(step);
  event.setOldKeyShown(shown.count());
  event.setDuration(whole.count());
}

void rewrap_data_keys(Deciding& d) {
  const std::uint32_t index = d.action.a;
  const Table& table = at(d.state.tables, index);
  const auto to = static_cast<std::uint32_t>(table.keys.size());
  std::vector<std::uint32_t> batch;
  std::uint32_t remaining = 0;
  for (const DataKey& key : table.data_keys) {
    if (key.version == to || key.version == 0) continue;  // 0: the structure is gone
    if (!switch_rewraps(d.settings(), table.structures[key.structure])) continue;
    if (batch.size() < std::max(1U, d.settings().rewrap_batch)) {
      batch.push_back(key.structure);
    } else {
      ++remaining;
    }
  }
  const std::vector<NewDataKey> made = d.vault.rewrap(d.state, index, batch, to);
  sim::Duration delay = d.settings().rewrap_cost * static_cast<std::int64_t>(batch.size());
  if (remaining == 0) delay = std::max(delay, table.process.ready - d.now);
  auto event = d.out.initDataKeysRewrapped();
  event.setTable(index);
  event.setToVersion(to);
  auto list = event.initDataKeys(static_cast<unsigned>(made.size()));
  for (unsigned i = 0; i < made.size(); ++i) {
    list[i].setStructure(made[i].structure);
    list[i].setWrapped(capnp::Data::Reader(made[i].wrapped.data(), made[i].wrapped.size()));
  }
  event.setRemaining(remaining);
  event.setDelay(delay.count());
}

// The first RetireGrant after a switch or a deletion, if there is a grant to retire.
template <class Event>
void set_retiring(Deciding& d, std::uint32_t index, Event event) {
  Process process = d.state.tables[index].process;
  process.retiring = true;
  const auto operation = next_operation(d.state, index, process);
  event.setTable(index);
  event.setCall(operation ? next_call(d.state) : kNone);
  event.setLatency(operation ? latency_of(d, index, process, *operation) : 0);
}

void update_table(Deciding& d, std::uint32_t index, std::uint32_t to_key, std::uint32_t session,
                  std::uint32_t step) {
  const Table& table = d.state.tables[index];
  const auto operation = TableOperation::UPDATE_TABLE;
  if (table.lifecycle == Lifecycle::absent || table.lifecycle == Lifecycle::deleted) {
    return refuse(d, index, operation, Exception::RESOURCE_NOT_FOUND, session, step);
  }
  if (table.lifecycle != Lifecycle::live || table.process.kind != ProcessKind::none) {
    return refuse(d, index, operation, Exception::RESOURCE_IN_USE, session, step);
  }
  if (to_key == table.key) {
    return refuse(d, index, operation, Exception::VALIDATION, session, step);
  }
  if (const auto unfit = dynamodb::replica_switch_refusal(d.state, index, to_key)) {
    refuse(d, index, operation, unfit.exception, session, step);
    return d.out.getTableRequestRefused().setMessage(unfit.message);
  }
  start_switch(d, index, to_key, session, step);
}

void delete_table(Deciding& d, std::uint32_t index, std::uint32_t session, std::uint32_t step) {
  const Table& table = d.state.tables[index];
  const auto operation = TableOperation::DELETE_TABLE;
  if (table.lifecycle == Lifecycle::absent || table.lifecycle == Lifecycle::deleted) {
    return refuse(d, index, operation, Exception::RESOURCE_NOT_FOUND, session, step);
  }
  if (table.lifecycle != Lifecycle::live || table.process.kind != ProcessKind::none) {
    return refuse(d, index, operation, Exception::RESOURCE_IN_USE, session, step);
  }
  auto event = d.out.initTableDeletionStarted();
  event.setTable(index);
  event.setDuration(sampled(d, index, Draw::delete_table, d.settings().delete_table).count());
  event.setSession(session);
  event.setStep(step);
}

}  // namespace

void decide_table_creation(Deciding& d, std::uint32_t index, std::uint32_t session,
                           std::uint32_t step) {
  const Table& table = at(d.state.tables, index);
  if ((table.lifecycle != Lifecycle::absent && table.lifecycle != Lifecycle::deleted) ||
      table.process.kind != ProcessKind::none) {
    return refuse(d, index, TableOperation::CREATE_TABLE, Exception::RESOURCE_IN_USE, session,
                  step);
  }
  const std::uint32_t key = d.state.family(index).key;
  if (const auto unfit = dynamodb::first_replica_refusal(d.state, index, key)) {
    refuse(d, index, TableOperation::CREATE_TABLE, unfit.exception, session, step);
    return d.out.getTableRequestRefused().setMessage(unfit.message);
  }
  Process process;
  process.kind = ProcessKind::creation;
  process.key = key;
  const auto operation = next_operation(d.state, index, process).value();
  const sim::Bits128 id =
      as_uuid(draw(d.random, d.state.table_entity(index), Draw::table_id, table.creations));
  auto event = d.out.initTableCreationStarted();
  event.setTable(index);
  event.setTableIdHigh(id.high);
  event.setTableIdLow(id.low);
  event.setAllocation(sampled(d, index, Draw::create_table, d.settings().create_table).count());
  event.setCall(next_call(d.state));
  event.setLatency(latency_of(d, index, process, operation));
  event.setSession(session);
  event.setKey(key);
  event.setStep(step);
}

void decide_process_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  const std::uint32_t index = call.table;
  const Table& table = d.state.tables[index];
  if (refuses(table.process, call)) return refuse_for_kms(d, index, call);
  const bool failed = call.error != events::KmsError::NONE;
  if (call.operation == Operation::GENERATE_DATA_KEY && !failed) {
    return make_table_key(d, index, call);
  }
  Process process = table.process;
  advance(process, table, call);
  std::optional<Operation> next;
  if (!failed || process.retiring) next = next_operation(d.state, index, process);
  auto event = d.out.initKmsAnswerDelivered();
  event.setCall(d.action.a);
  event.setTable(index);
  event.setNextCall(kNone);
  if (!next) return;
  // The answered call's place is given back before the next one takes one.
  event.setNextCall(d.action.a);
  event.setLatency(latency_of(d, index, process, *next));
}

void decide_table_job(Deciding& d) {
  const std::uint32_t table = d.action.a;
  switch (d.action.kind) {
    case ActionKind::activate_table: {
      if (!decrypts_now(d.state, d.state.tables[table].key)) {
        // Lost before the partitions were there: the table stays CREATING (dynamodb.md 1.3).
        auto abandoned = d.out.initKmsAnswerDelivered();
        abandoned.setCall(kNone);
        abandoned.setTable(table);
        abandoned.setNextCall(kNone);
        return;
      }
      auto event = d.out.initTableActivated();
      event.setTable(table);
      event.setItems(starting_items(d.state, table));
      if (d.state.tables[table].process.backup != kNone) {
        event.setItems(at(d.state.backups, d.state.tables[table].process.backup).generated);
        seal_restored(d, table, event);
      }
      return;
    }
    case ActionKind::fail_creation: {
      auto event = d.out.initTableDeleted();
      event.setTable(table);
      event.setCall(kNone);
      return;
    }
    case ActionKind::finish_deletion:
      return set_retiring(d, table, d.out.initTableDeleted());
    case ActionKind::complete_switch:
      return set_retiring(d, table, d.out.initSseSwitchCompleted());
    default:
      return rewrap_data_keys(d);
  }
}

void decide_table_step(Deciding& d) {
  const ScenarioView& scenario = d.state.scenario();
  const auto step = scenario.reader().getSteps()[d.action.a];
  const std::uint32_t caller = scenario.caller(step.getCaller(), step.getSession().cStr());
  const std::uint32_t session = caller == 0 ? 0 : 1 + at(d.state.latest_session, caller - 1);
  const std::uint32_t number = d.action.a + 1;
  const auto table_of = [&](std::uint32_t family) {
    return scenario.families[family].first_table + d.action.b;
  };
  const bool creates = step.isCreateTable(), deletes = step.isDeleteTable();
  const std::uint32_t table = table_of(creates   ? step.getCreateTable().getTable()
                                       : deletes ? step.getDeleteTable().getTable()
                                                 : step.getUpdateTable().getTable());
  if (!dynamodb::in_own_account(d.state, session, table)) {
    const auto operation = creates   ? TableOperation::CREATE_TABLE
                           : deletes ? TableOperation::DELETE_TABLE
                                     : TableOperation::UPDATE_TABLE;
    return refuse(d, table, operation, Exception::ACCESS_DENIED, session, number);
  }
  if (creates) return decide_table_creation(d, table, session, number);
  if (deletes) return delete_table(d, table, session, number);
  update_table(d, table, step.getUpdateTable().getToKey(), session, number);
}

}  // namespace tablekey::model
