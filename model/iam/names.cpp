// The words in which decisions are printed.
#include "model/iam/evaluate.h"

namespace tablekey::model::iam {

std::string_view name(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::allowed:
      return "allowed";
    case DecisionKind::explicit_deny:
      return "explicit_deny";
    case DecisionKind::implicit_deny:
      break;
  }
  return "implicit_deny";
}

std::string_view name(Via via) {
  switch (via) {
    case Via::direct:
      return "direct";
    case Via::account:
      return "account";
    case Via::identity:
      return "identity";
    case Via::none:
      break;
  }
  return "none";
}

std::string_view name(Element element) {
  switch (element) {
    case Element::principal:
      return "Principal";
    case Element::action:
      return "Action";
    case Element::resource:
      return "Resource";
    case Element::condition:
      return "Condition";
    case Element::none:
      break;
  }
  return "none";
}

std::string_view name(PolicyType type) {
  switch (type) {
    case PolicyType::key:
      return "resource-based policy";
    case PolicyType::identity:
      return "identity-based policy";
    case PolicyType::boundary:
      return "permissions boundary";
    case PolicyType::session:
      return "session policy";
    case PolicyType::service_control:
      return "service control policy";
    case PolicyType::resource_control:
      return "resource control policy";
    case PolicyType::endpoint:
      return "VPC endpoint policy";
    case PolicyType::none:
      break;
  }
  return "none";
}

}  // namespace tablekey::model::iam
