// KMS and IAM put into words. Identifiers and check values stand for key material; documents of
// policies are shown, which are no secrets.
#include "replay/inspect_kms.h"

#include <fmt/format.h>

#include <map>

#include "model/kms/grant_terms.h"
#include "model/kms/names.h"
#include "model/kms/operation.h"
#include "model/kms/quota.h"
#include "model/law.h"
#include "replay/event_fields.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

std::string_view manager_name(events::Key::Manager manager) {
  switch (manager) {
    case events::Key::Manager::CUSTOMER:
      return "customer managed";
    case events::Key::Manager::AWS:
      return "AWS managed";
    case events::Key::Manager::OWNED:
      return "AWS owned";
  }
  return "?";
}

// As ListKeyRotations shows it (kms.md 4.5).
std::string_view material_state_name(model::MaterialState state) {
  switch (state) {
    case model::MaterialState::current:
      return "CURRENT";
    case model::MaterialState::non_current:
      return "NON_CURRENT";
    case model::MaterialState::pending_rotation:
      return "PENDING_ROTATION";
    case model::MaterialState::pending_sync:
      return "PENDING_MULTI_REGION_IMPORT_AND_ROTATION";
  }
  return "?";
}

template <class Enum>
std::string enumerant(Enum value) {
  return enumerant_text(
      capnp::DynamicEnum(capnp::Schema::from<Enum>(), static_cast<std::uint16_t>(value)));
}

void put_time(Json& object, const char* name, sim::Time time) {
  if (time != sim::Time()) object[name] = sim::print(time);
}

Json material(const model::KeyMaterial& material) {
  Json object;
  object["keyMaterialId"] = hex(material.id.data(), material.id.size());
  object["keyMaterialState"] = material_state_name(material.state);
  if (material.imported) {
    object["importState"] = material.present ? "IMPORTED" : "PENDING_IMPORT";
    object["expirationModel"] =
        material.valid_to == sim::Time() ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES";
  }
  put_time(object, "validTo", material.valid_to);
  put_time(object, "rotationDate", material.rotated);
  if (material.rotation != events::RotationType::NONE) {
    object["rotationType"] = enumerant(material.rotation);
  }
  if (!material.description.empty()) object["description"] = material.description;
  object["keyCheckValue"] = fmt::format("{:016x}", material.key_check_value);
  return object;
}

Json rotation(const model::Rotation& rotation) {
  Json object;
  object["enabled"] = rotation.enabled;
  if (rotation.enabled) object["periodInDays"] = rotation.period_days;
  put_time(object, "next", rotation.next);
  object["onDemand"] = rotation.on_demand;
  put_time(object, "onDemandSince", rotation.on_demand_since);
  return object;
}

Json tags(const std::vector<model::Tag>& tags) {
  Json object = Json::object();
  for (const model::Tag& tag : tags) object[tag.name] = tag.value;
  return object;
}

std::string_view change_name(events::Change kind) {
  switch (kind) {
    case events::Change::KEY_STATE:
      return "key state";
    case events::Change::KEY_POLICY:
      return "key policy";
    case events::Change::TAGS:
      return "tags";
    case events::Change::KEY_CREATION:
      return "creation";
    case events::Change::IDENTITY_POLICY:
      return "identity policy";
    case events::Change::ALIAS:
      return "alias";
  }
  return "?";
}

bool about_key(events::Change kind) {
  return kind != events::Change::IDENTITY_POLICY && kind != events::Change::ALIAS;
}

Json change_document(const model::PendingChange& change) {
  const bool state = change.kind == events::Change::KEY_STATE;
  return {{"change", change_name(change.kind)},
          {"to", state ? model::kms::state_name(change.state) : "what was written last"},
          {"visibleAt", sim::print(change.visible_at)}};
}

Json changes_of_key(const model::State& state, std::uint32_t key) {
  Json list = Json::array();
  for (const model::PendingChange& change : state.changes) {
    if (change.key == key && about_key(change.kind)) list.push_back(change_document(change));
  }
  return list;
}

Json aliases_of(const model::State& state, std::uint32_t key) {
  Json list = Json::array();
  for (const model::Alias& alias : state.aliases) {
    if (alias.key == key) list.push_back(alias.name);
  }
  return list;
}

void put_kind(Json& object, events::Key::Reader described) {
  object["keyManager"] = manager_name(described.getManager());
  object["keySpec"] = model::kms::spec_name(described.getSpec());
  object["keyUsage"] = model::kms::usage_name(described.getUsage());
  object["origin"] = model::kms::origin_name(described.getOrigin());
}

void put_multi_region(Json& object, const model::State& state, std::uint32_t key) {
  if (!model::kms::described(state, key).getMultiRegion()) return;
  object["multiRegion"] = model::at(state.keys, key).primary ? "PRIMARY" : "REPLICA";
  Json& set = object["multiRegionSet"] = Json::array();
  for (const std::uint32_t member : model::kms::key_set(state, key)) {
    set.push_back(key_label(state, member));
  }
}

Json texts(const std::vector<std::string_view>& words) {
  Json list = Json::array();
  for (const std::string_view word : words) list.push_back(word);
  return list;
}

void put_text(Json& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

void put_terms(Json& object, const model::kms::GrantTerms& terms) {
  put_text(object, "name", terms.name);
  put_text(object, "granteePrincipal", terms.grantee);
  put_text(object, "granteeServicePrincipal", terms.grantee_service);
  put_text(object, "retiringPrincipal", terms.retiring);
  put_text(object, "retiringServicePrincipal", terms.retiring_service);
  std::vector<std::string_view> operations;
  for (std::size_t i = 0; i < model::kms::kGrantOperationCount; ++i) {
    const auto operation = static_cast<model::kms::GrantOperation>(i);
    if (terms.operations.contains(operation)) operations.push_back(model::kms::name(operation));
  }
  object["operations"] = texts(operations);
  if (terms.constraint != model::kms::GrantConstraint::none) {
    const bool equals = terms.constraint == model::kms::GrantConstraint::equals;
    Json& pairs = object[equals ? "encryptionContextEquals" : "encryptionContextSubset"];
    for (const auto& [name, value] : terms.pairs) pairs[name] = value;
  }
  put_text(object, "sourceArn", terms.source_arn);
}

/// A policy as JSON; one that is not, as its text.
Json policy(const std::string& document) {
  Json parsed = Json::parse(document, nullptr, false);
  return parsed.is_discarded() ? Json(document) : parsed;
}

Json policies(const std::vector<model::NamedPolicy>& all) {
  Json object = Json::object();
  for (const model::NamedPolicy& one : all) object[one.name] = policy(one.document);
  return object;
}

std::string quota_name(const model::kms::OperationRow& row) {
  using model::kms::QuotaGroup;
  switch (row.quota) {
    case QuotaGroup::symmetric:
      return "symmetric cryptography";
    case QuotaGroup::own:
      return std::string(row.name);
    default:
      return {};  // asymmetric groups follow from a key's spec, not from the operation
  }
}

}  // namespace

std::string key_label(const model::State& state, std::uint32_t key) {
  return model::kms::described(state, key).getLogicalId().cStr();
}

Json key_document(const model::State& state, std::uint32_t index) {
  const model::KmsKey& key = model::at(state.keys, index);
  const auto described = model::kms::described(state, index);
  Json object;
  object["logicalId"] = described.getLogicalId().cStr();
  object["arn"] = state.key_arn(index);
  put_kind(object, described);
  object["keyState"] = key.created ? model::kms::state_name(key.state) : "NotYetCreated";
  object["effectiveState"] = key.created ? model::kms::state_name(key.effective) : "NotYetCreated";
  put_time(object, "creationDate", key.creation_date);
  put_time(object, "deletionDate", key.deletion_date);
  put_text(object, "description", key.description);
  put_multi_region(object, state, index);
  if (described.getStore() != model::kNone) {
    object["customKeyStore"] = name_of_id(state, FieldMeaning::store, described.getStore());
  }
  object["aliases"] = aliases_of(state, index);
  object["tags"] = tags(key.tags);
  object["rotation"] = rotation(key.rotation);
  Json& materials = object["materials"] = Json::array();
  for (const model::KeyMaterial& one : key.materials) materials.push_back(material(one));
  object["policy"] = policy(key.policy);
  object["policyPending"] = key.policy != key.effective_policy;
  object["changesPending"] = changes_of_key(state, index);
  object["grants"] = key.live_grants;
  put_time(object, "lastUsed", key.last_used);
  return object;
}

Json grant_document(const model::State& state, const model::Grant& grant, sim::Time now) {
  Json object;
  object["grantId"] = hex(grant.id.data(), grant.id.size());
  object["key"] = key_label(state, grant.key);
  object["table"] =
      grant.table == model::kNone ? Json(nullptr) : Json(state.table_name(grant.table));
  if (grant.step != 0) object["step"] = name_of_id(state, FieldMeaning::step, grant.step);
  model::kms::GrantTerms scratch;
  put_terms(object, model::kms::terms_of_grant(state, grant, scratch));
  object["issuingAccount"] = model::kms::issuing_account(state, grant);
  object["created"] = sim::print(grant.created);
  object["visibleAt"] = sim::print(grant.visible_at);
  object["tokens"] = grant.tokens;
  object["ended"] = grant.ended;
  if (grant.ended) object["endVisibleAt"] = sim::print(grant.end_visible_at);
  object["usable"] = grant.usable(now, false);
  return object;
}

Json stores_document(const model::State& state) {
  Json list = Json::array();
  const auto described = state.scenario().reader().getCustomKeyStores();
  for (std::uint32_t i = 0; i < state.stores.size(); ++i) {
    const model::CustomKeyStore& store = state.stores[i];
    if (store.state == events::ConnectionState::ABSENT ||
        store.state == events::ConnectionState::DELETED) {
      continue;
    }
    const auto fixed = model::at(described, i);
    const bool hsm = fixed.getType() == events::CustomKeyStore::Type::AWS_CLOUD_HSM;
    Json object = {{"logicalId", fixed.getLogicalId().cStr()},
                   {"customKeyStoreId", fixed.getId().cStr()},
                   {"name", store.name},
                   {"type", hsm ? "AWS_CLOUDHSM" : "EXTERNAL_KEY_STORE"},
                   {"connectionState", enumerant(store.state)}};
    if (store.error != events::ConnectionError::NONE) {
      object["connectionErrorCode"] = enumerant(store.error);
    }
    if (store.broken != events::ConnectionError::NONE) object["fault"] = enumerant(store.broken);
    list.push_back(std::move(object));
  }
  return list;
}

Json principals_document(const model::State& state) {
  Json list = Json::array();
  const auto described = state.scenario().reader().getPrincipals();
  for (std::uint32_t i = 0; i < state.principals.size(); ++i) {
    const model::PrincipalState& principal = state.principals[i];
    Json object;
    object["logicalId"] = model::at(described, i).getLogicalId().cStr();
    object["arn"] = model::at(state.scenario().principal_arns, i);
    object["deleted"] = principal.deleted;
    object["policies"] = policies(principal.policies);
    if (!principal.boundary.empty()) object["permissionsBoundary"] = policy(principal.boundary);
    Json& pending = object["changesPending"] = Json::array();
    for (const model::PendingChange& change : state.changes) {
      if (change.kind == events::Change::IDENTITY_POLICY && change.key == i) {
        pending.push_back(change_document(change));
      }
    }
    list.push_back(std::move(object));
  }
  return list;
}

Json quotas_document(const model::State& state, sim::Time now) {
  Json list = Json::array();
  const model::ScenarioView& scenario = state.scenario();
  // A window lasts a second of the clock; what was counted in an earlier one is over.
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (now.nanoseconds() / kSecond != state.now().nanoseconds() / kSecond) return list;
  for (std::uint32_t realm = 0; realm < scenario.realms(); ++realm) {
    std::map<std::string, std::uint32_t> counted;
    for (const model::kms::OperationRow& row : model::kms::operation_rows()) {
      const std::string name = quota_name(row);
      const std::uint32_t requests = model::kms::requests_counted(state, realm, row.operation);
      if (!name.empty() && requests != 0) counted[name] = requests;
    }
    for (const auto& [name, requests] : counted) {
      list.push_back({{"account", scenario.realm_account(realm)},
                      {"region", scenario.realm_region(realm)},
                      {"quota", name},
                      {"requests", requests}});
    }
  }
  return list;
}

Json faults_document(const model::State& state) {
  Json list = Json::array();
  const auto scenario = state.scenario().reader();
  const std::uint32_t steps = scenario.getSteps().size();
  const auto add = [&](std::string name, const char* origin, events::Fault::Reader fault,
                       std::int64_t since, std::int64_t duration) {
    Json object = {{origin, std::move(name)},
                   {"kind", enumerant(fault.getKind())},
                   {"since", sim::print(sim::Time::from_nanoseconds(since))}};
    if (duration != 0) {
      object["until"] = sim::print(sim::Time::from_nanoseconds(since + duration));
    }
    list.push_back(std::move(object));
  };
  for (const std::uint32_t index : state.faults) {
    if (index < steps) {
      const auto step = scenario.getSteps()[index];
      add(name_of_id(state, FieldMeaning::step_index, index), "step", step.getFault(), step.getAt(),
          step.getFault().getDuration());
      continue;
    }
    const auto source = model::at(scenario.getFaults(), index - steps);
    const model::FaultSource& known = model::at(state.fault_sources, index - steps);
    add(source.getName().cStr(), "source", source.getFault(), known.at.nanoseconds(),
        known.duration.count());
  }
  return list;
}

}  // namespace tablekey::replay
