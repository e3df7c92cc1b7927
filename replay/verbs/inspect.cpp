#include "replay/verbs/inspect.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "replay/hierarchy.h"
#include "replay/inspect.h"
#include "replay/verbs/moment.h"
#include "replay/verbs/open_trace.h"
#include "replay/watch.h"
#include "scenarios/characters.h"

namespace tablekey::replay::verbs {
namespace {

std::string with_newline(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

int no_such_table(const std::string& name, const model::State& state, Console& console) {
  const std::vector<std::string> names = table_names(state);
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string hint = scenarios::did_you_mean(name, views);
  if (hint.empty() && !names.empty()) {
    hint = "there are:";
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 10); ++i) {
      hint += (i == 0 ? " " : ", ") + names[i];
    }
    if (names.size() > 10) hint += " …";
  }
  return console.fail(kExitUsage, fmt::format("no table '{}'", name), hint);
}

// Folds a trace from its start, and knows which data keys lay unwrapped at a moment.
class DataKeyWatch : public Observer {
 public:
  void before(const model::State& state, std::int64_t) override {
    if (!holdings_) holdings_.emplace(state);
    holdings_->before(state);
  }
  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    if (!holdings_) holdings_.emplace(after);
    const std::optional<Answer> answer = answer_of(event);
    holdings_->event(after, event);
    keys_.event(Seen{after, event, number, &*holdings_, nullptr, answer ? &*answer : nullptr});
  }
  std::vector<UnwrappedDataKey> at(const model::State& state, sim::Time time) const {
    if (!holdings_) return {};
    return keys_.at(state, *holdings_, time.nanoseconds());
  }

 private:
  std::optional<Holdings> holdings_;
  UnwrappedDataKeys keys_;
};

std::expected<model::State, TraceError> state_of(const RecordedRun& recorded,
                                                 const InspectVerbOptions& options,
                                                 const std::optional<sim::Time>& at) {
  if (options.event) return recorded.state_after(*options.event + 1);
  return at ? recorded.state_at(*at) : recorded.state_after(recorded.file().event_count());
}

// A moment of the run; nullopt where none was asked for. Error: the exit code.
std::expected<std::optional<sim::Time>, int> moment_of(const char* option,
                                                       const std::optional<std::string>& text,
                                                       const model::ScenarioView& scenario,
                                                       Console& console) {
  if (!text) return std::nullopt;
  const auto time = parse_moment(*text, scenario.start);
  if (!time) {
    return std::unexpected(console.fail(kExitUsage, fmt::format("{}: {}", option, time.error())));
  }
  if (*time < scenario.start || *time > scenario.until) {
    return std::unexpected(console.fail(
        kExitUsage, fmt::format("{}: {} is outside of the run", option, sim::print(*time)),
        fmt::format("it lasts from {} to {}", sim::print(scenario.start),
                    sim::print(scenario.until))));
  }
  return *time;
}

// Views of the same trace leave one another no room.
std::optional<int> refuse(const InspectVerbOptions& options, const RecordedRun& recorded,
                          Console& console) {
  const int views = (options.changes ? 1 : 0) + (options.hierarchy ? 1 : 0) +
                    (options.watch ? 1 : 0) + (options.leakage ? 1 : 0);
  if (views > 1) {
    return console.fail(kExitUsage,
                        "--changes, --hierarchy, --watch and --leakage are one at a time");
  }
  if (options.event && options.at) {
    return console.fail(kExitUsage, "--at and --event are two moments: give one");
  }
  if (options.changes && !options.event) {
    return console.fail(kExitUsage, "--changes needs the event", "for example --event 100");
  }
  if (options.hierarchy && !options.table) {
    return console.fail(kExitUsage, "--hierarchy needs a table", "for example --table Orders");
  }
  const std::uint64_t events = recorded.file().event_count();
  if (options.event && *options.event >= events) {
    return console.fail(kExitUsage,
                        fmt::format("--event: there is no event {}", grouped(*options.event)),
                        events == 0 ? std::string("the trace has none")
                                    : fmt::format("they are counted from 0 to {}", events - 1));
  }
  return std::nullopt;
}

nlohmann::ordered_json changing_json(const ChangingEvent& event) {
  nlohmann::ordered_json json = {
      {"number", event.number}, {"time", sim::print(event.time)}, {"event", event.line}};
  auto& list = json["changes"] = nlohmann::ordered_json::array();
  const auto value = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json::parse(text);
  };
  for (const Change& change : event.changes) {
    list.push_back(
        {{"path", change.path}, {"before", value(change.before)}, {"after", value(change.after)}});
  }
  return json;
}

std::string changing_text(const ChangingEvent& event) {
  std::string text = fmt::format("{:>9}  {}\n", event.number, event.line);
  for (const Change& change : event.changes) {
    const std::string before = change.before.empty() ? "(nothing)" : change.before;
    const std::string after = change.after.empty() ? "(nothing)" : change.after;
    text += fmt::format("             {}: {} -> {}\n", change.path, before, after);
  }
  return text;
}

int show_watch(const InspectVerbOptions& options, const OpenTrace& opened, Console& console) {
  const model::ScenarioView& scenario = opened.recorded.scenario();
  const auto watched = parse_watched(*options.watch, scenario);
  if (!watched) return console.fail(kExitUsage, "--watch: " + watched.error());
  const auto from = moment_of("--from", options.from, scenario, console);
  if (!from) return from.error();
  const auto to = moment_of("--to", options.to, scenario, console);
  if (!to) return to.error();
  const auto shown = watch(
      opened.recorded, *watched, from->value_or(sim::Time::min()), to->value_or(sim::Time::max()),
      [&](const ChangingEvent& event) {
        console.out << (options.json ? changing_json(event).dump() + "\n" : changing_text(event));
        console.check_output();
      });
  if (!shown) return console.fail(shown.error(), options.trace);
  if (*shown == 0) console.note("nothing of it changes");
  return opened.exit_code;
}

int show_changes(const InspectVerbOptions& options, const OpenTrace& opened, Console& console) {
  const auto event = changes_by(opened.recorded, *options.event);
  if (!event) return console.fail(event.error(), options.trace);
  if (options.json) {
    auto document = changing_json(*event);
    document["format"] = "tablekey.changes/1";
    console.out << document.dump(2) << '\n';
    return opened.exit_code;
  }
  console.out << changing_text(*event);
  if (event->changes.empty()) console.out << "             nothing that inspect shows\n";
  return opened.exit_code;
}

// How one goes on from here: to the event before, and to the next.
void say_steps(const InspectVerbOptions& options, const RecordedRun& recorded, Console& console) {
  if (!options.event || options.json) return;
  const auto step = [&](std::uint64_t event) {
    const std::string words[] = {"tablekey", "inspect", options.trace.string(), "--event",
                                 std::to_string(event)};
    return command_line(words);
  };
  if (*options.event > 0) console.note("back:    " + step(*options.event - 1));
  if (*options.event + 1 < recorded.file().event_count()) {
    console.note("forward: " + step(*options.event + 1));
  }
}

int show_leakage(const InspectVerbOptions& options, const OpenTrace& opened,
                 const model::State& state, sim::Time at, Console& console) {
  DataKeyWatch watch;
  const auto folded = opened.recorded.fold(state.events(), {&watch});
  if (!folded) return console.fail(folded.error(), options.trace);
  const auto keys = watch.at(state, at);
  const InspectOptions chosen{options.table};
  console.out << (options.json ? leakage_json(state, chosen, keys)
                               : leakage_text(state, chosen, keys));
  return opened.exit_code;
}

}  // namespace

int inspect(const InspectVerbOptions& options, Console& console) {
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  const RecordedRun& recorded = opened->recorded;
  if (const auto refused = refuse(options, recorded, console)) return *refused;
  if (options.watch) return show_watch(options, *opened, console);
  if (options.changes) return show_changes(options, *opened, console);
  const auto at = moment_of("--at", options.at, recorded.scenario(), console);
  if (!at) return at.error();
  const auto state = state_of(recorded, options, *at);
  if (!state) return console.fail(state.error(), options.trace);
  if (options.table && tables_named(*state, *options.table).empty()) {
    return no_such_table(*options.table, *state, console);
  }
  const sim::Time moment = at->value_or(state->now());
  if (options.leakage) return show_leakage(options, *opened, *state, moment, console);
  if (options.hierarchy) {
    const auto document = hierarchy_document(*state, *options.table, moment);
    console.out << (options.json ? document.dump(2) + "\n" : hierarchy_text(document));
  } else {
    const InspectOptions chosen{options.table, moment};
    console.out << with_newline(options.json ? inspect_json(*state, chosen)
                                             : inspect_text(*state, chosen));
  }
  say_steps(options, recorded, console);
  return opened->exit_code;
}

}  // namespace tablekey::replay::verbs
