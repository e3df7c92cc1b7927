// What looks on while a case's world runs, and what it has read when the run ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "replay/metrics/holdings.h"
#include "replay/observer.h"

namespace tablekey::theory {

/// What one run gave. An estimate is the ratio of the sums of `top` and `bottom` over the runs (the
/// mean of samples is their sum over their number), or a quantile of all samples.
struct Reading {
  double top = 0;
  double bottom = 0;
  std::uint64_t n = 0;          ///< requests or replicates that it rests on
  std::vector<double> samples;  ///< only for quantiles
};

class Probe : public replay::Observer {
 public:
  /// Nothing that may still happen changes the reading: the run can stop.
  virtual bool done() const { return false; }
  virtual Reading reading(const model::State& end) = 0;
};

/// A stretch of simulated time, in seconds since kBegin; half-open.
struct Stretch {
  double from = 0;
  double to = 0;
};

}  // namespace tablekey::theory
