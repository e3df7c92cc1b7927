// How much of the integrated rate passes between two arrivals of a renewal process. Every process
// has mean 1 here, so that a rate, its stages and its daily course mean the same for all of them:
// the rate decides how fast the gap is used up (arrivals.h).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/distribution.h"
#include "sim/random.h"

namespace tablekey::model {

/// A branch of hyperexponential gaps: with this share of all gaps, the gap is exponential with this
/// rate (a second, of one connection).
struct GapBranch {
  double share = 0;
  double rate = 0;
};

class Gap {
 public:
  enum class Kind : std::uint8_t { even, exponential, gamma, weibull, lomax, hyperexponential };

  // What a scenario may ask for; parameters outside break a law.
  static constexpr double kShapeMin = 0.05, kShapeMax = 999;
  static constexpr double kLomaxShapeMin = 1.05;  // at 1 the mean is infinite

  Gap() = default;
  static Gap even() { return Gap(); }
  static Gap exponential();
  static Gap gamma(double shape);
  static Gap weibull(double shape);
  /// P(X > x) = (1 + x / scale)^-shape (cache-theory.md 5).
  static Gap lomax(double shape);
  /// The shares sum to 1. The gap's mean is 1 all the same; mean_seconds() says what that stands
  /// for.
  static Gap hyperexponential(std::vector<GapBranch> branches);

  Kind kind() const { return kind_; }
  /// A gap between two arrivals.
  double sample(sim::Bits128 bits) const;
  /// From an instant that knows nothing of the process until its next arrival: the process has been
  /// running for ever, so that no connection begins with an arrival of its own. Its distribution
  /// has the density 1 - F. An even process has its first arrival after `share` of its gap, in (0,
  /// 1].
  double first(sim::Bits128 bits, sim::Bits128 more, double share) const;
  /// Hyperexponential: the mean gap that the branches give, in seconds. 1 for all others.
  double mean_seconds() const { return mean_seconds_; }
  /// The probability of a gap of at most x.
  double cdf(double x) const;

 private:
  double exponential_of(double branch, const std::vector<double>& ends, double log_u) const;

  Kind kind_ = Kind::even;
  double shape_ = 0, scale_ = 0, mean_seconds_ = 1;
  sim::Distribution gamma_, biased_;  // of the gap, and of one that a random instant falls into
  std::vector<double> means_, ends_, first_ends_;  // branches, and where their shares end
};

}  // namespace tablekey::model
