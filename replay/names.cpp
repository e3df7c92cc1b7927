// Linear searches over what a scenario declares; they run once a name, not once an event.
#include "replay/names.h"

#include <fmt/format.h>

#include <charconv>

namespace tablekey::replay {
namespace {

bool is(capnp::Text::Reader text, std::string_view name) {
  return std::string_view(text.cStr(), text.size()) == name;
}

// The number behind "name-", if `name` is that of one copy.
std::optional<std::uint32_t> copy_of(const model::FamilyView& family, std::string_view name) {
  if (family.copies == 1 || !name.starts_with(family.name)) return std::nullopt;
  std::string_view rest = name.substr(family.name.size());
  if (!rest.starts_with('-')) return std::nullopt;
  rest.remove_prefix(1);
  std::uint32_t copy = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), copy);
  const bool whole = error == std::errc{} && end == rest.data() + rest.size();
  if (!whole || copy >= family.copies) return std::nullopt;
  return copy;
}

}  // namespace

std::optional<TableRange> find_tables(const model::ScenarioView& scenario, std::string_view name) {
  const auto described = scenario.reader().getTables();
  for (std::uint32_t i = 0; i < scenario.families.size(); ++i) {
    const model::FamilyView& family = scenario.families[i];
    if (family.name == name || is(described[i].getLogicalId(), name)) {
      return TableRange{family.first_table, family.first_table + family.copies};
    }
    if (const auto copy = copy_of(family, name)) {
      return TableRange{family.first_table + *copy, family.first_table + *copy + 1};
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_key(const model::ScenarioView& scenario, std::string_view name) {
  const auto keys = scenario.reader().getKeys();
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const std::string& id = scenario.key_ids[i];
    if (is(keys[i].getLogicalId(), name) || id == name) return i;
    // Keys of a multi-Region set share their id, not their ARN.
    if (name.starts_with("arn:") &&
        name == fmt::format("arn:aws:kms:{}:{}:key/{}", keys[i].getRegion().cStr(),
                            keys[i].getAccount().cStr(), id)) {
      return i;
    }
    for (const auto alias : keys[i].getAliases()) {
      if (is(alias, name)) return i;
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_workload(const model::ScenarioView& scenario,
                                           std::string_view name) {
  for (std::uint32_t i = 0; i < scenario.workloads.size(); ++i) {
    if (scenario.workloads[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_principal(const model::ScenarioView& scenario,
                                            std::string_view name) {
  const auto principals = scenario.reader().getPrincipals();
  for (std::uint32_t i = 0; i < principals.size(); ++i) {
    if (is(principals[i].getLogicalId(), name) || is(principals[i].getName(), name) ||
        scenario.principal_arns[i] == name) {
      return i;
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_step(const model::ScenarioView& scenario, std::string_view id) {
  const auto steps = scenario.reader().getSteps();
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (is(steps[i].getId(), id)) return i;
  }
  return std::nullopt;
}

std::vector<std::string> table_words(const model::ScenarioView& scenario) {
  std::vector<std::string> words;
  const auto described = scenario.reader().getTables();
  for (std::uint32_t i = 0; i < scenario.families.size(); ++i) {
    words.push_back(scenario.families[i].name);
    const std::string logical = described[i].getLogicalId().cStr();
    if (logical != words.back()) words.push_back(logical);
  }
  return words;
}

std::vector<std::string> key_words(const model::ScenarioView& scenario) {
  std::vector<std::string> words;
  for (const auto key : scenario.reader().getKeys()) words.emplace_back(key.getLogicalId().cStr());
  return words;
}

std::vector<std::string> principal_words(const model::ScenarioView& scenario) {
  std::vector<std::string> words;
  for (const auto principal : scenario.reader().getPrincipals()) {
    words.emplace_back(principal.getLogicalId().cStr());
  }
  return words;
}

std::vector<std::string> workload_words(const model::ScenarioView& scenario) {
  std::vector<std::string> words;
  for (const model::WorkloadView& workload : scenario.workloads) words.push_back(workload.name);
  return words;
}

std::vector<std::string> step_words(const model::ScenarioView& scenario) {
  std::vector<std::string> words;
  for (const auto step : scenario.reader().getSteps()) {
    if (step.getId().size() != 0) words.emplace_back(step.getId().cStr());
  }
  return words;
}

}  // namespace tablekey::replay
