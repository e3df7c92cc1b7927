// Our own logarithm and exponential: as accurate as promised, measured against a long double
// library (in this test only), and the same bits everywhere, held to by committed hashes.
#include "sim/math.h"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "sim/random.h"
#include "tests/sim/output_hash.h"

namespace math_test {

namespace {

using namespace tablekey;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kSamples = 300'000;

// The distance in units of the last place of the exact value.
double ulps(double got, long double exact) {
  int exponent = 0;
  std::frexp(static_cast<double>(exact), &exponent);
  return static_cast<double>(std::fabs(got - exact) / std::ldexp(1.0L, exponent - 53));
}

sim::Bits128 draw(std::uint64_t i) { return sim::Random(11).draw(1, 1, i); }

// Positive doubles of every exponent.
double any_positive(std::uint64_t bits) {
  constexpr std::uint64_t kSmallestNormal = std::uint64_t{1} << 52;
  return std::bit_cast<double>(kSmallestNormal + bits % (std::uint64_t{2046} << 52));
}

double between(double low, double high, std::uint64_t bits) {
  return low + (high - low) * sim::unit(bits);
}

}  // namespace

TEST_CASE("The logarithm is within one unit of the last place") {
  double worst = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const double wide = any_positive(draw(i).high);
    const double near_one = between(0.5, 2.0, draw(i).low);
    const double very_near_one = 1.0 + between(-1e-6, 1e-6, draw(i).low);
    for (const double x : {wide, near_one, very_near_one}) {
      worst = std::max(worst, ulps(sim::log(x), std::log(static_cast<long double>(x))));
    }
  }
  CHECK(worst <= 1.0);
}

TEST_CASE("The exponential is within one unit of the last place") {
  double worst = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const double wide = between(-708.0, 709.7, draw(i).high);
    const double small = between(-1.0, 1.0, draw(i).low);
    for (const double x : {wide, small, small * 1e-8}) {
      worst = std::max(worst, ulps(sim::exp(x), std::exp(static_cast<long double>(x))));
    }
  }
  CHECK(worst <= 1.0);
}

TEST_CASE("The forms for small arguments are accurate there") {
  double worst_log = 0;
  double worst_exp = 0;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const double tiny = between(-1e-9, 1e-9, draw(i).high);
    const double small = between(-0.9, 3.0, draw(i).low);
    for (const double x : {tiny, small}) {
      worst_log =
          std::max(worst_log, ulps(sim::log_one_plus(x), std::log1p(static_cast<long double>(x))));
      worst_exp =
          std::max(worst_exp, ulps(sim::exp_minus_one(x), std::expm1(static_cast<long double>(x))));
    }
  }
  CHECK(worst_log <= 3.0);
  CHECK(worst_exp <= 4.0);
}

TEST_CASE("Logarithm and exponential are right at the ends of their ranges") {
  CHECK(sim::log(1.0) == 0.0);
  CHECK(sim::log(0.0) == -kInfinity);
  CHECK(std::isnan(sim::log(-1.0)));
  CHECK(std::isnan(sim::log(std::nan(""))));
  CHECK(sim::log(kInfinity) == kInfinity);
  CHECK(ulps(sim::log(5e-324), std::log(static_cast<long double>(5e-324))) <= 1.0);
  CHECK(ulps(sim::log(1e-310), std::log(static_cast<long double>(1e-310))) <= 1.0);
  CHECK(ulps(sim::log(std::numeric_limits<double>::max()),
             std::log(static_cast<long double>(std::numeric_limits<double>::max()))) <= 1.0);
  CHECK(sim::exp(0.0) == 1.0);
  CHECK(sim::exp(710.0) == kInfinity);
  CHECK(sim::exp(kInfinity) == kInfinity);
  CHECK(sim::exp(-746.0) == 0.0);
  CHECK(sim::exp(-kInfinity) == 0.0);
  CHECK(std::isnan(sim::exp(std::nan(""))));
  CHECK(sim::exp(709.78) / std::exp(709.78) == Approx(1.0).epsilon(1e-15));
  CHECK(sim::exp(-740.0) == Approx(std::exp(-740.0)).epsilon(1e-3));  // a subnormal number
}

TEST_CASE("Powers and square roots are what they should be") {
  CHECK(sim::power(2.0, 10.0) == Approx(1024.0).epsilon(1e-14));
  CHECK(sim::power(9.0, 0.5) == Approx(3.0).epsilon(1e-15));
  CHECK(sim::power(0.0, 2.0) == 0.0);
  CHECK(sim::power(5.0, 0.0) == 1.0);
  CHECK(sim::sqrt(2.0) == 0x1.6a09e667f3bcdp+0);
}

TEST_CASE("The normal quantile inverts the normal distribution") {
  // Published percentage points, then the inverse at many places in both tails.
  CHECK(sim::normal_quantile(0.5) == 0.0);
  CHECK(sim::normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
  CHECK(sim::normal_quantile(0.99) == Approx(2.3263478740408408).epsilon(1e-15));
  CHECK(sim::normal_quantile(1e-10) == Approx(-6.361340902404056).epsilon(1e-14));
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const double p =
        i % 2 == 0 ? sim::unit(draw(i).high) : sim::exp(between(-36.0, -1.0, draw(i).high));
    REQUIRE(sim::normal_cdf(sim::normal_quantile(p)) == Approx(p).epsilon(1e-12));
  }
}

TEST_CASE("The normal distribution agrees with the error function, far into the tail") {
  for (double x = -30.0; x < 8.0; x += 0.0625) {
    const double exact = static_cast<double>(0.5L * std::erfc(-x / std::sqrt(2.0L)));
    REQUIRE(sim::normal_cdf(x) == Approx(exact).epsilon(1e-12));
  }
}

TEST_CASE("The gamma function and distribution agree with the library") {
  for (double x = 0.0625; x < 200.0; x *= 1.05) {
    REQUIRE(sim::log_gamma(x) ==
            Approx(static_cast<double>(std::lgamma(static_cast<long double>(x)))).margin(1e-12));
  }
  CHECK(sim::gamma_cdf(1.0, 2.0) == Approx(1.0 - std::exp(-2.0)).epsilon(1e-13));
  CHECK(sim::gamma_cdf(2.5, 3.0) == Approx(0.693781081586722).epsilon(1e-13));
  CHECK(sim::gamma_cdf(0.5, 0.125) == Approx(std::erf(std::sqrt(0.125))).epsilon(1e-13));
  CHECK(sim::gamma_cdf(3.0, 0.0) == 0.0);
  CHECK(sim::gamma_cdf(3.0, 1e3) == 1.0);
}

TEST_CASE("Logarithm, exponential and normal quantile give the same bits everywhere") {
  OutputHash logs;
  OutputHash exps;
  OutputHash quantiles;
  OutputHash others;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const sim::Bits128 bits = draw(i);
    logs.add(sim::log(any_positive(bits.high)));
    logs.add(sim::log(sim::unit(bits.low)));
    exps.add(sim::exp(between(-745.0, 709.0, bits.high)));
    exps.add(sim::exp(between(-2.0, 2.0, bits.low)));
    quantiles.add(sim::normal_quantile(sim::unit(bits.high)));
    others.add(sim::log_one_plus(between(-0.9, 9.0, bits.high)));
    others.add(sim::exp_minus_one(between(-2.0, 2.0, bits.low)));
    others.add(sim::power(sim::unit(bits.high), between(0.0, 9.0, bits.low)));
  }
  CHECK(logs.value() == 0xe0a45d93cb5b5589);
  CHECK(exps.value() == 0x0cedbba59891fdb6);
  CHECK(quantiles.value() == 0x07de69cc17b30693);
  CHECK(others.value() == 0x0e2e64981d95bf06);
}

}  // namespace math_test
