// The distributions that a scenario may name. Each is a value with a canonical text, and sampling
// is a pure function of one draw, so that the same draw gives the same sample on every machine.
// Lengths of time are doubles in nanoseconds inside and are rounded once, at the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "sim/discrete.h"
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

  using Numbers = std::array<double, kParametersMax>;
  using Durations = std::array<Duration, kParametersMax>;

  Distribution(Kind kind, const Numbers& numbers, const Durations& durations);
  void prepare();
  [[nodiscard]] double sample_gamma(Bits128 bits) const;
  [[nodiscard]] double mean_lognormal() const;

  Kind kind_ = Kind::constant;
  // Parameter i is numbers_[i] (a shape or a probability) or durations_[i], by the kind's table.
  Numbers numbers_{};
  Durations durations_{};
  // What sampling needs and the parameters imply, computed once.
  double scale_ = 0;
  double spread_ = 0;
  double limit_ = 0;
};

}  // namespace tablekey::sim
