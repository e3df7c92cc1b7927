// The world as something that turns: State, the random function and the vault together. One turn is
// one due action, decided into one event, which is then applied.
#pragma once

#include <memory>
#include <optional>

#include "events/recorder.h"
#include "model/apply.h"
#include "model/decide.h"
#include "model/state.h"
#include "model/vault.h"

namespace tablekey::model {

/// The number of behaviours this program has had: it grows with every change that gives another
/// trace for the same scenario, unless the change is a rule by itself that older traces can go
/// without (quirks.h; log-format-notes 10).
inline constexpr std::uint32_t kBehaviourVersion = 5;

class World {
 public:
  /// The world before RunStarted. The scenario must outlive it.
  explicit World(const ScenarioView& scenario);
  /// The world at a restored or folded state; the vault starts empty.
  World(const ScenarioView& scenario, State state);

  const State& state() const { return state_; }
  Vault& vault() { return vault_; }

  /// When the next action is due; nullopt: the run is over.
  std::optional<sim::Time> next_due() const;

  /// Decides the next action into `recorder` and applies the event, which the caller then commits.
  /// Requires next_due().
  events::Event::Reader turn(events::Recorder& recorder);

  /// Applies an event that was decided before, as a fold does, and copies it into `recorder`; the
  /// caller then commits it. Throws BrokenLaw where it is not what the next action comes to.
  events::Event::Reader repeat(events::Event::Reader event, events::Recorder& recorder);

 private:
  void keep_house(events::Event::Reader event);
  void release_answered(events::DataAnswered::Reader answered);
  void release(std::uint32_t table);

  State state_;
  Vault vault_;
  sim::Random random_;
  PhaseMemo phases_;  // no part of the state: arrivals_phase.h
  sim::Time next_sweep_;
};

}  // namespace tablekey::model
