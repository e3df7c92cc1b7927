// Policy documents of a scenario: written as YAML maps, kept as the JSON that AWS would keep, and
// checked by the model's own policy compiler so that a mistake is shown in the file and not in a
// run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/iam/policy.h"
#include "scenarios/diagnostics.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// JSON text without white space, keys in the order of the file. Every scalar becomes a string: IAM
// takes "false" and "2012-10-17" as such, and an account id keeps its zeros. What cannot be known
// becomes a placeholder, with a warning that says why.
[[nodiscard]] std::string policy_json(const Node& document, std::string_view what,
                                      Diagnostics& diagnostics);

// The document as JSON, compiled once to see that it is one; nothing after an error. A text is
// taken as JSON already. With `lenient`, a document that AWS would refuse is a warning: a step may
// put it to see that KMS refuses it.
[[nodiscard]] std::optional<std::string> read_policy(const Node& document, std::string_view what,
                                                     model::iam::PolicyKind kind, bool lenient,
                                                     Diagnostics& diagnostics);

// `text` as a JSON string literal.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace tablekey::scenarios
