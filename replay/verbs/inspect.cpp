#include "replay/verbs/inspect.h"

#include <fmt/format.h>

#include "replay/inspect.h"
#include "replay/verbs/moment.h"
#include "replay/verbs/open_trace.h"
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
                                                 const std::optional<sim::Time>& at) {
  return at ? recorded.state_at(*at) : recorded.state_after(recorded.file().event_count());
}

}  // namespace

int inspect(const InspectVerbOptions& options, Console& console) {
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  const model::ScenarioView& scenario = opened->recorded.scenario();
  std::optional<sim::Time> at;
  if (options.at) {
    const auto time = parse_moment(*options.at, scenario.start);
    if (!time) return console.fail(kExitUsage, "--at: " + time.error());
    if (*time < scenario.start || *time > scenario.until) {
      return console.fail(kExitUsage,
                          fmt::format("--at: {} is outside of the run", sim::print(*time)),
                          fmt::format("it lasts from {} to {}", sim::print(scenario.start),
                                      sim::print(scenario.until)));
    }
    at = *time;
  }
  const auto state = state_of(opened->recorded, at);
  if (!state) return console.fail(state.error(), options.trace);
  if (options.table && tables_named(*state, *options.table).empty()) {
    return no_such_table(*options.table, *state, console);
  }
  const InspectOptions chosen{options.table};
  if (options.leakage) {
    DataKeyWatch watch;
    const auto folded = opened->recorded.fold(state->events(), {&watch});
    if (!folded) return console.fail(folded.error(), options.trace);
    const auto keys = watch.at(*state, at.value_or(state->now()));
    console.out << (options.json ? leakage_json(*state, chosen, keys)
                                 : leakage_text(*state, chosen, keys));
    return opened->exit_code;
  }
  console.out << with_newline(options.json ? inspect_json(*state, chosen)
                                           : inspect_text(*state, chosen));
  return opened->exit_code;
}

}  // namespace tablekey::replay::verbs
