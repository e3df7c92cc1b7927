// From a name that a person writes (a logical id, a table name, an alias) to the index it stands
// for. Scenario files, filters and --table all mean the same by a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario.h"

namespace tablekey::replay {

/// Tables [first, end) of State.
struct TableRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  bool contains(std::uint32_t table) const { return table >= first && table < end; }
};

/// A logical id or a table name means all copies; `name-3` one of them.
std::optional<TableRange> find_tables(const model::ScenarioView& scenario, std::string_view name);
/// A logical id, a key id, an ARN or an alias.
std::optional<std::uint32_t> find_key(const model::ScenarioView& scenario, std::string_view name);
std::optional<std::uint32_t> find_workload(const model::ScenarioView& scenario,
                                           std::string_view name);
/// A logical id, a name or an ARN of a principal.
std::optional<std::uint32_t> find_principal(const model::ScenarioView& scenario,
                                            std::string_view name);
/// The first step with that id.
std::optional<std::uint32_t> find_step(const model::ScenarioView& scenario, std::string_view id);

/// The logical ids of tables, keys, principals and workloads and the ids of steps, for messages.
std::vector<std::string> table_words(const model::ScenarioView& scenario);
std::vector<std::string> key_words(const model::ScenarioView& scenario);
std::vector<std::string> principal_words(const model::ScenarioView& scenario);
std::vector<std::string> workload_words(const model::ScenarioView& scenario);
std::vector<std::string> step_words(const model::ScenarioView& scenario);

}  // namespace tablekey::replay
