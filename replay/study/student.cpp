// The incomplete beta function by Lentz's continued fraction (Abramowitz and Stegun 26.5.8), solved
// by bisection, which gives the same steps everywhere; for many degrees of freedom the expansion
// around the normal quantile (26.7.5).
#include "replay/study/student.h"

#include <algorithm>

#include "model/law.h"
#include "sim/math.h"

namespace tablekey::replay {
namespace {

constexpr std::uint64_t kManyDegrees = 1000;
constexpr double kTiny = 1e-300;

double not_nothing(double x) { return x < kTiny && x > -kTiny ? kTiny : x; }

double beta_fraction(double a, double b, double x) {
  double c = 1;
  double d = 1 / not_nothing(1 - (a + b) * x / (a + 1));
  double h = d;
  for (int m = 1; m <= 10'000; ++m) {
    const double n = m;
    const double even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n));
    d = 1 / not_nothing(1 + even * d);
    c = not_nothing(1 + even / c);
    h *= d * c;
    const double odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1));
    d = 1 / not_nothing(1 + odd * d);
    c = not_nothing(1 + odd / c);
    const double step = d * c;
    h *= step;
    if (step - 1 < 1e-16 && 1 - step < 1e-16) break;
  }
  return h;
}

// The regularised incomplete beta function I_x(a, b).
double beta_cdf(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = sim::exp(sim::log_gamma(a + b) - sim::log_gamma(a) - sim::log_gamma(b) +
                                a * sim::log(x) + b * sim::log_one_plus(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double upper_tail(double t, std::uint64_t degrees) {
  const auto v = static_cast<double>(degrees);
  return 0.5 * beta_cdf(v / 2, 0.5, v / (v + t * t));
}

double around_normal(double confidence, std::uint64_t degrees) {
  const double z = sim::normal_quantile(0.5 + confidence / 2);
  const auto v = static_cast<double>(degrees);
  const double z2 = z * z;
  const double g1 = (z2 + 1) * z / 4;
  const double g2 = ((5 * z2 + 16) * z2 + 3) * z / 96;
  const double g3 = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384;
  return z + (g1 + (g2 + g3 / v) / v) / v;
}

double binomial_log(std::uint64_t n, std::uint64_t k, double log_p, double log_q) {
  const auto real = [](std::uint64_t x) { return static_cast<double>(x); };
  return sim::log_gamma(real(n + 1)) - sim::log_gamma(real(k + 1)) -
         sim::log_gamma(real(n - k + 1)) + real(k) * log_p + real(n - k) * log_q;
}

// The largest k with P(B <= k) <= share, for B binomial with odds p to q; nothing (UINT64_MAX) if
// even P(B = 0) is more.
std::uint64_t largest_below(std::uint64_t n, double log_p, double log_q, double share) {
  double sum = 0;
  std::uint64_t best = UINT64_MAX;
  for (std::uint64_t k = 0; k <= n; ++k) {
    sum += sim::exp(binomial_log(n, k, log_p, log_q));
    if (sum > share) break;
    best = k;
  }
  return best;
}

}  // namespace

double student_cdf(double t, std::uint64_t degrees) {
  return t < 0 ? upper_tail(-t, degrees) : 1 - upper_tail(t, degrees);
}

double student_two_sided(double confidence, std::uint64_t degrees) {
  model::law(degrees >= 1 && confidence > 0 && confidence < 1, "an interval has a confidence");
  if (degrees >= kManyDegrees) return around_normal(confidence, degrees);
  const double wanted = (1 - confidence) / 2;
  double low = 0, high = 1;
  while (upper_tail(high, degrees) > wanted && high < 1e300) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (upper_tail(middle, degrees) > wanted ? low : high) = middle;
  }
  return high;
}

double StudentTable::at(std::uint64_t degrees) {
  const auto [entry, fresh] = known_.try_emplace(degrees, 0);
  if (fresh) entry->second = student_two_sided(confidence_, degrees);
  return entry->second;
}

OrderBounds quantile_bounds(std::uint64_t n, std::uint64_t part, std::uint64_t whole,
                            double confidence) {
  model::law(part > 0 && part < whole, "a quantile lies between nought and one");
  if (n == 0) return {0, 1};
  const double p = static_cast<double>(part) / static_cast<double>(whole);
  const double q = static_cast<double>(whole - part) / static_cast<double>(whole);
  const double share = (1 - confidence) / 2;
  const double log_p = sim::log(p), log_q = sim::log(q);
  // P(B <= low - 1) <= share, and P(B >= high) <= share, which is the same of the failures.
  const std::uint64_t below = largest_below(n, log_p, log_q, share);
  const std::uint64_t above = largest_below(n, log_q, log_p, share);
  OrderBounds bounds;
  bounds.low = below == UINT64_MAX ? 0 : below + 1;
  bounds.high = above == UINT64_MAX ? n + 1 : n - above;
  return bounds;
}

}  // namespace tablekey::replay
