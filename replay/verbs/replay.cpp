#include "replay/verbs/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/harden.h"
#include "model/settings.h"
#include "replay/reexecute.h"
#include "replay/verbs/open_trace.h"
#include "scenarios/characters.h"

namespace tablekey::replay::verbs {
namespace {

// A setting that does not exist would change nothing and look like an answer.
std::optional<int> refuse_unknown(const std::vector<Setting>& set, Console& console) {
  for (const auto& [path, value] : set) {
    if (model::find_setting(path) != nullptr) continue;
    std::vector<std::string_view> paths;
    for (const auto& row : model::settings_table()) paths.push_back(row.path);
    return console.fail(kExitUsage, fmt::format("--set: no setting '{}'", path),
                        scenarios::did_you_mean(path, paths));
  }
  return std::nullopt;
}

// What the scenario sets itself has no default that could be changed.
void warn_of_no_effect(const ReplayOptions& options, const RecordedRun& recorded,
                       Console& console) {
  for (const auto& [path, value] : options.set) {
    for (const auto setting : recorded.scenario().reader().getSettings()) {
      if (path != setting.getPath().cStr()) continue;
      console.warn(
          fmt::format("--set: the scenario itself says {} = {}, which a default does not "
                      "change",
                      path, setting.getValue().cStr()));
    }
  }
}

// What follows "tablekey replay" to see the same again.
std::string arguments(const ReplayOptions& options) {
  std::vector<std::string> words = {options.trace.string()};
  for (const auto& [path, value] : options.set) {
    words.emplace_back("--set");
    words.push_back(path + "=" + value);
  }
  if (options.recorded_settings) words.emplace_back("--recorded-settings");
  return command_line(words);
}

}  // namespace

int replay(const ReplayOptions& options, Console& console) {
  crypto::harden_process();
  if (const auto refused = refuse_unknown(options.set, console)) return *refused;
  OpenOptions open;
  open.recorded_settings = options.recorded_settings;
  for (const auto& [path, value] : options.set) open.defaults.push_back({path, value});
  const auto opened = open_trace(options.trace, console, open);
  if (!opened) return opened.error();
  const RecordedRun& recorded = opened->recorded;
  console.seed = recorded.scenario().seed;
  warn_of_no_effect(options, recorded, console);

  sim::Stop stop = sim::Stop::finished;
  const auto report = reexecute(recorded, [&](sim::Simulation& simulation) {
    stop = sim::run(simulation, shell_options(options.shell, recorded.scenario()));
  });
  if (stop != sim::Stop::finished) {
    const bool interrupted = stop == sim::Stop::interrupted;
    console.note(interrupted ? "interrupted: the rest is not compared"
                             : "stopped at the time limit: the rest is not compared");
    return interrupted ? kExitInterrupted : kExitTimeLimit;
  }
  if (!report) return console.fail(report.error(), options.trace);
  console.out << (options.json ? print_json(*report, recorded, options.trace.string())
                               : print(*report, recorded, arguments(options)));
  return report->same() ? opened->exit_code : kExitDiffers;
}

}  // namespace tablekey::replay::verbs
