// What the operations of the backup family share (dynamodb.md 1.5, 7.3): which tables they find,
// and their exceptions in the words of the AWS API model.
#pragma once

#include "model/dynamodb/table_operation.h"

namespace tablekey::model::dynamodb {

/// For operations that need the table's data: TableNotFoundException where there is none or it is
/// not there yet, ResourceInUseException while it is being archived. `brief`: a deleted table
/// serves them for about a second.
TableRefusal backup_source_refusal(const Deciding& d, const TableRequest& request, bool brief);

/// ContinuousBackupsUnavailableException, for some seconds after the table became ACTIVE
/// (dynamodb.md 1.5, note 2).
TableRefusal too_new_refusal(const Deciding& d, const TableRequest& request);

/// PointInTimeRecoveryUnavailableException, where it is not enabled.
TableRefusal no_recovery_refusal(const Deciding& d, const TableRequest& request);

/// Which backup the request means; kNone: there is none that callers see.
std::uint32_t requested_backup(const Deciding& d, const TableRequest& request);

TableRefusal backup_not_found();
TableRefusal backup_in_use();

/// The KMS key that a parameter names; kNone: there is none. Bare ids and alias names are of the
/// table's account and Region (dynamodb.md 2.3).
std::uint32_t named_key(const State& state, events::KeyReference::Reader reference,
                        std::uint32_t table);

/// What a request is told about a key that does not exist.
TableRefusal key_not_found(const Deciding& d, const TableRequest& request,
                           events::KeyReference::Reader reference);

// ---- the rows of the other files ----
const TableOperationRow& restore_from_backup_row();    // restore_operations.cpp
const TableOperationRow& restore_to_time_row();        // restore_operations.cpp
const TableOperationRow& export_row();                 // export_operations.cpp
const TableOperationRow& describe_export_row();        // export_operations.cpp
const TableOperationRow& list_exports_row();           // export_operations.cpp
const TableOperationRow& update_recovery_row();        // recovery_operations.cpp
const TableOperationRow& describe_recovery_row();      // recovery_operations.cpp
const TableOperationRow& update_time_to_live_row();    // time_to_live_operations.cpp
const TableOperationRow& describe_time_to_live_row();  // time_to_live_operations.cpp

}  // namespace tablekey::model::dynamodb
