#include "replay/study/record.h"

#include <nlohmann/json.hpp>

namespace tablekey::replay {
namespace {

using Json = nlohmann::ordered_json;

Json number_json(const StudyNumber& number) {
  Json out = Json::array();
  if (!number.value) {
    out.push_back(nullptr);
    out.push_back(number.note);
    return out;
  }
  out.push_back(*number.value);
  out.push_back(number.unit);
  if (number.at_least) out.push_back("at least");
  return out;
}

// Throws nlohmann's exceptions for anything else.
StudyNumber number_of(const Json& json) {
  StudyNumber number;
  if (json.at(0).is_null()) {
    number.note = json.at(1).get<std::string>();
    return number;
  }
  number.value = json.at(0).get<double>();
  number.unit = json.at(1).get<std::string>();
  number.at_least = json.size() > 2;
  return number;
}

StudyRun run_of(const Json& json) {
  StudyRun run;
  run.point = json.at("point").get<std::uint64_t>();
  run.run = json.at("run").get<std::uint32_t>();
  run.seed = json.at("seed").get<std::uint64_t>();
  run.events = json.at("events").get<std::uint64_t>();
  for (const Json& one : json.at("measured")) run.measured.push_back(number_of(one));
  for (const Json& one : json.at("expected")) {
    run.judged.push_back(
        {number_of(one.at("number")), one.at("limit").get<double>(), one.at("met").get<bool>()});
  }
  return run;
}

}  // namespace

std::string line_of(const StudyRun& run) {
  Json json;
  json["point"] = run.point;
  json["run"] = run.run;
  json["seed"] = run.seed;
  json["events"] = run.events;
  json["measured"] = Json::array();
  for (const StudyNumber& number : run.measured) json["measured"].push_back(number_json(number));
  json["expected"] = Json::array();
  for (const StudyJudged& judged : run.judged) {
    Json one;
    one["met"] = judged.met;
    one["limit"] = judged.limit;
    one["number"] = number_json(judged.number);
    json["expected"].push_back(std::move(one));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<StudyRun> run_of(std::string_view line, std::size_t measures,
                               std::size_t expectations) {
  try {
    StudyRun run = run_of(Json::parse(line));
    if (run.measured.size() != measures || run.judged.size() != expectations) return std::nullopt;
    return run;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace tablekey::replay
