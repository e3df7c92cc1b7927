// `explain`: a scenario in sentences, with every setting and where its value comes from; or one
// event of a trace: what happened, what decided it, and what led to it.
#pragma once

#include <cstdint>
#include <optional>

#include "replay/verbs/console.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct ExplainOptions {
  ScenarioChoices scenario;
  bool json = false;
  std::optional<std::uint64_t> event;  ///< the file is a trace, and this is its event
};

int explain(const ExplainOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
