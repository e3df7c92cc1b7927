// responseElements, additionalEventData, errors and resources by operation (kms.md 9.4-9.6).
#include <fmt/format.h>

#include "model/faults.h"
#include "model/iam/denial.h"
#include "model/kms/blob.h"
#include "model/kms/key_states.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/event_fields.h"
#include "replay/export/cloudtrail_record.h"

namespace tablekey::replay::cloudtrail {
namespace {

using Operation = events::KmsOperation;

constexpr std::size_t kErrorBytesMax = 1024;

Json arn_element(const Call& call) {
  if (!call.has_key()) return nullptr;
  return {{"keyId", call.state.key_arn(call.key())}};
}

Json deletion_elements(const Call& call) {
  Json elements = arn_element(call);
  const auto change = call.effect().getKeyState();
  elements["keyState"] = model::kms::state_name(change.getState());
  if (change.getDeletionDate() != 0) {
    elements["deletionDate"] = element_date(change.getDeletionDate());
  }
  if (call.manner.key_specs) {
    elements["pendingWindowInDays"] = model::at(call.state.keys, call.key()).deletion_window;
  }
  return elements;
}

Json grant_elements(const Call& call) {
  Json elements;
  elements["grantId"] = grant_id(call.state, call.effect().getGrantCreated().getGrant());
  if (call.manner.answers_arn) elements["keyId"] = call.state.key_arn(call.key());
  return elements;
}

Json material_elements(const Call& call) {
  if (!call.manner.materials) return nullptr;
  Json elements = arn_element(call);
  const auto effect = call.effect();
  std::uint32_t material = effect.getMaterial();
  if (effect.isMaterialImported()) material = effect.getMaterialImported().getIndex();
  if (effect.isMaterialDeleted()) material = effect.getMaterialDeleted().getIndex();
  if (material != model::kNone) {
    elements["keyMaterialId"] = material_id(call.state, call.key(), material);
  }
  return elements;
}

Json replica_elements(const Call& call) {
  if (!call.effect().isKeyMade()) return nullptr;
  const std::uint32_t replica = call.effect().getKeyMade().getKey();
  Json elements;
  elements["replicaKeyMetadata"] = key_metadata(call.state, replica, call.manner);
  elements["replicaPolicy"] = model::at(call.state.keys, replica).policy;
  return elements;
}

Json store_elements(const Call& call) {
  const std::uint32_t store = call.parameters().getStore();
  if (store == model::kNone) return nullptr;
  const auto described = model::at(call.state.scenario().reader().getCustomKeyStores(), store);
  return {{"customKeyStoreId", described.getId().cStr()}};
}

// ---- additionalEventData ----

bool symmetric_cryptography(Operation operation) {
  switch (operation) {
    case Operation::ENCRYPT:
    case Operation::DECRYPT:
    case Operation::RE_ENCRYPT:
    case Operation::GENERATE_DATA_KEY:
    case Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT:
      return true;
    default:
      return false;
  }
}

/// The material that a call used. Of a Decrypt for a data request only the blob tells it.
std::string used_material(const Call& call) {
  const std::uint32_t material = call.effect().getMaterial();
  if (material != model::kNone) return material_id(call.state, call.key(), material);
  const std::uint32_t open = call.answered().getCall();
  if (open == model::kNone || call.operation() != Operation::DECRYPT) return {};
  const model::Call& described = model::at(call.state.calls, open);
  const model::Table& table = model::at(call.state.tables, described.table);
  const auto header = model::kms::parse_blob(model::at(table.keys, described.version - 1).blob);
  return header ? hex(header->material.data(), header->material.size()) : std::string();
}

void add_used_store(Json& data, const Call& call) {
  const auto described = model::kms::described(call.state, call.key());
  if (described.getStore() == model::kNone) return;
  const auto store =
      model::at(call.state.scenario().reader().getCustomKeyStores(), described.getStore());
  data["customKeyStoreId"] = store.getId().cStr();
  if (described.getXksKeyId().size() != 0) data["xksKeyId"] = described.getXksKeyId().cStr();
}

Json cryptography_data(const Call& call) {
  Json data;
  if (call.failed() || !call.has_key() || !call.manner.materials) return data;
  const std::string material = used_material(call);
  if (call.operation() == Operation::RE_ENCRYPT) {
    if (!material.empty()) data["sourceKeyMaterialId"] = material;
    const std::uint32_t destination = call.effect().getDestinationMaterial();
    if (call.destination() != model::kNone && destination != model::kNone) {
      data["destinationKeyMaterialId"] = material_id(call.state, call.destination(), destination);
    }
  } else if (!material.empty()) {
    data["keyMaterialId"] = material;
  }
  add_used_store(data, call);
  return data;
}

Json connection_data(const Call& call) {
  const std::uint32_t store = call.parameters().getStore();
  if (store == model::kNone) return nullptr;
  const auto described = model::at(call.state.scenario().reader().getCustomKeyStores(), store);
  Json data;
  data["customKeyStoreName"] = model::at(call.state.stores, store).name;
  if (described.getClusterId().size() != 0) data["clusterId"] = described.getClusterId().cStr();
  return data;
}

// ---- errors ----

// The message of a call whose answer was for a data request: it is not written down, since it
// follows from the rest.
std::string followed_message(const Call& call) {
  const events::KmsError error = call.answered().getError();
  switch (error) {
    case events::KmsError::ACCESS_DENIED:
      return std::string(model::iam::kMaskedDenialText);
    case events::KmsError::DISABLED:
    case events::KmsError::KMS_INVALID_STATE:
      if (!call.has_key()) return {};
      return model::kms::state_refusal(call.state, model::kms::operation_row(call.operation()),
                                       call.key(), false)
          .message;
    case events::KmsError::NOT_FOUND:
      if (!call.has_key()) return {};
      return fmt::format("Key '{}' does not exist", call.state.key_arn(call.key()));
    case events::KmsError::THROTTLING:
    case events::KmsError::KMS_INTERNAL:
    case events::KmsError::KEY_UNAVAILABLE:
    case events::KmsError::DEPENDENCY_TIMEOUT:
      return std::string(model::fault_message(error));
    default:
      return {};
  }
}

// ---- resources ----

std::string alias_resource(const Call& call) {
  const std::string name = call.parameters().getAliasName().cStr();
  return fmt::format("arn:aws:kms:{}:{}:{}", region_of(call), caller_account(call), name);
}

Json alias_resources(const Call& call) {
  Json list = Json::array();
  if (call.has_key()) list.push_back(key_resource(call.state, call.key(), call.manner));
  Json alias;
  alias["ARN"] = alias_resource(call);
  alias["accountId"] = caller_account(call);
  if (call.manner.resource_types) alias["type"] = "AWS::KMS::Key";
  list.push_back(std::move(alias));
  return list;
}

}  // namespace

std::string material_id(const model::State& state, std::uint32_t key, std::uint32_t material) {
  const auto& id = model::at(model::at(state.keys, key).materials, material).id;
  return hex(id.data(), id.size());
}

std::string grant_id(const model::State& state, std::uint32_t grant) {
  const auto& id = model::at(state.grants, grant).id;
  return hex(id.data(), id.size());
}

std::string key_account(const model::State& state, std::uint32_t key) {
  return model::kms::described(state, key).getAccount().cStr();
}

std::string key_region(const model::State& state, std::uint32_t key) {
  return model::kms::described(state, key).getRegion().cStr();
}

std::string region_of(const Call& call) {
  if (call.from_step()) {
    const auto given = call.parameters().getRegion();
    return given.size() != 0 ? std::string(given.cStr()) : call.state.scenario().region;
  }
  return call.has_key() ? key_region(call.state, call.key()) : call.state.scenario().region;
}

Json response_elements(const Call& call) {
  if (call.failed()) return nullptr;
  switch (call.operation()) {
    case Operation::CREATE_KEY:
      if (!call.has_key()) return nullptr;
      return {{"keyMetadata", key_metadata(call.state, call.key(), call.manner)}};
    case Operation::CREATE_GRANT:
      return call.effect().isGrantCreated() ? grant_elements(call) : Json(nullptr);
    case Operation::SCHEDULE_KEY_DELETION:
      return call.effect().isKeyState() ? deletion_elements(call) : Json(nullptr);
    case Operation::CANCEL_KEY_DELETION:
    case Operation::ROTATE_KEY_ON_DEMAND:
      return arn_element(call);
    case Operation::IMPORT_KEY_MATERIAL:
    case Operation::DELETE_IMPORTED_KEY_MATERIAL:
      return material_elements(call);
    case Operation::REPLICATE_KEY:
      return replica_elements(call);
    case Operation::CREATE_CUSTOM_KEY_STORE:
      return store_elements(call);
    case Operation::ENABLE_KEY:
    case Operation::DISABLE_KEY:
    case Operation::UPDATE_KEY_DESCRIPTION:
    case Operation::ENABLE_KEY_ROTATION:
    case Operation::DISABLE_KEY_ROTATION:
    case Operation::PUT_KEY_POLICY:
    case Operation::RETIRE_GRANT:
    case Operation::REVOKE_GRANT:
    case Operation::TAG_RESOURCE:
    case Operation::UNTAG_RESOURCE:
      return call.manner.answers_arn ? arn_element(call) : Json(nullptr);
    default:
      return nullptr;
  }
}

Json additional_data(const Call& call) {
  switch (call.operation()) {
    case Operation::RETIRE_GRANT:
      if (call.answered().getGrant() == model::kNone) return nullptr;
      return {{"grantId", grant_id(call.state, call.answered().getGrant())}};
    case Operation::CONNECT_CUSTOM_KEY_STORE:
    case Operation::DISCONNECT_CUSTOM_KEY_STORE:
      return connection_data(call);
    default:
      return symmetric_cryptography(call.operation()) ? cryptography_data(call) : Json(nullptr);
  }
}

void add_error(Json& record, const Call& call) {
  const events::KmsError error = call.answered().getError();
  record["errorCode"] = error == events::KmsError::ACCESS_DENIED
                            ? std::string_view("AccessDenied")
                            : model::kms::exception_name(error);
  if (error == events::KmsError::INVALID_CIPHERTEXT) return;  // the API has no message either
  std::string message = call.effect().getMessage().cStr();
  if (message.empty()) message = followed_message(call);
  if (!message.empty()) record["errorMessage"] = capped(std::move(message), kErrorBytesMax);
}

Json key_resource(const model::State& state, std::uint32_t key, const Manner& manner) {
  Json object;
  object["ARN"] = state.key_arn(key);
  object["accountId"] = key_account(state, key);
  if (manner.resource_types) object["type"] = "AWS::KMS::Key";
  return object;
}

Json resources(const Call& call) {
  switch (call.operation()) {
    case Operation::CONNECT_CUSTOM_KEY_STORE:
    case Operation::DISCONNECT_CUSTOM_KEY_STORE:
    case Operation::CREATE_CUSTOM_KEY_STORE:
    case Operation::DELETE_CUSTOM_KEY_STORE:
    case Operation::UPDATE_CUSTOM_KEY_STORE:
    case Operation::DESCRIBE_CUSTOM_KEY_STORES:
      return nullptr;
    case Operation::CREATE_ALIAS:
    case Operation::UPDATE_ALIAS:
    case Operation::DELETE_ALIAS:
      return alias_resources(call);
    case Operation::GENERATE_RANDOM:
    case Operation::LIST_KEYS:
    case Operation::LIST_ALIASES:
    case Operation::LIST_RETIRABLE_GRANTS:
      return Json::array();
    default:
      break;
  }
  Json list = Json::array();
  if (call.has_key()) list.push_back(key_resource(call.state, call.key(), call.manner));
  if (call.destination() != model::kNone) {
    list.push_back(key_resource(call.state, call.destination(), call.manner));
  }
  return list;
}

}  // namespace tablekey::replay::cloudtrail
