// The control plane's request path: every request of the timeline, in its short form or with all
// its parameters, walks through the same checks and becomes one event. What is particular to an
// operation stands in its row.
#include "model/dynamodb/control.h"

#include <capnp/message.h>

#include <memory>

#include "model/decide.h"
#include "model/draws.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/names.h"
#include "model/dynamodb/process_steps.h"
#include "model/dynamodb/realms.h"
#include "model/dynamodb/table_operation.h"
#include "model/faults.h"
#include "model/law.h"

namespace tablekey::model {
namespace dynamodb {
namespace {

using events::Exception;
using events::TableOperation;

/// A request, with the message that holds its parameters where the step has a short form.
struct StepRequest {
  TableRequest request;
  std::unique_ptr<capnp::MallocMessageBuilder> made;
};

// The short forms name a key by its ARN, the AWS owned one too.
void spell_out(events::Step::Reader step, events::TableCall::Builder call) {
  if (step.isCreateTable()) {
    call.setOperation(TableOperation::CREATE_TABLE);
    return call.setTable(step.getCreateTable().getTable());
  }
  if (step.isDeleteTable()) {
    call.setOperation(TableOperation::DELETE_TABLE);
    return call.setTable(step.getDeleteTable().getTable());
  }
  call.setOperation(TableOperation::UPDATE_TABLE);
  call.setTable(step.getUpdateTable().getTable());
  auto sse = call.initSse();
  sse.setGiven(true);
  sse.setSseType("KMS");
  sse.initKmsMasterKeyId().setArn(step.getUpdateTable().getToKey());
}

StepRequest request_of(const Deciding& d, std::uint32_t step, std::uint32_t copy,
                       std::uint32_t session) {
  const ScenarioView& scenario = d.state.scenario();
  const auto described = at(scenario.reader().getSteps(), step);
  StepRequest made;
  TableRequest& request = made.request;
  if (described.isControl()) {
    request.parameters = described.getControl();
  } else {
    made.made = std::make_unique<capnp::MallocMessageBuilder>();
    auto call = made.made->initRoot<events::TableCall>();
    spell_out(described, call);
    request.parameters = call.asReader();
  }
  request.operation = request.parameters.getOperation();
  request.step = step + 1;
  request.copy = copy;
  request.session = session;
  if (request.parameters.getTable() != kNone) {
    const FamilyView& family = at(scenario.families, request.parameters.getTable());
    law(copy < family.copies, "a step is about a copy that there is");
    request.table = family.first_table + copy;
    // Another Region's endpoint knows no such table.
    const std::string_view region(request.parameters.getRegion());
    const bool elsewhere = !region.empty() && region != d.state.table_region(request.table);
    if (elsewhere) request.table = kNone;
  }
  return made;
}

events::ControlAnswered::Builder begin_answer(Deciding& d, const TableRequest& request) {
  auto event = d.out.initControlAnswered();
  event.setStep(request.step);
  event.setOperation(request.operation);
  event.setTable(request.table);
  event.setSession(request.session);
  event.setCall(request.number);
  event.setCopy(request.copy);
  if (request.table != kNone) event.setStatus(shown_status(d.state, request.table));
  return event;
}

// CreateTable, DeleteTable and a switch of keys are refused in an event of their own.
bool has_own_refusal(const TableRequest& request) {
  if (request.table == kNone || request.call != nullptr) return false;
  return request.operation == TableOperation::CREATE_TABLE ||
         request.operation == TableOperation::DELETE_TABLE ||
         (request.operation == TableOperation::UPDATE_TABLE &&
          request.parameters.getSse().getGiven());
}

void refuse(Deciding& d, const TableRequest& request, const TableRefusal& refusal) {
  if (has_own_refusal(request)) return refuse_table_request(d, request, refusal);
  auto event = begin_answer(d, request);
  event.setException(refusal.exception);
  event.setMessage(refusal.message);
}

void refuse_for_kms(Deciding& d, const TableRequest& request) {
  const Call& call = *request.call;
  auto event = begin_answer(d, request);
  event.setException(exception_for(d.settings(), call.error));
  event.setKmsError(call.error);
  event.setRequestHigh(call.request_id[0]);
  event.setRequestLow(call.request_id[1]);
  event.setMessage(
      kms_failure_message(call.error, call.message, uuid(call.request_id[0], call.request_id[1])));
}

TableRefusal foreign_refusal(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone || request.step == 0 ||
      in_own_account(d.state, request.session, request.table)) {
    return {};
  }
  return refusal(Exception::ACCESS_DENIED,
                 foreign_table_message(d.state, request.session, operation_name(request.operation),
                                       request.table));
}

// A failing Region answers nothing, whatever is asked. What the scenario has from the start needs
// no answer.
TableRefusal failing_region(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone || request.step == 0 || d.state.faults.empty()) return {};
  const Exception failure = region_failure(d.state, d.state.table_region(request.table));
  if (failure == Exception::NONE) return {};
  return refusal(failure, std::string(kRegionFailureText));
}

TableRefusal checked(const Deciding& d, const TableRequest& request, const TableOperationRow& row) {
  if (TableRefusal failing = failing_region(d, request)) return failing;
  if (TableRefusal foreign = foreign_refusal(d, request)) return foreign;
  if (row.validate != nullptr) {
    if (TableRefusal malformed = row.validate(d, request)) return malformed;
  }
  return row.check == nullptr ? TableRefusal() : row.check(d, request);
}

void ask_kms(Deciding& d, const TableRequest& request, const KmsNeed& need) {
  auto event = d.out.initControlRequested();
  event.setStep(request.step);
  event.setOperation(request.operation);
  event.setTable(need.table);
  event.setCall(request.call == nullptr ? next_call(d.state) : request.number);
  event.setLatency(latency_there(d, d.state.table_entity(need.table),
                                 control_ordinal(request.step, need.operation), need.table)
                       .count());
  event.setCopy(request.copy);
  event.setKmsOperation(need.operation);
  event.setKey(need.key);
  event.setVersion(need.version);
}

// KMS has nothing to say, or has said yes.
void perform(Deciding& d, const TableRequest& request, const TableOperationRow& row) {
  if (row.decide != nullptr && row.decide(d, request)) return;
  if (row.kms != nullptr) {
    const KmsNeed need = row.kms(d, request);
    if (need.key != kNone) return ask_kms(d, request, need);
  }
  auto event = begin_answer(d, request);
  if (row.effect != nullptr) row.effect(d, request, event);
}

}  // namespace

void walk(Deciding& d, const TableRequest& request) {
  const TableOperationRow& row = table_operation_row(request.operation);
  if (const TableRefusal refused = checked(d, request, row)) return refuse(d, request, refused);
  perform(d, request, row);
}

}  // namespace dynamodb

void decide_control_step(Deciding& d) {
  const auto step = at(d.state.scenario().reader().getSteps(), d.action.a);
  const std::uint32_t identity =
      d.state.scenario().caller(step.getCaller(), step.getSession().cStr());
  const std::uint32_t session = dynamodb::session_of_identity(d.state, identity);
  const auto made = dynamodb::request_of(d, d.action.a, d.action.b, session);
  dynamodb::walk(d, made.request);
}

void decide_table_step(Deciding& d) { decide_control_step(d); }

// A table that the scenario has from a time on is created by whoever it says.
void decide_table_creation(Deciding& d, std::uint32_t table, std::uint32_t session,
                           std::uint32_t step) {
  dynamodb::TableRequest request;
  request.operation = events::TableOperation::CREATE_TABLE;
  request.step = step;
  request.session = session;
  request.table = table;
  request.copy = at(d.state.tables, table).copy;
  dynamodb::walk(d, request);
}

// The table may have changed while KMS was asked: the checks are made again.
void decide_control_answer(Deciding& d) {
  const Call& call = at(d.state.calls, d.action.a);
  auto made = dynamodb::request_of(d, call.step - 1, call.argument, call.session);
  dynamodb::TableRequest& request = made.request;
  request.call = &call;
  request.number = d.action.a;
  if (call.error != events::KmsError::NONE) return dynamodb::refuse_for_kms(d, request);
  dynamodb::walk(d, request);
}

void decide_job_finished(Deciding& d) {
  const Table& table = at(d.state.tables, d.action.a);
  auto event = d.out.initTableJobFinished();
  event.setTable(d.action.a);
  event.setKind(static_cast<events::JobKind>(d.action.b));
  event.setIndex(table.detail->job.index);
}

}  // namespace tablekey::model
