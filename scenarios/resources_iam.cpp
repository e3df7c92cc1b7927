// AWS::IAM::Role, User, Policy and ManagedPolicy. Who may assume a role is not checked: a workload
// or a step names the role it acts in.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/managed_policies.h"
#include "scenarios/pairs.h"
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
  Identity identity;
  identity.ref = name;
  identity.attributes["Arn"] =
      fmt::format("arn:{}:iam::{}:{}{}{}", stack.environment().partition(),
                  account_of(stack, resource), kind, path_of(stack, resource), name);
  const Node metadata = resolved_metadata(stack, resource);
  if (const Node* id = metadata.find("UniqueId"); id != nullptr && id->is_scalar()) {
    identity.attributes[kind == "role" ? "RoleId" : "UserId"] = id->text;
  }
  return identity;
}

// The managed policy of this scenario that a node names: by reference, or by its ARN as a text.
Resource* managed_policy_of(const Node& node, Stack& stack) {
  if (!node.resource.empty()) return stack.find(node.resource);
  for (Resource& resource : stack.resources()) {
    if (resource.type != "AWS::IAM::ManagedPolicy") continue;
    const Identity* identity = stack.identity(resource);
    if (identity != nullptr && identity->ref == node.text) return &resource;
  }
  return nullptr;
}

void add_managed_policy(const Node& node, std::vector<TextPair>& policies, Stack& stack) {
  const std::string* arn = read_text(node, "ManagedPolicyArns", stack.diagnostics());
  if (arn == nullptr) return;
  // A managed policy of this stack attaches itself when it is compiled; see compile_managed_policy.
  if (managed_policy_of(node, stack) != nullptr) return;
  if (const auto known = aws_policy(*arn)) {
    policies.emplace_back(known->name, known->document);
    return;
  }
  stack.diagnostics().warning(
      node.place, fmt::format("tablekey does not know the policy '{}'", printable(*arn)),
      "it gives no permissions here");
}

void read_inline_policies(const Node& list, std::vector<TextPair>& policies, Stack& stack) {
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
    if (text != nullptr && json) policies.emplace_back(*text, *json);
  }
}

// Policies and ManagedPolicyArns, of whoever has them.
void read_policies(const MapReader& reader, std::vector<TextPair>& policies, Stack& stack) {
  if (const Node* list = reader.get("Policies")) read_inline_policies(*list, policies, stack);
  const Node* list = reader.get("ManagedPolicyArns");
  if (list == nullptr) return;
  for (const Node& node : list->items) add_managed_policy(node, policies, stack);
}

void compile_principal(Stack& stack, Resource& resource, Draft& draft, events::Principal::Kind kind,
                       std::string_view name_property) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  DraftPrincipal principal;
  principal.logical_id = resource.logical_id;
  principal.kind = kind;
  principal.name = name_of_principal(stack, resource, name_property);
  principal.account = account_of(stack, resource);
  principal.path = path_of(stack, resource);
  principal.arn = identity->attributes.at("Arn");
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  read_policies(reader, principal.policies, stack);
  if (const Node* tags = reader.get("Tags")) {
    principal.tags =
        read_tags(*tags, "Tags", stack.diagnostics()).value_or(std::vector<TextPair>());
  }
  const Node metadata = resolved_metadata(stack, resource);
  const MapReader ours = metadata_reader(stack, resource, metadata);
  check_place(ours, stack.diagnostics());
  if (const Node* id = ours.get("UniqueId")) {
    const std::string* text = read_text(*id, "UniqueId", stack.diagnostics());
    if (text != nullptr) principal.unique_id = *text;
  }
  draft.principals.push_back(std::move(principal));
}

DraftGroup* group_named(Draft& draft, std::string_view name) {
  for (DraftGroup& group : draft.groups) {
    if (group.logical_id == name || group.name == name) return &group;
  }
  return nullptr;
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

// To groups, which hand them on to their users.
void attach_to_groups(const Node* list, const std::string& name, const std::string& json,
                      Stack& stack, Draft& draft) {
  if (list == nullptr) return;
  for (const Node& node : list->items) {
    const std::string* text = read_text(node, "Groups", stack.diagnostics());
    if (text == nullptr) continue;
    DraftGroup* group = group_named(draft, *text);
    if (group == nullptr) {
      stack.diagnostics().warning(
          node.place, fmt::format("Groups names '{}', which is not in Resources", printable(*text)),
          "the policy is not attached to it");
      continue;
    }
    group->policies.emplace_back(name, json);
  }
}

// Whoever names a managed policy in its own ManagedPolicyArns.
void attach_to_referrers(const Resource& policy, const std::string& name, const std::string& json,
                         Stack& stack, Draft& draft) {
  for (Resource& resource : stack.resources()) {
    const std::uint32_t principal = find_principal(draft, resource.logical_id);
    DraftGroup* group = group_named(draft, resource.logical_id);
    if ((principal == kNone && group == nullptr) || resource.properties == nullptr) continue;
    const Node* raw = resource.properties->find("ManagedPolicyArns");
    if (raw == nullptr) continue;
    auto& policies = group != nullptr ? group->policies : draft.principals[principal].policies;
    for (const Node& node : stack.resolve(*raw).items) {
      const Resource* named = managed_policy_of(node, stack);
      if (named == nullptr || named->logical_id != policy.logical_id) continue;
      policies.emplace_back(name, json);
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
  Identity identity;
  identity.ref = fmt::format("arn:{}:iam::{}:policy{}{}", stack.environment().partition(),
                             account_of(stack, resource), path_of(stack, resource),
                             given.empty() ? resource.logical_id : given);
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
  attach_to_groups(reader.get("Groups"), *text, *json, stack, draft);
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
  attach_to_groups(reader.get("Groups"), name, *json, stack, draft);
  const Identity* identity = stack.identity(resource);
  if (identity != nullptr) {
    draft.managed_policies.push_back({resource.logical_id, name, identity->ref, *json});
  }
  attach_to_referrers(resource, name, *json, stack, draft);
}

Identity identify_group(Stack& stack, const Resource& resource) {
  return identify_principal(stack, resource, "GroupName", "group");
}

void compile_group(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  DraftGroup group;
  group.logical_id = resource.logical_id;
  group.name = identity->ref;
  const Node properties = resolved_properties(stack, resource);
  read_policies(property_reader(stack, resource, properties), group.policies, stack);
  draft.groups.push_back(std::move(group));
}

void compile_membership(Stack& stack, Resource& resource, Draft& draft) {
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  const Node* name = reader.require("GroupName");
  const Node* users = reader.require("Users");
  if (name == nullptr || users == nullptr) return;
  const std::string* text = read_text(*name, "GroupName", stack.diagnostics());
  if (text == nullptr) return;
  DraftGroup* group = group_named(draft, *text);
  if (group == nullptr) {
    stack.diagnostics().warning(name->place,
                                fmt::format("no group '{}' in Resources", printable(*text)));
    return;
  }
  for (const Node& user : users->items) {
    if (user.is_scalar()) group->users.push_back(user.text);
  }
}

namespace {

// `Groups` of a user, added to what the groups know themselves.
void join_groups(Stack& stack, const Resource& resource, Draft& draft) {
  const Node* raw = resource.properties->find("Groups");
  if (raw == nullptr || resource.type != "AWS::IAM::User") return;
  for (const Node& node : stack.resolve(*raw).items) {
    const std::string* text = read_text(node, "Groups", stack.diagnostics());
    if (text == nullptr) continue;
    if (DraftGroup* group = group_named(draft, *text)) {
      group->users.push_back(resource.logical_id);
      continue;
    }
    stack.diagnostics().warning(
        node.place, fmt::format("Groups names '{}', which is not in Resources", printable(*text)),
        "the user is in no such group");
  }
}

void set_boundary(Stack& stack, const Resource& resource, Draft& draft) {
  const Node* raw = resource.properties->find("PermissionsBoundary");
  const std::uint32_t principal = find_principal(draft, resource.logical_id);
  if (raw == nullptr || principal == kNone) return;
  const Node node = stack.resolve(*raw);
  if (node.kind == Node::Kind::absent) return;
  const std::string* text = read_text(node, "PermissionsBoundary", stack.diagnostics());
  if (text == nullptr) return;
  const DraftManagedPolicy* own =
      find_managed_policy(draft, node.resource.empty() ? *text : node.resource);
  const auto known = aws_policy(*text);
  if (own == nullptr && !known) {
    stack.diagnostics().warning(
        node.place, fmt::format("tablekey does not know the policy '{}'", printable(*text)),
        "there is no boundary here");
    return;
  }
  draft.principals[principal].boundary = own != nullptr ? own->document : known->document;
}

}  // namespace

void settle_identities(Stack& stack, Draft& draft) {
  for (const Resource& resource : stack.resources()) {
    if (resource.known == nullptr || resource.properties == nullptr) continue;
    join_groups(stack, resource, draft);
    set_boundary(stack, resource, draft);
  }
  for (const DraftGroup& group : draft.groups) {
    for (const std::string& user : group.users) {
      const std::uint32_t principal = find_principal(draft, user);
      if (principal == kNone) continue;
      auto& policies = draft.principals[principal].policies;
      policies.insert(policies.end(), group.policies.begin(), group.policies.end());
    }
  }
}

}  // namespace tablekey::scenarios
