#include "replay/verbs/explain.h"

#include <nlohmann/json.hpp>
#include <set>

#include "model/settings.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

Json settings_of(const model::ScenarioView& scenario) {
  std::set<std::string_view> set;
  for (const auto setting : scenario.reader().getSettings()) set.insert(setting.getPath().cStr());
  Json settings = Json::array();
  for (const model::SettingRow& row : model::settings_table()) {
    settings.push_back({{"path", row.path},
                        {"value", row.get(scenario.settings())},
                        {"default", row.standard},
                        {"set", set.contains(row.path)},
                        {"simulated", row.has_effect},
                        {"meaning", row.meaning},
                        {"source", row.source}});
  }
  return settings;
}

}  // namespace

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
  const Json document = {{"format", "tablekey.explain/1"},
                         {"scenario", (*scenario)->reader().getName().cStr()},
                         {"text", text},
                         {"settings", settings_of(**scenario)}};
  console.out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  return kExitOk;
}

}  // namespace tablekey::replay::verbs
