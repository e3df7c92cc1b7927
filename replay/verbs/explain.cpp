#include "replay/verbs/explain.h"

#include <nlohmann/json.hpp>

#include "replay/settings_document.h"

namespace tablekey::replay::verbs {
int explain(const ExplainOptions& options, Console& console) {
  const auto file = load_or_complain(options.scenario, console);
  if (!file) return file.error();
  const std::string text = scenarios::explain(file->loaded.scenario());
  if (!options.json) {
    console.out << text;
    return kExitOk;
  }
  const auto scenario = model::ScenarioView::make(file->loaded.scenario());
  if (!scenario) return console.fail(kExitUsage, scenario.error());
  const nlohmann::ordered_json document = {{"format", "tablekey.explain/1"},
                                           {"scenario", (*scenario)->reader().getName().cStr()},
                                           {"text", text},
                                           {"settings", settings_document(**scenario)}};
  console.out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << '\n';
  return kExitOk;
}

}  // namespace tablekey::replay::verbs
