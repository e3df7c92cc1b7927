// A daily course. Goal: the factor follows the cosine that is documented, a period's mean is the
// rate itself, and inverting the integral gives it back. Method: numbers, and properties.
#include "model/clients/arrivals_rate.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>
#include <cmath>

namespace tablekey::model::arrivals_rate_test {
namespace {

constexpr double kSecond = 1e9;
constexpr double kPi = 3.14159265358979323846;

sim::Duration span(double seconds) {
  return sim::Duration::nanoseconds(static_cast<std::int64_t>(seconds * kSecond));
}

}  // namespace

TEST_CASE("A day's requests are the rate times a day, wherever it begins") {
  const RateProfile profile({{sim::Duration(), 2, 2}},
                            {sim::Duration::hours(24), 0.8, sim::Duration::hours(14)});
  for (const int hour : {0, 5, 13, 23, 100}) {
    CHECK(profile.integral(sim::Duration::hours(hour), sim::Duration::hours(24)) ==
          Approx(2 * 86'400).epsilon(1e-12));
  }
}

TEST_CASE("The rate follows the cosine within a thousandth of its amplitude") {
  const double period = 86'400, amplitude = 0.5, peak = 14 * 3600;
  const RateProfile profile({{sim::Duration(), 1, 1}}, {span(period), amplitude, span(peak)});
  for (double t = 0; t < 2 * period; t += 777) {
    const double exact = 1 + amplitude * std::cos(2 * kPi * (t - peak) / period);
    const double rate = profile.integral(span(t), span(1)) / 1.0;
    CHECK(rate == Approx(exact).margin(0.0008 * amplitude));
  }
}

TEST_CASE("Time is found again from the integral, with stages and a course") {
  rc::prop("integral(time_to(area)) == area", [] {
    const double begin = *rc::gen::inRange(1, 500) / 100.0;
    const double end = *rc::gen::inRange(1, 500) / 100.0;
    const double amplitude = *rc::gen::inRange(0, 101) / 100.0;
    const auto period = sim::Duration::seconds(*rc::gen::inRange(100, 5000));
    const RateProfile profile({{sim::Duration::seconds(1000), begin, end}},
                              {period, amplitude, sim::Duration::seconds(30)});
    const auto at = sim::Duration::milliseconds(*rc::gen::inRange(0, 3'000'000));
    const double area = *rc::gen::inRange(1, 100'000) / 10.0;
    const auto wait = profile.time_to(at, area);
    RC_ASSERT(wait.has_value());
    const double back =
        profile.integral(at, sim::Duration::nanoseconds(static_cast<std::int64_t>(*wait)));
    RC_ASSERT(std::abs(back - area) <= 1e-6 * (1 + area));
  });
}

TEST_CASE("Very long waits skip whole periods") {
  const RateProfile profile({{sim::Duration(), 1e-3, 1e-3}}, {sim::Duration::seconds(1), 0.9, {}});
  const auto wait = profile.time_to({}, 1e6);
  REQUIRE(wait.has_value());
  CHECK(*wait == Approx(1e9 * kSecond).epsilon(1e-9));
}

TEST_CASE("A course over a rate of nought never comes") {
  const RateProfile profile({{sim::Duration::seconds(10), 1, 0}},
                            {sim::Duration::seconds(3), 1, {}});
  CHECK(profile.time_to({}, 4).has_value());
  CHECK_FALSE(profile.time_to({}, 100).has_value());
  CHECK_FALSE(profile.time_to(sim::Duration::seconds(11), 1e-9).has_value());
}

}  // namespace tablekey::model::arrivals_rate_test
