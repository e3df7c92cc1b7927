#include "model/iam/denial.h"

namespace tablekey::model::iam {
namespace {

std::string tail(const Request& request, const Decision& decision) {
  if (decision.kind == DecisionKind::explicit_deny) {
    return decision.by == DecidedBy::key_policy
               ? " with an explicit deny in a resource-based policy"
               : " with an explicit deny in an identity-based policy";
  }
  // Where the key policy lets the account decide, what is missing is the identity's Allow; an
  // operation without a key never had a resource-based policy that could allow it.
  const bool identity = decision.key_policy_allows || request.scope == Scope::account;
  return std::string(" because no ") + (identity ? "identity" : "resource") +
         "-based policy allows the " + std::string(request.action) + " action";
}

}  // namespace

std::string denial_text(DenialStyle style, const Request& request, const Decision& decision) {
  const std::string head = "User: " + std::string(request.principal.arn) +
                           " is not authorized to perform: " + std::string(request.action) +
                           " on resource: " + std::string(request.resource);
  return style == DenialStyle::classic ? head : head + tail(request, decision);
}

}  // namespace tablekey::model::iam
