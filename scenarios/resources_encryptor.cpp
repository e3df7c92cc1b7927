// Tablekey::DynamoDB::ItemEncryptor: how a client encrypts items before they reach DynamoDB
// (dynamodb.md 8). Requests name it as their `encryptor`.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/resources.h"
#include "scenarios/sections.h"
#include "scenarios/sse_specification.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Action = events::ItemEncryptor::Action;

const std::vector<std::string_view>& action_words() {
  static const std::vector<std::string_view> kWords = {
      "ENCRYPT_AND_SIGN", "SIGN_ONLY", "DO_NOTHING", "SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT"};
  return kWords;
}

void read_actions(const Node& node, DraftEncryptor& encryptor, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.error(node.place, fmt::format("Actions must be a map, this is {}", kind_name(node)),
                      "for example { Note: ENCRYPT_AND_SIGN, Author: SIGN_ONLY }");
    return;
  }
  for (const Member& member : node.members) {
    const auto choice = read_choice(member.value, member.key.text, action_words(), diagnostics);
    if (!choice) continue;
    encryptor.actions.emplace_back(member.key.text, static_cast<Action>(*choice));
  }
}

void read_provider(MapReader& reader, DraftEncryptor& encryptor, Draft& draft,
                   Diagnostics& diagnostics) {
  const Node* provider = reader.require("Provider", "for example Provider: DirectKms");
  if (provider != nullptr) {
    const auto choice = read_choice(*provider, "Provider",
                                    {"DirectKms", "Wrapped", "MostRecent", "Static"}, diagnostics);
    encryptor.provider = static_cast<events::ItemEncryptor::Provider>(choice.value_or(0));
  }
  const bool kms = encryptor.provider == events::ItemEncryptor::Provider::DIRECT_KMS;
  const Node* key = kms ? reader.require("KeyId") : reader.get("KeyId");
  if (key != nullptr) {
    encryptor.key = read_key_name(*key, "KeyId", {draft.account, draft.region}, draft, diagnostics);
  }
  const Node* name = kms ? reader.get("KeyName") : reader.require("KeyName");
  const std::string* text = name == nullptr ? nullptr : read_text(*name, "KeyName", diagnostics);
  if (text != nullptr) encryptor.key_name = *text;
}

void read_text_of(const MapReader& reader, std::string_view key, std::string& to,
                  Diagnostics& diagnostics) {
  const Node* node = reader.get(key);
  const std::string* text = node == nullptr ? nullptr : read_text(*node, key, diagnostics);
  if (text != nullptr) to = *text;
}

void read_policy_of(const MapReader& reader, std::string_view key, std::string& to,
                    Diagnostics& diagnostics) {
  const Node* node = reader.get(key);
  if (node == nullptr) return;
  const std::vector<std::string_view> words = {"forceWriteAllowRead", "forbidWriteAllowRead",
                                               "forbidWriteForbidRead"};
  const auto choice = read_choice(*node, key, words, diagnostics);
  if (choice) to = words[*choice];
}

}  // namespace

Identity identify_encryptor(Stack&, const Resource& resource) {
  Identity identity;
  identity.ref = resource.logical_id;
  return identity;
}

void compile_encryptor(Stack& stack, Resource& resource, Draft& draft) {
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  MapReader reader = property_reader(stack, resource, properties);
  DraftEncryptor encryptor;
  encryptor.logical_id = resource.logical_id;
  if (const Node* format = reader.get("Format")) {
    const auto choice =
        read_choice(*format, "Format", {"EncryptionClient", "DatabaseEncryptionSdk"}, diagnostics);
    encryptor.format = static_cast<events::ItemEncryptor::Format>(choice.value_or(0));
  }
  read_provider(reader, encryptor, draft, diagnostics);
  if (const Node* standard = reader.get("DefaultAction")) {
    const auto choice = read_choice(*standard, "DefaultAction", action_words(), diagnostics);
    encryptor.standard = static_cast<Action>(choice.value_or(0));
  }
  if (const Node* actions = reader.get("Actions")) read_actions(*actions, encryptor, diagnostics);
  if (const Node* ttl = reader.get("CacheTtl")) {
    const auto duration = read_duration(*ttl, "CacheTtl", diagnostics);
    if (duration) encryptor.ttl = duration->count();
  }
  if (const Node* capacity = reader.get("CacheCapacity")) {
    encryptor.capacity = static_cast<std::uint32_t>(
        read_count(*capacity, "CacheCapacity", {1, 1'000'000}, diagnostics).value_or(1000));
  }
  read_text_of(reader, "WrappingAlgorithm", encryptor.wrapping, diagnostics);
  if (const Node* sign = reader.get("Signatures")) {
    encryptor.signatures = read_boolean(*sign, "Signatures", diagnostics).value_or(false);
  }
  read_policy_of(reader, "PlaintextPolicy", encryptor.plaintext_policy, diagnostics);
  read_policy_of(reader, "LegacyPolicy", encryptor.legacy_policy, diagnostics);
  draft.encryptors.push_back(std::move(encryptor));
}

std::uint32_t read_encryptor(const Node& node, const Draft& draft, Diagnostics& diagnostics) {
  const std::string* text = read_text(node, "encryptor", diagnostics);
  if (text == nullptr) return kNone;
  const std::string& name = node.resource.empty() ? *text : node.resource;
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < draft.encryptors.size(); ++i) {
    if (draft.encryptors[i].logical_id == name) return i;
    names.push_back(draft.encryptors[i].logical_id);
  }
  diagnostics.error(node.place, fmt::format("encryptor: no ItemEncryptor '{}'", printable(name)),
                    did_you_mean(name, names));
  return kNone;
}

}  // namespace tablekey::scenarios
