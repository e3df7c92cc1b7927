// Policies that have an ARN: those of the scenario, and the few of AWS's own that tablekey knows.
#pragma once

#include <optional>
#include <string_view>

#include "scenarios/draft.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// AdministratorAccess and the KMS and DynamoDB policies that templates attach. Nothing if tablekey
// does not know it.
[[nodiscard]] std::optional<DraftManagedPolicy> aws_policy(std::string_view arn);

// The policy that a reference, a logical id or an ARN means. Nothing after an error.
[[nodiscard]] std::optional<DraftManagedPolicy> read_managed_policy(const Node& node,
                                                                    std::string_view field,
                                                                    const Draft& draft,
                                                                    Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
