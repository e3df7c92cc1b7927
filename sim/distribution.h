// The distributions that a scenario may name. Each is a value with a canonical text, and sampling
// is a pure function of one draw, so that the same draw gives the same sample on every machine.
// Lengths of time are doubles in nanoseconds inside and are rounded once, at the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/random.h"
#include "sim/time.h"

namespace tablekey::sim {

/// A distribution of durations.
class Distribution {
 public:
  enum class Kind : std::uint8_t {
    constant,
    uniform,
    exponential,
    lognormal,
    gamma,
    weibull,
    pareto,
    hyperexponential,
  };

  /// No rounded sample is longer: what a heavy tail throws beyond a hundred years counts as that.
  static constexpr Duration kLongestSample = Duration::days(36'525);

  /// constant(0s).
  Distribution() = default;

  // The named forms. Parameters that parse() would refuse break a law here.
  static Distribution constant(Duration value);
  static Distribution uniform(Duration low, Duration high);
  static Distribution exponential(Duration mean);
  /// With a cap, longer samples count as the cap (a client's timeout); zero means no cap.
  static Distribution lognormal(Duration median, Duration p99, Duration cap = Duration());
  static Distribution gamma(double shape, Duration mean);
  static Distribution weibull(double shape, Duration scale);
  static Distribution pareto(double shape, Duration minimum);
  /// Mean1 with probability p, else mean2.
  static Distribution hyperexponential(double p, Duration mean1, Duration mean2);

  /// Reads the canonical text, such as `lognormal(median=6ms, p99=40ms)`; a duration alone is
  /// constant. The error says what is missing or wrong and what to write, without the place.
  static std::expected<Distribution, std::string> parse(std::string_view text);

  /// The canonical text, which parse() reads back to an equal value.
  [[nodiscard]] std::string print() const;

  [[nodiscard]] Kind kind() const { return kind_; }

  /// In nanoseconds, not rounded; never negative.
  [[nodiscard]] double sample(Bits128 bits) const;

  /// Rounded to the nearest nanosecond, from 0 to kLongestSample.
  [[nodiscard]] Duration sample_duration(Bits128 bits) const;

  /// The probability of at most x nanoseconds.
  [[nodiscard]] double cdf(double x) const;

  /// In nanoseconds; infinite for pareto with a shape of at most 1.
  [[nodiscard]] double mean() const;

  friend bool operator==(const Distribution&, const Distribution&) = default;

 private:
  static constexpr std::size_t kParametersMax = 3;

  Distribution(Kind kind, std::array<double, kParametersMax> numbers,
               std::array<Duration, kParametersMax> durations);
  [[nodiscard]] double parameter(std::size_t i) const;
  void prepare();

  Kind kind_ = Kind::constant;
  // Parameter i is numbers_[i] (a shape or a probability) or durations_[i], by the kind's table.
  std::array<double, kParametersMax> numbers_{};
  std::array<Duration, kParametersMax> durations_{};
  // What sampling needs and the parameters imply, computed once.
  double scale_ = 0;
  double spread_ = 0;
};

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
