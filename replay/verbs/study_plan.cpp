// `study plan`: what a study would run. Nothing is run and nothing written.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/verbs/study.h"
#include "replay/verbs/study_load.h"
#include "replay/verbs/study_table.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kPointsShown = 40;

std::uint64_t runs_of(const scenarios::Study& study, const StudyShard& shard) {
  return StudySchedule(study, shard, {}).runs_total();
}

std::string shard_command(const StudyPlanOptions& options, std::uint32_t index) {
  std::vector<std::string> words = {"tablekey", "study", options.scenario.file.string(), "--shard",
                                    fmt::format("{}/{}", index + 1, options.shards)};
  if (options.scenario.seed) {
    words.insert(words.end(), {"--seed", fmt::format("{}", *options.scenario.seed)});
  }
  if (options.repeat) {
    words.insert(words.end(), {"--repeat", fmt::format("{}", *options.repeat)});
  }
  for (const auto& [path, value] : options.scenario.set) {
    words.insert(words.end(), {"--set", path + "=" + value});
  }
  return command_line(words);
}

void print_text(const LoadedStudy& loaded, const StudyPlanOptions& options, Console& console) {
  const scenarios::Study& study = loaded.study();
  const std::uint64_t runs = runs_of(study, {});
  console.out << fmt::format("{}: {}, {}{} of each, seeds {} to {}: {}{}\n\n", study.name,
                             counted(study.points(), "point"), study.stop ? "at most " : "",
                             counted(study.repeat, "run"), study.seed_of(0),
                             study.seed_of(study.repeat - 1), study.stop ? "at most " : "",
                             counted(runs, "run"));
  if (study.search) {
    console.out << fmt::format("  searches for {}\n", study.search->path.text);
  }
  for (std::uint64_t point = 0; point < std::min(study.points(), kPointsShown); ++point) {
    const auto settings = study.settings_of(point);
    console.out << fmt::format("  {:>4}  {}\n", point,
                               settings.empty() ? "the file as it is" : settings_text(settings));
  }
  if (study.points() > kPointsShown) {
    console.out << fmt::format("  and {} more\n", counted(study.points() - kPointsShown, "point"));
  }
  if (options.shards == 0) return;
  console.out << '\n';
  for (std::uint32_t i = 0; i < options.shards; ++i) {
    console.out << fmt::format("{}  # {}\n", shard_command(options, i),
                               counted(runs_of(study, {i, options.shards}), "run"));
  }
}

void print_json(const LoadedStudy& loaded, const StudyPlanOptions& options, Console& console) {
  const scenarios::Study& study = loaded.study();
  Json document;
  document["format"] = "tablekey.study.plan/1";
  document["scenario"] = study.name;
  document["study"] = digest_of(loaded.text);
  document["points"] = study.points();
  document["repeat"] = study.repeat;
  document["repeat_is"] = study.stop ? "at most" : "exact";
  document["runs"] = runs_of(study, {});
  document["seeds"] = {{"first", study.seed_of(0)}, {"last", study.seed_of(study.repeat - 1)}};
  document["measures"] = Json::array();
  for (const auto& measure : study.measures) document["measures"].push_back(measure.line);
  document["shards"] = Json::array();
  for (std::uint32_t i = 0; i < options.shards; ++i) {
    document["shards"].push_back({{"shard", fmt::format("{}/{}", i + 1, options.shards)},
                                  {"runs", runs_of(study, {i, options.shards})},
                                  {"command", shard_command(options, i)}});
  }
  std::string text = document.dump(2, ' ', false, Json::error_handler_t::replace);
  text.resize(text.size() - 2);
  console.out << text << ",\n  \"settings\": [";
  for (std::uint64_t point = 0; point < study.points(); ++point) {
    Json settings = Json::object();
    for (const auto& [path, value] : study.settings_of(point)) settings[path] = value;
    console.out << (point == 0 ? "\n    " : ",\n    ")
                << settings.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  console.out << "\n  ]\n}\n";
}

}  // namespace

int study_plan(const StudyPlanOptions& options, Console& console) {
  const auto loaded = load_study(options.scenario, options.repeat, console);
  if (!loaded) return loaded.error();
  if (options.shards != 0 && loaded->study().search) {
    return console.fail(kExitUsage,
                        "a search has no shards: each value depends on those before it");
  }
  options.json ? print_json(*loaded, options, console) : print_text(*loaded, options, console);
  return kExitOk;
}

}  // namespace tablekey::replay::verbs
