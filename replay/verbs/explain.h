// `explain`: a scenario in sentences, with every setting and where its value comes from.
#pragma once

#include "replay/verbs/console.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct ExplainOptions {
  ScenarioChoices scenario;
  bool json = false;
};

int explain(const ExplainOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
