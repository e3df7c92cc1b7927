#include "replay/event_entity.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/event_text.h"

namespace tablekey::replay {

std::string entity_of(const model::State& state, events::Event::Reader event) {
  const auto json = event_json(state, event, 0);
  for (const std::string field : {"connection", "table", "key", "session"}) {
    if (!json.contains(field) || !json[field].is_number()) continue;
    if (json[field].get<std::uint64_t>() == events::K_NONE) continue;
    std::string name;
    if (json.contains(field + "Name")) name = json[field + "Name"].get<std::string>();
    if (field == "connection" && json.contains("workload")) {
      name = fmt::format("{}/{}", json["workload"].get<std::string>(),
                         json.value("workloadConnection", std::uint64_t{0}));
    }
    const std::string number = json[field].dump();
    return name.empty() ? fmt::format("{} {}", field, number)
                        : fmt::format("{} {} ({})", field, number, name);
  }
  return {};
}

}  // namespace tablekey::replay
