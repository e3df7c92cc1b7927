// The operations of KMS as steps of the timeline: one row each, with AWS's own parameter names
// (kms.md 3) and what later steps may take of its result.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "event.capnp.h"

namespace tablekey::scenarios {

struct KmsOperationRow {
  events::KmsOperation operation;
  // Parameters by name, `*` behind those that a request cannot do without. `A/B*`: one of them.
  std::string_view parameters;
  std::string_view results;  // those of the answer that other steps can refer to
  // `table: Orders` stands for what DynamoDB would send for that table.
  bool table = false;
};
[[nodiscard]] const std::vector<KmsOperationRow>& kms_operations();

// The rows' texts, taken apart.
struct ParameterUse {
  std::vector<std::string_view> names;  // one, or several of which one is enough
  bool required = false;
};
[[nodiscard]] std::vector<ParameterUse> parameters_in(std::string_view parameters);
[[nodiscard]] inline std::vector<ParameterUse> parameters_of(const KmsOperationRow& row) {
  return parameters_in(row.parameters);
}
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text);

// By the name of an action: kms:Encrypt. Empty: it gives nothing, or there is no such action.
[[nodiscard]] std::vector<std::string_view> results_of(std::string_view action);

}  // namespace tablekey::scenarios
