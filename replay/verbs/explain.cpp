#include "replay/verbs/explain.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "events/reader.h"
#include "replay/settings_document.h"
#include "replay/verbs/open_trace.h"
#include "replay/why/why.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

bool has_trace(const std::filesystem::path& path) {
  const auto file = events::TraceFile::open(path, events::Check::index);
  return file && file->verdict() != events::Verdict::not_a_trace;
}

int explain_event(const ExplainOptions& options, Console& console) {
  const std::filesystem::path& path = options.scenario.file;
  std::error_code ignored;
  if (!options.scenario.set.empty() || options.scenario.seed) {
    return console.fail(kExitUsage,
                        "--event is about a run that has been: --seed and --set are not");
  }
  if (std::filesystem::is_regular_file(path, ignored) && !has_trace(path)) {
    const std::string run[] = {"tablekey", "run", path.string()};
    return console.fail(kExitNotATrace,
                        fmt::format("{} is no trace, and only traces have events", path.string()),
                        fmt::format("{} makes one of a scenario", command_line(run)));
  }
  const auto opened = open_trace(path, console);
  if (!opened) return opened.error();
  const std::uint64_t count = opened->recorded.file().event_count();
  if (*options.event >= count) {
    return console.fail(
        kExitUsage, fmt::format("--event: {} has no event {}", path.string(), *options.event),
        count == 0 ? std::string("it has none") : fmt::format("its events are 0 to {}", count - 1));
  }
  const auto why = why_event(opened->recorded, *options.event);
  if (!why) return console.fail(why.error(), path);
  if (options.json) {
    console.out << json_of(*why).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    console.out << text_of(*why);
  }
  return opened->exit_code;
}

}  // namespace

int explain(const ExplainOptions& options, Console& console) {
  if (options.event) return explain_event(options, console);
  if (has_trace(options.scenario.file)) {
    const std::string trace = options.scenario.file.string();
    const std::string list[] = {"tablekey", "events", trace};
    return console.fail(kExitUsage, fmt::format("{} is a trace: say which event", trace),
                        fmt::format("--event N explains one, {} lists them", command_line(list)));
  }
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
