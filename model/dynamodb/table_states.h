// Which requests the control plane takes in which state of a table, with its exceptions and texts
// (dynamodb.md 1.5, 10.2), and how many tables an account may have.
#pragma once

#include "model/dynamodb/table_operation.h"

namespace tablekey::model::dynamodb {

/// What a request wants to do to a table, as far as its state is concerned.
enum class TableChange : std::uint8_t {
  remove,      ///< DeleteTable
  encryption,  ///< UpdateTable with an SSESpecification
  job,         ///< UpdateTable: stream, class, throughput, billing, indexes, replicas
  protection,  ///< UpdateTable: deletion protection alone
};

/// Whether the table exists and its state takes the change.
TableRefusal table_state_refusal(const Deciding& d, const TableRequest& request,
                                 TableChange change);

/// ResourceNotFoundException unless the table can be described.
TableRefusal existence_refusal(const Deciding& d, const TableRequest& request);

/// LimitExceededException: too many tables that are being created, updated or deleted at once, or
/// (`creates`) too many tables. Tables that the scenario starts with are not counted against.
TableRefusal limit_refusal(const Deciding& d, const TableRequest& request, bool creates);

}  // namespace tablekey::model::dynamodb
