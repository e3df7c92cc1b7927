// One row a field name; a field that means something else in one event is an exception above the
// rows.
#include "replay/event_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "event.capnp.h"
#include "model/dynamodb/errors.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {
namespace {

using enum FieldMeaning;

constexpr auto kMeanings = std::to_array<std::pair<std::string_view, FieldMeaning>>({
    {"alias", alias},
    {"allocation", duration},
    {"caller", caller},
    {"connection", connection},
    {"delay", duration},
    {"deletionDate", time},
    {"destinationKey", key},
    {"destinationMaterial", material},
    {"duration", duration},
    {"grant", grant},
    {"index", material},
    {"ivHead", bits},
    {"ivTail", bits},
    {"key", key},
    {"keyCheckValue", bits},
    {"latency", duration},
    {"material", material},
    {"next", time},
    {"oldKeyShown", duration},
    {"principal", principal},
    {"readyAt", time},
    {"session", caller},
    {"step", step},
    {"store", store},
    {"table", table},
    {"time", time},
    {"toKey", key},
    {"until", time},
    {"validTo", time},
    {"visibleAt", time},
    {"workload", workload},
});
static_assert(std::ranges::is_sorted(kMeanings, {},
                                     &std::pair<std::string_view, FieldMeaning>::first));

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

}  // namespace

FieldMeaning meaning_of(std::string_view event, std::string_view field) {
  if (event == "roleAssumed" && field == "session") return session;
  if (field == "step" && (event == "connectionsClosed" || event == "iamAnswered" ||
                          event == "faultStarted" || event == "faultEnded")) {
    return step_index;
  }
  if (field.ends_with("High") || field.ends_with("Low")) return half;
  const auto found =
      std::lower_bound(kMeanings.begin(), kMeanings.end(), field,
                       [](const auto& row, std::string_view wanted) { return row.first < wanted; });
  return found != kMeanings.end() && found->first == field ? found->second : plain;
}

std::string name_of_id(const model::State& state, FieldMeaning meaning, std::uint64_t id) {
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
    default:
      return {};
  }
}

std::string short_name_of_id(const model::State& state, FieldMeaning meaning, std::uint64_t id) {
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
}

FieldMeaning EventContext::meaning(std::string_view field) const {
  if (field == "decider") return counted_by(decided_by_);
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
  const FieldMeaning means = meaning(field);
  if (means == material) return material_name(state, key_of(field), id);
  if (means == statement) return statement_name(state, key_of(field), id);
  return name_of_id(state, means, id);
}

// A material is told by its number, and by as much of its id as tells it apart.
std::string EventContext::short_name(const model::State& state, std::string_view field,
                                     std::uint64_t id) const {
  const FieldMeaning means = meaning(field);
  if (means == statement) return statement_name(state, key_of(field), id);
  if (means != material) return short_name_of_id(state, means, id);
  const std::string whole = material_name(state, key_of(field), id);
  return whole.empty() ? whole : fmt::format("{}:{}", id, whole.substr(0, 16));
}

namespace {

// "onDemand" as the APIs of AWS write such words: "ON_DEMAND".
std::string upper_snake(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !text.empty()) text += '_';
    text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

}  // namespace

std::string enumerant_text(capnp::DynamicEnum value) {
  const capnp::EnumSchema schema = value.getSchema();
  const std::uint16_t raw = value.getRaw();
  if (schema == capnp::Schema::from<events::KmsError>()) {
    return std::string(scenarios::name_of(static_cast<events::KmsError>(raw)));
  }
  if (schema == capnp::Schema::from<events::Exception>()) {
    return std::string(scenarios::name_of(static_cast<events::Exception>(raw)));
  }
  if (schema == capnp::Schema::from<events::IamError>()) {
    return std::string(scenarios::name_of(static_cast<events::IamError>(raw)));
  }
  std::string name;
  KJ_IF_MAYBE (enumerant, value.getEnumerant()) {
    name = enumerant->getProto().getName().cStr();
  }
  if (name.empty()) return fmt::format("{}", raw);
  const bool aws = schema == capnp::Schema::from<events::DataOperation>() ||
                   schema == capnp::Schema::from<events::KmsOperation>() ||
                   schema == capnp::Schema::from<events::TableOperation>() ||
                   schema == capnp::Schema::from<events::KeyState>();
  if (aws) return capitalized(name);
  const bool upper = schema == capnp::Schema::from<events::ConnectionState>() ||
                     schema == capnp::Schema::from<events::ConnectionError>() ||
                     schema == capnp::Schema::from<events::RotationType>();
  return upper ? upper_snake(name) : name;
}

std::string capitalized(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string identifier_text(std::string_view stem, std::uint64_t high, std::uint64_t low) {
  const bool tag = stem == "tag" || stem == "digest";
  return tag ? fmt::format("{:016x}{:016x}", high, low) : model::dynamodb::uuid(high, low);
}

}  // namespace tablekey::replay
