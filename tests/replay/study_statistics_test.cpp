// Goal: intervals are what they say. Method: published tables of Student's t, the binomial by hand,
// samples worked out on paper, and coverage over drawn samples.
#include "replay/study/statistics.h"

#include <catch2/catch.hpp>

#include <vector>

#include "sim/math.h"
#include "sim/random.h"

namespace tablekey::replay::study_statistics_test {
namespace {

SeedValues exact(const std::vector<double>& values) {
  SeedValues out;
  for (const double value : values) out.push_back(SeedValue{value, false});
  return out;
}

// The chance that the order statistics enclose the quantile, summed term by term.
double coverage(const OrderBounds& bounds, std::uint64_t n, double p) {
  double sum = 0, term = 1;  // from P(B = n) down, which is no underflow for these
  for (std::uint64_t i = 0; i < n; ++i) term *= p;
  for (std::uint64_t k = n;; --k) {
    if (k >= bounds.low && k < bounds.high) sum += term;
    if (k == 0) break;
    term *= static_cast<double>(k) / static_cast<double>(n - k + 1) * (1 - p) / p;
  }
  return sum;
}

}  // namespace

TEST_CASE("Student's quantiles are those of the tables") {
  const struct {
    std::uint64_t degrees;
    double confidence, t;
  } kTable[] = {{1, 0.95, 12.706204736432095}, {2, 0.95, 4.302652729911275},
                {5, 0.99, 4.032142983557536},  {9, 0.95, 2.262157162740992},
                {29, 0.95, 2.045229642132703}, {29, 0.99, 2.756385903670335},
                {120, 0.9, 1.657650899}};
  for (const auto& row : kTable) {
    CHECK(student_two_sided(row.confidence, row.degrees) == Approx(row.t).epsilon(1e-8));
  }
}

TEST_CASE("Student's quantiles tend to the normal ones without a step where the method changes") {
  CHECK(student_two_sided(0.95, 1'000'000'000) == Approx(1.959963984540054).epsilon(1e-8));
  const double below = student_two_sided(0.99, 999), above = student_two_sided(0.99, 1000);
  CHECK(below > above);
  CHECK(below - above < 1e-5);
  CHECK(student_cdf(above, 1000) == Approx(0.995).epsilon(1e-9));
}

TEST_CASE("order statistics enclose a quantile with at least the confidence, and hardly more") {
  for (const std::uint64_t n : {5U, 20U, 30U, 100U, 399U}) {
    for (const auto& [part, whole] : {std::pair{1U, 2U}, {9U, 10U}, {99U, 100U}}) {
      const double p = static_cast<double>(part) / static_cast<double>(whole);
      const OrderBounds bounds = quantile_bounds(n, part, whole, 0.95);
      CHECK(coverage({bounds.low, bounds.high}, n, p) >= 0.95);
      if (bounds.low >= 1 && bounds.high <= n) {
        CHECK(coverage({bounds.low + 1, bounds.high}, n, p) < 0.975);
        CHECK(coverage({bounds.low, bounds.high - 1}, n, p) < 0.975);
      }
    }
  }
}

TEST_CASE("thirty runs bound no 99th percentile from above") {
  const OrderBounds bounds = quantile_bounds(30, 99, 100, 0.95);
  CHECK(bounds.low == 28);
  CHECK(bounds.high == 31);
}

TEST_CASE("a mean has the interval of its runs with data, and a run without is no 0") {
  StudentTable student(0.95);
  SeedValues values = exact({4, 6, 8});
  values.insert(values.begin() + 1, std::nullopt);
  const MeanInterval mean = mean_of(values, student);
  CHECK(mean.runs == 3);
  CHECK(mean.mean == 6);
  CHECK(mean.deviation == 2);
  CHECK(mean.half_width.value() == Approx(4.302652729911275 * 2 / sim::sqrt(3)).epsilon(1e-9));
  CHECK_FALSE(mean.at_least);
}

TEST_CASE("one run has a mean and no interval, none has nothing") {
  StudentTable student(0.95);
  CHECK_FALSE(mean_of(exact({4}), student).half_width.has_value());
  CHECK(mean_of(SeedValues{std::nullopt}, student).runs == 0);
}

TEST_CASE("what follows from a lower bound is one") {
  StudentTable student(0.95);
  SeedValues values = exact({1, 2, 3, 4});
  values.push_back(SeedValue{5, true});
  CHECK(mean_of(values, student).at_least);
  const Sorted sorted(values);
  CHECK_FALSE(sorted.quantile(1, 2, 0.5).at_least);
  CHECK(sorted.quantile(1, 1, 0.5).at_least);
  // A bound low in the sample leaves every quantile above it open.
  values[0] = SeedValue{0.5, true};
  CHECK(Sorted(values).quantile(1, 2, 0.5).at_least);
}

TEST_CASE("quantiles are the smallest value that enough runs do not exceed") {
  const Sorted sorted(exact({50, 10, 40, 20, 30, 60, 70, 80, 90, 100}));
  CHECK(sorted.quantile(1, 2, 0.95).value == 50);
  CHECK(sorted.quantile(9, 10, 0.95).value == 90);
  CHECK(sorted.quantile(99, 100, 0.95).value == 100);
  CHECK(sorted.min() == 10);
}

TEST_CASE("differences are run by run, and none to what is only known to be larger") {
  SeedValues a = exact({1, 2, 3}), b = exact({4, 6, 8, 9});
  b[1] = std::nullopt;
  const SeedValues difference = differences(a, b);
  REQUIRE(difference.size() == 2);
  CHECK(difference[0]->value == 3);
  CHECK(difference[1]->value == 5);
  a[0] = SeedValue{1, true};
  CHECK(differences(a, b).empty());
}

TEST_CASE("intervals of means hold the mean as often as they say") {
  // 2,000 samples of 8 exponential numbers cover slightly less than 90 %: the sampling error of the
  // share is 0.7 %.
  StudentTable student(0.9);
  const sim::Random random(7);
  int held = 0;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    SeedValues values;
    for (std::uint64_t i = 0; i < 8; ++i) {
      double sum = 0;  // nearly normal
      for (std::uint64_t j = 0; j < 12; ++j) {
        sum += sim::unit(random.draw(1, 1, sample * 96 + i * 12 + j).high);
      }
      values.push_back(SeedValue{sum, false});
    }
    const MeanInterval mean = mean_of(values, student);
    if (mean.mean - *mean.half_width <= 6 && 6 <= mean.mean + *mean.half_width) ++held;
  }
  CHECK(held > 1740);
  CHECK(held < 1860);
}

}  // namespace tablekey::replay::study_statistics_test
