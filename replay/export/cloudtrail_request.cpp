// requestParameters by operation: what the caller passed, in camel case, without secrets and tokens
// (kms.md 9.1, 9.4). Calls of DynamoDB are the seed's; those of the timeline say what they passed.
#include <capnp/message.h>
#include <fmt/format.h>

#include "crypto/draw.h"
#include "events/text.h"
#include "model/clients/requests.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/export/cloudtrail_record.h"

namespace tablekey::replay::cloudtrail {
namespace {

using Operation = events::KmsOperation;
using events::string_of;

/// A key as the caller named it; empty: not at all.
std::string key_of_request(const Call& call, events::KeyReference::Reader reference) {
  switch (reference.which()) {
    case events::KeyReference::ARN:
      return call.state.key_arn(reference.getArn());
    case events::KeyReference::ID:
      return model::at(call.state.scenario().key_ids, reference.getId());
    case events::KeyReference::TEXT:
      return string_of(reference.getText());
    case events::KeyReference::NONE:
      break;
  }
  return {};
}

Json pairs_of(capnp::List<events::Pair>::Reader pairs) {
  Json object = Json::object();
  for (const auto pair : pairs) object[pair.getName().cStr()] = string_of(pair.getValue());
  return object;
}

/// The object under construction: each member adds one parameter, if it was given.
class Parameters {
 public:
  explicit Parameters(const Call& call) : call_(call), given_(call.parameters()) {}

  Parameters& text(const char* name, capnp::Text::Reader value) {
    if (value.size() != 0) object_[name] = string_of(value);
    return *this;
  }
  Parameters& key(const char* name = "keyId") { return key(name, given_.getKeyId()); }
  Parameters& key(const char* name, events::KeyReference::Reader reference) {
    std::string named = key_of_request(call_, reference);
    if (!named.empty()) object_[name] = std::move(named);
    return *this;
  }
  Parameters& context(const char* name = "encryptionContext", bool destination = false) {
    Json pairs = context_of(call_, destination);
    if (!pairs.is_null()) object_[name] = std::move(pairs);
    return *this;
  }
  Parameters& algorithm(const char* name = "encryptionAlgorithm", bool destination = false) {
    const auto value =
        destination ? given_.getDestinationEncryptionAlgorithm() : given_.getEncryptionAlgorithm();
    if (value.size() != 0) return text(name, value);
    if (call_.manner.algorithms) object_[name] = "SYMMETRIC_DEFAULT";
    return *this;
  }
  Parameters& page() {
    if (given_.getHasLimit()) object_["limit"] = given_.getLimit();
    return text("marker", given_.getMarker());
  }
  Parameters& bypass() {
    object_["bypassPolicyLockoutSafetyCheck"] = given_.getBypassPolicyLockoutSafetyCheck();
    return *this;
  }
  Parameters& tags() {
    if (given_.getTags().size() == 0) return *this;
    Json& list = object_["tags"] = Json::array();
    for (const auto tag : given_.getTags()) {
      list.push_back(
          {{"tagKey", string_of(tag.getName())}, {"tagValue", string_of(tag.getValue())}});
    }
    return *this;
  }
  Parameters& store() {
    if (given_.getStoreId().size() != 0) return text("customKeyStoreId", given_.getStoreId());
    if (given_.getStore() == model::kNone) return *this;
    const auto stores = call_.state.scenario().reader().getCustomKeyStores();
    return text("customKeyStoreId", model::at(stores, given_.getStore()).getId());
  }
  Parameters& dry_run() {
    if (given_.getDryRun()) object_["dryRun"] = true;
    return *this;
  }
  template <class Value>
  Parameters& value(const char* name, const Value& value) {
    object_[name] = value;
    return *this;
  }

  events::KmsCall::Reader given() const { return given_; }
  /// null if nothing was added.
  Json take() { return std::move(object_); }

 private:
  const Call& call_;
  events::KmsCall::Reader given_;
  Json object_;
};

// ---- the calls of DynamoDB (kms.md 3.4, 9.3) ----

Json dynamodb_grant(const Call& call) {
  const std::string service = fmt::format("dynamodb.{}.amazonaws.com", region_of(call));
  Json object;
  object["keyId"] = call.state.key_arn(call.key());
  object["retiringPrincipal"] = service;
  if (Json pairs = context_of(call); !pairs.is_null()) {
    object["constraints"]["encryptionContextSubset"] = std::move(pairs);
  }
  object["granteePrincipal"] = service;
  object["operations"] = {"DescribeKey",   "GenerateDataKey", "Decrypt",    "Encrypt",
                          "ReEncryptFrom", "ReEncryptTo",     "RetireGrant"};
  return object;
}

Json dynamodb_parameters(const Call& call) {
  Parameters out(call);
  const std::string arn = call.has_key() ? call.state.key_arn(call.key()) : std::string();
  switch (call.operation()) {
    case Operation::GENERATE_DATA_KEY:
      return out.context().value("keySpec", "AES_256").value("keyId", arn).take();
    case Operation::DECRYPT:  // KMS finds the key through the blob
      return out.context().algorithm().take();
    case Operation::ENCRYPT:
      return out.context().value("keyId", arn).algorithm().take();
    case Operation::CREATE_GRANT:
      return dynamodb_grant(call);
    case Operation::RETIRE_GRANT:
      return nullptr;
    default:
      return out.value("keyId", arn).take();
  }
}

// ---- the calls of the timeline, by kind ----

Json data_key_parameters(Parameters& out, const char* spec) {
  out.context().text(spec, out.given().getKeySpec());
  if (out.given().getHasNumberOfBytes()) {
    out.value("numberOfBytes", out.given().getNumberOfBytes());
  }
  return out.key().dry_run().take();
}

Json re_encrypt_parameters(Parameters& out) {
  return out.context("sourceEncryptionContext")
      .key("sourceKeyId")
      .algorithm("sourceEncryptionAlgorithm")
      .key("destinationKeyId", out.given().getDestinationKeyId())
      .context("destinationEncryptionContext", true)
      .algorithm("destinationEncryptionAlgorithm", true)
      .dry_run()
      .take();
}

Json grant_parameters(Parameters& out) {
  const auto terms = out.given().getGrantTerms();
  out.key();
  out.text("retiringPrincipal", terms.getRetiringPrincipal());
  out.text("retiringServicePrincipal", terms.getRetiringServicePrincipal());
  Json constraints;
  if (terms.getConstraint() == events::GrantTerms::Constraint::EQUALS) {
    constraints["encryptionContextEquals"] = pairs_of(terms.getPairs());
  } else if (terms.getConstraint() == events::GrantTerms::Constraint::SUBSET) {
    constraints["encryptionContextSubset"] = pairs_of(terms.getPairs());
  }
  if (terms.getSourceArn().size() != 0) constraints["sourceArn"] = string_of(terms.getSourceArn());
  if (!constraints.is_null()) out.value("constraints", constraints);
  out.text("granteePrincipal", terms.getGranteePrincipal());
  out.text("granteeServicePrincipal", terms.getGranteeServicePrincipal());
  Json operations = Json::array();
  for (const auto operation : terms.getOperations()) operations.push_back(string_of(operation));
  return out.value("operations", operations).text("name", terms.getName()).dry_run().take();
}

// A revoked grant goes by its id, however the timeline names it.
Json revocation_parameters(const Call& call, Parameters& out) {
  out.key();
  if (call.answered().getGrant() != model::kNone) {
    if (out.given().getKeyId().isNone() && call.has_key()) {
      out.value("keyId", call.state.key_arn(call.key()));
    }
    out.value("grantId", grant_id(call.state, call.answered().getGrant()));
  } else if (out.given().getGrant().isText()) {
    out.text("grantId", out.given().getGrant().getText());
  }
  return out.dry_run().take();
}

Json policy_parameters(Parameters& out) {
  const bool named = out.given().getPolicyName().size() != 0;
  out.key();
  out.value("policyName", named ? string_of(out.given().getPolicyName()) : std::string("default"));
  return out.text("policy", out.given().getPolicy()).bypass().take();
}

Json import_parameters(Parameters& out) {
  out.key();
  if (out.given().getValidTo() != 0) {
    out.value("validTo", element_date(out.given().getValidTo()));
  }
  return out.text("expirationModel", out.given().getExpirationModel())
      .text("importType", out.given().getImportType())
      .text("keyMaterialDescription", out.given().getKeyMaterialDescription())
      .text("keyMaterialId", out.given().getKeyMaterialId())
      .take();
}

Json replica_parameters(Parameters& out) {
  return out.key()
      .text("replicaRegion", out.given().getReplicaRegion())
      .text("policy", out.given().getPolicy())
      .bypass()
      .text("description", out.given().getDescription())
      .tags()
      .take();
}

Json untag_parameters(Parameters& out) {
  Json keys = Json::array();
  for (const auto key : out.given().getTagKeys()) keys.push_back(string_of(key));
  return out.key().value("tagKeys", keys).take();
}

Json new_store_parameters(Parameters& out) {
  const std::string type =
      out.given().getCloudHsmClusterId().size() != 0 ? "AWS_CLOUDHSM" : "EXTERNAL_KEY_STORE";
  return out.text("customKeyStoreName", out.given().getNewStoreName())
      .value("customKeyStoreType", type)
      .text("cloudHsmClusterId", out.given().getCloudHsmClusterId())
      .take();
}

Json cryptographic_parameters(Operation operation, Parameters& out) {
  switch (operation) {
    case Operation::ENCRYPT:
    case Operation::DECRYPT:
      return out.context().key().algorithm().dry_run().take();
    case Operation::RE_ENCRYPT:
      return re_encrypt_parameters(out);
    case Operation::GENERATE_DATA_KEY:
    case Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
      return data_key_parameters(out, "keySpec");
    case Operation::GENERATE_DATA_KEY_PAIR:
    case Operation::GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT:
      return data_key_parameters(out, "keyPairSpec");
    case Operation::GENERATE_MAC:
    case Operation::VERIFY_MAC:
      return out.key().text("macAlgorithm", out.given().getEncryptionAlgorithm()).dry_run().take();
    case Operation::SIGN:
    case Operation::VERIFY:
      return out.key()
          .text("signingAlgorithm", out.given().getEncryptionAlgorithm())
          .dry_run()
          .take();
    case Operation::DERIVE_SHARED_SECRET:
      return out.key()
          .text("keyAgreementAlgorithm", out.given().getEncryptionAlgorithm())
          .dry_run()
          .take();
    default:  // GenerateRandom
      return nullptr;
  }
}

// Whatever has no words of its own: the key, and what a list is asked for.
Json listed_parameters(Operation operation, Parameters& out) {
  const auto given = out.given();
  out.key();
  if (operation == Operation::LIST_GRANTS) out.text("granteePrincipal", given.getPrincipal());
  if (operation == Operation::LIST_RETIRABLE_GRANTS) {
    out.text("retiringPrincipal", given.getPrincipal());
  }
  if (operation == Operation::GET_KEY_POLICY) out.text("policyName", given.getPolicyName());
  if (operation == Operation::LIST_KEY_ROTATIONS) {
    out.text("includeKeyMaterial", given.getIncludeKeyMaterial());
  }
  return out.page().take();
}

Json key_parameters(Operation operation, Parameters& out) {
  const auto given = out.given();
  switch (operation) {
    case Operation::UPDATE_KEY_DESCRIPTION:
      return out.key().value("description", string_of(given.getDescription())).take();
    case Operation::SCHEDULE_KEY_DELETION:
      out.key();
      if (given.getHasPendingWindow()) {
        out.value("pendingWindowInDays", given.getPendingWindowInDays());
      }
      return out.take();
    case Operation::ENABLE_KEY_ROTATION:
      out.key();
      if (given.getHasRotationPeriod()) {
        out.value("rotationPeriodInDays", given.getRotationPeriodInDays());
      }
      return out.take();
    case Operation::GET_PARAMETERS_FOR_IMPORT:
      return out.key()
          .text("wrappingAlgorithm", given.getWrappingAlgorithm())
          .text("wrappingKeySpec", given.getWrappingKeySpec())
          .take();
    case Operation::IMPORT_KEY_MATERIAL:
      return import_parameters(out);
    case Operation::DELETE_IMPORTED_KEY_MATERIAL:
      return out.key().text("keyMaterialId", given.getKeyMaterialId()).take();
    case Operation::PUT_KEY_POLICY:
      return policy_parameters(out);
    case Operation::TAG_RESOURCE:
      return out.key().tags().take();
    case Operation::UNTAG_RESOURCE:
      return untag_parameters(out);
    case Operation::REPLICATE_KEY:
      return replica_parameters(out);
    case Operation::UPDATE_PRIMARY_REGION:
      return out.key().text("primaryRegion", given.getReplicaRegion()).take();
    default:
      return listed_parameters(operation, out);
  }
}

Json store_parameters(Operation operation, Parameters& out) {
  switch (operation) {
    case Operation::CREATE_CUSTOM_KEY_STORE:
      return new_store_parameters(out);
    case Operation::UPDATE_CUSTOM_KEY_STORE:
      return out.store()
          .text("newCustomKeyStoreName", out.given().getNewStoreName())
          .text("cloudHsmClusterId", out.given().getCloudHsmClusterId())
          .take();
    default:
      return out.store().page().take();
  }
}

bool is_cryptographic_call(Operation operation) {
  return (operation >= Operation::GENERATE_DATA_KEY &&
          operation <= Operation::DERIVE_SHARED_SECRET);
}

// What a client that encrypts items sent follows from its step and from the items: it is made once
// more.
Json client_context(const Call& call, const model::Call& asked) {
  const model::ScenarioView& scenario = call.state.scenario();
  model::Vault vault(scenario);
  const sim::Random random(crypto::DrawRoot(scenario.seed).choice_root());
  capnp::MallocMessageBuilder scratch;
  model::PhaseMemo phases;
  model::Deciding d{
      call.state, random, vault, phases, {}, call.state.now(), scratch.initRoot<events::Event>()};
  Json object;
  if (const auto sent = model::client_kms_call(d, asked)) {
    for (const auto& [name, value] : sent->context) object[name] = value;
  }
  return object;
}

}  // namespace

Json context_of(const Call& call, bool destination) {
  const std::uint32_t number = call.answered().getCall();
  if (number != model::kNone) {
    const model::Call& asked = model::at(call.state.calls, number);
    if (asked.purpose == model::Purpose::client) return client_context(call, asked);
  }
  model::kms::KmsRequest request;
  request.operation = call.operation();
  request.step = call.effect().getStep();
  request.parameters = call.parameters();
  request.table = call.answered().getTable();
  Json object;
  for (auto& [name, value] : model::kms::encryption_context(call.state, request, destination)) {
    object[name] = std::move(value);
  }
  return object;
}

Json creation_parameters(const Call& call) {
  const auto given = call.parameters();
  const auto or_default = [](capnp::Text::Reader text, std::string_view standard) {
    return text.size() == 0 ? std::string(standard) : string_of(text);
  };
  const std::string spec = or_default(given.getNewKeySpec(), "SYMMETRIC_DEFAULT");
  Parameters out(call);
  out.value("description", string_of(given.getDescription()));
  out.value("origin", or_default(given.getOrigin(), "AWS_KMS")).bypass();
  if (call.manner.key_specs) out.value("keySpec", spec);
  out.value("customerMasterKeySpec", spec);
  out.value("keyUsage", or_default(given.getKeyUsage(), "ENCRYPT_DECRYPT"));
  if (call.manner.key_specs) out.value("multiRegion", given.getMultiRegion());
  out.tags().text("policy", given.getPolicy()).store();
  if (given.getNewKey() != model::kNone) {
    out.text("xksKeyId", model::kms::described(call.state, given.getNewKey()).getXksKeyId());
  }
  return out.take();
}

Json request_parameters(const Call& call) {
  if (!call.from_step()) return dynamodb_parameters(call);
  const Operation operation = call.operation();
  Parameters out(call);
  if (is_cryptographic_call(operation)) return cryptographic_parameters(operation, out);
  switch (operation) {
    case Operation::CREATE_KEY:
      return creation_parameters(call);
    case Operation::CREATE_GRANT:
      return grant_parameters(out);
    case Operation::RETIRE_GRANT:
      return nullptr;
    case Operation::REVOKE_GRANT:
      return revocation_parameters(call, out);
    case Operation::CREATE_ALIAS:
    case Operation::UPDATE_ALIAS:
    case Operation::DELETE_ALIAS:
      return out.text("aliasName", out.given().getAliasName()).key("targetKeyId").take();
    case Operation::CREATE_CUSTOM_KEY_STORE:
    case Operation::CONNECT_CUSTOM_KEY_STORE:
    case Operation::DISCONNECT_CUSTOM_KEY_STORE:
    case Operation::DELETE_CUSTOM_KEY_STORE:
    case Operation::DESCRIBE_CUSTOM_KEY_STORES:
    case Operation::UPDATE_CUSTOM_KEY_STORE:
      return store_parameters(operation, out);
    default:
      return key_parameters(operation, out);
  }
}

}  // namespace tablekey::replay::cloudtrail
