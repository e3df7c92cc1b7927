// The answer to a question of authorization for a person and as one JSON document.
#pragma once

#include <string>

#include "replay/policy_answer.h"

namespace tablekey::replay {

/// The decision and why, then what became of every statement and every grant; several lines.
std::string answer_text(const PolicyQuestion& question, const PolicyAnswer& answer);

/// The same as a document of the format `tablekey.policy.eval/1`, indented.
std::string answer_json(const PolicyQuestion& question, const PolicyAnswer& answer);

}  // namespace tablekey::replay
