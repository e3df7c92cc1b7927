// The parameters of KMS calls, one row each: what a parameter is called and how it is read. A text
// goes through as it is; a number out of AWS's range does too, with a warning.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "scenarios/characters.h"
#include "scenarios/kms_call.h"
#include "scenarios/pairs.h"
#include "scenarios/policy.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using KmsCallBuilder = events::KmsCall::Builder;
using TextSetter = void (KmsCallBuilder::*)(capnp::Text::Reader);

template <TextSetter kSet>
void read_text_into(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) (reader.call.*kSet)(*text);
}

template <void (KmsCallBuilder::*kSet)(bool)>
void read_flag(CallReader& reader, const Node& node, std::string_view field) {
  const auto value = read_boolean(node, field, reader.diagnostics());
  if (value) (reader.call.*kSet)(*value);
}

// A number as a request carries it. What lies outside AWS's range is sent all the same.
std::optional<std::int32_t> read_integer(CallReader& reader, const Node& node,
                                         std::string_view field, std::int32_t min,
                                         std::int32_t max) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return std::nullopt;
  std::int32_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc{} || stop != end) {
    reader.diagnostics().error(node.place, fmt::format("{} must be a whole number, this is '{}'",
                                                       field, printable(*text)));
    return std::nullopt;
  }
  if (value < min || value > max) {
    reader.diagnostics().warning(
        node.place, fmt::format("{} {} is not between {} and {}", field, value, min, max),
        "AWS refuses this with ValidationException");
  }
  return value;
}

void read_pending_window(CallReader& reader, const Node& node, std::string_view field) {
  const auto days = read_integer(reader, node, field, 7, 30);
  if (!days) return;
  reader.call.setPendingWindowInDays(*days);
  reader.call.setHasPendingWindow(true);
}

void read_rotation_period(CallReader& reader, const Node& node, std::string_view field) {
  const auto days = read_integer(reader, node, field, 90, 2560);
  if (!days) return;
  reader.call.setRotationPeriodInDays(*days);
  reader.call.setHasRotationPeriod(true);
}

void read_limit(CallReader& reader, const Node& node, std::string_view field) {
  const auto limit = read_integer(reader, node, field, 1, 1000);
  if (!limit) return;
  reader.call.setLimit(*limit);
  reader.call.setHasLimit(true);
}

void read_number_of_bytes(CallReader& reader, const Node& node, std::string_view field) {
  if (node.is_scalar() && node.text.starts_with('-')) {
    reader.diagnostics().error(node.place, fmt::format("{} must not be negative", field));
    return;
  }
  const auto bytes = read_integer(reader, node, field, 1, 1024);
  if (!bytes) return;
  reader.call.setNumberOfBytes(static_cast<std::uint32_t>(*bytes));
  reader.call.setHasNumberOfBytes(true);
}

void read_plaintext(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  const auto* bytes = reinterpret_cast<const capnp::byte*>(text->data());
  reader.call.setPlaintext(capnp::Data::Reader(bytes, text->size()));
}

void read_plaintext_bytes(CallReader& reader, const Node& node, std::string_view field) {
  constexpr std::uint64_t kMost = 1'000'000;  // far more than the 4,096 that AWS takes
  const auto count = read_count(node, field, {1, kMost}, reader.diagnostics());
  if (count) reader.call.setPlaintextBytes(static_cast<std::uint32_t>(*count));
}

void read_context(CallReader& reader, const Node& node, std::string_view field) {
  const auto pairs = read_pairs(node, field, reader.diagnostics());
  if (pairs) set_pairs(*pairs, reader.call.initEncryptionContext(count_of(*pairs)));
}

void read_destination_context(CallReader& reader, const Node& node, std::string_view field) {
  const auto pairs = read_pairs(node, field, reader.diagnostics());
  if (pairs) set_pairs(*pairs, reader.call.initDestinationEncryptionContext(count_of(*pairs)));
}

void read_tags_of_call(CallReader& reader, const Node& node, std::string_view field) {
  const auto tags = read_tags(node, field, reader.diagnostics());
  if (tags) set_pairs(*tags, reader.call.initTags(count_of(*tags)));
}

// Further condition keys; they may be added to by MessageType.
void add_condition(CallReader& reader, const std::vector<TextPair>& more) {
  std::vector<TextPair> all = get_pairs(reader.call.getConditions().asReader());
  all.insert(all.end(), more.begin(), more.end());
  set_pairs(all, reader.call.initConditions(count_of(all)));
}

void read_conditions(CallReader& reader, const Node& node, std::string_view field) {
  const auto pairs = read_pairs(node, field, reader.diagnostics());
  if (!pairs) return;
  for (std::size_t i = 0; i < pairs->size(); ++i) {
    if ((*pairs)[i].first.find(':') != std::string::npos) continue;
    reader.diagnostics().error(
        node.members[i].key.place,
        fmt::format("'{}' is no condition key", printable((*pairs)[i].first)),
        "for example aws:SourceIp; the encryption context stands in EncryptionContext");
    return;
  }
  add_condition(reader, *pairs);
}

void read_message_type(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text != nullptr) add_condition(reader, {{"kms:MessageType", *text}});
}

void read_tag_keys(CallReader& reader, const Node& node, std::string_view field) {
  const auto keys = read_texts(node, field, reader.diagnostics());
  if (!keys) return;
  auto list = reader.call.initTagKeys(count_of(*keys));
  for (std::uint32_t i = 0; i < list.size(); ++i) list.set(i, (*keys)[i]);
}

void read_grant_tokens(CallReader& reader, const Node& node, std::string_view field) {
  const bool one = node.is_scalar() || is_step_result(node);
  if (!one && !node.is_sequence()) {
    reader.diagnostics().error(
        node.place, fmt::format("{} must be a list, this is {}", field, kind_name(node)));
    return;
  }
  const std::size_t count = one ? 1 : node.items.size();
  auto list = reader.call.initGrantTokens(static_cast<std::uint32_t>(count));
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    read_grant_reference(reader, one ? node : node.items[i], field, "GrantToken", list[i]);
  }
}

void read_modifiers(CallReader& reader, const Node& node, std::string_view field) {
  const auto words = read_texts(node, field, reader.diagnostics());
  if (!words) return;
  for (std::size_t i = 0; i < words->size(); ++i) {
    if ((*words)[i] == "IGNORE_CIPHERTEXT") {
      reader.call.setIgnoreCiphertext(true);
      continue;
    }
    reader.diagnostics().error(node.is_scalar() ? node.place : node.items[i].place,
                               fmt::format("{} has no '{}'", field, printable((*words)[i])),
                               "IGNORE_CIPHERTEXT is the only one");
  }
}

// An enclave's attestation document; what is in it does not matter, KMS here refuses it.
void read_recipient(CallReader& reader, const Node&, std::string_view) {
  reader.call.setRecipient(true);
}

void read_policy_of_call(CallReader& reader, const Node& node, std::string_view field) {
  const auto json =
      read_policy(node, field, model::iam::PolicyKind::key, true, reader.diagnostics());
  if (json) reader.call.setPolicy(*json);
}

// Of a data key; CreateKey calls the spec of the new key by the same name.
void read_key_spec(CallReader& reader, const Node& node, std::string_view field) {
  if (reader.row.operation == events::KmsOperation::CREATE_KEY) {
    return read_text_into<&KmsCallBuilder::setNewKeySpec>(reader, node, field);
  }
  read_text_into<&KmsCallBuilder::setKeySpec>(reader, node, field);
}

void read_key_id(CallReader& reader, const Node& node, std::string_view field) {
  read_key_reference(reader, node, field, reader.call.getKeyId());
}

void read_destination_key_id(CallReader& reader, const Node& node, std::string_view field) {
  read_key_reference(reader, node, field, reader.call.getDestinationKeyId());
}

// Bytes that only algorithms outside this simulation would look at.
void read_opaque(CallReader& reader, const Node& node, std::string_view field) {
  (void)read_text(node, field, reader.diagnostics());
}

// A password is never kept, only that there is one.
void read_password(CallReader& reader, const Node& node, std::string_view field) {
  if (read_text(node, field, reader.diagnostics()) == nullptr) return;
  reader.call.setKeyStorePassword(true);
}

void read_without_effect(CallReader& reader, const Node& node, std::string_view field) {
  reader.diagnostics().note(node.place, fmt::format("{} has no effect in this version", field));
}

void read_grant_id(CallReader& reader, const Node& node, std::string_view field) {
  read_grant_reference(reader, node, field, "GrantId", reader.call.getGrant());
}

void read_grant_token(CallReader& reader, const Node& node, std::string_view field) {
  read_grant_reference(reader, node, field, "GrantToken", reader.call.getGrant());
}

void read_region(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  if (!is_region(*text)) {
    reader.diagnostics().error(node.place, fmt::format("'{}' is no Region", printable(*text)),
                               "for example eu-west-1");
    return;
  }
  reader.call.setRegion(*text);
}

// `via: dynamodb`: the service's short name; kms:ViaService adds the Region.
void read_via(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  if (text->find('.') != std::string::npos) {
    reader.diagnostics().error(
        node.place,
        fmt::format("{} is a service's short name, this is '{}'", field, printable(*text)),
        fmt::format("write {}", printable(text->substr(0, text->find('.')))));
    return;
  }
  reader.call.setViaService(*text);
}

void read_service(CallReader& reader, const Node& node, std::string_view field) {
  const std::string* text = read_text(node, field, reader.diagnostics());
  if (text == nullptr) return;
  if (text->find(".amazonaws.com") == std::string::npos) {
    reader.diagnostics().error(
        node.place, fmt::format("{}: '{}' is no service principal", field, printable(*text)),
        fmt::format("write {}.amazonaws.com", printable(*text)));
    return;
  }
  if (reader.context.reader.get("as") != nullptr) {
    reader.diagnostics().error(node.place, "a step acts either as someone or as a service",
                               "with via: dynamodb a service acts for someone");
    return;
  }
  reader.call.setService(*text);
}

// Of the cryptographic operations, and of grants.
constexpr auto kRequestParameters = std::to_array<KmsParameter>({
    {"KeyId", read_key_id},
    {"SourceKeyId", read_key_id},
    {"TargetKeyId", read_key_id},
    {"DestinationKeyId", read_destination_key_id},
    {"CiphertextBlob", read_blob},
    {"Plaintext", read_plaintext},
    {"Message", read_plaintext},
    {"PlaintextBytes", read_plaintext_bytes},
    {"Mac", read_opaque},
    {"Signature", read_opaque},
    {"PublicKey", read_opaque},
    {"MessageType", read_message_type},
    {"EncryptionContext", read_context},
    {"SourceEncryptionContext", read_context},
    {"DestinationEncryptionContext", read_destination_context},
    {"EncryptionAlgorithm", read_text_into<&KmsCallBuilder::setEncryptionAlgorithm>},
    {"SourceEncryptionAlgorithm", read_text_into<&KmsCallBuilder::setEncryptionAlgorithm>},
    {"MacAlgorithm", read_text_into<&KmsCallBuilder::setEncryptionAlgorithm>},
    {"SigningAlgorithm", read_text_into<&KmsCallBuilder::setEncryptionAlgorithm>},
    {"KeyAgreementAlgorithm", read_text_into<&KmsCallBuilder::setEncryptionAlgorithm>},
    {"DestinationEncryptionAlgorithm",
     read_text_into<&KmsCallBuilder::setDestinationEncryptionAlgorithm>},
    {"GrantTokens", read_grant_tokens},
    {"DryRun", read_flag<&KmsCallBuilder::setDryRun>},
    {"DryRunModifiers", read_modifiers},
    {"Recipient", read_recipient},
    {"NumberOfBytes", read_number_of_bytes},
    {"KeySpec", read_key_spec},
    {"KeyPairSpec", read_text_into<&KmsCallBuilder::setKeySpec>},
    {"GranteePrincipal", read_grantee},
    {"GranteeServicePrincipal", read_grantee_service},
    {"RetiringPrincipal", read_retiring},
    {"RetiringServicePrincipal", read_retiring_service},
    {"Operations", read_grant_operations},
    {"Constraints", read_grant_constraints},
    {"Name", read_grant_name},
    {"GrantId", read_grant_id},
    {"GrantToken", read_grant_token},
    {"grant", read_grant_shorthand},
    {"region", read_region},
    {"context", read_conditions},
    {"via", read_via},
    {"service", read_service},
});

// Of the operations on keys, their material and their stores.
constexpr auto kKeyParameters = std::to_array<KmsParameter>({
    {"Policy", read_policy_of_call},
    {"policy", read_policy_of_call},
    {"PolicyName", read_text_into<&KmsCallBuilder::setPolicyName>},
    {"BypassPolicyLockoutSafetyCheck",
     read_flag<&KmsCallBuilder::setBypassPolicyLockoutSafetyCheck>},
    {"Description", read_text_into<&KmsCallBuilder::setDescription>},
    {"PendingWindowInDays", read_pending_window},
    {"pendingWindowInDays", read_pending_window},
    {"RotationPeriodInDays", read_rotation_period},
    {"Tags", read_tags_of_call},
    {"TagKeys", read_tag_keys},
    {"AliasName", read_text_into<&KmsCallBuilder::setAliasName>},
    {"Limit", read_limit},
    {"Marker", read_text_into<&KmsCallBuilder::setMarker>},
    {"KeyUsage", read_text_into<&KmsCallBuilder::setKeyUsage>},
    {"CustomerMasterKeySpec", read_text_into<&KmsCallBuilder::setNewKeySpec>},
    {"Origin", read_text_into<&KmsCallBuilder::setOrigin>},
    {"MultiRegion", read_flag<&KmsCallBuilder::setMultiRegion>},
    {"XksKeyId", read_xks_key_id},
    {"ReplicaRegion", read_text_into<&KmsCallBuilder::setReplicaRegion>},
    {"PrimaryRegion", read_text_into<&KmsCallBuilder::setReplicaRegion>},
    {"CustomKeyStoreId", read_store_reference},
    {"CustomKeyStoreName", read_text_into<&KmsCallBuilder::setNewStoreName>},
    {"NewCustomKeyStoreName", read_text_into<&KmsCallBuilder::setNewStoreName>},
    {"CustomKeyStoreType", read_store_type},
    {"CloudHsmClusterId", read_text_into<&KmsCallBuilder::setCloudHsmClusterId>},
    {"KeyStorePassword", read_password},
    {"TrustAnchorCertificate", read_without_effect},
    {"XksProxyUriEndpoint", read_without_effect},
    {"XksProxyUriPath", read_without_effect},
    {"XksProxyVpcEndpointServiceName", read_without_effect},
    {"XksProxyVpcEndpointServiceOwner", read_without_effect},
    {"XksProxyAuthenticationCredential", read_without_effect},
    {"XksProxyConnectivity", read_without_effect},
    {"WrappingAlgorithm", read_text_into<&KmsCallBuilder::setWrappingAlgorithm>},
    {"WrappingKeySpec", read_text_into<&KmsCallBuilder::setWrappingKeySpec>},
    {"ImportToken", read_import_token},
    {"Material", read_material},
    {"MaterialBytes", read_material_bytes},
    {"WrappedFor", read_wrapped_for},
    {"EncryptedKeyMaterial", refuse_key_bytes},
    {"ValidTo", read_valid_to},
    {"ExpirationModel", read_text_into<&KmsCallBuilder::setExpirationModel>},
    {"ImportType", read_text_into<&KmsCallBuilder::setImportType>},
    {"KeyMaterialDescription", read_text_into<&KmsCallBuilder::setKeyMaterialDescription>},
    {"KeyMaterialId", read_key_material_id},
    {"IncludeKeyMaterial", read_text_into<&KmsCallBuilder::setIncludeKeyMaterial>},
});

}  // namespace

const KmsParameter* find_parameter(std::string_view name) {
  for (const std::span<const KmsParameter> table :
       {std::span<const KmsParameter>(kRequestParameters),
        std::span<const KmsParameter>(kKeyParameters)}) {
    const auto found = std::ranges::find(table, name, &KmsParameter::name);
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

const std::vector<std::string_view>& call_parameters() {
  static const std::vector<std::string_view> kNames = {"region", "context", "via", "service"};
  return kNames;
}

}  // namespace tablekey::scenarios
