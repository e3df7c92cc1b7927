#include "replay/verbs/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/harden.h"
#include "model/settings.h"
#include "replay/reexecute.h"
#include "replay/verbs/moment.h"
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

int say(const ReexecutionReport& report, const ReplayOptions& options, const OpenTrace& opened,
        Console& console) {
  console.out << (options.json ? print_json(report, opened.recorded, options.trace.string())
                               : print(report, opened.recorded, arguments(options)));
  return report.same() ? opened.exit_code : kExitDiffers;
}

// The parts between snapshots, each from the state that was written down.
int replay_parts(const ReplayOptions& options, OpenOptions open, const OpenTrace& opened,
                 Console& console) {
  const RecordedRun& recorded = opened.recorded;
  if (options.shell.pace || options.shell.time_limit) {
    return console.fail(kExitUsage, "--pace and --time-limit are for a replay from the start",
                        "leave out --threads and --from-snapshot");
  }
  std::uint64_t from = 0;
  if (options.from_snapshot) {
    const auto at = parse_moment(*options.from_snapshot, recorded.scenario().start);
    if (!at) return console.fail(kExitUsage, "--from-snapshot: " + at.error());
    const auto events = recorded.file().events_until(at->nanoseconds());
    if (!events) return console.fail(kExitDamaged, events.error().message);
    from = *events;
  }
  const auto parts = parts_of(recorded, from);
  if (options.from_snapshot && !options.json) {
    console.note(
        parts.front().begin == 0
            ? std::string("there is no snapshot before that moment: from the start")
            : fmt::format("from the snapshot after {}", counted(parts.front().begin, "event")));
  }
  open.torn_too = true;
  open.by_index = true;
  const auto report = reexecute_parts(options.trace, open, parts, options.threads.value_or(1));
  if (!report) return console.fail(report.error(), options.trace);
  return say(*report, options, opened, console);
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

  if (options.threads || options.from_snapshot)
    return replay_parts(options, open, *opened, console);
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
  return say(*report, options, *opened, console);
}

}  // namespace tablekey::replay::verbs
