// When requests come, against the integral of the rate.
#include "model/clients/arrivals.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace tablekey::model::arrivals_test {
namespace {

constexpr double kSecond = 1e9;

RateStage stage(double seconds, double begin, double end) {
  return {sim::Duration::nanoseconds(static_cast<std::int64_t>(seconds * kSecond)), begin, end};
}

/// Arrival times in seconds after `origin`, up to `horizon`.
std::vector<double> times(const Arrivals& arrivals, double horizon, std::uint64_t seed,
                          std::size_t most = 1'000'000) {
  const sim::Random random(seed);
  const sim::Time origin = sim::Time::from_nanoseconds(1'500'000'000'000'000'000);
  sim::Time now = origin;
  std::vector<double> found;
  while (found.size() < most) {
    const sim::Bits128 bits = random.draw(1, 1, found.size());
    const double exposure =
        found.empty() ? arrivals.first_exposure(bits, bits, 1) : arrivals.exposure(bits);
    const auto next = arrivals.next(origin, now, exposure);
    if (!next) break;
    CHECK(*next > now);
    now = *next;
    const double seconds = static_cast<double>((now - origin).count()) / kSecond;
    if (seconds > horizon) break;
    found.push_back(seconds);
  }
  return found;
}

/// Kolmogorov-Smirnov distance of samples to an exponential of mean 1.
double distance(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  double worst = 0;
  const auto n = static_cast<double>(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double cdf = 1 - std::exp(-samples[i]);
    worst = std::max({worst, std::abs(cdf - static_cast<double>(i) / n),
                      std::abs(cdf - static_cast<double>(i + 1) / n)});
  }
  return worst;
}

}  // namespace

TEST_CASE("A constant rate gives equal gaps to the nanosecond") {
  const auto found = times(Arrivals(Gap::even(), {stage(1, 0.25, 0.25)}), 100, 1);
  REQUIRE(found.size() == 25);
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == 4.0 * static_cast<double>(i + 1));
}

TEST_CASE("The first arrivals of a workload's connections are spread over one gap") {
  const Arrivals arrivals(Gap::even(), {stage(1, 2, 2)});
  const sim::Time origin = sim::Time::from_nanoseconds(1000);
  for (int i = 1; i <= 5; ++i) {
    const double exposure = arrivals.first_exposure({}, {}, i / 5.0);
    CHECK(arrivals.next(origin, origin, exposure)->nanoseconds() == 1000 + i * 100'000'000);
  }
}

TEST_CASE("A ramp's arrivals stand where the integral of the rate is a whole number") {
  // 0 to 10 a second over 20 s: the integral is t*t/4.
  const Arrivals arrivals(Gap::even(), {stage(20, 0, 10), stage(10, 10, 10)});
  const auto found = times(arrivals, 30.05, 1);
  REQUIRE(found.size() == 200);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(found[i] == Approx(std::sqrt(4.0 * static_cast<double>(i + 1))).margin(1e-6));
  }
  for (std::size_t i = 100; i < 200; ++i) {
    CHECK(found[i] == Approx(20 + static_cast<double>(i - 99) / 10).margin(1e-6));
  }
}

TEST_CASE("A ramp down to zero has all its arrivals, the last one included, and then none") {
  for (const double seconds : {1.0, 2.0, 3.0, 7.0, 10.0, 100.0, 0.1, 1.7}) {
    for (const double requests : {1.0, 2.0, 5.0, 17.0, 1000.0}) {
      const Arrivals arrivals(Gap::even(), {stage(seconds, 2 * requests / seconds, 0)});
      const auto found = times(arrivals, 1e9, 1);
      // The area is a whole number up to rounding: the last arrival may fall to either side.
      CHECK(static_cast<double>(found.size()) >= requests - 1);
      CHECK(static_cast<double>(found.size()) <= requests);
      for (const double at : found) CHECK(at <= seconds * (1 + 1e-9));
    }
  }
}

TEST_CASE("The end of a ramp to zero is never the root of a negative number") {
  // Exposures at and just below the whole area, over many slopes.
  for (int i = 1; i < 2000; ++i) {
    const double begin = 0.1 * i, seconds = 1 + i % 7;
    const Arrivals arrivals(Gap::exponential(), {stage(seconds, begin, 0)});
    const double area = begin * seconds / 2;
    const sim::Time origin = sim::Time::from_nanoseconds(0);
    for (const double exposure : {area, std::nextafter(area, 0.0), area * (1 - 1e-15)}) {
      const auto next = arrivals.next(origin, origin, exposure);
      REQUIRE(next.has_value());
      CHECK(static_cast<double>(next->nanoseconds()) == Approx(seconds * kSecond).epsilon(1e-6));
    }
  }
}

TEST_CASE("Stages follow each other and the last rate holds") {
  const Arrivals arrivals(Gap::even(), {stage(10, 1, 1), stage(10, 0, 0), stage(10, 2, 2)});
  const auto found = times(arrivals, 40, 1);
  CHECK(found.size() == 10 + 0 + 40);
  CHECK(found[9] == Approx(10));
  CHECK(found[10] == Approx(20.5));
  const Arrivals ending(Gap::even(), {stage(10, 1, 1), stage(10, 0, 0)});
  CHECK(times(ending, 1e6, 1).size() == 10);
}

TEST_CASE("A rate of zero never comes") {
  const Arrivals arrivals(Gap::exponential(), {stage(10, 0, 0)});
  const sim::Time now = sim::Time::from_nanoseconds(5);
  CHECK_FALSE(arrivals.next(now, now, 1).has_value());
  const Arrivals rare(Gap::exponential(), {stage(10, 1e-12, 1e-12)});
  CHECK_FALSE(rare.next(now, now, 1).has_value());  // beyond what time holds
}

TEST_CASE("Poisson gaps are exponential") {
  const Arrivals arrivals(Gap::exponential(), {stage(1, 5, 5)});
  const auto found = times(arrivals, 1e9, 7, 20'000);
  std::vector<double> gaps;
  for (std::size_t i = 0; i < found.size(); ++i) {
    gaps.push_back(5 * (found[i] - (i == 0 ? 0 : found[i - 1])));
  }
  CHECK(distance(gaps) < 1.63 / std::sqrt(20'000.0));  // 1% level; the seed is fixed
}

TEST_CASE("Poisson arrivals under a changing rate are exponential in the integrated rate") {
  const Arrivals arrivals(Gap::exponential(),
                          {stage(1000, 0, 20), stage(1000, 20, 5), stage(10, 5, 5)});
  const auto integral = [](double t) {
    if (t <= 1000) return 0.01 * t * t;
    if (t <= 2000) return 10'000 + 20 * (t - 1000) - 0.0075 * (t - 1000) * (t - 1000);
    return 22'500 + 5 * (t - 2000);
  };
  const auto found = times(arrivals, 2500, 3);
  CHECK(static_cast<double>(found.size()) == Approx(25'000).margin(3 * std::sqrt(25'000.0)));
  std::vector<double> gaps;
  for (std::size_t i = 0; i < found.size(); ++i) {
    gaps.push_back(integral(found[i]) - (i == 0 ? 0 : integral(found[i - 1])));
  }
  CHECK(distance(gaps) < 1.63 / std::sqrt(static_cast<double>(gaps.size())));
}

TEST_CASE("A higher rate brings the same arrivals earlier") {
  const auto slow = times(Arrivals(Gap::exponential(), {stage(1, 1, 1)}), 1e9, 5, 1000);
  const auto fast = times(Arrivals(Gap::exponential(), {stage(1, 4, 4)}), 1e9, 5, 1000);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(slow[i] == Approx(4 * fast[i]).margin(1e-5));
}

}  // namespace tablekey::model::arrivals_test
