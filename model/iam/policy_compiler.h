// From a policy document, read as JSON, to its compiled form, by the rules of kms.md 6.7.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "model/iam/compiled_policy.h"
#include "model/iam/json.h"

namespace tablekey::model::iam {

/// What is wrong with a document that is well-formed JSON.
struct DocumentFault {
  std::string message;
  const JsonValue* node = nullptr;  ///< The value that is wrong, in the document given.
};

std::expected<CompiledPolicy, DocumentFault> compile_document(const JsonValue& document,
                                                              PolicyKind kind, PolicyRules rules);

}  // namespace tablekey::model::iam
