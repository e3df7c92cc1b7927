// The table of the control plane's operations (Step.control): what each checks, whether it needs
// KMS, and what it changes. control.cpp walks every request through the same order: the shape, the
// table and its state, limits, KMS, the effect. Only what is particular to an operation stands in
// its row.
//
// To add an operation: its row in the file of its kind under table_operations/, and where it
// changes the world its effect in ControlAnswered and in apply.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "event.capnp.h"
#include "model/decide.h"
#include "model/state.h"
#include "scenario.capnp.h"

namespace tablekey::model::dynamodb {

/// A request to the control plane on its way through the checks.
struct TableRequest {
  events::TableOperation operation{};
  std::uint32_t step = 0;  ///< 1 + step; 0: a table that is there from the start
  std::uint32_t copy = 0;
  events::TableCall::Reader parameters;
  std::uint32_t table = kNone;   ///< which table (of a family the copy); kNone: the name is none's
  std::uint32_t session = 0;     ///< 1 + session; 0: the operator
  const Call* call = nullptr;    ///< the KMS call that was answered to it; null: none was sent
  std::uint32_t number = kNone;  ///< of that call
};

/// An exception of DynamoDB, or none.
struct TableRefusal {
  events::Exception exception = events::Exception::NONE;
  std::string message;
  explicit operator bool() const { return exception != events::Exception::NONE; }
};

/// Whether the operation has to be let through KMS before it is done: which call the caller makes.
struct KmsNeed {
  events::KmsOperation operation = events::KmsOperation::DECRYPT;
  std::uint32_t key = kNone;    ///< kNone: KMS is not needed
  std::uint32_t table = kNone;  ///< whose encryption context the call carries
  std::uint32_t version = 0;    ///< Decrypt: of that table's key; 0: the present one
};

/// One operation. A function that is null has nothing to say.
struct TableOperationRow {
  events::TableOperation operation{};
  /// The request's shape, before the table is looked up: ValidationException.
  TableRefusal (*validate)(const Deciding&, const TableRequest&) = nullptr;
  /// Names, states, limits: what is refused before KMS is asked. Whether the table exists is its
  /// business too, as exceptions differ.
  TableRefusal (*check)(const Deciding&, const TableRequest&) = nullptr;
  /// What KMS is asked as the caller; called again with request.call set when that was answered,
  /// in case a further call is needed.
  KmsNeed (*kms)(const Deciding&, const TableRequest&) = nullptr;
  /// What it changes: fills in the event's effect. Called only where nothing refused.
  void (*effect)(Deciding&, const TableRequest&, events::ControlAnswered::Builder) = nullptr;
  /// Instead of kms and effect: makes the whole event (TableCreationStarted, SseSwitchStarted, …)
  /// after the checks. False: it is answered as usual.
  bool (*decide)(Deciding&, const TableRequest&) = nullptr;
};

/// The row of an operation; every operation has one.
const TableOperationRow& table_operation_row(events::TableOperation operation);

// ---- the rows, by kind ----
std::span<const TableOperationRow> lifecycle_operations();  // table_operations/lifecycle.cpp
std::span<const TableOperationRow> listing_operations();    // table_operations/listing.cpp
std::span<const TableOperationRow> setting_operations();    // table_operations/settings.cpp
/// Backups, restores, exports, TTL, continuous backups: backup_operations.cpp
std::span<const TableOperationRow> backup_operations();
/// CreateGlobalTable, UpdateGlobalTable, Describe…, List…: replica_operations.cpp
std::span<const TableOperationRow> replica_operations();

// ---- what UpdateTable hands on ----
/// ReplicaUpdates of an UpdateTable: replica_operations.cpp. Null members: as in a row.
const TableOperationRow& replica_update_row();

// ---- what the rows' functions share ----
TableRefusal refusal(events::Exception exception, std::string message);
/// `One or more parameter values were invalid: <what>`
TableRefusal invalid(std::string_view what);
/// `Requested resource not found: Table: <name> not found`
TableRefusal no_table(const Deciding& d, const TableRequest& request);
/// `Table not found: <name>`, as the backup family says it
TableRefusal table_not_found(const Deciding& d, const TableRequest& request);
/// `Attempt to change a resource which is still in use: <what>`
TableRefusal in_use(std::string_view what);
/// The table's name as the request gave it.
std::string requested_name(const State& state, const TableRequest& request);
/// KmsNeed of a Decrypt of the table's present key, as the caller; none on the AWS owned key.
KmsNeed table_key_need(const State& state, std::uint32_t table);
/// How long something takes: a draw of the table's own, different for each step.
sim::Duration job_duration(const Deciding& d, std::uint32_t table,
                           const sim::Distribution& distribution);
/// Sets effect `listed`, and the status shown of the table if there is one.
void set_listed(events::ControlAnswered::Builder event, std::size_t rows, bool truncated = false);

}  // namespace tablekey::model::dynamodb
