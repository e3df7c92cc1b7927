// Imported key material (kms.md 1.6): GetParametersForImport, ImportKeyMaterial,
// DeleteImportedKeyMaterial, and its expiry. The material is really wrapped for the public key and
// really unwrapped, by the vault; nothing of it enters an event.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "events/text.h"
#include "model/kms/material.h"
#include "model/kms/operation.h"
#include "model/kms/operations/replicas.h"
#include "model/law.h"

namespace tablekey::model {
namespace kms {
namespace importing {
namespace {

using events::KmsError;
using Operation = events::KmsOperation;
using events::text;

constexpr sim::Duration kTokenLife = sim::Duration::hours(24);
constexpr sim::Duration kValidityMax = sim::Duration::days(365);
constexpr std::size_t kMaterialDescriptionMax = 256, kMaterialIdSize = 64;
constexpr std::string_view kNew = "NEW_KEY_MATERIAL", kExisting = "EXISTING_KEY_MATERIAL";
constexpr std::string_view kExpires = "KEY_MATERIAL_EXPIRES";
constexpr std::string_view kLasts = "KEY_MATERIAL_DOES_NOT_EXPIRE";

// ---- shapes ----

/// A required member with a fixed set of values; the set in the order of the API model.
Refusal enum_shape(std::string_view path, std::string_view value,
                   std::initializer_list<std::string_view> values) {
  if (std::find(values.begin(), values.end(), value) != values.end()) return {};
  return refusal(KmsError::VALIDATION,
                 fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                             "constraint: Member must satisfy enum value set: [{}]",
                             value, path, fmt::join(values, ", ")));
}

Refusal validate_parameters(const Deciding&, const KmsRequest& request) {
  if (Refusal bad = enum_shape("wrappingAlgorithm", text(request.parameters.getWrappingAlgorithm()),
                               {"RSAES_PKCS1_V1_5", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256",
                                "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256", "SM2PKE"})) {
    return bad;
  }
  return enum_shape("wrappingKeySpec", text(request.parameters.getWrappingKeySpec()),
                    {"RSA_2048", "RSA_3072", "RSA_4096", "SM2"});
}

Refusal expiry_shape(const Deciding& d, events::KmsCall::Reader call) {
  const std::string_view model = text(call.getExpirationModel());
  if (!model.empty()) {
    if (Refusal bad = enum_shape("expirationModel", model, {kExpires, kLasts})) return bad;
  }
  const bool given = call.getValidTo() != 0;
  if (model == kLasts) {
    if (!given) return {};
    return refusal(KmsError::VALIDATION,
                   "A validTo date must not be set if the ExpirationModel is "
                   "KEY_MATERIAL_DOES_NOT_EXPIRE");
  }
  if (!given) {
    return refusal(KmsError::VALIDATION,
                   "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  }
  const sim::Time valid_to = sim::Time::from_nanoseconds(call.getValidTo());
  if (valid_to <= d.now) return validation_error("validTo", "Member must lie in the future");
  if (valid_to <= d.now + kValidityMax) return {};
  return validation_error("validTo", "Member must lie at most 365 days in the future");
}

Refusal material_id_shape(std::string_view id) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (id.empty()) return {};
  if (id.size() == kMaterialIdSize && std::all_of(id.begin(), id.end(), hex)) return {};
  return validation_error("keyMaterialId",
                          "Member must satisfy regular expression pattern: ^[a-f0-9]{64}$");
}

Refusal validate_import(const Deciding& d, const KmsRequest& request) {
  if (Refusal bad = expiry_shape(d, request.parameters)) return bad;
  const std::string_view type = text(request.parameters.getImportType());
  if (!type.empty()) {
    if (Refusal bad = enum_shape("importType", type, {kNew, kExisting})) return bad;
  }
  if (request.parameters.getKeyMaterialDescription().size() > kMaterialDescriptionMax) {
    return validation_error("keyMaterialDescription",
                            "Member must have length less than or equal to 256");
  }
  return material_id_shape(text(request.parameters.getKeyMaterialId()));
}

Refusal validate_delete(const Deciding&, const KmsRequest& request) {
  return material_id_shape(text(request.parameters.getKeyMaterialId()));
}

// ---- the wrapping ----

/// The pair that a GetParametersForImport step got.
ImportPair pair_of_step(const State& state, std::uint32_t step) {
  const auto call = at(state.scenario().reader().getSteps(), step).getKms();
  const std::string_view algorithm = text(call.getWrappingAlgorithm());
  const std::string_view spec = text(call.getWrappingKeySpec());
  ImportPair pair;
  pair.place = {at(state.scenario().kms_step_entities, step), 0};
  pair.bits = spec == "RSA_4096" ? 4096 : spec == "RSA_3072" ? 3072 : 2048;
  pair.sha256 = algorithm.ends_with("SHA_256");
  pair.key_wrap = algorithm.starts_with("RSA_AES_KEY_WRAP");
  return pair;
}

/// What that step returned; nullptr: it returned no token.
const StepResult* token_of_step(const State& state, std::uint32_t step) {
  if (step >= state.results.size()) return nullptr;
  const StepResult& result = state.results[step];
  return result.import_token.empty() ? nullptr : &result;
}

// RSAES_PKCS1_V1_5 is refused since 2023-10-10; SM2 there is in China's Regions only.
Refusal check_parameters(Deciding& d, KmsRequest& request) {
  const std::string_view algorithm = text(request.parameters.getWrappingAlgorithm());
  const std::string_view spec = text(request.parameters.getWrappingKeySpec());
  if (algorithm == "RSAES_PKCS1_V1_5" || algorithm == "SM2PKE" || spec == "SM2") {
    return refusal(KmsError::UNSUPPORTED_OPERATION,
                   fmt::format("WrappingAlgorithm {} with WrappingKeySpec {} is not supported.",
                               algorithm, spec));
  }
  if (described(d.state, request.key).getSpec() == events::KeySpec::SYMMETRIC_DEFAULT) return {};
  return refusal(KmsError::UNSUPPORTED_OPERATION,
                 fmt::format("{} is not symmetric: tablekey does not simulate its key material.",
                             d.state.key_arn(request.key)));
}

void parameters_for_import(Deciding& d, const KmsRequest& request,
                           events::KmsEffect::Builder effect) {
  const auto token = d.vault.import_token({request.entity, request.ordinal});
  auto parameters = effect.initImportParameters();
  parameters.setToken(capnp::Data::Reader(token.data(), token.size()));
  parameters.setValidTo((d.now + kTokenLife).nanoseconds());
}

// A token serves the key that it was got for, for a day.
Refusal token_refusal(const Deciding& d, const KmsRequest& request) {
  const std::uint32_t step = request.parameters.getImportToken();
  const StepResult* token = step == 0 ? nullptr : token_of_step(d.state, step - 1);
  if (token == nullptr || token->key != request.key) {
    return refusal(KmsError::INVALID_IMPORT_TOKEN, {});
  }
  return d.now > token->valid_to ? refusal(KmsError::EXPIRED_IMPORT_TOKEN, {}) : Refusal();
}

/// How many bytes KMS finds in what the customer sends; nullopt: it cannot unwrap it.
std::optional<std::size_t> unwrapped_size(Deciding& d, const KmsRequest& request) {
  const auto call = request.parameters;
  const std::uint32_t token_step = call.getImportToken() - 1;
  const std::uint32_t customer_step =
      call.getWrappedFor() == 0 ? token_step : call.getWrappedFor() - 1;
  if (call.getMaterial() == kNone || token_of_step(d.state, customer_step) == nullptr) {
    return std::nullopt;
  }
  ImportPair customer = pair_of_step(d.state, customer_step);
  // The customer may have wrapped in another way than was agreed.
  if (const std::string_view algorithm = text(call.getWrappingAlgorithm()); !algorithm.empty()) {
    customer.sha256 = algorithm.ends_with("SHA_256");
    customer.key_wrap = algorithm.starts_with("RSA_AES_KEY_WRAP");
  }
  return d.vault.pass_material(call.getMaterial(), call.getMaterialBytes(), customer,
                               pair_of_step(d.state, token_step),
                               {request.entity, request.ordinal});
}

// ---- which material goes where ----

Refusal incorrect(const Deciding& d, const KmsRequest& request) {
  return refusal(KmsError::INCORRECT_KEY_MATERIAL,
                 fmt::format("The key material is not one that was imported into {} before.",
                             d.state.key_arn(request.key)));
}

// Classic: a key is married to its first material, which has to be deleted before it comes again.
Refusal classic_refusal(const Deciding& d, const KmsRequest& request, std::uint32_t known) {
  const KmsKey& key = d.state.keys[request.key];
  if (key.current == kNone) return {};
  if (known != key.current) return incorrect(d, request);
  if (!key.materials[known].present) return {};
  return refusal(KmsError::KMS_INVALID_STATE,
                 fmt::format("{} is not pending import.", d.state.key_arn(request.key)));
}

// At most one material waits for rotation (kms.md 1.6).
Refusal pending_refusal(const Deciding& d, const KmsRequest& request, const MaterialId& id) {
  const KmsKey& key = d.state.keys[request.key];
  const std::uint32_t pending = pending_material(key);
  if (pending == kNone || key.materials[pending].id == id) return {};
  return refusal(
      KmsError::KMS_INVALID_STATE,
      fmt::format("New key material (id: {}) cannot be imported into KMS key {}, because "
                  "another key material (id: {}) is pending rotation.",
                  material_id_text(id), d.state.key_arn(request.key),
                  material_id_text(key.materials[pending].id)));
}

// New material goes to the primary of a set first; its replicas only get what that has.
Refusal new_refusal(const Deciding& d, const KmsRequest& request, const MaterialId& id,
                    std::uint32_t known) {
  if (is_replica(d.state, request.key)) {
    return refusal(
        KmsError::UNSUPPORTED_OPERATION,
        fmt::format("{} is not a multi-region primary key.", d.state.key_arn(request.key)));
  }
  if (known != kNone) return incorrect(d, request);
  return pending_refusal(d, request, id);
}

Refusal existing_refusal(const Deciding& d, const KmsRequest& request, const MaterialId& id,
                         std::uint32_t known) {
  if (known == kNone) return incorrect(d, request);
  const bool unbound = !d.state.keys[request.key].materials[known].bound;
  return unbound ? pending_refusal(d, request, id) : Refusal();
}

Refusal material_refusal(const Deciding& d, const KmsRequest& request, const MaterialId& id) {
  const KmsKey& key = at(d.state.keys, request.key);
  const std::uint32_t known = find_material(key, id);
  if (d.settings().classic_era) return classic_refusal(d, request, known);
  const std::string_view named = text(request.parameters.getKeyMaterialId());
  if (!named.empty() && named != material_id_text(id)) return incorrect(d, request);
  std::string_view type = text(request.parameters.getImportType());
  if (type.empty()) type = key.materials.empty() ? kNew : kExisting;
  return type == kNew ? new_refusal(d, request, id, known)
                      : existing_refusal(d, request, id, known);
}

Refusal check_import(Deciding& d, KmsRequest& request) {
  if (Refusal bad = token_refusal(d, request)) return bad;
  const std::optional<std::size_t> size = unwrapped_size(d, request);
  if (!size) return refusal(KmsError::INVALID_CIPHERTEXT, {});
  if (*size != crypto::Key256::kSize) {
    return at(d.state.keys, request.key).current == kNone
               ? refusal(KmsError::INVALID_CIPHERTEXT, {})
               : incorrect(d, request);
  }
  const NewMaterial material =
      d.vault.imported_material(request.key, request.parameters.getMaterial());
  return material_refusal(d, request, material.id);
}

void import_material(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const KmsKey& key = d.state.keys[request.key];
  const NewMaterial material =
      d.vault.imported_material(request.key, request.parameters.getMaterial());
  const std::uint32_t known = find_material(key, material.id);
  const std::uint32_t index =
      known == kNone ? static_cast<std::uint32_t>(key.materials.size()) : known;
  effect.setMaterial(index);
  auto imported = effect.initMaterialImported();
  imported.setIndex(index);
  imported.setMaterialId(capnp::Data::Reader(material.id.data(), material.id.size()));
  imported.setKeyCheckValue(material.key_check_value);
  imported.setVisibleAt(visible_at(d, request, events::Change::KEY_STATE, request.key,
                                   d.settings().kms_key_state_propagation));
}

// ---- the end of it ----

/// The material that a DeleteImportedKeyMaterial means: the current one unless it names another.
/// kNone: the key never had it.
std::uint32_t meant_material(Deciding& d, const KmsRequest& request) {
  const KmsKey& key = at(d.state.keys, request.key);
  if (d.settings().classic_era) return key.current;
  const std::string_view named = text(request.parameters.getKeyMaterialId());
  if (!named.empty()) {
    for (std::uint32_t index = 0; index < key.materials.size(); ++index) {
      if (material_id_text(key.materials[index].id) == named) return index;
    }
    return kNone;
  }
  if (request.parameters.getMaterial() == kNone) return key.current;
  const NewMaterial material =
      d.vault.imported_material(request.key, request.parameters.getMaterial());
  return find_material(key, material.id);
}

Refusal check_delete(Deciding& d, KmsRequest& request) {
  const bool named = request.parameters.getKeyMaterialId().size() != 0 ||
                     request.parameters.getMaterial() != kNone;
  request.material = meant_material(d, request);
  if (!named || d.settings().classic_era || request.material != kNone) return {};
  return refusal(KmsError::NOT_FOUND,
                 fmt::format("{} has no such key material.", d.state.key_arn(request.key)));
}

// Deleting what is not there succeeds and changes nothing.
void delete_material(Deciding& d, const KmsRequest& request, events::KmsEffect::Builder effect) {
  const KmsKey& key = d.state.keys[request.key];
  if (request.material == kNone || !key.materials[request.material].present) return;
  auto deleted = effect.initMaterialDeleted();
  deleted.setIndex(request.material);
  deleted.setVisibleAt(visible_at(d, request, events::Change::KEY_STATE, request.key,
                                  d.settings().kms_key_state_propagation));
}

OperationRow row(Operation operation, std::string_view name, std::uint32_t quota) {
  OperationRow made;
  made.operation = operation;
  made.name = name;
  made.quota_default = quota;
  made.ends_aws_managed = true;
  return made;
}

std::array<OperationRow, 3> make_rows() {
  OperationRow parameters = row(Operation::GET_PARAMETERS_FOR_IMPORT, "GetParametersForImport", 1);
  parameters.validate = validate_parameters;
  parameters.check = check_parameters;
  parameters.effect = parameters_for_import;

  OperationRow importing = row(Operation::IMPORT_KEY_MATERIAL, "ImportKeyMaterial", 15);
  importing.read_only = false;
  importing.validate = validate_import;
  importing.check = check_import;
  importing.effect = import_material;

  OperationRow deleting =
      row(Operation::DELETE_IMPORTED_KEY_MATERIAL, "DeleteImportedKeyMaterial", 15);
  deleting.read_only = false;
  deleting.validate = validate_delete;
  deleting.check = check_delete;
  deleting.effect = delete_material;

  return {parameters, importing, deleting};
}

}  // namespace
}  // namespace importing

std::span<const OperationRow> import_operations() {
  static const std::array<OperationRow, 3> rows = importing::make_rows();
  return rows;
}

}  // namespace kms

void decide_material_expiry(Deciding& d) {
  auto event = d.out.initKeyMaterialExpired();
  event.setKey(d.action.a);
  event.setMaterial(d.action.b);
}

}  // namespace tablekey::model
