// KeyMetadata as CloudTrail spells it (kms.md 1.4, 9.4): of the keys that CreateKey and
// ReplicateKey make.
#include <algorithm>

#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/law.h"
#include "replay/event_fields.h"
#include "replay/export/cloudtrail_record.h"

namespace tablekey::replay::cloudtrail {
namespace {

const char* algorithms_name(events::KeyUsage usage) {
  switch (usage) {
    case events::KeyUsage::ENCRYPT_DECRYPT:
      return "encryptionAlgorithms";
    case events::KeyUsage::SIGN_VERIFY:
      return "signingAlgorithms";
    case events::KeyUsage::GENERATE_VERIFY_MAC:
      return "macAlgorithms";
    case events::KeyUsage::KEY_AGREEMENT:
      return "keyAgreementAlgorithms";
  }
  return "algorithms";
}

Json place_in_table(const model::State& state, std::uint32_t key) {
  return {{"arn", state.key_arn(key)}, {"region", key_region(state, key)}};
}

Json multi_region(const model::State& state, std::uint32_t key) {
  const std::vector<std::uint32_t> set = model::kms::key_set(state, key);
  std::uint32_t primary = key;
  for (const std::uint32_t member : set) {
    if (model::at(state.keys, member).primary) primary = member;
  }
  Json object;
  object["multiRegionKeyType"] = primary == key ? "PRIMARY" : "REPLICA";
  object["primaryKey"] = place_in_table(state, primary);
  object["replicaKeys"] = Json::array();
  for (const std::uint32_t member : set) {
    if (member != primary) object["replicaKeys"].push_back(place_in_table(state, member));
  }
  return object;
}

void add_store(Json& object, const model::State& state, events::Key::Reader described) {
  if (described.getStore() == model::kNone) return;
  const auto store =
      model::at(state.scenario().reader().getCustomKeyStores(), described.getStore());
  object["customKeyStoreId"] = store.getId().cStr();
  if (store.getClusterId().size() != 0) object["cloudHsmClusterId"] = store.getClusterId().cStr();
  if (described.getXksKeyId().size() != 0) {
    object["xksKeyConfiguration"] = {{"id", described.getXksKeyId().cStr()}};
  }
}

void add_material(Json& object, const model::KmsKey& key, const Manner& manner) {
  if (!manner.materials || key.current == model::kNone) return;
  if (key.state == events::KeyState::CREATING) return;
  const auto& id = model::at(key.materials, key.current).id;
  object["currentKeyMaterialId"] = hex(id.data(), id.size());
}

}  // namespace

Json key_metadata(const model::State& state, std::uint32_t key, const Manner& manner) {
  const model::KmsKey& facts = model::at(state.keys, key);
  const auto described = model::kms::described(state, key);
  const std::string_view spec = model::kms::spec_name(described.getSpec());
  Json object;
  object["aWSAccountId"] = described.getAccount().cStr();
  object["keyId"] = model::at(state.scenario().key_ids, key);
  object["arn"] = state.key_arn(key);
  object["creationDate"] = element_date(facts.creation_date.nanoseconds());
  object["enabled"] = facts.state == events::KeyState::ENABLED;
  object["description"] = facts.description;
  object["keyUsage"] = model::kms::usage_name(described.getUsage());
  object["keyState"] = model::kms::state_name(facts.state);
  object["origin"] = model::kms::origin_name(described.getOrigin());
  const bool customer = described.getManager() == events::Key::Manager::CUSTOMER;
  object["keyManager"] = customer ? "CUSTOMER" : "AWS";
  object["customerMasterKeySpec"] = spec;
  if (manner.key_specs) object["keySpec"] = spec;
  Json& algorithms = object[algorithms_name(described.getUsage())] = Json::array();
  for (const auto name : model::kms::algorithms_of(described.getSpec(), described.getUsage())) {
    algorithms.push_back(name);
  }
  if (manner.key_specs) object["multiRegion"] = described.getMultiRegion();
  if (described.getMultiRegion()) object["multiRegionConfiguration"] = multi_region(state, key);
  add_store(object, state, described);
  add_material(object, facts, manner);
  return object;
}

}  // namespace tablekey::replay::cloudtrail
