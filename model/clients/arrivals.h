// When requests come: an arrival process whose rate may change over time. A unit of exposure (the
// gap, arrivals_gap.h) is used up at the speed of the rate (arrivals_rate.h), which a modulated
// process also changes by its phases (arrivals_phase.h).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/clients/arrivals_gap.h"
#include "model/clients/arrivals_phase.h"
#include "model/clients/arrivals_rate.h"
#include "sim/random.h"
#include "sim/time.h"

namespace tablekey::model {

class Arrivals {
 public:
  Arrivals() = default;
  /// Renewals whose rate is the profile's. Requires at least one stage; after the last one its
  /// `end` rate holds.
  Arrivals(Gap gap, std::vector<RateStage> stages, const DailyCourse& course = {});
  /// Modulated Poisson arrivals: the rate is that of the source's phase, times the daily course.
  Arrivals(std::vector<ModulatedState> states, const DailyCourse& course);

  /// How much of the integrated rate passes until the next arrival.
  double exposure(sim::Bits128 bits) const { return gap_.sample(bits); }
  /// Likewise, from an instant that is no arrival: see Gap::first.
  double first_exposure(sim::Bits128 bits, sim::Bits128 more, double share) const {
    return gap_.first(bits, more, share);
  }

  /// The instant after `now` at which the rate, integrated from `now`, reaches `exposure`; at least
  /// one nanosecond later. nullopt: never, the rate stays at zero. Stages count from `origin`.
  std::optional<sim::Time> next(sim::Time origin, sim::Time now, double exposure) const;

  bool modulated() const { return !phases_.empty(); }
  const Phases& phases() const { return phases_; }
  /// The same of a modulated process whose source is in `phase` at `now`. nullopt also where it
  /// would come after `horizon`.
  std::optional<sim::Time> next(const PhaseSource& source, Phase phase, sim::Time origin,
                                sim::Time now, double exposure, sim::Time horizon) const;

 private:
  Gap gap_;
  RateProfile profile_;
  Phases phases_;
};

}  // namespace tablekey::model
