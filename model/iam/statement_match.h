// Whether one statement applies to one request: principal, action, resource and every condition
// (kms.md 6.2). Allocates nothing.
#pragma once

#include "model/iam/compiled_policy.h"
#include "model/iam/evaluate.h"

namespace tablekey::model::iam {

struct StatementMatch {
  Via via = Via::none;             ///< Set when the principal matches.
  bool by_role = false;            ///< It names the caller's role rather than the caller itself.
  Element failed = Element::none;  ///< The first element that does not match.
  const Condition* failed_condition = nullptr;

  bool matched() const { return failed == Element::none; }
};

StatementMatch match(const CompiledStatement& statement, PolicyKind kind, const Request& request);

}  // namespace tablekey::model::iam
