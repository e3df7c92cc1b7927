// The operations of DynamoDB as steps of the timeline: one row each, with AWS's own parameter names
// and what later steps may take of its result.
#pragma once

#include <string_view>
#include <vector>

#include "event.capnp.h"

namespace tablekey::scenarios {

struct DynamoDbOperationRow {
  std::string_view name;        // dynamodb:CreateBackup
  std::string_view parameters;  // as in kms_operations.h: `*` behind those that are needed
  std::string_view results;
};
// The control plane, and what of streams needs no key.
[[nodiscard]] const std::vector<DynamoDbOperationRow>& table_operations();
// Requests for items and stream records.
[[nodiscard]] const std::vector<DynamoDbOperationRow>& data_operations();
// Of an operation of DynamoDB that there is and that no step can do: why, and what else there is.
struct LeftOut {
  std::string_view why, instead;
};
[[nodiscard]] const LeftOut* left_out(std::string_view action);
// By the name of an action; null if there is none.
[[nodiscard]] const DynamoDbOperationRow* find_dynamodb_operation(std::string_view action);

}  // namespace tablekey::scenarios
