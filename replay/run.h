// Running a world into a sink: the engine's turns, the snapshots between them, and whoever looks
// on. Run, re-execution and resume are this one class over different sinks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "events/recorder.h"
#include "events/sink.h"
#include "model/world.h"
#include "replay/observer.h"
#include "scenario.capnp.h"
#include "sim/shell.h"

namespace tablekey::replay {

/// When State is written down. Snapshots are part of the chain, so this is part of the behaviour:
/// the next one is due at the first chunk border at least `kSnapshotEventsMin` events after the
/// last, and at least a sixteenth of the last one's bytes, so that snapshots cost a bounded share
/// of the trace however large the world is.
class SnapshotPlan {
 public:
  static constexpr std::uint64_t kSnapshotEventsMin = 65'536;

  SnapshotPlan() = default;
  /// Goes on after a snapshot that was taken after `events` events and had `bytes`.
  SnapshotPlan(std::uint64_t events, std::uint64_t bytes) : events_(events), bytes_(bytes) {}
  bool due(std::uint64_t events) const {
    return events - events_ >= kSnapshotEventsMin && events - events_ >= bytes_ / 16;
  }
  void taken(std::uint64_t events, std::uint64_t bytes) {
    events_ = events;
    bytes_ = bytes;
  }

 private:
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
};

class Run : public sim::Simulation {
 public:
  /// A run from the beginning. The scenario and the sink must outlive it. The caller has given the
  /// sink its identity.
  Run(const model::ScenarioView& scenario, events::ChunkSink& sink, std::uint32_t events_per_chunk);
  /// A run that goes on after `state`, at a chunk border.
  Run(const model::ScenarioView& scenario, events::ChunkSink& sink, std::uint32_t events_per_chunk,
      model::State state, SnapshotPlan plan);

  /// Shows every event from now on. Observers must outlive the run.
  void show(Observer& observer) { observers_.push_back(&observer); }
  /// Shows it no more.
  void hide(Observer& observer) { std::erase(observers_, &observer); }

  std::optional<sim::Time> next_due() const override { return world_.next_due(); }
  bool run_slice(std::uint64_t turns_max, sim::Time up_to) override;
  sim::Time now() const override { return world_.state().now(); }
  std::uint64_t turns() const override { return world_.state().events(); }

  /// The next event is this one, which another run of the same past recorded: it is applied, not
  /// decided. Observers see it like any other. Throws model::BrokenLaw where it does not fit.
  void repeat(events::Event::Reader event);

  /// Hands over the events of the last chunk, if it is not full. Nothing runs afterwards.
  void cut() { recorder_.cut(); }

  const model::State& state() const { return world_.state(); }
  model::Vault& vault() { return world_.vault(); }

 private:
  bool turn();
  void take_snapshot_if_due();
  template <class Next>
  void observed(const Next& next);

  events::ChunkSink& sink_;
  model::World world_;
  events::Recorder recorder_;
  SnapshotPlan plan_;
  std::vector<Observer*> observers_;
};

/// What an identity frame is made of.
struct IdentityInput {
  events::Scenario::Reader scenario;
  std::string source;
  std::string source_name;
  std::vector<std::pair<std::string, std::string>> overrides = {};
  std::uint32_t events_per_chunk = 512;
  std::uint64_t branch = 0;               ///< of a fork: what tells it from others of its parent
  std::vector<std::uint8_t> parent = {};  ///< chain digest of the trace that it was forked from
};

/// The identity frame's payload: a canonical message.
std::vector<std::uint64_t> make_identity(const IdentityInput& input,
                                         const model::ScenarioView& scenario);

/// Words as the bytes that sinks take.
std::span<const std::uint8_t> bytes_of(const std::vector<std::uint64_t>& words);

}  // namespace tablekey::replay
