// AWS::KMS::Alias, Tablekey::KMS::CustomKeyStore, and Tablekey::KMS::AWSManagedKey, which pins what
// AWS makes up for the key alias/aws/dynamodb.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/key_identity.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {

Identity identify_managed_key(Stack& stack, const Resource& resource) {
  const Node* pinned =
      resource.properties == nullptr ? nullptr : resource.properties->find("KeyId");
  const Environment& environment = stack.environment();
  const std::string derived =
      derived_key_id(environment.seed, environment.account, environment.region, kManagedLogicalId);
  return key_identity(environment.account, environment.region,
                      pinned_key_id(stack, resource, pinned, derived));
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
  // A name is unique in its account and Region.
  const DraftKey& target_key = draft.keys[key];
  for (const DraftKey& other : draft.keys) {
    const bool near = other.account == target_key.account && other.region == target_key.region;
    if (!near || std::ranges::find(other.aliases, *alias) == other.aliases.end()) continue;
    diagnostics.error(name->place, fmt::format("the alias '{}' is taken", printable(*alias)));
    return;
  }
  draft.keys[key].aliases.push_back(*alias);
  draft.aliases.push_back({resource.logical_id, *alias});
}

Identity identify_store(Stack& stack, const Resource& resource) {
  Identity identity;
  identity.ref = derived_store_id(stack.environment().seed, account_of(stack, resource),
                                  region_of(stack, resource), resource.logical_id);
  identity.attributes["CustomKeyStoreId"] = identity.ref;
  return identity;
}

namespace {

// cluster- and 11 to 16 of the letters and digits of base32 (kms.md 1.7).
bool is_cluster_id(std::string_view text) {
  constexpr std::string_view kPrefix = "cluster-";
  constexpr std::string_view kAllowed =
      "234567abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  return text.size() >= 11 && text.size() <= 16 &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

void read_store_properties(const MapReader& reader, DraftKeyStore& store,
                           Diagnostics& diagnostics) {
  if (const Node* node = reader.get("CustomKeyStoreName")) {
    const std::string* text = read_text(*node, "CustomKeyStoreName", diagnostics);
    if (text != nullptr && text->size() > 256) {
      diagnostics.error(node->place, "CustomKeyStoreName has at most 256 characters");
    } else if (text != nullptr) {
      store.name = *text;
    }
  }
  if (const Node* node = reader.get("CustomKeyStoreType")) {
    const auto choice = read_choice(*node, "CustomKeyStoreType",
                                    {"AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}, diagnostics);
    if (choice) store.type = static_cast<events::CustomKeyStore::Type>(*choice);
  }
  if (const Node* node = reader.get("CloudHsmClusterId")) {
    const std::string* text = read_text(*node, "CloudHsmClusterId", diagnostics);
    if (text != nullptr && !is_cluster_id(*text)) {
      diagnostics.error(node->place, fmt::format("'{}' is no cluster id", printable(*text)),
                        "'cluster-' and 11 to 16 of a-z, A-Z and 2-7");
    } else if (text != nullptr) {
      store.cluster_id = *text;
    }
  }
}

}  // namespace

void compile_store(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) return;
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  const Node metadata = resolved_metadata(stack, resource);
  const MapReader ours = metadata_reader(stack, resource, metadata);
  check_place(ours, diagnostics);
  DraftKeyStore store;
  store.logical_id = resource.logical_id;
  store.name = resource.logical_id;
  store.id = identity->ref;
  store.account = account_of(stack, resource);
  store.region = region_of(stack, resource);
  store.connected = true;
  read_store_properties(reader, store, diagnostics);
  if (const Node* node = ours.get("Connected")) {
    store.connected = read_boolean(*node, "Connected", diagnostics).value_or(true);
  }
  draft.stores.push_back(std::move(store));
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
  if (has_stand_in(node)) return stand_in_key(draft, *text, {draft.account, draft.region});
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
