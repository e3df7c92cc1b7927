// The processes of DynamoDB's control plane, call by call: a table gets its keys, becomes ACTIVE,
// moves to another key, goes (dynamodb.md 1.3, 5.2, 6).
#include "model/decide.h"

#include <algorithm>

#include "model/draws.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/key_check.h"
#include "model/dynamodb/process_steps.h"
#include "model/dynamodb/replicas.h"
#include "model/dynamodb/restore.h"
#include "model/law.h"

namespace tablekey::model {
namespace dynamodb {

std::int64_t process_latency(const Deciding& d, std::uint32_t index, const Process& process,
                             events::KmsOperation operation) {
  const Call call = process_call(d.state, index, process, operation);
  sim::Duration latency = latency_there(d, call.entity, call.ordinal, index);
  const bool after_grants = operation == events::KmsOperation::GENERATE_DATA_KEY && process.asked &&
                            process.kind == ProcessKind::creation;
  if (after_grants) latency = latency + d.settings().table_key_delay;
  return latency.count();
}

sim::Duration process_duration(const Deciding& d, std::uint32_t index, Draw purpose,
                               const sim::Distribution& distribution) {
  const std::uint64_t ordinal = at(d.state.tables, index).processes;
  return distribution.sample_duration(
      draw(d.random, d.state.table_entity(index), purpose, ordinal));
}

}  // namespace dynamodb

namespace {

using events::TableOperation;
using Operation = events::KmsOperation;

TableOperation operation_of(const State& state, const Process& process) {
  if (process.kind != ProcessKind::creation) return TableOperation::UPDATE_TABLE;
  if (process.backup == kNone) return TableOperation::CREATE_TABLE;
  return at(state.backups, process.backup).internal ? TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME
                                                    : TableOperation::RESTORE_TABLE_FROM_BACKUP;
}

void refuse_for_kms(Deciding& d, std::uint32_t index, const Call& call) {
  const Process& process = d.state.tables[index].process;
  auto event = d.out.initTableRequestRefused();
  event.setTable(index);
  event.setOperation(operation_of(d.state, process));
  event.setException(dynamodb::exception_for(d.settings(), call.error));
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

// A failure that the caller is told: creation cannot get its key, or a switch is not admitted.
bool refuses(const State& state, std::uint32_t index, const Call& call) {
  const Process& process = state.tables[index].process;
  if (call.error == events::KmsError::NONE || process.retiring) return false;
  if (process.kind == ProcessKind::key_switch) return !admitted(state, index, process);
  return call.operation != Operation::GENERATE_DATA_KEY;
}

void activate(Deciding& d, std::uint32_t index) {
  const Table& table = at(d.state.tables, index);
  if (dynamodb::service_refusal(d.state, index, table.key) != events::KmsError::NONE) {
    // Lost before the partitions were there: the table stays CREATING (dynamodb.md 1.3).
    auto abandoned = d.out.initKmsAnswerDelivered();
    abandoned.setCall(kNone);
    abandoned.setTable(index);
    abandoned.setNextCall(kNone);
    return;
  }
  auto event = d.out.initTableActivated();
  event.setTable(index);
  event.setItems(starting_items(d.state, index));
  if (table.process.backup == kNone) return;
  event.setItems(at(d.state.backups, table.process.backup).generated);
  seal_restored(d, index, event);
}

// It never became ACTIVE; the grants that were made for it go with it.
void vanish(Deciding& d, std::uint32_t index) {
  const Table& table = at(d.state.tables, index);
  Process process = table.process;
  process.kind = ProcessKind::deletion;
  process.old_grants = static_cast<std::uint32_t>(table.grants.size());
  dynamodb::set_retiring(d, index, process, d.out.initTableDeleted());
}

}  // namespace

void decide_process_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  const std::uint32_t index = call.table;
  const Table& table = d.state.tables[index];
  if (refuses(d.state, index, call)) return refuse_for_kms(d, index, call);
  const bool failed = call.error != events::KmsError::NONE;
  if (call.operation == Operation::GENERATE_DATA_KEY) {
    if (!failed) return make_table_key(d, index, call);
    if (table.process.kind == ProcessKind::key_switch) return dynamodb::stall_for_call(d, call);
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
  event.setLatency(dynamodb::process_latency(d, index, process, *next));
}

// A grant that outlived its table: retired when its time has come, unless somebody was faster.
void decide_retirement(Deciding& d) {
  const bool answered = d.action.kind == ActionKind::deliver_answer;
  const std::uint32_t table = answered ? at(d.state.calls, d.action.a).table : d.action.b;
  auto event = d.out.initKmsAnswerDelivered();
  event.setTable(table);
  event.setCall(answered ? d.action.a : kNone);
  event.setNextCall(kNone);
  if (answered || at(d.state.grants, d.action.a).ended) return;
  const Call call = retirement_call(d.state, table, d.action.a);
  event.setNextCall(next_call(d.state));
  event.setLatency(latency_there(d, call.entity, call.ordinal, table).count());
}

void decide_table_job(Deciding& d) {
  const std::uint32_t table = d.action.a;
  switch (d.action.kind) {
    case ActionKind::activate_table:
      return activate(d, table);
    case ActionKind::fail_creation:
      return vanish(d, table);
    case ActionKind::finish_deletion:
      return dynamodb::set_retiring(d, table, at(d.state.tables, table).process,
                                    d.out.initTableDeleted());
    default:
      return dynamodb::decide_switch_step(d);
  }
}

}  // namespace tablekey::model
