// The one table, put together from its kinds.
#include <array>

#include "model/kms/operation.h"
#include "model/law.h"

namespace tablekey::model::kms {
namespace {

std::vector<OperationRow> all_rows() {
  std::vector<OperationRow> rows(kOperations);
  std::array<bool, kOperations> there{};
  for (const auto kind :
       {key_operations(), policy_operations(), cryptographic_operations(), asymmetric_operations(),
        grant_operations_rows(), alias_operations(), rotation_operations(), import_operations(),
        replica_operations(), store_operations()}) {
    for (const OperationRow& row : kind) {
      const auto place = static_cast<std::size_t>(row.operation);
      law(place < kOperations && !there[place], "an operation has one row");
      rows[place] = row;
      there[place] = true;
    }
  }
  for (const bool row : there) law(row, "every operation of KMS has its row");
  return rows;
}

const std::vector<OperationRow>& table() {
  static const std::vector<OperationRow> rows = all_rows();
  return rows;
}

}  // namespace

const OperationRow& operation_row(events::KmsOperation operation) {
  return at(table(), static_cast<std::size_t>(operation));
}

std::span<const OperationRow> operation_rows() { return table(); }

}  // namespace tablekey::model::kms
