#include "sim/discrete.h"

#include <algorithm>

#include "sim/law.h"
#include "sim/math.h"

namespace tablekey::sim {

namespace {

// (exp(x)-1)/x and log(1+x)/x, which both tend to 1 where x tends to 0.
double exp_minus_one_over(double x) { return x == 0 ? 1.0 : exp_minus_one(x) / x; }
double log_one_plus_over(double x) { return x == 0 ? 1.0 : log_one_plus(x) / x; }

double power_weight(double exponent, double x) { return exp(-exponent * log(x)); }

}  // namespace

// The method covers the histogram of the weights by the area under x^-exponent, shifted by a half:
// invert that area's integral at a random height, round to a rank, and reject the little that
// sticks out. Fewer than one in ten are rejected for any n and exponent.

Zipf::Zipf(std::uint64_t n, double exponent) : n_(n), exponent_(exponent) {
  law(n >= 1 && n <= kRanksMax, "a Zipf distribution has from 1 to 2^40 ranks");
  law(exponent >= 0 && exponent <= kExponentMax, "a Zipf exponent is from 0 to 16");
  integral_first_ = integral(1.5) - 1.0;
  integral_last_ = integral(static_cast<double>(n) + 0.5);
  squeeze_ = 2.0 - integral_inverse(integral(2.5) - power_weight(exponent, 2.0));
}

// The integral of x^-exponent from 1 to x, written so that exponent 1 is no special case.
double Zipf::integral(double x) const {
  const double log_x = log(x);
  return exp_minus_one_over((1.0 - exponent_) * log_x) * log_x;
}

double Zipf::integral_inverse(double y) const {
  const double t = std::max(y * (1.0 - exponent_), -1.0);  // rounding can pass the pole
  return exp(log_one_plus_over(t) * y);
}

std::uint64_t Zipf::sample(Bits128 bits) const {
  BitStream stream(bits);
  while (true) {
    const double u = unit(stream.next().high);
    const double y = integral_last_ + u * (integral_first_ - integral_last_);
    const double x = integral_inverse(y);
    const double last = static_cast<double>(n_);
    const auto rank = static_cast<std::uint64_t>(std::clamp(x + 0.5, 1.0, last));
    const auto k = static_cast<double>(rank);
    if (k - x <= squeeze_ || y >= integral(k + 0.5) - power_weight(exponent_, k)) {
      return rank - 1;
    }
  }
}

double Zipf::weight(std::uint64_t rank) const {
  law(rank < n_, "a rank is below the number of ranks");
  return power_weight(exponent_, static_cast<double>(rank) + 1.0);
}

Categorical::Categorical(std::span<const std::uint64_t> weights) {
  std::uint64_t sum = 0;
  sums_.reserve(weights.size());
  for (const std::uint64_t weight : weights) {
    law(!__builtin_add_overflow(sum, weight, &sum), "the sum of the weights fits 64 bits");
    sums_.push_back(sum);
  }
  law(sum > 0, "at least one weight is positive");
}

std::size_t Categorical::sample(Bits128 bits) const {
  const std::uint64_t point = below(sums_.back(), bits);
  // Few choices are the rule, and a walk over few beats a search that the processor cannot foresee.
  constexpr std::size_t kFew = 16;
  if (sums_.size() <= kFew) {
    std::size_t index = 0;
    for (const std::uint64_t sum : sums_) {
      index += sum <= point ? 1U : 0U;
    }
    return index;
  }
  return static_cast<std::size_t>(std::ranges::upper_bound(sums_, point) - sums_.begin());
}

}  // namespace tablekey::sim
