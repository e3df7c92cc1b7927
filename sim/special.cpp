// The normal and the gamma distribution's functions, on our own logarithm and exponential. Sampling
// uses the normal quantile alone; the others serve means, distribution functions and tests.
#include <array>
#include <cstddef>

#include "sim/math.h"

namespace tablekey::sim {

namespace {

// Highest power first.
template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double sum = coefficients[0];
  for (std::size_t i = 1; i < N; ++i) {
    sum = sum * x + coefficients[i];
  }
  return sum;
}

// The rational functions of AS 241, PPND16: around the middle, in the tails, far out in the tails.
constexpr std::array<double, 8> kMiddleAbove{2.5090809287301226727e+3, 3.3430575583588128105e+4,
                                             6.7265770927008700853e+4, 4.5921953931549871457e+4,
                                             1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                             1.3314166789178437745e+2, 3.3871328727963666080e+0};
constexpr std::array<double, 8> kMiddleBelow{5.2264952788528545610e+3, 2.8729085735721942674e+4,
                                             3.9307895800092710610e+4, 2.1213794301586595867e+4,
                                             5.3941960214247511077e+3, 6.8718700749205790830e+2,
                                             4.2313330701600911252e+1, 1.0};
constexpr std::array<double, 8> kTailAbove{7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                           2.41780725177450611770e-1, 1.27045825245236838258e+0,
                                           3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                           4.63033784615654529590e+0, 1.42343711074968357734e+0};
constexpr std::array<double, 8> kTailBelow{1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                           1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                           6.89767334985100004550e-1, 1.67638483018380384940e+0,
                                           2.05319162663775882187e+0, 1.0};
constexpr std::array<double, 8> kFarAbove{2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                          1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                          2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                          5.46378491116411436990e+0, 6.65790464350110377720e+0};
constexpr std::array<double, 8> kFarBelow{2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                          1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                          1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                          5.99832206555887937690e-1,  1.0};

}  // namespace

double normal_quantile(double p) {
  const double q = p - 0.5;
  if (q > -0.425 && q < 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kMiddleAbove, r) / polynomial(kMiddleBelow, r);
  }
  const double tail = q < 0 ? p : 1.0 - p;
  const double r = sqrt(-log(tail));
  const double x = r <= 5.0 ? polynomial(kTailAbove, r - 1.6) / polynomial(kTailBelow, r - 1.6)
                            : polynomial(kFarAbove, r - 5.0) / polynomial(kFarBelow, r - 5.0);
  return q < 0 ? -x : x;
}

double log_gamma(double x) {
  // Stirling's series needs a large argument; gamma(x) = gamma(x+1) / x leads there.
  double divisor = 1.0;
  while (x < 12.0) {
    divisor *= x;
    x += 1.0;
  }
  constexpr std::array<double, 7> kBernoulli{1.0 / 156.0,   -691.0 / 360360.0, 1.0 / 1188.0,
                                             -1.0 / 1680.0, 1.0 / 1260.0,      -1.0 / 360.0,
                                             1.0 / 12.0};
  constexpr double kHalfLogOfTwoPi = 0x1.d67f1c864beb5p-1;
  const double series = polynomial(kBernoulli, 1.0 / (x * x)) / x;
  return (x - 0.5) * log(x) - x + kHalfLogOfTwoPi + series - log(divisor);
}

namespace {

constexpr int kIterationsMax = 100'000;
constexpr double kEnough = 0x1p-54;

double gamma_factor(double shape, double x) { return exp(shape * log(x) - x - log_gamma(shape)); }

// P(shape, x) by its power series, for x up to about the shape.
double gamma_lower_series(double shape, double x) {
  double term = 1.0 / shape;
  double sum = term;
  for (int i = 1; i < kIterationsMax && term > sum * kEnough; ++i) {
    term *= x / (shape + i);
    sum += term;
  }
  return sum * gamma_factor(shape, x);
}

// 1 - P(shape, x) by its continued fraction (Lentz's method), for x beyond the shape.
double gamma_upper_fraction(double shape, double x) {
  double b = x + 1.0 - shape;
  double c = 0x1p1000;
  double d = 1.0 / b;
  double fraction = d;
  for (int i = 1; i < kIterationsMax; ++i) {
    const double a = -i * (i - shape);
    b += 2.0;
    d = 1.0 / (a * d + b);
    c = b + a / c;
    const double factor = c * d;
    fraction *= factor;
    if (factor > 1.0 - 0x1p-52 && factor < 1.0 + 0x1p-52) {
      break;
    }
  }
  return fraction * gamma_factor(shape, x);
}

}  // namespace

double gamma_cdf(double shape, double x) {
  if (!(x > 0)) {
    return 0;
  }
  return x < shape + 1.0 ? gamma_lower_series(shape, x) : 1.0 - gamma_upper_fraction(shape, x);
}

double normal_cdf(double x) {
  // The square of a normal number, halved, has the gamma distribution of shape 1/2.
  const double y = 0.5 * x * x;
  if (y < 1.5) {
    const double half = y > 0 ? 0.5 * gamma_lower_series(0.5, y) : 0.0;
    return x < 0 ? 0.5 - half : 0.5 + half;
  }
  const double tail = 0.5 * gamma_upper_fraction(0.5, y);
  return x < 0 ? tail : 1.0 - tail;
}

}  // namespace tablekey::sim
