#include "replay/verbs/execution.h"

#include "events/output.h"
#include "events/reader.h"
#include "replay/invariants.h"
#include "scenarios/expectation.h"

namespace tablekey::replay::verbs {
namespace {

// After a bug the trace is worth more than a second complaint.
void close_after_bug(events::TraceWriter& writer) {
  try {
    static_cast<void>(writer.close(events::Closing::interrupted));
  } catch (const std::exception&) {
    return;  // the first bug is the one to tell of
  }
}

sim::Stop turn(Execution& execution, const sim::ShellOptions& shell) {
  try {
    const sim::Stop stop = sim::run(execution.run, shell);
    // A part of a chunk may be written too: a run that goes on drops it and makes it again.
    execution.run.cut();
    return stop;
  } catch (...) {
    if (execution.writer != nullptr && !execution.trace_is_there) {
      close_after_bug(*execution.writer);
    }
    throw;
  }
}

InvariantResult look(const Execution& execution, scenarios::Invariant invariant) {
  InvariantResult result;
  if (execution.writer == nullptr) return result;
  const auto found = check_invariant(scenarios::name_of(invariant), execution.trace,
                                     execution.run.state(), execution.run.vault());
  result.known = found.has_value();
  result.holds = found && found->held;
  result.measured = found ? found->detail : found.error();
  return result;
}

void give_up_part(const Execution& execution) {
  std::error_code ignored;
  std::filesystem::remove(events::part_path(execution.trace), ignored);
}

// The same header and other events: another build of the program wrote the trace that is there. It
// is evidence, and is kept.
bool differs_from_what_is_there(const Execution& execution, const Ending& ending) {
  if (!execution.trace_is_there || execution.forced) return false;
  const auto there = events::TraceFile::open(execution.trace, events::Check::index);
  return !there || there->chain() != ending.chain;
}

// A finished trace of the same run is not given up for the beginning of another, nor for one that
// came out differently.
std::expected<void, events::Error> close(Execution& execution, const Ending& ending) {
  if (ending.finished() && differs_from_what_is_there(execution, ending)) {
    give_up_part(execution);
    return events::fail(events::Error::Kind::exists,
                        execution.trace.string() +
                            " has this run with another digest, from a program that decided "
                            "differently; it is not overwritten");
  }
  if (ending.finished()) return execution.writer->close(events::Closing::finished);
  if (!execution.trace_is_there) return execution.writer->close(events::Closing::interrupted);
  give_up_part(execution);
  return {};
}

}  // namespace

sim::ShellOptions shell_options(const ShellChoices& choices, const model::ScenarioView& scenario) {
  sim::ShellOptions options;
  options.progress = choices.progress;
  options.begin = scenario.start;
  options.end = scenario.until;
  options.pace = choices.pace;
  options.wall_limit = choices.time_limit;
  return options;
}

std::expected<Ending, events::Error> execute(Execution& execution, const ShellChoices& choices) {
  Ending ending;
  ending.stop = turn(execution, shell_options(choices, execution.scenario));
  if (auto written = execution.sink.status(); !written) return std::unexpected(written.error());
  ending.chain = execution.sink.chain();
  ending.now = execution.run.now();
  ending.events = execution.run.turns();
  if (execution.writer != nullptr) {
    if (auto closed = close(execution, ending); !closed) return std::unexpected(closed.error());
  }
  if (ending.finished()) {
    ending.outcomes = execution.audience.expectations.finish(
        execution.run.state(),
        [&](scenarios::Invariant invariant) { return look(execution, invariant); });
  }
  return ending;
}

}  // namespace tablekey::replay::verbs
