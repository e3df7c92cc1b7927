// The command line as a JSON document.
#include <nlohmann/json.hpp>

#include "replay/command_line/outline.h"

namespace tablekey::replay::command_line {
namespace {

using Json = nlohmann::ordered_json;

Json option_json(const OutlinedOption& option) {
  return {{"names", option.names},
          {"value", option.value.empty() ? Json(nullptr) : Json(option.value)},
          {"choices", option.choices()},
          {"meaning", option.meaning}};
}

}  // namespace

std::string outline_json(const std::vector<OutlinedVerb>& verbs, const std::string& version) {
  Json document = {{"format", "tablekey.commands/1"}, {"version", version}};
  Json& list = document["commands"] = Json::array();
  for (const OutlinedVerb& verb : verbs) {
    Json options = Json::array();
    for (const OutlinedOption& option : verb.options) options.push_back(option_json(option));
    list.push_back({{"command", verb.name()},
                    {"sentence", verb.sentence},
                    {"text", verb.text},
                    {"arguments", verb.positionals},
                    {"options", std::move(options)}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tablekey::replay::command_line
