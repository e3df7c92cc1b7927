// Going on with what an interrupted run left: its whole chunks are folded, the rest is run again.
// The finished trace is the one that the uninterrupted run would have written, byte for byte.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "events/writer.h"
#include "replay/recorded.h"
#include "replay/run.h"

namespace tablekey::replay {

/// A run that stands where the kept part of its trace ends, with the writer that goes on.
struct Resumed {
  std::unique_ptr<model::ScenarioView> scenario;
  std::unique_ptr<events::TraceWriter> writer;
  std::unique_ptr<Run> run;
  std::filesystem::path path;  ///< what the finished trace will be called
  std::uint64_t events_kept = 0;
  std::uint64_t events_dropped = 0;  ///< of the last chunk, which are run again
  std::string source_name;           ///< of the scenario file, without folders
  std::vector<std::pair<std::string, std::string>> overrides;  ///< the run's settings
};

/// Makes those who look on, for the scenario of the run that goes on.
using MakeObservers = std::function<std::vector<Observer*>(const model::ScenarioView&)>;

/// Prepares the continuation of `trace`, or of `trace`.part where only that exists. Refuses a
/// finished or damaged trace, one of another behaviour version or schema, and one whose settings
/// have other defaults now. The trace keeps its codec, whatever `options` say.
///
/// Observers are shown the kept events from the first on, which takes a fold from the start, and
/// then those of the run that goes on; they must outlive it.
std::expected<Resumed, TraceError> resume(const std::filesystem::path& trace,
                                          const events::WriterOptions& options,
                                          const MakeObservers& observers = {});

}  // namespace tablekey::replay
