// The distributions behind confidence intervals: Student's t for means, the binomial for order
// statistics. They end up in result files, so they use sim/math.h alone and give the same bits
// everywhere.
#pragma once

#include <cstdint>
#include <map>

namespace tablekey::replay {

/// P(T <= t) of Student's t with that many degrees of freedom, at least 1. Absolute error below
/// 1e-12.
double student_cdf(double t, std::uint64_t degrees);

/// The t that a two-sided interval of that confidence (between 0 and 1) takes on either side:
/// P(|T| <= t) = confidence. Relative error below 1e-9.
double student_two_sided(double confidence, std::uint64_t degrees);

/// The same, remembering what was asked before: the points of a study mostly have as many runs.
class StudentTable {
 public:
  explicit StudentTable(double confidence) : confidence_(confidence) {}
  double at(std::uint64_t degrees);
  double confidence() const { return confidence_; }

 private:
  double confidence_;
  std::map<std::uint64_t, double> known_;
};

/// Which order statistics of a sample enclose a quantile with a confidence: from the `low`-th to
/// the `high`-th smallest, counted from 1, whatever the distribution is. 0 and n + 1 say that the
/// sample is too small for a bound on that side.
struct OrderBounds {
  std::uint64_t low = 0, high = 0;
  bool operator==(const OrderBounds&) const = default;
};

/// For the quantile part/whole of a sample of n; each side is missed with at most half of what the
/// confidence leaves (exact binomial). Requires 0 < part < whole.
OrderBounds quantile_bounds(std::uint64_t n, std::uint64_t part, std::uint64_t whole,
                            double confidence);

}  // namespace tablekey::replay
