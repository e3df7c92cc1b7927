// What the numbers in events stand for. Ids count things of State; a few of them, as items and
// structures, count things of the table that the event, or the part of it, is about.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "event.capnp.h"
#include "model/dynamodb/backups.h"
#include "replay/event_fields.h"
#include "replay/table_facts.h"

namespace tablekey::replay {
namespace {

constexpr std::size_t kItemKeyShown = 40;  // characters of an item's key in a line

std::string key_name(const model::State& state, std::uint64_t id) {
  const auto keys = state.scenario().reader().getKeys();
  return id < keys.size() ? state.key_arn(static_cast<std::uint32_t>(id)) : std::string();
}

std::string connection_name(const model::State& state, std::uint64_t id) {
  const model::ScenarioView& scenario = state.scenario();
  if (id >= state.connections.size()) return {};
  const std::uint32_t workload = state.connections[id].workload;
  if (workload == model::kNone) return fmt::format("steps/{}", id - scenario.first_step_connection);
  const model::WorkloadView& view = scenario.workloads[workload];
  return fmt::format("{}/{}", view.name, id - view.first_connection);
}

std::string session_name(const model::State& state, std::uint64_t id) {
  return id < state.sessions.size() ? state.session_arn(static_cast<std::uint32_t>(id))
                                    : std::string();
}

std::string step_name(const model::State& state, std::uint64_t index) {
  const auto steps = state.scenario().reader().getSteps();
  if (index >= steps.size()) return {};
  const auto described = steps[static_cast<unsigned>(index)];
  if (described.getId().size() != 0) return described.getId().cStr();
  return fmt::format("line:{}", described.getLine());
}

std::string alias_name(const model::State& state, std::uint64_t id) {
  return id < state.aliases.size() ? state.aliases[id].name : std::string();
}

std::string store_name(const model::State& state, std::uint64_t id) {
  const auto stores = state.scenario().reader().getCustomKeyStores();
  if (id >= stores.size()) return {};
  return stores[static_cast<unsigned>(id)].getLogicalId().cStr();
}

std::string material_name(const model::State& state, std::uint32_t key, std::uint64_t id) {
  if (key >= state.keys.size() || id >= state.keys[key].materials.size()) return {};
  const auto& bytes = state.keys[key].materials[id].id;
  return hex(bytes.data(), bytes.size());
}

std::string statement_name(const model::State& state, std::uint32_t key, std::uint64_t id) {
  if (key >= state.keys.size() || !state.keys[key].compiled) return {};
  const model::iam::Policy& policy = *state.keys[key].compiled;
  return id < policy.statement_count() ? std::string(policy.sid(id)) : std::string();
}

// What the number beside a decider counts (events::Decider).
FieldMeaning counted_by(events::Decider decider) {
  using enum FieldMeaning;
  switch (decider) {
    case events::Decider::GRANT:
      return grant;
    case events::Decider::KEY_POLICY:
    case events::Decider::EXPLICIT_DENY_KEY_POLICY:
      return statement;
    default:
      return plain;
  }
}

std::string grant_name(const model::State& state, std::uint64_t id) {
  if (id >= state.grants.size()) return {};
  return hex(state.grants[id].id.data(), state.grants[id].id.size());
}

// A backup by the name that its caller gave it, or by its ARN.
std::string backup_name(const model::State& state, std::uint64_t id) {
  if (id >= state.backups.size()) return {};
  const auto number = static_cast<std::uint32_t>(id);
  const std::string& name = state.backups[id].name;
  return name.empty() ? model::backup_arn(state, number) : name;
}

std::string era_name(const model::State& state, std::uint64_t id) {
  const auto eras = state.scenario().reader().getEras();
  return id < eras.size() ? std::string(eras[static_cast<unsigned>(id)].getProfile().cStr()) : "";
}

std::uint32_t narrow(std::uint64_t id) {
  return id < events::K_NONE ? static_cast<std::uint32_t>(id) : events::K_NONE;
}

// The item's primary key in canonical DynamoDB JSON; empty: the table has no such item.
std::string item_key(const model::State& state, std::uint32_t table, std::uint64_t item) {
  if (table >= state.tables.size() || item >= events::K_NONE) return {};
  const auto& families = state.scenario().families;
  const model::FamilyView& space = families[state.family(table).space];
  if (item >= space.items + space.given_keys.size()) return {};
  return space.item_key(static_cast<std::uint32_t>(item));
}

// Its values alone, "book-1" or "alice/17"; empty where that is no short word.
std::string short_item_key(const model::State& state, std::uint32_t table, std::uint64_t item) {
  const std::string key = item_key(state, table, item);
  if (key.empty()) return {};
  std::string text;
  const auto attributes = nlohmann::ordered_json::parse(key, nullptr, false);
  for (const auto& [name, value] : attributes.items()) {
    for (const auto& [type, inner] : value.items()) {
      if (!text.empty()) text += '/';
      if (inner.is_string()) text += inner.get<std::string>();
    }
  }
  const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain && text.size() <= kItemKeyShown ? text : std::string();
}

}  // namespace

std::string name_of_id(const model::State& state, FieldMeaning meaning, std::uint64_t id) {
  using enum FieldMeaning;
  const model::ScenarioView& scenario = state.scenario();
  switch (meaning) {
    case table:
      return id < state.tables.size() ? state.table_name(static_cast<std::uint32_t>(id)) : "";
    case key:
      return key_name(state, id);
    case connection:
      return connection_name(state, id);
    case caller:
      return id == 0 ? std::string() : session_name(state, id - 1);
    case session:
      return session_name(state, id);
    case principal:
      return id < scenario.principal_arns.size() ? scenario.principal_arns[id] : "";
    case grant:
      return grant_name(state, id);
    case step:
      return id == 0 ? std::string() : step_name(state, id - 1);
    case step_index:
      return step_name(state, id);
    case alias:
      return alias_name(state, id);
    case store:
      return store_name(state, id);
    case workload:
      return id < scenario.workloads.size() ? scenario.workloads[id].name : "";
    case backup:
      return backup_name(state, id);
    case replica_group:
      return id < state.groups.size() ? state.groups[id].name : std::string();
    case era:
      return era_name(state, id);
    default:
      return {};
  }
}

std::string short_name_of_id(const model::State& state, FieldMeaning meaning, std::uint64_t id) {
  using enum FieldMeaning;
  const auto scenario = state.scenario().reader();
  const std::string name = name_of_id(state, meaning, id);
  if (name.empty()) return name;
  switch (meaning) {
    case key:
      return scenario.getKeys()[static_cast<unsigned>(id)].getLogicalId().cStr();
    case principal:
      return scenario.getPrincipals()[static_cast<unsigned>(id)].getName().cStr();
    case caller:
    case session: {
      const model::Session& described = state.sessions[meaning == caller ? id - 1 : id];
      const auto name_of_principal = scenario.getPrincipals()[described.principal].getName();
      if (described.name.empty()) return name_of_principal.cStr();
      return fmt::format("{}/{}", name_of_principal.cStr(), described.name);
    }
    case grant:
      return name.substr(0, 16);
    default:
      return name;
  }
}

EventContext::EventContext(events::Event::Reader event) {
  KJ_IF_MAYBE (member, capnp::toDynamic(event).which()) {
    event_ = member->getProto().getName().cStr();
  }
  if (event.isKmsAnswered()) {
    const auto answered = event.getKmsAnswered();
    const auto effect = answered.getEffect();
    key_ = effect.isKeyMade() ? effect.getKeyMade().getKey() : answered.getKey();
    destination_ = effect.getDestinationKey();
    decided_by_ = answered.getDecidedBy();
    destination_decided_by_ = effect.getDestinationDecidedBy();
  } else if (event.isKeyRotated()) {
    key_ = event.getKeyRotated().getKey();
  } else if (event.isKeyMaterialExpired()) {
    key_ = event.getKeyMaterialExpired().getKey();
  } else if (event.isKeyMaterialSynchronized()) {
    key_ = event.getKeyMaterialSynchronized().getKey();
  } else if (event.isIamAnswered()) {
    decided_by_ = event.getIamAnswered().getDecidedBy();
  } else if (event.isChangeVisible()) {
    change_ = event.getChangeVisible().getKind();
  }
  KJ_IF_MAYBE (member, capnp::toDynamic(event).which()) {
    look_into(capnp::toDynamic(event).get(*member).as<capnp::DynamicStruct>());
  }
}

// The nearest table around a number is the one that it counts things of.
void EventContext::look_into(const capnp::DynamicStruct::Reader& part) {
  KJ_IF_MAYBE (field, part.getSchema().findFieldByName("table")) {
    const auto value = part.get(*field);
    if (value.getType() == capnp::DynamicValue::UINT) table_ = value.as<std::uint32_t>();
  }
  KJ_IF_MAYBE (field, part.getSchema().findFieldByName("kind")) {
    const auto value = part.get(*field);
    if (value.getType() != capnp::DynamicValue::ENUM) return;
    const auto kind = value.as<capnp::DynamicEnum>();
    const bool structure = kind.getSchema() == capnp::Schema::from<events::StructureKind>();
    const auto which = static_cast<events::StructureKind>(kind.getRaw());
    local_ = structure && which == events::StructureKind::LOCAL_INDEX;
    group_ = structure && which == events::StructureKind::ITEM_GROUP;
  }
}

EventContext EventContext::within(const capnp::DynamicStruct::Reader& part) const {
  EventContext inner = *this;
  inner.look_into(part);
  return inner;
}

FieldMeaning EventContext::meaning(std::string_view field) const {
  using enum FieldMeaning;
  if (field == "decider") return counted_by(decided_by_);
  if (field == "index" && group_) return plain;
  if (field == "destinationDecider") return counted_by(destination_decided_by_);
  if (field == "key" && event_ == "changeVisible") {
    if (change_ == events::Change::IDENTITY_POLICY) return principal;
    if (change_ == events::Change::ALIAS) return alias;
  }
  return meaning_of(event_, field);
}

std::uint32_t EventContext::key_of(std::string_view field) const {
  return field.starts_with("destination") ? destination_ : key_;
}

std::string EventContext::name(const model::State& state, std::string_view field,
                               std::uint64_t id) const {
  using enum FieldMeaning;
  const FieldMeaning means = meaning(field);
  if (means == material) return material_name(state, key_of(field), id);
  if (means == statement) return statement_name(state, key_of(field), id);
  if (means == item) return item_key(state, table_, id);
  if (means == structure) return structure_name(state, table_, narrow(id));
  if (means == secondary_index) return index_name(state, table_, narrow(id), local_);
  return name_of_id(state, means, id);
}

// A material is told by its number, and by as much of its id as tells it apart.
std::string EventContext::short_name(const model::State& state, std::string_view field,
                                     std::uint64_t id) const {
  using enum FieldMeaning;
  const FieldMeaning means = meaning(field);
  if (means == statement) return statement_name(state, key_of(field), id);
  if (means == item) return short_item_key(state, table_, id);
  if (means == structure || means == secondary_index) return name(state, field, id);
  if (means != material) return short_name_of_id(state, means, id);
  const std::string whole = material_name(state, key_of(field), id);
  return whole.empty() ? whole : fmt::format("{}:{}", id, whole.substr(0, 16));
}

}  // namespace tablekey::replay
