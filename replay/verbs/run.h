// `run`: a scenario from its file to a trace and a verdict.
#pragma once

#include <filesystem>
#include <optional>

#include "events/writer.h"
#include "replay/verbs/console.h"
#include "replay/verbs/execution.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct RunOptions {
  ScenarioChoices scenario;
  std::optional<std::filesystem::path> trace;  ///< nullopt: beside the scenario, as NAME.tk
  bool no_trace = false;
  events::WriterOptions writer;
  ShellChoices shell;
  bool json = false;
};

int run(const RunOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
