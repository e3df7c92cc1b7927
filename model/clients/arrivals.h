// When a connection's requests come: an open-loop arrival process whose rate may change over time
// (ux.md 5, `stages`).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/random.h"
#include "sim/time.h"

namespace tablekey::model {

/// The rate of one connection over a stretch of time; it moves linearly from `begin` to `end`
/// (requests a second).
struct RateStage {
  sim::Duration length;
  double begin = 0;
  double end = 0;
};

class Arrivals {
 public:
  Arrivals() = default;
  /// Requires at least one stage. After the last one its `end` rate holds. `poisson` false: evenly
  /// spaced.
  Arrivals(bool poisson, std::vector<RateStage> stages);

  /// How much of the integrated rate passes until the next arrival: 1 when evenly spaced, else
  /// exponential with mean 1. `first_share` in (0, 1] places the first arrival of an evenly spaced
  /// connection within its gap.
  double exposure(sim::Bits128 bits) const;
  double first_exposure(sim::Bits128 bits, double first_share) const;

  /// The instant after `now` at which the rate, integrated from `now`, reaches `exposure`; at least
  /// one nanosecond later. nullopt: never, the rate stays at zero. Stages count from `origin`.
  std::optional<sim::Time> next(sim::Time origin, sim::Time now, double exposure) const;

 private:
  bool poisson_ = false;
  double flat_gap_ns_ = 0;  ///< mean gap where the rate never changes, else 0
  std::vector<RateStage> stages_;
};

}  // namespace tablekey::model
