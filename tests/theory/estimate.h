// From the readings of independent runs to an estimate with its standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tests/theory/probe.h"

namespace tablekey::theory {

struct Estimate {
  double value = 0;
  double se = 0;
  std::uint64_t n = 0;
};

/// The ratio of sums over runs; its error by the residuals of the runs, which are independent.
Estimate ratio_of(std::span<const Reading> runs);

/// The smallest w with P(W <= w) >= p of all samples; its error from the order statistics one
/// binomial standard deviation to either side.
Estimate quantile_of(std::span<const Reading> runs, double p);

}  // namespace tablekey::theory
