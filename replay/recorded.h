// A trace file as the world that it records: its scenario, and State at any point of it. Folding is
// applying events only: no decision is made again and nothing is decrypted.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/reader.h"
#include "model/scenario.h"
#include "model/state.h"
#include "replay/observer.h"

namespace tablekey::replay {

/// What stops the use of a trace: a sentence, and whether the file could not be read or does not
/// fit this program.
struct TraceError {
  enum class Kind { unreadable, unfit, torn, damaged, not_a_trace } kind = Kind::unreadable;
  std::string message;
};

struct OpenOptions {
  bool torn_too = false;  ///< a torn trace's good prefix will do
  /// Trust the index of a closed trace: a frame is checked when it is read. A trace without one is
  /// walked all the same.
  bool by_index = false;
  std::vector<model::DefaultOverride> defaults = {};  ///< this program's defaults, changed
  bool recorded_settings =
      false;  ///< take every setting as the trace recorded it, not as it is the default now
};

class RecordedRun {
 public:
  static std::expected<RecordedRun, TraceError> open(const std::filesystem::path& path,
                                                     const OpenOptions& options = {});

  const events::TraceFile& file() const { return *file_; }
  events::Identity::Reader identity() const { return identity_->get(); }
  const model::ScenarioView& scenario() const { return *scenario_; }
  std::uint32_t events_per_chunk() const { return identity_->get().getEventsPerChunk(); }

  /// A setting whose value in the recorded run is not the one it has now.
  struct ChangedSetting {
    std::string path, recorded, now;
  };
  std::vector<ChangedSetting> changed_settings() const;

  /// Whether this program decides as the one that recorded: a run goes on, and forks, only so. The
  /// error says in what they differ.
  std::expected<void, TraceError> same_program() const;

  /// The state after `events` events, from the last snapshot before. Observers see the events from
  /// there on.
  std::expected<model::State, TraceError> state_after(std::uint64_t events) const;
  /// The state at a time: everything at or before it has happened.
  std::expected<model::State, TraceError> state_at(sim::Time time) const;

  /// Calls `visit(state_after_event, event, number)` for every event of [0, events), folding from
  /// the start.
  std::expected<void, TraceError> fold(std::uint64_t events,
                                       const std::vector<Observer*>& observers) const;

 private:
  RecordedRun() = default;
  std::expected<void, TraceError> apply_frames(model::State& state, std::uint64_t from_frame,
                                               std::uint64_t events,
                                               const std::vector<Observer*>& observers) const;

  std::unique_ptr<events::TraceFile> file_;
  std::unique_ptr<events::DecodedIdentity> identity_;
  std::unique_ptr<model::ScenarioView> scenario_;
};

/// What folding a whole trace found.
struct FoldReport {
  std::uint64_t events = 0;
  std::uint64_t snapshots = 0;  ///< compared
  std::uint64_t snapshots_differing = 0;
  std::optional<std::uint64_t>
      first_differing;     ///< events before the first snapshot that did not come out
  crypto::Digest state{};  ///< of the state at the end
  bool ended = false;      ///< RunEnded was the last event
};

/// Folds the whole trace and compares the state with every snapshot on the way.
std::expected<FoldReport, TraceError> fold_trace(const RecordedRun& recorded,
                                                 const std::vector<Observer*>& observers = {});

}  // namespace tablekey::replay
