// From an experiment to an estimate: a pilot measures the load cycle, then independent runs are
// made until the standard error is small enough or the time is up.
#pragma once

#include <cstdint>

#include "tests/theory/estimate.h"
#include "tests/theory/experiment.h"

namespace tablekey::theory {

struct Effort {
  double precision = 0.005;  ///< standard error over value at which it is surely enough
  double seconds = 20;       ///< wall time that a case may take for that
  double tolerable = 0.01;   ///< and at which it will do: for that it may take
  double patience = 180;     ///< so long
  unsigned threads = 1;
  std::uint64_t runs_min = 32;
  double events_a_run = 2e5;
  std::uint64_t seed = 1;  ///< the first of a case's seeds
};

struct Result {
  Estimate estimate;
  std::uint64_t runs = 0, events = 0;
  double seconds = 0;
};

Result estimate(const Experiment& experiment, const Effort& effort);

}  // namespace tablekey::theory
