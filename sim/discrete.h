// Choices among many: a rank by Zipf's law (which item is read), and one of several kinds by weight
// (which operation comes next). Like every sample, a pure function of one draw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/random.h"

namespace tablekey::sim {

/// Ranks 0 to n-1, rank k with a probability in proportion to 1/(k+1)^exponent: 0 is the most
/// popular. Takes constant memory and time for any n, by rejection-inversion (Hörmann and
/// Derflinger, ACM TOMACS 6(3), 1996).
class Zipf {
 public:
  static constexpr std::uint64_t kRanksMax = std::uint64_t{1} << 40;
  static constexpr double kExponentMax = 16;

  /// n from 1 to kRanksMax, exponent from 0 (uniform) to kExponentMax; else a law is broken.
  Zipf(std::uint64_t n, double exponent);

  [[nodiscard]] std::uint64_t sample(Bits128 bits) const;

  /// In proportion to the probability of this rank; weight(0) is 1.
  [[nodiscard]] double weight(std::uint64_t rank) const;

  [[nodiscard]] std::uint64_t size() const { return n_; }
  [[nodiscard]] double exponent() const { return exponent_; }

 private:
  [[nodiscard]] double integral(double x) const;
  [[nodiscard]] double integral_inverse(double y) const;

  std::uint64_t n_;
  double exponent_;
  double integral_first_ = 0;  // at 1.5, less the weight of the first rank
  double integral_last_ = 0;   // at n + 0.5
  double squeeze_ = 0;         // a candidate this close above its rank is accepted unseen
};

/// One of several choices, by whole-number weights (a probability is a ratio of integers).
class Categorical {
 public:
  /// At least one weight must be positive, and their sum must fit 64 bits; else a law is broken.
  explicit Categorical(std::span<const std::uint64_t> weights);

  /// The index of a choice, never one whose weight is 0.
  [[nodiscard]] std::size_t sample(Bits128 bits) const;

  [[nodiscard]] std::size_t size() const { return sums_.size(); }
  [[nodiscard]] std::uint64_t total() const { return sums_.back(); }

 private:
  std::vector<std::uint64_t> sums_;  // sums_[i] is the sum of the weights up to and with i
};

}  // namespace tablekey::sim
