// The words of DynamoDB's API for what events number.
#pragma once

#include <optional>
#include <string_view>

#include "event.capnp.h"

namespace tablekey::model::dynamodb {

/// "ValidationException", "InternalServerError", …; empty: none.
std::string_view exception_name(events::Exception exception);
std::optional<events::Exception> exception_named(std::string_view name);

/// "GetItem", "TransactWriteItems", …
std::string_view operation_name(events::DataOperation operation);
std::optional<events::DataOperation> data_operation_named(std::string_view name);

/// "CreateTable", "RestoreTableFromBackup", …
std::string_view operation_name(events::TableOperation operation);
std::optional<events::TableOperation> table_operation_named(std::string_view name);

/// "ACTIVE", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", …; "NONE": there is no such table.
std::string_view status_name(events::TableStatus status);
std::string_view status_name(events::ReplicaStatus status);
std::optional<events::TableStatus> status_named(std::string_view name);

}  // namespace tablekey::model::dynamodb
