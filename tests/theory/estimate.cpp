// Estimators; plain sums, in the order of the runs.
#include "tests/theory/estimate.h"

#include <algorithm>
#include <cmath>

namespace tablekey::theory {

// Times are whole nanoseconds and sums are doubles: nothing is known more closely.
constexpr double kResolution = 1e-9;

Estimate ratio_of(std::span<const Reading> runs) {
  Estimate estimate;
  double top = 0, bottom = 0;
  for (const Reading& run : runs) {
    top += run.top;
    bottom += run.bottom;
    estimate.n += run.n;
  }
  if (bottom == 0) return estimate;
  estimate.value = top / bottom;
  double squares = 0;
  for (const Reading& run : runs) {
    const double residual = run.top - estimate.value * run.bottom;
    squares += residual * residual;
  }
  const auto count = static_cast<double>(runs.size());
  if (count > 1) estimate.se = std::sqrt(squares * count / (count - 1)) / bottom;
  estimate.se = std::max(estimate.se, kResolution * std::abs(estimate.value));
  return estimate;
}

Estimate quantile_of(std::span<const Reading> runs, double p) {
  std::vector<double> all;
  for (const Reading& run : runs) all.insert(all.end(), run.samples.begin(), run.samples.end());
  Estimate estimate;
  estimate.n = all.size();
  if (all.empty()) return estimate;
  std::sort(all.begin(), all.end());
  const auto n = static_cast<double>(all.size());
  const auto at = [&](double rank) {
    const double last = n - 1;
    return all[static_cast<std::size_t>(std::clamp(std::ceil(rank) - 1, 0.0, last))];
  };
  const double step = std::sqrt(n * p * (1 - p));
  estimate.value = at(n * p);
  estimate.se = (at(n * p + step) - at(n * p - step)) / 2;
  estimate.se = std::max(estimate.se, kResolution * std::abs(estimate.value));
  return estimate;
}

}  // namespace tablekey::theory
