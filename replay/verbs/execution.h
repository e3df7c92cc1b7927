// What `run` and `resume` have in common once a run is set up: turning it in the shell, closing its
// trace whatever happens, and measuring what the scenario expects.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <vector>

#include "events/writer.h"
#include "replay/metrics/metrics.h"
#include "replay/metrics/summary.h"
#include "replay/run.h"
#include "replay/verbs/console.h"
#include "sim/shell.h"

namespace tablekey::replay::verbs {

/// How a run is turned; nothing here changes what it computes.
struct ShellChoices {
  std::optional<double> pace;  ///< simulated seconds a second
  sim::Progress progress = sim::Progress::automatic;
  std::optional<sim::Duration> time_limit;  ///< of wall time
};

/// Those who look on during a run, from its first event.
struct Audience {
  explicit Audience(const model::ScenarioView& scenario) : expectations(scenario) {}
  std::vector<Observer*> all() { return {&expectations, &summary}; }

  ExpectationSet expectations;
  RunSummary summary;
};

/// A run that is set up and has its audience.
struct Execution {
  const model::ScenarioView& scenario;
  Run& run;
  events::ChunkSink& sink;
  events::TraceWriter* writer = nullptr;  ///< the sink, if it is a file
  std::filesystem::path trace;            ///< what the file will be called
  Audience& audience;
  bool trace_is_there = false;  ///< a finished trace of this very run has that name already
  bool forced = false;          ///< whatever has that name is to be replaced
};

/// How it ended.
struct Ending {
  sim::Stop stop = sim::Stop::finished;
  events::Digest chain{};
  sim::Time now;
  std::uint64_t events = 0;
  std::vector<Outcome> outcomes;  ///< of a finished run

  bool finished() const { return stop == sim::Stop::finished; }
};

sim::ShellOptions shell_options(const ShellChoices& choices, const model::ScenarioView& scenario);

/// Turns the run to its end or until it must stop, and closes the trace. What the world throws
/// passes through, after the trace was closed. Error: the trace could not be written.
std::expected<Ending, events::Error> execute(Execution& execution, const ShellChoices& choices);

}  // namespace tablekey::replay::verbs
