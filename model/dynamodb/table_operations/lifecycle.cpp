// CreateTable and DeleteTable (dynamodb.md 1.3, 2.1, 6).
#include <array>

#include "model/draws.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/errors.h"
#include "model/dynamodb/process_steps.h"
#include "model/dynamodb/replica_keys.h"
#include "model/dynamodb/sse_settings.h"
#include "model/dynamodb/table_operations/update_table.h"
#include "model/dynamodb/table_states.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace lifecycle {
namespace {

using events::Exception;
using events::TableOperation;

events::Table::Reader described(const State& state, std::uint32_t table) {
  return state.scenario().reader().getTables()[at(state.tables, table).family];
}

// ---- CreateTable ----

// The shape comes before the name, in every state (dynamodb.md 1.5, note 1).
TableRefusal validate_create(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone) return {};
  return sse_shape(d.state, described(d.state, request.table).getSse(), false);
}

TableRefusal check_create(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone) return no_table(d, request);
  const Table& table = d.state.tables[request.table];
  if (table_exists(d.state, request.table) || table.process.kind != ProcessKind::none) {
    return refusal(Exception::RESOURCE_IN_USE,
                   "Table already exists: " + requested_name(d.state, request));
  }
  return limit_refusal(d, request, true);
}

// A scenario that says nothing of SSESpecification has chosen its key already.
KeyChoice key_of_new_table(const Deciding& d, const TableRequest& request) {
  const auto table = described(d.state, request.table);
  if (table.getSse().getGiven()) {
    return chosen_key(d, request.table, request.session, table.getSse());
  }
  KeyChoice choice;
  choice.key = table.getKey();
  const bool owned = !takes_grants(d.state, choice.key);
  if (owned && !d.settings().dynamodb.sse_by_default) choice.key = kNone;
  return choice;
}

void start_creation(Deciding& d, const TableRequest& request, std::uint32_t key) {
  const std::uint32_t index = request.table;
  Process process;
  process.kind = ProcessKind::creation;
  process.session = request.session;
  process.key = key;
  const sim::Bits128 id = as_uuid(
      draw(d.random, d.state.table_entity(index), Draw::table_id, d.state.tables[index].creations));
  auto event = d.out.initTableCreationStarted();
  event.setTable(index);
  event.setTableIdHigh(id.high);
  event.setTableIdLow(id.low);
  event.setAllocation(
      process_duration(d, index, Draw::create_table, d.settings().create_table).count());
  event.setCall(kNone);
  event.setSession(request.session);
  event.setKey(key);
  event.setStep(request.step);
  if (key == kNone) return;  // the time before encryption by default: no KMS call at all
  const auto operation = next_operation(d.state, index, process).value();
  event.setCall(next_call(d.state));
  event.setLatency(process_latency(d, index, process, operation));
}

bool decide_create(Deciding& d, const TableRequest& request) {
  const KeyChoice choice = key_of_new_table(d, request);
  if (choice.error != events::KmsError::NONE) {
    refuse_for_choice(d, request, choice);
  } else if (const TableRefusal early = era_refusal(d.state, choice.key, false)) {
    refuse_table_request(d, request, early);
  } else if (const TableRefusal unfit = first_replica_refusal(d.state, request.table, choice.key)) {
    refuse_table_request(d, request, unfit);
  } else {
    start_creation(d, request, choice.key);
  }
  return true;
}

// ---- DeleteTable ----

// Deletion protection is looked at first, whatever the table is doing (note 5). What a table being
// made will be protected by stands in the scenario.
TableRefusal protection_refusal(const Deciding& d, const TableRequest& request) {
  if (!d.settings().dynamodb.deletion_protection) return {};
  const Table& table = d.state.tables[request.table];
  const bool made = table.lifecycle == Lifecycle::creating && table.process.backup == kNone;
  const bool is_protected = made ? described(d.state, request.table).getDeletionProtection()
                                 : table.detail->deletion_protection;
  if (!is_protected) return {};
  return refusal(Exception::VALIDATION,
                 "Resource cannot be deleted as it is currently protected against deletion. "
                 "Disable deletion protection first.");
}

bool may_repeat(const Deciding& d, const TableRequest& request) {
  return d.settings().dynamodb.delete_while_deleting_ok &&
         d.state.tables[request.table].lifecycle == Lifecycle::deleting;
}

TableRefusal check_delete(const Deciding& d, const TableRequest& request) {
  if (TableRefusal missing = existence_refusal(d, request)) return missing;
  if (TableRefusal kept = protection_refusal(d, request)) return kept;
  if (may_repeat(d, request)) return {};
  if (TableRefusal busy = table_state_refusal(d, request, TableChange::remove)) return busy;
  if (backup_under_way(d.state, request.table)) {
    return in_use("Table is being backed up: " + requested_name(d.state, request));
  }
  return limit_refusal(d, request, false);
}

bool decide_delete(Deciding& d, const TableRequest& request) {
  if (may_repeat(d, request)) return false;
  const bool inaccessible = d.state.tables[request.table].detail->inaccessible;
  const sim::Distribution& duration =
      inaccessible ? d.settings().dynamodb.delete_table_inaccessible : d.settings().delete_table;
  auto event = d.out.initTableDeletionStarted();
  event.setTable(request.table);
  event.setDuration(process_duration(d, request.table, Draw::delete_table, duration).count());
  event.setSession(request.session);
  event.setStep(request.step);
  return true;
}

constexpr std::array kRows{
    TableOperationRow{TableOperation::CREATE_TABLE, validate_create, check_create, nullptr, nullptr,
                      decide_create},
    TableOperationRow{TableOperation::DELETE_TABLE, nullptr, check_delete, nullptr, nullptr,
                      decide_delete},
    TableOperationRow{TableOperation::UPDATE_TABLE, validate_update, check_update, nullptr,
                      update_effect, decide_update},
};

}  // namespace
}  // namespace lifecycle

std::span<const TableOperationRow> lifecycle_operations() { return lifecycle::kRows; }

void refuse_table_request(Deciding& d, const TableRequest& request, const TableRefusal& refusal) {
  auto event = d.out.initTableRequestRefused();
  event.setTable(request.table);
  event.setOperation(request.operation);
  event.setException(refusal.exception);
  event.setMessage(refusal.message);
  event.setSession(request.session);
  event.setCall(kNone);
  event.setStep(request.step);
  event.setKey(kNone);
}

// KMS knows no such key: DescribeKey, with which every admission begins, says so.
void refuse_for_choice(Deciding& d, const TableRequest& request, const KeyChoice& choice) {
  const sim::Bits128 id = as_uuid(
      draw(d.random, d.state.table_entity(request.table), Draw::control_request_id, request.step));
  refuse_table_request(d, request,
                       refusal(exception_for(d.settings(), choice.error), choice.message));
  auto event = d.out.getTableRequestRefused();
  event.setKmsError(choice.error);
  event.setKmsOperation(events::KmsOperation::DESCRIBE_KEY);
  event.setRequestHigh(id.high);
  event.setRequestLow(id.low);
}

}  // namespace tablekey::model::dynamodb
