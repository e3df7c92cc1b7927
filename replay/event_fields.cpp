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
    {"allocation", duration},
    {"caller", caller},
    {"connection", connection},
    {"delay", duration},
    {"deletionDate", time},
    {"duration", duration},
    {"grant", grant},
    {"ivHead", bits},
    {"ivTail", bits},
    {"key", key},
    {"keyCheckValue", bits},
    {"latency", duration},
    {"next", time},
    {"oldKeyShown", duration},
    {"principal", principal},
    {"session", caller},
    {"step", step},
    {"table", table},
    {"time", time},
    {"toKey", key},
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

std::string grant_name(const model::State& state, std::uint64_t id) {
  if (id >= state.grants.size()) return {};
  return hex(state.grants[id].id.data(), state.grants[id].id.size());
}

}  // namespace

FieldMeaning meaning_of(std::string_view event, std::string_view field) {
  if (event == "roleAssumed" && field == "session") return session;
  if (event == "connectionsClosed" && field == "step") return step_index;
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

std::string enumerant_text(capnp::DynamicEnum value) {
  const capnp::EnumSchema schema = value.getSchema();
  const std::uint16_t raw = value.getRaw();
  if (schema == capnp::Schema::from<events::KmsError>()) {
    return std::string(scenarios::name_of(static_cast<events::KmsError>(raw)));
  }
  if (schema == capnp::Schema::from<events::Exception>()) {
    return std::string(scenarios::name_of(static_cast<events::Exception>(raw)));
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
  return aws ? capitalized(name) : name;
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
