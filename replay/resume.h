// Going on with what an interrupted run left: its whole chunks are folded, the rest is run again.
// The finished trace is the one that the uninterrupted run would have written, byte for byte.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>

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
};

/// Prepares the continuation of `trace`, or of `trace`.part where only that exists. Refuses a
/// finished or damaged trace, one of another behaviour version or schema, and one whose settings
/// have other defaults now.
std::expected<Resumed, TraceError> resume(const std::filesystem::path& trace,
                                          const events::WriterOptions& options);

}  // namespace tablekey::replay
