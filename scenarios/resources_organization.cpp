// AWS::Organizations::Policy: service control policies bound what principals may do, resource
// control policies what may be done to resources (kms.md 6.1). The organization itself is not
// simulated: a target that is no account stands for all of them.
#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/pairs.h"
#include "scenarios/policy.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using model::iam::PolicyKind;
using OrganizationPolicyKind = events::OrganizationPolicy::Kind;

// The accounts that TargetIds names; an empty text is all of them.
std::vector<std::string> read_targets(const Node* node, Diagnostics& diagnostics) {
  if (node == nullptr) return {""};
  const auto targets = read_texts(*node, "TargetIds", diagnostics);
  if (!targets) return {};
  std::vector<std::string> accounts;
  for (std::size_t i = 0; i < targets->size(); ++i) {
    const std::string& target = (*targets)[i];
    const bool unit = target.starts_with("r-") || target.starts_with("ou-");
    if (!unit && !is_account(target)) {
      diagnostics.error(node->is_scalar() ? node->place : node->items[i].place,
                        fmt::format("'{}' is no target", printable(target)),
                        "an account of 12 digits, or r-... and ou-... for all accounts");
      return {};
    }
    accounts.push_back(unit ? "" : target);
  }
  return accounts;
}

}  // namespace

Identity identify_organization_policy(Stack&, const Resource& resource) {
  Identity identity;
  identity.ref = resource.logical_id;
  identity.attributes["Id"] = resource.logical_id;
  return identity;
}

void compile_organization_policy(Stack& stack, Resource& resource, Draft& draft) {
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  const Node* type = reader.require("Type", "SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY");
  const Node* content = reader.require("Content");
  if (type == nullptr || content == nullptr) return;
  const auto choice = read_choice(
      *type, "Type", {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}, diagnostics);
  if (!choice) return;
  DraftOrganizationPolicy policy;
  policy.name = resource.logical_id;
  if (const Node* name = reader.get("Name")) {
    const std::string* text = read_text(*name, "Name", diagnostics);
    if (text != nullptr) policy.name = *text;
  }
  policy.kind = *choice == 0 ? OrganizationPolicyKind::SERVICE_CONTROL
                             : OrganizationPolicyKind::RESOURCE_CONTROL;
  const auto kind = *choice == 0 ? PolicyKind::identity : PolicyKind::key;
  const auto json = read_policy(*content, "Content", kind, false, diagnostics);
  if (!json) return;
  policy.document = *json;
  for (const std::string& account : read_targets(reader.get("TargetIds"), diagnostics)) {
    policy.account = account;
    draft.organization_policies.push_back(policy);
  }
}

}  // namespace tablekey::scenarios
