#include "replay/settings_document.h"

#include <nlohmann/json.hpp>
#include <set>

#include "model/settings.h"

namespace tablekey::replay {

nlohmann::ordered_json settings_document(const model::ScenarioView& scenario) {
  std::set<std::string_view> set;
  for (const auto setting : scenario.reader().getSettings()) set.insert(setting.getPath().cStr());
  auto settings = nlohmann::ordered_json::array();
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

}  // namespace tablekey::replay
