// Every setting of a scenario with its value and its source, for programs: `explain --json` and the
// report show the same list.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/scenario.h"

namespace tablekey::replay {

/// An array of {path, value, default, set, simulated, meaning, source}, in the order of their
/// paths. `set`: the scenario says so itself.
nlohmann::ordered_json settings_document(const model::ScenarioView& scenario);

}  // namespace tablekey::replay
