#include "model/iam/denial.h"

namespace tablekey::model::iam {
namespace {

/// `a resource-based policy`, `an identity-based policy`.
std::string with_article(PolicyType type) {
  return (type == PolicyType::identity ? "an " : "a ") + std::string(name(type));
}

std::string tail(const Request& request, const Decision& decision) {
  if (decision.kind == DecisionKind::explicit_deny) {
    return " with an explicit deny in " + with_article(decision.type);
  }
  return " because no " + std::string(name(decision.lacking)) + " allows the " +
         std::string(request.action) + " action";
}

}  // namespace

std::string denial_text(DenialStyle style, const Request& request, const Decision& decision) {
  const std::string head = "User: " + std::string(request.principal.arn) +
                           " is not authorized to perform: " + std::string(request.action) +
                           " on resource: " + std::string(request.resource);
  return style == DenialStyle::classic ? head : head + tail(request, decision);
}

}  // namespace tablekey::model::iam
