// What KMS does of itself, as its trail shows it (kms.md 9.7): rotation, deletion, expiry of
// imported material, copying of material to replicas.
#include "replay/export/cloudtrail_service.h"

#include <fmt/format.h>

#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/event_fields.h"

namespace tablekey::replay::cloudtrail {
namespace {

std::string_view rotation_name(events::RotationType type) {
  return type == events::RotationType::ON_DEMAND ? "ON_DEMAND" : "AUTOMATIC";
}

/// The material that was current before `current`: of the others the one that became so last.
std::uint32_t previous_material(const model::KmsKey& key, std::uint32_t current) {
  std::uint32_t previous = model::kNone;
  for (std::uint32_t i = 0; i < key.materials.size(); ++i) {
    if (i == current || key.materials[i].state != model::MaterialState::non_current) continue;
    if (previous == model::kNone || key.materials[i].rotated >= key.materials[previous].rotated) {
      previous = i;
    }
  }
  return previous;
}

Json rotation_details(const model::State& state, events::KeyRotated::Reader rotated,
                      const Manner& manner) {
  Json details;
  if (manner.categories) details["rotationType"] = rotation_name(rotated.getType());
  if (manner.materials) {
    const auto described = model::kms::described(state, rotated.getKey());
    details["keyOrigin"] = model::kms::origin_name(described.getOrigin());
    const std::uint32_t previous =
        previous_material(model::at(state.keys, rotated.getKey()), rotated.getMaterial());
    if (previous != model::kNone) {
      details["previousKeyMaterialId"] = material_id(state, rotated.getKey(), previous);
    }
    details["currentKeyMaterialId"] = material_id(state, rotated.getKey(), rotated.getMaterial());
  }
  details["keyId"] = model::at(state.scenario().key_ids, rotated.getKey());
  return details;
}

Json expiry_details(const model::State& state, events::KeyMaterialEvent::Reader expired,
                    const Manner& manner) {
  Json details;
  details["keyId"] = model::at(state.scenario().key_ids, expired.getKey());
  if (manner.materials) {
    details["keyMaterialId"] = material_id(state, expired.getKey(), expired.getMaterial());
  }
  return details;
}

// Lists that CloudTrail shows as JSON within a text.
Json deleted_in_cluster(const model::State& state, std::uint32_t key) {
  const auto described = model::kms::described(state, key);
  if (described.getOrigin() != events::Origin::AWS_CLOUD_HSM) return nullptr;
  if (described.getStore() == model::kNone) return nullptr;
  const auto store =
      model::at(state.scenario().reader().getCustomKeyStores(), described.getStore());
  Json keys = Json::array(), status = Json::array();
  for (const model::KeyMaterial& material : model::at(state.keys, key).materials) {
    const std::string id = hex(material.id.data(), material.id.size());
    keys.push_back({{"backingKeyId", id}});
    status.push_back({{"backingKeyId", id}, {"deletionStatus", "SUCCESS"}});
  }
  Json data;
  data["customKeyStoreId"] = store.getId().cStr();
  data["clusterId"] = store.getClusterId().cStr();
  data["backingKeys"] = keys.dump();
  data["backingKeysDeletionStatus"] = status.dump();
  return data;
}

std::uint32_t primary_of(const model::State& state, std::uint32_t key) {
  for (const std::uint32_t member : model::kms::key_set(state, key)) {
    if (model::at(state.keys, member).primary) return member;
  }
  return key;
}

}  // namespace

std::optional<Act> act_of(const model::State& state, events::Event::Reader event,
                          const Manner& manner) {
  Act act;
  switch (event.which()) {
    case events::Event::KEY_ROTATED:
      act.name = "RotateKey";
      act.key = event.getKeyRotated().getKey();
      act.details = rotation_details(state, event.getKeyRotated(), manner);
      return act;
    case events::Event::KEY_DELETED:
      act.name = "DeleteKey";
      act.key = event.getKeyDeleted().getKey();
      if (manner.answers_arn) act.elements = {{"keyId", state.key_arn(act.key)}};
      act.data = deleted_in_cluster(state, act.key);
      return act;
    case events::Event::KEY_MATERIAL_EXPIRED:
      act.name = "DeleteExpiredKeyMaterial";
      act.key = event.getKeyMaterialExpired().getKey();
      act.details = expiry_details(state, event.getKeyMaterialExpired(), manner);
      return act;
    case events::Event::KEY_MATERIAL_SYNCHRONIZED:
      act.name = "SynchronizeMultiRegionKey";
      act.key = primary_of(state, event.getKeyMaterialSynchronized().getKey());
      act.call = true;
      return act;
    default:
      return std::nullopt;
  }
}

}  // namespace tablekey::replay::cloudtrail
