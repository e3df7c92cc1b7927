// The distributions: samples against their own distribution functions, means, committed hashes of
// their bits, and the text in both directions with every refusal.
#include "sim/distribution.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "sim/law.h"
#include "tests/sim/output_hash.h"

namespace distribution_test {

namespace {

using namespace tablekey::sim;

Duration ms(std::int64_t n) { return Duration::milliseconds(n); }

Distribution read(std::string_view text) {
  const auto parsed = Distribution::parse(text);
  if (!parsed) {
    FAIL(text << ": " << parsed.error());
  }
  return *parsed;
}

std::string refusal(std::string_view text) {
  const auto parsed = Distribution::parse(text);
  return parsed ? "read as " + parsed->print() : parsed.error();
}

std::vector<double> samples(const Distribution& distribution, std::uint64_t count) {
  const Random random(20180214);
  std::vector<double> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    all.push_back(distribution.sample(random.draw(1, 1, i)));
  }
  return all;
}

// The largest distance between the share of samples up to a point and the probability of that,
// times the root of their number: above 1.95 once in a thousand samples of the right distribution.
double kolmogorov_smirnov(const Distribution& distribution) {
  std::vector<double> all = samples(distribution, 40'000);
  std::ranges::sort(all);
  const auto n = static_cast<double>(all.size());
  double worst = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double p = distribution.cdf(all[i]);
    const auto below = static_cast<double>(i);
    worst = std::max({worst, p - below / n, (below + 1.0) / n - p});
  }
  return worst * std::sqrt(n);
}

const std::vector<std::string> kContinuous{
    "uniform(0s, 5m)",
    "uniform(2ms, 3ms)",
    "exponential(mean=6ms)",
    "lognormal(median=6ms, p99=40ms)",
    "lognormal(median=500ms, p99=5s)",
    "gamma(shape=0.3, mean=6ms)",
    "gamma(shape=1, mean=6ms)",
    "gamma(shape=2.5, mean=6ms)",
    "gamma(shape=200, mean=6ms)",
    "weibull(shape=0.7, scale=6ms)",
    "weibull(shape=3, scale=6ms)",
    "pareto(shape=1.2, minimum=6ms)",
    "pareto(shape=4, minimum=6ms)",
    "hyperexponential(p=0.9, mean1=6ms, mean2=600ms)",
};

}  // namespace

TEST_CASE("Samples of every distribution follow its distribution function") {
  for (const std::string& text : kContinuous) {
    INFO(text);
    CHECK(kolmogorov_smirnov(read(text)) < 1.95);
  }
}

TEST_CASE("The test of samples tells near distributions apart") {
  // The canary: samples of one distribution held against another must fail.
  std::vector<double> all = samples(read("exponential(mean=6ms)"), 40'000);
  std::ranges::sort(all);
  const Distribution other = read("gamma(shape=1.05, mean=6ms)");
  double worst = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    worst = std::max(worst, std::abs(other.cdf(all[i]) - static_cast<double>(i) / 40'000.0));
  }
  CHECK(worst * 200.0 > 1.95);
}

TEST_CASE("Sample means approach the mean that a distribution states") {
  for (const std::string& text : kContinuous) {
    if (text == "pareto(shape=1.2, minimum=6ms)") {
      continue;  // its mean is finite, but no number of samples comes near it
    }
    INFO(text);
    const Distribution distribution = read(text);
    double sum = 0;
    for (const double sample : samples(distribution, 200'000)) {
      sum += sample;
    }
    CHECK(sum / 200'000.0 == Approx(distribution.mean()).epsilon(0.02));
  }
}

TEST_CASE("The parameters mean what they say") {
  const double ns_per_ms = 1e6;
  CHECK(read("lognormal(median=6ms, p99=40ms)").cdf(6 * ns_per_ms) == Approx(0.5).epsilon(1e-12));
  CHECK(read("lognormal(median=6ms, p99=40ms)").cdf(40 * ns_per_ms) == Approx(0.99).epsilon(1e-12));
  CHECK(read("exponential(mean=6ms)").mean() == 6e6);
  CHECK(read("gamma(shape=2, mean=6ms)").mean() == 6e6);
  CHECK(read("weibull(shape=0.5, scale=6ms)").mean() == Approx(12e6).epsilon(1e-12));
  CHECK(read("weibull(shape=2, scale=6ms)").cdf(6e6) == Approx(1 - std::exp(-1.0)).epsilon(1e-12));
  CHECK(read("pareto(shape=3, minimum=6ms)").mean() == Approx(9e6).epsilon(1e-12));
  CHECK(read("pareto(shape=1, minimum=6ms)").mean() == std::numeric_limits<double>::infinity());
  CHECK(read("pareto(shape=2, minimum=6ms)").cdf(12e6) == Approx(0.75).epsilon(1e-12));
  CHECK(read("hyperexponential(p=0.75, mean1=4ms, mean2=8ms)").mean() == 5e6);
  CHECK(read("uniform(2ms, 4ms)").cdf(2.5e6) == 0.25);
}

TEST_CASE("A constant is always itself") {
  const Distribution constant = Distribution::constant(ms(5));
  for (const double sample : samples(constant, 100)) {
    REQUIRE(sample == 5e6);
  }
  CHECK(constant.cdf(4.999e6) == 0.0);
  CHECK(constant.cdf(5e6) == 1.0);
  CHECK(constant.mean() == 5e6);
  CHECK(Distribution() == Distribution::constant(Duration()));
  CHECK(samples(Distribution::lognormal(ms(5), ms(5)), 10) == std::vector<double>(10, 5e6));
  CHECK(samples(Distribution::uniform(ms(5), ms(5)), 10) == std::vector<double>(10, 5e6));
}

TEST_CASE("Beyond a lognormal's cap all samples are the cap") {
  const Distribution capped = read("lognormal(median=500ms, p99=5s, cap=6s)");
  const Distribution uncapped = read("lognormal(median=500ms, p99=5s)");
  const std::vector<double> all = samples(capped, 200'000);
  const auto at_cap = static_cast<double>(std::ranges::count(all, 6e9));
  CHECK(at_cap / 200'000.0 == Approx(1.0 - uncapped.cdf(6e9)).epsilon(0.05));
  CHECK(*std::ranges::max_element(all) == 6e9);
  CHECK(capped.cdf(5.9e9) == uncapped.cdf(5.9e9));
  CHECK(capped.cdf(6e9) == 1.0);
  double sum = 0;
  for (const double sample : all) {
    sum += sample;
  }
  CHECK(sum / 200'000.0 == Approx(capped.mean()).epsilon(0.01));
  CHECK(capped.mean() < uncapped.mean());
}

TEST_CASE("A sampled duration is rounded to the nanosecond and at most a hundred years") {
  const Distribution narrow = read("uniform(1ns, 2ns)");
  const Distribution heavy = read("pareto(shape=0.05, minimum=1h)");
  bool reached = false;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const Bits128 bits = Random(3).draw(1, 1, i);
    const double exact = narrow.sample(bits);
    REQUIRE(narrow.sample_duration(bits) == Duration::nanoseconds(exact < 1.5 ? 1 : 2));
    REQUIRE(heavy.sample_duration(bits) <= Distribution::kLongestSample);
    reached = reached || heavy.sample_duration(bits) == Distribution::kLongestSample;
  }
  CHECK(reached);
}

TEST_CASE("No draw, however extreme, gives a negative or undefined sample") {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  for (const std::string& text : kContinuous) {
    INFO(text);
    for (const std::uint64_t high : {std::uint64_t{0}, std::uint64_t{1} << 63, kAll}) {
      for (const std::uint64_t low : {std::uint64_t{0}, std::uint64_t{1} << 63, kAll}) {
        const double sample = read(text).sample({high, low});
        CHECK(sample >= 0.0);
        CHECK(read(text).sample_duration({high, low}) >= Duration());
      }
    }
  }
}

TEST_CASE("The canonical text of a distribution is printed and read back") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"constant(5ms)", "constant(5ms)"},
      {"5ms", "constant(5ms)"},
      {"0s", "constant(0s)"},
      {" constant ( value = 5ms ) ", "constant(5ms)"},
      {"uniform(0s, 5m)", "uniform(0s, 5m)"},
      {"uniform(high=5m,low=0s)", "uniform(0s, 5m)"},
      {"exponential(mean=6ms)", "exponential(mean=6ms)"},
      {"lognormal(median=6ms, p99=40ms)", "lognormal(median=6ms, p99=40ms)"},
      {"lognormal(p99=5s, median=500ms, cap=60s)", "lognormal(median=500ms, p99=5s, cap=1m)"},
      {"gamma(shape=2.0, mean=6ms)", "gamma(shape=2, mean=6ms)"},
      {"weibull(shape=.7, scale=6ms)", "weibull(shape=0.7, scale=6ms)"},
      {"pareto(shape=2.5, minimum=6ms)", "pareto(shape=2.5, minimum=6ms)"},
      {"hyperexponential(p=90%, mean1=6ms, mean2=60ms)",
       "hyperexponential(p=0.9, mean1=6ms, mean2=60ms)"},
  };
  for (const auto& [text, canonical] : cases) {
    INFO(text);
    CHECK(read(text).print() == canonical);
    CHECK(read(canonical) == read(text));
  }
}

TEST_CASE("Whatever its parameters, a printed distribution reads back to an equal one") {
  rc::prop("for every kind", [] {
    const auto length = [] {
      return Duration::nanoseconds(*rc::gen::inRange<std::int64_t>(1, 1'000'000'000'000'000));
    };
    const double number = 0.05 + *rc::gen::inRange(0, 1'000'000) / 1'234.5;
    const Duration a = length();
    const Duration b = length();
    const std::vector<Distribution> all{
        Distribution::constant(a),
        Distribution::uniform(std::min(a, b), std::max(a, b)),
        Distribution::exponential(a),
        Distribution::lognormal(std::min(a, b), std::max(a, b)),
        Distribution::lognormal(std::min(a, b), std::max(a, b), a + b),
        Distribution::gamma(number, a),
        Distribution::weibull(number, a),
        Distribution::pareto(number, a),
        Distribution::hyperexponential(number / 1'000.0, a, b),
    };
    for (const Distribution& each : all) {
      RC_ASSERT(Distribution::parse(each.print()).value() == each);
    }
  });
}

TEST_CASE("A distribution that cannot be read says why and what to write") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"lognormal()", "lognormal needs median and p99: write lognormal(median=6ms, p99=40ms)"},
      {"lognormal(median=6ms)", "lognormal needs p99: write lognormal(median=6ms, p99=40ms)"},
      {"lognormal", "lognormal needs its parameters: write lognormal(median=6ms, p99=40ms)"},
      {"lognormal(6ms, 40ms)",
       "lognormal takes its parameters by name: write lognormal(median=6ms, p99=40ms)"},
      {"lognormal(median=6, p99=40ms)",
       "lognormal's median: '6' needs a unit: write 6m (minutes), 6s or 6h"},
      {"lognormal(mean=6ms, p99=40ms)", "lognormal has no 'mean': it has median, p99, cap"},
      {"lognormal(median=6ms, median=7ms, p99=1s)", "lognormal's median is given twice"},
      {"lognormal(median=40ms, p99=6ms)", "lognormal's p99 must be at least its median"},
      {"lognormal(median=6ms, p99=40ms, cap=10ms)", "lognormal's cap must be at least its p99"},
      {"lognormal(median=0s, p99=40ms)", "lognormal's median must be longer than nothing"},
      {"lognormal(median=6ms, p99=40ms",
       "lognormal must end with one ')': write lognormal(median=6ms, p99=40ms)"},
      {"lognormal(median=6ms, p99=40ms) x",
       "lognormal must end with one ')': write lognormal(median=6ms, p99=40ms)"},
      {"lognormal(median=6ms, p99=40ms,)", "lognormal has a comma too many"},
      {"lognormel(median=6ms)", "no distribution 'lognormel': did you mean 'lognormal'?"},
      {"poisson(mean=6ms)",
       "no distribution 'poisson': there are constant, uniform, exponential, lognormal, gamma, "
       "weibull, pareto, hyperexponential"},
      {"fast", "'fast' is not a distribution: write 5ms or lognormal(median=6ms, p99=40ms)"},
      {"", "'' is not a distribution: write 5ms or lognormal(median=6ms, p99=40ms)"},
      {"5", "'5' needs a unit: write 5m (minutes), 5s or 5h"},
      {"-5ms", "constant's value must not be negative"},
      {"constant(1s, 2s)", "constant has too many parameters: write constant(5ms)"},
      {"constant()", "constant needs value: write constant(5ms)"},
      {"constant(40000d)", "constant's value must be at most 36525d (100 years)"},
      {"uniform(5m, 0s)", "uniform's high must be at least its low"},
      {"uniform(-1s, 0s)", "uniform's low must not be negative"},
      {"exponential(mean=0s)", "exponential's mean must be longer than nothing"},
      {"gamma(shape=2x, mean=6ms)", "gamma's shape: '2x' is not a number, such as 2 or 0.7"},
      {"gamma(shape=nan, mean=6ms)", "gamma's shape must be from 0.05 to 1000"},
      {"pareto(shape=0, minimum=6ms)", "pareto's shape must be from 0.05 to 1000"},
      {"weibull(shape=1001, scale=6ms)", "weibull's shape must be from 0.05 to 1000"},
      {"hyperexponential(p=110%, mean1=1s, mean2=2s)", "hyperexponential's p must be from 0 to 1"},
      {"hyperexponential(p=often, mean1=1s, mean2=2s)",
       "hyperexponential's p: 'often' is not a number: write 0.9 or 90%"},
  };
  for (const auto& [text, error] : cases) {
    CHECK(refusal(text) == error);
  }
}

TEST_CASE("A distribution made by our own code out of range breaks a law") {
  CHECK_THROWS_AS(Distribution::exponential(Duration()), BrokenLaw);
  CHECK_THROWS_AS(Distribution::uniform(ms(2), ms(1)), BrokenLaw);
  CHECK_THROWS_AS(Distribution::gamma(-1.0, ms(1)), BrokenLaw);
}

TEST_CASE("Every distribution gives the same bits everywhere") {
  const std::vector<std::uint64_t> committed{
      0x401afc6807c8e5be, 0x02059298034bdfa5, 0xb22ba538d4fb7eca, 0x130a5b94a6af5e32,
      0x1001a3d649b23db5, 0x569338afd05c3c11, 0x61cd23ad079ab565, 0xb2e7ed57fda3f0a9,
      0x4a526fd222b5080a, 0x5a93b9047dd547e9, 0x9e0291c6a5d56ad0, 0x844186c81cb67eb0,
      0x344a6412477c86b0, 0x2b9f6cb6515f5da1};
  REQUIRE(committed.size() == kContinuous.size());
  for (std::size_t i = 0; i < committed.size(); ++i) {
    INFO(kContinuous[i]);
    OutputHash hash;
    for (const double sample : samples(read(kContinuous[i]), 20'000)) {
      hash.add(sample);
    }
    CHECK(hash.value() == committed[i]);
  }
}

}  // namespace distribution_test
