// Tablekey::DynamoDB::ItemEncryptor: how a client encrypts items before they reach DynamoDB
// (dynamodb.md 8). Requests name it as their `encryptor`.
#include <capnp/message.h>
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/actions.h"
#include "scenarios/characters.h"
#include "scenarios/resources.h"
#include "scenarios/sections.h"
#include "scenarios/sse_specification.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using AttributeAction = events::ItemEncryptor::Action;
using Provider = events::ItemEncryptor::Provider;

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
    encryptor.actions.emplace_back(member.key.text, static_cast<AttributeAction>(*choice));
  }
}

void read_provider(MapReader& reader, DraftEncryptor& encryptor, Draft& draft,
                   Diagnostics& diagnostics) {
  const Node* provider = reader.require("Provider", "for example Provider: DirectKms");
  if (provider != nullptr) {
    const auto choice = read_choice(*provider, "Provider",
                                    {"DirectKms", "Wrapped", "MostRecent", "Static"}, diagnostics);
    encryptor.provider = static_cast<Provider>(choice.value_or(0));
  }
  const bool kms = encryptor.provider == Provider::DIRECT_KMS;
  const bool caches = encryptor.provider == Provider::MOST_RECENT;
  const Node* key = kms || caches ? reader.require("KeyId") : reader.get("KeyId");
  if (key != nullptr) {
    encryptor.key = read_key_name(*key, "KeyId", {draft.account, draft.region}, draft, diagnostics);
  }
  const Node* name = kms ? reader.get("KeyName") : reader.require("KeyName");
  const std::string* text = name == nullptr ? nullptr : read_text(*name, "KeyName", diagnostics);
  if (text != nullptr) encryptor.key_name = *text;
}

// The table that holds a caching provider's keys has the key attributes that the library gives it.
void read_key_store(const Node& node, DraftEncryptor& encryptor, const Draft& draft,
                    Diagnostics& diagnostics) {
  const std::uint32_t index = read_table(node, "KeyStore", draft, diagnostics);
  if (index == kNone) return;
  const DraftTable& table = draft.tables[index];
  const auto is = [](const DraftAttribute& attribute, std::string_view name,
                     std::string_view type) {
    return attribute.name == name && attribute.type == type;
  };
  if (!is(table.hash, "N", "S") || !is(table.range, "V", "N")) {
    diagnostics.error(
        node.place,
        fmt::format("KeyStore: table {} has not the primary key of a key store",
                    printable(table.name)),
        "its partition key is N of type S, the name of a material; its sort key V of type N");
    return;
  }
  encryptor.key_store = index;
}

void read_caching(MapReader& reader, DraftEncryptor& encryptor, const Draft& draft,
                  Diagnostics& diagnostics) {
  const bool caches = encryptor.provider == Provider::MOST_RECENT;
  const Node* ttl =
      caches ? reader.require("CacheTtl", "for example CacheTtl: 5m") : reader.get("CacheTtl");
  if (ttl != nullptr) {
    const auto duration = read_duration(*ttl, "CacheTtl", diagnostics);
    if (duration) encryptor.ttl = duration->count();
  }
  if (const Node* capacity = reader.get("CacheCapacity")) {
    encryptor.capacity = static_cast<std::uint32_t>(
        read_count(*capacity, "CacheCapacity", {1, 1'000'000}, diagnostics).value_or(1000));
  }
  const Node* store =
      caches ? reader.require("KeyStore", "the table of its keys") : reader.get("KeyStore");
  if (store == nullptr) return;
  if (!caches) {
    diagnostics.error(store->place, "KeyStore is for Provider: MostRecent alone");
    return;
  }
  read_key_store(*store, encryptor, draft, diagnostics);
}

// A raw keyring's key: its namespace is its owner's, and never KMS's.
void read_namespace(MapReader& reader, DraftEncryptor& encryptor, Diagnostics& diagnostics) {
  const bool raw = encryptor.provider == Provider::WRAPPED &&
                   encryptor.format == events::ItemEncryptor::Format::DATABASE_ENCRYPTION_SDK;
  const Node* node = raw ? reader.require("KeyNamespace", "for example KeyNamespace: pens")
                         : reader.get("KeyNamespace");
  const std::string* text =
      node == nullptr ? nullptr : read_text(*node, "KeyNamespace", diagnostics);
  if (text == nullptr) return;
  if (!raw) {
    diagnostics.error(
        node->place,
        "KeyNamespace is for Provider: Wrapped of Format: DatabaseEncryptionSdk alone");
  } else if (text->empty() || *text == "aws-kms") {
    diagnostics.error(node->place, fmt::format("KeyNamespace: '{}' names no raw key", *text),
                      "aws-kms is that of KMS's own keys");
  }
  encryptor.key_namespace = *text;
}

void read_wrapping(MapReader& reader, DraftEncryptor& encryptor, Diagnostics& diagnostics) {
  read_namespace(reader, encryptor, diagnostics);
  const Node* node = reader.get("WrappingAlgorithm");
  if (node == nullptr) return;
  const bool structured =
      encryptor.format == events::ItemEncryptor::Format::DATABASE_ENCRYPTION_SDK;
  const std::vector<std::string_view> words = {structured ? "AES/GCM/NoPadding" : "AESWrap",
                                               "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"};
  const auto choice = read_choice(*node, "WrappingAlgorithm", words, diagnostics);
  if (choice) encryptor.wrapping = words[*choice];
  if (encryptor.provider != Provider::WRAPPED) {
    diagnostics.error(node->place, "WrappingAlgorithm is for Provider: Wrapped alone");
  }
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
    encryptor.standard = static_cast<AttributeAction>(choice.value_or(0));
  }
  if (const Node* actions = reader.get("Actions")) read_actions(*actions, encryptor, diagnostics);
  read_caching(reader, encryptor, draft, diagnostics);
  read_wrapping(reader, encryptor, diagnostics);
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

std::optional<StepAction> compile_new_material(ActionContext& context, const Action&) {
  const Node* node = context.reader.require("encryptor");
  if (node == nullptr) return std::nullopt;
  const std::uint32_t index = read_encryptor(*node, context.draft, context.diagnostics);
  if (index == kNone) return std::nullopt;
  const DraftEncryptor& encryptor = context.draft.encryptors[index];
  if (encryptor.key_store == kNone) {
    context.diagnostics.error(node->place,
                              fmt::format("encryptor: {} has no key store, and so no versions",
                                          printable(encryptor.logical_id)),
                              "an encryptor with Provider: MostRecent has");
    return std::nullopt;
  }
  DataCallStep made{std::make_shared<capnp::MallocMessageBuilder>(16)};
  auto call = made.message->initRoot<events::DataCall>();
  call.setOperation(events::DataOperation::PUT_ITEM);
  call.setTable(encryptor.key_store);
  call.setEncryptor(index);
  return made;
}

}  // namespace tablekey::scenarios
