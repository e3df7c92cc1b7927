// Gaps of renewal processes. Goal: every kind has mean 1 and its own distribution, and begins in
// equilibrium. Method: Kolmogorov-Smirnov distances with fixed seeds, at the 1 % level.
#include "model/clients/arrivals_gap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "model/law.h"

namespace tablekey::model::arrivals_gap_test {
namespace {

constexpr std::size_t kSamples = 40'000;

struct Case {
  const char* name;
  Gap gap;
  std::function<double(double)> cdf;  // of a gap, written down independently
};

double weibull_cdf(double x, double shape) {
  return 1 - std::exp(-std::pow(x * std::tgamma(1 + 1 / shape), shape));
}

double lomax_cdf(double x, double shape) { return 1 - std::pow(1 + x / (shape - 1), -shape); }

// Shares 90 % and 10 % with rates 0.1/s and 1/510 s: cache-theory.md 5, mean 60 s.
Gap bursts() { return Gap::hyperexponential({{0.9, 0.1}, {0.1, 1.0 / 510}}); }
double bursts_cdf(double x) {
  const double t = 60 * x;
  return 0.9 * (1 - std::exp(-0.1 * t)) + 0.1 * (1 - std::exp(-t / 510));
}

// Erlang-4 with mean 1.
double erlang_cdf(double x) {
  double term = 1, sum = 1;
  for (int k = 1; k < 4; ++k) sum += term *= 4 * x / k;
  return 1 - std::exp(-4 * x) * sum;
}

std::vector<Case> cases() {
  return {
      {"exponential", Gap::exponential(), [](double x) { return 1 - std::exp(-x); }},
      {"gamma 4", Gap::gamma(4), erlang_cdf},
      {"weibull 0.7", Gap::weibull(0.7), [](double x) { return weibull_cdf(x, 0.7); }},
      {"weibull 0.5", Gap::weibull(0.5), [](double x) { return weibull_cdf(x, 0.5); }},
      {"weibull 3", Gap::weibull(3), [](double x) { return weibull_cdf(x, 3); }},
      {"lomax 2.2", Gap::lomax(2.2), [](double x) { return lomax_cdf(x, 2.2); }},
      {"lomax 3", Gap::lomax(3), [](double x) { return lomax_cdf(x, 3); }},
      {"hyperexponential", bursts(), bursts_cdf},
  };
}

double distance(std::vector<double> samples, const std::function<double(double)>& cdf) {
  std::sort(samples.begin(), samples.end());
  double worst = 0;
  const auto n = static_cast<double>(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double p = cdf(samples[i]);
    worst = std::max({worst, std::abs(p - static_cast<double>(i) / n),
                      std::abs(p - static_cast<double>(i + 1) / n)});
  }
  return worst;
}

// The integral of 1 - F up to x, by Simpson's rule: the distribution of a first gap.
std::function<double(double)> equilibrium(const std::function<double(double)>& cdf) {
  return [cdf](double x) {
    constexpr int kSteps = 400;
    // In the root, where a distribution that is steep at 0 is smooth.
    const double h = std::sqrt(x) / kSteps;
    double sum = 0;
    for (int i = 0; i <= kSteps; ++i) {
      const double root = h * i;
      const double weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * (1 - cdf(root * root)) * 2 * root;
    }
    return sum * h / 3;
  };
}

constexpr double kOnePercent = 1.63;  // over the root of the number of samples

}  // namespace

TEST_CASE("Gaps have their distribution, with mean 1") {
  const sim::Random random(11);
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    std::vector<double> samples;
    for (std::size_t i = 0; i < kSamples; ++i)
      samples.push_back(one.gap.sample(random.draw(3, 1, i)));
    CHECK(distance(samples, one.cdf) < kOnePercent / std::sqrt(double(kSamples)));
    for (const double x : {0.01, 0.3, 1.0, 2.5, 9.0}) {
      CHECK(one.gap.cdf(x) == Approx(one.cdf(x)).epsilon(1e-9).margin(1e-13));
    }
    CHECK(one.gap.cdf(-1) == 0);
  }
}

TEST_CASE("The first gap is what an instant finds that knows nothing of the process") {
  const sim::Random random(21);
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    std::vector<double> samples;
    for (std::size_t i = 0; i < kSamples / 4; ++i) {
      samples.push_back(one.gap.first(random.draw(3, 1, i), random.draw(3, 70, i), 1));
    }
    CHECK(distance(samples, equilibrium(one.cdf)) <
          kOnePercent / std::sqrt(double(samples.size())));
  }
}

TEST_CASE("Evenly spaced arrivals are one apart and begin within the first gap") {
  const Gap gap = Gap::even();
  CHECK(gap.sample({1, 2}) == 1);
  CHECK(gap.first({1, 2}, {3, 4}, 0.25) == 0.25);
  CHECK(gap.cdf(0.5) == 0);
  CHECK(gap.cdf(1) == 1);
}

TEST_CASE("Rates of branches give the mean gap in seconds") {
  CHECK(bursts().mean_seconds() == Approx(0.9 * 10 + 0.1 * 510));
  CHECK(Gap::weibull(0.7).mean_seconds() == 1);
}

TEST_CASE("A shape out of bounds breaks a law") {
  CHECK_THROWS_AS(Gap::lomax(1), BrokenLaw);
  CHECK_THROWS_AS(Gap::gamma(0), BrokenLaw);
  CHECK_THROWS_AS(Gap::weibull(1e4), BrokenLaw);
  CHECK_THROWS_AS(Gap::hyperexponential({}), BrokenLaw);
}

}  // namespace tablekey::model::arrivals_gap_test
