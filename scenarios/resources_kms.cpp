// AWS::KMS::Key, AWS::KMS::Alias, and Tablekey::KMS::AWSManagedKey, which pins what AWS makes up
// for the key alias/aws/dynamodb.
#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/policy.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using model::iam::PolicyKind;

bool is_key_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

// A key id that the scenario pins, or the one that follows from the seed.
std::string key_id_of(Stack& stack, const Resource& resource, const Node* pinned,
                      std::string_view logical_id) {
  const Environment& environment = stack.environment();
  std::string derived =
      derived_key_id(environment.seed, environment.account, environment.region, logical_id);
  if (pinned == nullptr) return derived;
  const Node value = stack.resolve(*pinned);
  const std::string* text = read_text(value, "KeyId", stack.diagnostics());
  if (text == nullptr) return derived;
  if (is_key_id(*text)) return *text;
  stack.diagnostics().error(
      value.place,
      fmt::format("KeyId of '{}' must be a UUID in lower case", printable(resource.logical_id)),
      "for example 1234abcd-12ab-34cd-56ef-1234567890ab");
  return derived;
}

Identity key_identity(Stack& stack, std::string key_id) {
  const Environment& environment = stack.environment();
  Identity identity;
  identity.ref = key_id;
  identity.attributes["Arn"] = key_arn(environment.region, environment.account, key_id);
  identity.attributes["KeyId"] = std::move(key_id);
  return identity;
}

// What only symmetric encryption keys made by KMS have; DynamoDB takes no others (the seed).
void check_key_kind(const MapReader& reader, Diagnostics& diagnostics) {
  struct Expected {
    std::string_view property, value;
  };
  for (const Expected& expected :
       {Expected{"KeySpec", "SYMMETRIC_DEFAULT"}, Expected{"KeyUsage", "ENCRYPT_DECRYPT"},
        Expected{"Origin", "AWS_KMS"}}) {
    const Node* node = reader.get(expected.property);
    if (node == nullptr || node->text == expected.value) continue;
    diagnostics.error(
        node->place,
        fmt::format("{} '{}' is not in this version", expected.property, printable(node->text)),
        fmt::format("only {}", expected.value));
  }
}

// A policy may name principals of this account that the scenario does not have: AWS refuses such a
// policy when it is put (kms.md 6.7).
void check_principals(const std::string& json, const Node& document, const Draft& draft,
                      Diagnostics& diagnostics) {
  const auto policy = model::iam::Policy::compile(json, PolicyKind::key);
  if (!policy) return;
  const std::string role =
      fmt::format("arn:{}:iam::{}:role/", partition_of(draft.region), draft.account);
  const std::string user =
      fmt::format("arn:{}:iam::{}:user/", partition_of(draft.region), draft.account);
  for (const std::string_view principal : policy->aws_principals()) {
    const bool ours = principal.starts_with(role) || principal.starts_with(user);
    if (!ours || find_principal(draft, principal) != kNone) continue;
    diagnostics.warning(
        document.place,
        fmt::format("the policy names {}, which is not in Resources", printable(principal)),
        "AWS refuses a policy with a principal that does not exist");
  }
}

}  // namespace

Identity identify_key(Stack& stack, const Resource& resource) {
  const Node* pinned = resource.metadata == nullptr ? nullptr : resource.metadata->find("KeyId");
  return key_identity(stack, key_id_of(stack, resource, pinned, resource.logical_id));
}

Identity identify_managed_key(Stack& stack, const Resource& resource) {
  const Node* pinned =
      resource.properties == nullptr ? nullptr : resource.properties->find("KeyId");
  return key_identity(stack, key_id_of(stack, resource, pinned, kManagedLogicalId));
}

void compile_key(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  const Node metadata = resolved_metadata(stack, resource);
  (void)metadata_reader(stack, resource, metadata);
  DraftKey key;
  key.logical_id = resource.logical_id;
  key.account = draft.account;
  key.region = draft.region;
  key.key_id = identity->ref;
  key.arn = identity->attributes.at("Arn");
  check_key_kind(reader, diagnostics);
  if (const Node* node = reader.get("Description")) {
    if (const std::string* text = read_text(*node, "Description", diagnostics)) {
      key.description = *text;
    }
  }
  if (const Node* node = reader.get("Enabled")) {
    key.enabled = read_boolean(*node, "Enabled", diagnostics).value_or(true);
  }
  if (const Node* node = reader.get("EnableKeyRotation")) {
    (void)read_boolean(*node, "EnableKeyRotation", diagnostics);
  }
  if (const Node* node = reader.get("PendingWindowInDays")) {
    (void)read_count(*node, "PendingWindowInDays", {7, 30}, diagnostics);
  }
  if (const Node* node = reader.get("KeyPolicy")) {
    key.policy = read_policy(*node, "KeyPolicy", PolicyKind::key, false, diagnostics).value_or("");
    check_principals(key.policy, *node, draft, diagnostics);
  } else {
    key.policy = default_key_policy(draft.account, draft.region);
  }
  draft.keys.push_back(std::move(key));
}

void compile_managed_key(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  if (const Node* service = reader.require("Service", "Service: dynamodb")) {
    (void)read_choice(*service, "Service", {"dynamodb"}, stack.diagnostics());
  }
  if (find_key(draft, kManagedAlias) != kNone) {
    stack.diagnostics().error(resource.place,
                              "an account has one AWS managed key for DynamoDB in a Region");
    return;
  }
  DraftKey& key = draft.keys[managed_key(draft)];
  key.logical_id = resource.logical_id;
  key.key_id = identity->ref;
  key.arn = identity->attributes.at("Arn");
}

Identity identify_alias(Stack& stack, const Resource& resource) {
  Identity identity;
  identity.ref = naming_property(stack, resource, "AliasName");
  return identity;
}

void compile_alias(Stack& stack, Resource& resource, Draft& draft) {
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  const Node* name = reader.require("AliasName");
  const Node* target = reader.require("TargetKeyId");
  if (name == nullptr || target == nullptr) return;
  const std::string* alias = read_text(*name, "AliasName", diagnostics);
  const std::uint32_t key = read_key(*target, "TargetKeyId", draft, diagnostics);
  if (alias == nullptr || key == kNone) return;
  if (!alias->starts_with("alias/") || alias->size() == 6) {
    diagnostics.error(name->place, "AliasName must begin with 'alias/'",
                      fmt::format("write alias/{}", printable(*alias)));
    return;
  }
  if (alias->starts_with("alias/aws/")) {
    diagnostics.error(name->place, "aliases that begin with 'alias/aws/' belong to AWS");
    return;
  }
  if (find_key(draft, *alias) != kNone) {
    diagnostics.error(name->place, fmt::format("the alias '{}' is taken", printable(*alias)));
    return;
  }
  draft.keys[key].aliases.push_back(*alias);
}

std::uint32_t read_key(const Node& node, std::string_view field, Draft& draft,
                       Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return kNone;
  const std::uint32_t by_reference = node.resource.empty() ? kNone : find_key(draft, node.resource);
  if (by_reference != kNone) return by_reference;
  const std::uint32_t found = find_key(draft, *text);
  if (found != kNone) return found;
  const bool managed_arn =
      text->ends_with(std::string(":") + std::string(kManagedAlias)) &&
      text->find(":" + draft.region + ":" + draft.account + ":") != std::string::npos;
  if (*text == kManagedAlias || managed_arn) return managed_key(draft);
  std::vector<std::string_view> names;
  for (const DraftKey& key : draft.keys) {
    names.push_back(key.logical_id);
    names.insert(names.end(), key.aliases.begin(), key.aliases.end());
  }
  diagnostics.error(node.place, fmt::format("{}: no KMS key '{}'", field, printable(*text)),
                    did_you_mean(*text, names));
  return kNone;
}

}  // namespace tablekey::scenarios
