#include "model/iam/policies_of.h"

namespace tablekey::model::iam {
namespace {

using List = std::span<const Policy* const>;

List one(const Policy* const& policy) { return policy == nullptr ? List() : List(&policy, 1); }

List only_if(bool concerned, List list) { return concerned ? list : List(); }

}  // namespace

List policies_of(PolicyType type, const Request& request, const PolicySet& policies) {
  const PrincipalType caller = request.principal.type;
  const bool service = caller == PrincipalType::service;
  const bool identity = !service && caller != PrincipalType::root;
  const bool key = request.scope == Scope::key;
  switch (type) {
    case PolicyType::key:
      return only_if(key, one(policies.key_policy));
    case PolicyType::identity:
      return only_if(identity, policies.identities);
    case PolicyType::boundary:
      return only_if(identity, one(policies.boundary));
    case PolicyType::session:
      return only_if(identity, policies.session_policies);
    case PolicyType::service_control:
      return only_if(!service, policies.scps);
    case PolicyType::resource_control:
      return only_if(key, policies.rcps);
    case PolicyType::endpoint:
      return one(policies.endpoint_policy);
    case PolicyType::none:
      break;
  }
  return {};
}

}  // namespace tablekey::model::iam
