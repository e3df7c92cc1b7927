// AWS::IAM::Role, User, Policy and ManagedPolicy. Who may assume a role is not checked: a workload
// or a step names the role it acts in.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/policy.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using model::iam::PolicyKind;

std::string path_of(Stack& stack, const Resource& resource) {
  const std::string path = naming_property(stack, resource, "Path");
  return path.empty() ? "/" : path;
}

// CloudFormation makes a name up when none is given; ours is the logical id, so that it can be
// guessed.
std::string name_of_principal(Stack& stack, const Resource& resource, std::string_view property) {
  const std::string name = naming_property(stack, resource, property);
  return name.empty() ? resource.logical_id : name;
}

Identity identify_principal(Stack& stack, const Resource& resource, std::string_view property,
                            std::string_view kind) {
  const std::string name = name_of_principal(stack, resource, property);
  const Environment& environment = stack.environment();
  Identity identity;
  identity.ref = name;
  identity.attributes["Arn"] =
      fmt::format("arn:{}:iam::{}:{}{}{}", environment.partition(), environment.account, kind,
                  path_of(stack, resource), name);
  const Node metadata = resolved_metadata(stack, resource);
  if (const Node* id = metadata.find("UniqueId"); id != nullptr && id->is_scalar()) {
    identity.attributes[kind == "role" ? "RoleId" : "UserId"] = id->text;
  }
  return identity;
}

void add_managed_policy(const Node& node, DraftPrincipal& principal, Stack& stack) {
  const std::string* arn = read_text(node, "ManagedPolicyArns", stack.diagnostics());
  if (arn == nullptr) return;
  // A managed policy of this stack attaches itself when it is compiled; see compile_managed_policy.
  if (!node.resource.empty()) return;
  if (arn->ends_with(":iam::aws:policy/AdministratorAccess")) {
    principal.policies.emplace_back(
        "AdministratorAccess",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})");
    return;
  }
  stack.diagnostics().warning(
      node.place, fmt::format("tablekey does not know the policy '{}'", printable(*arn)),
      "it gives no permissions here");
}

void read_inline_policies(const Node& list, DraftPrincipal& principal, Stack& stack) {
  Diagnostics& diagnostics = stack.diagnostics();
  if (!list.is_sequence()) {
    diagnostics.error(list.place,
                      fmt::format("Policies must be a list, this is {}", kind_name(list)));
    return;
  }
  for (const Node& entry : list.items) {
    MapReader reader(entry, "a policy of Policies", {"PolicyName", "PolicyDocument"}, diagnostics,
                     Severity::warning);
    const Node* name = reader.require("PolicyName");
    const Node* document = reader.require("PolicyDocument");
    if (name == nullptr || document == nullptr) continue;
    const std::string* text = read_text(*name, "PolicyName", diagnostics);
    const auto json =
        read_policy(*document, "PolicyDocument", PolicyKind::identity, false, diagnostics);
    if (text != nullptr && json) principal.policies.emplace_back(*text, *json);
  }
}

void compile_principal(Stack& stack, Resource& resource, Draft& draft, events::Principal::Kind kind,
                       std::string_view name_property) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  DraftPrincipal principal;
  principal.logical_id = resource.logical_id;
  principal.kind = kind;
  principal.name = name_of_principal(stack, resource, name_property);
  principal.account = draft.account;
  principal.path = path_of(stack, resource);
  principal.arn = identity->attributes.at("Arn");
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  if (const Node* list = reader.get("Policies")) read_inline_policies(*list, principal, stack);
  if (const Node* list = reader.get("ManagedPolicyArns")) {
    for (const Node& node : list->items) add_managed_policy(node, principal, stack);
  }
  const Node metadata = resolved_metadata(stack, resource);
  if (const Node* id = metadata_reader(stack, resource, metadata).get("UniqueId")) {
    const std::string* text = read_text(*id, "UniqueId", stack.diagnostics());
    if (text != nullptr) principal.unique_id = *text;
  }
  draft.principals.push_back(std::move(principal));
}

// Roles and Users of a policy: names, mostly by !Ref.
void attach(const Node* list, std::string_view field, const std::string& name,
            const std::string& json, Stack& stack, Draft& draft) {
  if (list == nullptr) return;
  for (const Node& node : list->items) {
    const std::string* text = read_text(node, field, stack.diagnostics());
    if (text == nullptr) continue;
    const std::uint32_t principal = find_principal(draft, *text);
    if (principal == kNone) {
      stack.diagnostics().warning(
          node.place,
          fmt::format("{} names '{}', which is not in Resources", field, printable(*text)),
          "the policy is not attached to it");
      continue;
    }
    draft.principals[principal].policies.emplace_back(name, json);
  }
}

// Roles and users that name a managed policy in their own ManagedPolicyArns.
void attach_to_referrers(const Resource& policy, const std::string& name, const std::string& json,
                         Stack& stack, Draft& draft) {
  for (Resource& resource : stack.resources()) {
    const std::uint32_t principal = find_principal(draft, resource.logical_id);
    if (principal == kNone || resource.properties == nullptr) continue;
    const Node* raw = resource.properties->find("ManagedPolicyArns");
    if (raw == nullptr) continue;
    for (const Node& node : stack.resolve(*raw).items) {
      if (node.resource != policy.logical_id) continue;
      draft.principals[principal].policies.emplace_back(name, json);
    }
  }
}

std::optional<std::string> document_of(MapReader& reader, Stack& stack) {
  const Node* document = reader.require("PolicyDocument");
  if (document == nullptr) return std::nullopt;
  return read_policy(*document, "PolicyDocument", PolicyKind::identity, false, stack.diagnostics());
}

}  // namespace

Identity identify_role(Stack& stack, const Resource& resource) {
  return identify_principal(stack, resource, "RoleName", "role");
}

Identity identify_user(Stack& stack, const Resource& resource) {
  return identify_principal(stack, resource, "UserName", "user");
}

void compile_role(Stack& stack, Resource& resource, Draft& draft) {
  compile_principal(stack, resource, draft, events::Principal::Kind::ROLE, "RoleName");
}

void compile_user(Stack& stack, Resource& resource, Draft& draft) {
  compile_principal(stack, resource, draft, events::Principal::Kind::USER, "UserName");
}

Identity identify_policy(Stack&, const Resource& resource) {
  Identity identity;
  identity.ref = resource.logical_id;
  identity.attributes["Id"] = resource.logical_id;
  return identity;
}

Identity identify_managed_policy(Stack& stack, const Resource& resource) {
  const std::string given = naming_property(stack, resource, "ManagedPolicyName");
  const Environment& environment = stack.environment();
  Identity identity;
  identity.ref =
      fmt::format("arn:{}:iam::{}:policy{}{}", environment.partition(), environment.account,
                  path_of(stack, resource), given.empty() ? resource.logical_id : given);
  identity.attributes["PolicyArn"] = identity.ref;
  return identity;
}

void compile_policy(Stack& stack, Resource& resource, Draft& draft) {
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  const Node* name = reader.require("PolicyName");
  const auto json = document_of(reader, stack);
  if (name == nullptr || !json) return;
  const std::string* text = read_text(*name, "PolicyName", stack.diagnostics());
  if (text == nullptr) return;
  attach(reader.get("Roles"), "Roles", *text, *json, stack, draft);
  attach(reader.get("Users"), "Users", *text, *json, stack, draft);
}

void compile_managed_policy(Stack& stack, Resource& resource, Draft& draft) {
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  const auto json = document_of(reader, stack);
  if (!json) return;
  const std::string given = naming_property(stack, resource, "ManagedPolicyName");
  const std::string name = given.empty() ? resource.logical_id : given;
  attach(reader.get("Roles"), "Roles", name, *json, stack, draft);
  attach(reader.get("Users"), "Users", name, *json, stack, draft);
  attach_to_referrers(resource, name, *json, stack, draft);
}

}  // namespace tablekey::scenarios
