// What is asked of a world, and how a run of it is laid out in time.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "tests/theory/probe.h"
#include "tests/theory/simulate.h"
#include "tests/theory/world.h"

namespace tablekey::theory {

/// The lay-out of one run, in seconds since kBegin: connections open within `spread`, after `warm`
/// more it is in steady state, and what is looked at begins there.
struct Layout {
  std::uint64_t replicates = 1;
  double spread = 0;
  double warm = 0;
  double length = 0;  ///< of the stretch that is looked at, for experiments that have one

  double start() const { return spread + warm; }
  double seconds() const { return length * static_cast<double>(replicates); }
};

struct Experiment {
  World world;
  std::function<Setup(const World& world, const Layout& layout)> setup;
  std::function<std::unique_ptr<Probe>(const World& world, const Layout& layout,
                                       const model::ScenarioView& scenario)>
      probe;
  std::optional<double> quantile;
  /// Begins cold, at time 0: nothing is left out.
  bool cold = false;
  /// The stretch that is looked at has this length, whatever the cycles are; 0: as is useful.
  double length = 0;
};

/// The experiment of a case. Nothing: the family is none that is known here. Throws CaseError where
/// it is known and cannot be done.
std::optional<Experiment> experiment_of(const Case& given);

/// The same world, its Decrypts counted from the start on: how long is a load cycle?
Experiment pilot_of(const Experiment& experiment);

}  // namespace tablekey::theory
