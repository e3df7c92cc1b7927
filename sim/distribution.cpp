#include "sim/distribution.h"

#include <limits>

#include "sim/distribution_kinds.h"
#include "sim/law.h"
#include "sim/math.h"

namespace tablekey::sim {

namespace {

double nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }

// The standard normal quantile of 0.99, of which a lognormal's p99 is the spread's multiple.
constexpr double kQuantile99 = 0x1.29c5c4630ff0ep+1;

// Marsaglia and Tsang's method wants a shape of at least 1; a smaller one is raised by 1 and
// mended.
double raised(double shape) { return shape < 1.0 ? shape + 1.0 : shape; }

}  // namespace

Distribution::Distribution(Kind kind, const Numbers& numbers, const Durations& durations)
    : kind_(kind), numbers_(numbers), durations_(durations) {
  law(!parameter_problem(kind, numbers, durations), "a distribution's parameters are in range");
  prepare();
}

Distribution Distribution::constant(Duration value) { return {Kind::constant, {}, {value}}; }

Distribution Distribution::uniform(Duration low, Duration high) {
  return {Kind::uniform, {}, {low, high}};
}

Distribution Distribution::exponential(Duration mean) { return {Kind::exponential, {}, {mean}}; }

Distribution Distribution::lognormal(Duration median, Duration p99, Duration cap) {
  return {Kind::lognormal, {}, {median, p99, cap}};
}

Distribution Distribution::gamma(double shape, Duration mean) {
  return {Kind::gamma, {shape}, {Duration(), mean}};
}

Distribution Distribution::weibull(double shape, Duration scale) {
  return {Kind::weibull, {shape}, {Duration(), scale}};
}

Distribution Distribution::pareto(double shape, Duration minimum) {
  return {Kind::pareto, {shape}, {Duration(), minimum}};
}

Distribution Distribution::hyperexponential(double p, Duration mean1, Duration mean2) {
  return {Kind::hyperexponential, {p}, {Duration(), mean1, mean2}};
}

void Distribution::prepare() {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
      scale_ = nanoseconds(durations_[0]);
      break;
    case Kind::uniform:
      scale_ = nanoseconds(durations_[0]);
      spread_ = nanoseconds(durations_[1]) - scale_;
      break;
    case Kind::lognormal:
      scale_ = nanoseconds(durations_[0]);
      spread_ = log(nanoseconds(durations_[1]) / scale_) / kQuantile99;
      limit_ = durations_[2] == Duration() ? std::numeric_limits<double>::infinity()
                                           : nanoseconds(durations_[2]);
      break;
    case Kind::gamma:
      scale_ = nanoseconds(durations_[1]) / numbers_[0];
      spread_ = raised(numbers_[0]) - 1.0 / 3.0;
      break;
    case Kind::weibull:
    case Kind::pareto:
      scale_ = nanoseconds(durations_[1]);
      spread_ = 1.0 / numbers_[0];
      break;
    case Kind::hyperexponential:
      scale_ = nanoseconds(durations_[1]);
      spread_ = nanoseconds(durations_[2]);
      break;
  }
}

double Distribution::sample(Bits128 bits) const {
  const double u = unit(bits.high);
  switch (kind_) {
    case Kind::constant:
      return scale_;
    case Kind::uniform:
      return scale_ + u * spread_;
    case Kind::exponential:
      return -scale_ * log(u);
    case Kind::lognormal: {
      const double x = scale_ * exp(spread_ * normal_quantile(u));
      return x < limit_ ? x : limit_;
    }
    case Kind::gamma:
      return sample_gamma(bits);
    case Kind::weibull:
      return scale_ * power(-log(u), spread_);
    case Kind::pareto:
      return scale_ * exp(-log(u) * spread_);
    case Kind::hyperexponential:
      return -(unit(bits.low) < numbers_[0] ? scale_ : spread_) * log(u);
  }
  broken_law("a distribution has a kind");
}

// "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.
double Distribution::sample_gamma(Bits128 bits) const {
  const double d = spread_;
  const double c = 1.0 / (3.0 * sqrt(d));
  BitStream stream(bits);
  while (true) {
    const Bits128 draw = stream.next();
    const double x = normal_quantile(unit(draw.high));
    const double root = 1.0 + c * x;
    if (root <= 0) {
      continue;
    }
    const double v = root * root * root;
    const double u = unit(draw.low);
    const double square = x * x;
    if (u < 1.0 - 0.0331 * square * square || log(u) < 0.5 * square + d * (1.0 - v + log(v))) {
      const double sample = scale_ * d * v;
      const double shape = numbers_[0];
      return shape < 1.0 ? sample * power(unit(stream.next().high), 1.0 / shape) : sample;
    }
  }
}

Duration Distribution::sample_duration(Bits128 bits) const {
  const double x = sample(bits);
  if (!(x < nanoseconds(kLongestSample))) {
    return kLongestSample;
  }
  return Duration::nanoseconds(static_cast<std::int64_t>(x + 0.5));
}

double Distribution::cdf(double x) const {
  switch (kind_) {
    case Kind::constant:
      return x < scale_ ? 0 : 1;
    case Kind::uniform:
      return x < scale_ ? 0 : x >= scale_ + spread_ ? 1 : (x - scale_) / spread_;
    case Kind::exponential:
      return x <= 0 ? 0 : -exp_minus_one(-x / scale_);
    case Kind::lognormal:
      if (x <= 0 || x >= limit_ || spread_ == 0) {
        return x <= 0 || (spread_ == 0 && x < scale_) ? 0 : 1;
      }
      return normal_cdf(log(x / scale_) / spread_);
    case Kind::gamma:
      return gamma_cdf(numbers_[0], x / scale_);
    case Kind::weibull:
      return x <= 0 ? 0 : -exp_minus_one(-power(x / scale_, numbers_[0]));
    case Kind::pareto:
      return x <= scale_ ? 0 : -exp_minus_one(-numbers_[0] * log(x / scale_));
    case Kind::hyperexponential:
      return x <= 0 ? 0
                    : -numbers_[0] * exp_minus_one(-x / scale_) -
                          (1.0 - numbers_[0]) * exp_minus_one(-x / spread_);
  }
  broken_law("a distribution has a kind");
}

// Of the smaller of a lognormal number and the cap.
double Distribution::mean_lognormal() const {
  const double uncapped = scale_ * exp(0.5 * spread_ * spread_);
  if (spread_ == 0 || limit_ == std::numeric_limits<double>::infinity()) {
    return uncapped;
  }
  const double at_limit = log(limit_ / scale_) / spread_;
  return uncapped * normal_cdf(at_limit - spread_) + limit_ * normal_cdf(-at_limit);
}

double Distribution::mean() const {
  switch (kind_) {
    case Kind::constant:
    case Kind::exponential:
      return scale_;
    case Kind::uniform:
      return scale_ + 0.5 * spread_;
    case Kind::lognormal:
      return mean_lognormal();
    case Kind::gamma:
      return nanoseconds(durations_[1]);
    case Kind::weibull:
      return scale_ * exp(log_gamma(1.0 + spread_));
    case Kind::pareto:
      return numbers_[0] <= 1.0 ? std::numeric_limits<double>::infinity()
                                : scale_ * numbers_[0] / (numbers_[0] - 1.0);
    case Kind::hyperexponential:
      return numbers_[0] * scale_ + (1.0 - numbers_[0]) * spread_;
  }
  broken_law("a distribution has a kind");
}

}  // namespace tablekey::sim
