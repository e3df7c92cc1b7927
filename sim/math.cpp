// Logarithm and exponential: reduce the argument with integers, then evaluate a polynomial in a
// fixed order of operations. The coefficients are minimax, computed for these intervals at 200
// bits.
#include "sim/math.h"

#include <bit>
#include <cfloat>
#include <cstdint>
#include <limits>

namespace tablekey::sim {

static_assert(std::numeric_limits<double>::is_iec559, "a double is an IEEE 754 binary64");
static_assert(FLT_EVAL_METHOD == 0, "intermediate results are rounded to double");
#ifdef __FAST_MATH__
#error "tablekey must not be compiled with -ffast-math: it changes simulated values"
#endif

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits, so that k * kLn2High is exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kOneOverLn2 = 0x1.71547652b82fep+0;
constexpr std::uint64_t kMantissa = (std::uint64_t{1} << 52) - 1;

double power_of_two(std::int64_t k) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52);
}

// (log(1+f) - 2s) / s with s = f/(2+f), as a function of s squared, for 1+f from sqrt(1/2) to
// sqrt(2). It is a series in s squared since log(1+f) = 2 artanh(s); the error is below 2^-56.
double log_remainder(double z) {
  const double z2 = z * z;
  const double low = 0x1.5555555555558p-1 + z * 0x1.9999999995223p-2;
  const double middle = 0x1.2492492e03ed8p-2 + z * 0x1.c71c62d034db2p-3;
  const double high = 0x1.7462ba2a0d1d4p-3 + z * 0x1.39fdb911a02d1p-3 + z2 * 0x1.2b5fc0f572b20p-3;
  return z * (low + z2 * (middle + z2 * high));
}

// (exp(r) - 1 - r) / r^2 for |r| up to half of ln 2; the error is below 2^-59.
double exp_remainder(double r) {
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double a = 0x1.0000000000000p-1 + r * 0x1.5555555555557p-3;
  const double b = 0x1.5555555555558p-5 + r * 0x1.11111111100bdp-7;
  const double c = 0x1.6c16c16c151cap-10 + r * 0x1.a01a01abf879ap-13;
  const double d = 0x1.a01a01ad0d2dfp-16 + r * 0x1.71de01fd6ab2cp-19;
  const double e = 0x1.27e4cca1a7fbbp-22 + r * 0x1.af4e55df5a4bfp-26 + r2 * 0x1.1f8b9700c256ap-29;
  return (a + r2 * b) + r4 * ((c + r2 * d) + r4 * e);
}

}  // namespace

double log(double x) {
  std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  std::int64_t exponent = 0;
  if (bits - (std::uint64_t{1} << 52) >= 0x7FE0'0000'0000'0000) [[unlikely]] {
    if (x == 0) {
      return -kInfinity;
    }
    if (!(x > 0)) {
      return kNotANumber;
    }
    if (x == kInfinity) {
      return x;
    }
    bits = std::bit_cast<std::uint64_t>(x * 0x1p54);  // a subnormal number
    exponent = -54;
  }
  // Adding the distance from sqrt(1/2) to 1 carries into the exponent from sqrt(2) on.
  constexpr std::uint64_t kSqrtHalf = 0x3FE6'A09E'667F'3BCD;
  constexpr std::uint64_t kOne = 0x3FF0'0000'0000'0000;
  bits += kOne - kSqrtHalf;
  exponent += static_cast<std::int64_t>(bits >> 52) - 1023;
  const double f = std::bit_cast<double>((bits & kMantissa) + kSqrtHalf) - 1.0;
  const double s = f / (2.0 + f);
  const double half_square = 0.5 * f * f;
  const double correction = s * (half_square + log_remainder(s * s));
  const auto k = static_cast<double>(exponent);
  return k * kLn2High - ((half_square - (correction + k * kLn2Low)) - f);
}

double exp(double x) {
  if (!(x < 709.782712893384)) [[unlikely]] {
    return x != x ? x : kInfinity;
  }
  if (x < -745.1332191019412) [[unlikely]] {
    return 0;
  }
  // Adding and taking away 1.5 * 2^52 rounds to the nearest whole number.
  const double k = (x * kOneOverLn2 + 0x1.8p52) - 0x1.8p52;
  const double high = x - k * kLn2High;
  const double low = k * kLn2Low;
  const double r = high - low;
  const double y = 1.0 + (high + (r * r * exp_remainder(r) - low));
  const auto exponent = static_cast<std::int64_t>(k);
  if (exponent > 1023) {
    return y * 2.0 * power_of_two(exponent - 1);
  }
  if (exponent < -1022) {
    return y * power_of_two(exponent + 1000) * 0x1p-1000;
  }
  return y * power_of_two(exponent);
}

double log_one_plus(double x) {
  const double sum = 1.0 + x;
  if (sum == 1.0) {
    return x;
  }
  // What the sum lost in rounding it lost in both factors alike, so that it cancels.
  return log(sum) * (x / (sum - 1.0));
}

double exp_minus_one(double x) {
  if (x > -0.34 && x < 0.34) {
    return x + x * x * exp_remainder(x);
  }
  return exp(x) - 1.0;
}

double power(double base, double exponent) {
  if (exponent == 0) {
    return 1;
  }
  return exp(exponent * log(base));
}

double sqrt(double x) { return __builtin_sqrt(x); }

}  // namespace tablekey::sim
