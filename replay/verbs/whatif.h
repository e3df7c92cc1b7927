// `whatif`: the alternatives of a scenario from one common past, which is run once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "replay/verbs/console.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct WhatIfOptions {
  ScenarioChoices scenario;
  std::optional<std::filesystem::path> output;  ///< folder of the traces
  std::optional<std::uint32_t> threads;         ///< alternatives at the same time; all cores
  std::vector<std::string> measures;            ///< beside those of the section
  bool all = false;                             ///< counts that are equal everywhere, too
  bool force = false;
  bool json = false;
};

/// 0: all ran (and what the scenario itself expects is met without a change); 1: it is not.
int whatif(const WhatIfOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
