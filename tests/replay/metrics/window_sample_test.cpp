// Goal: statistics of windows follow their definitions, also where some windows were cut off.
// Method: small samples whose statistics are known by hand, and every quantile of a larger one
// against the definition itself.
#include "replay/metrics/window_sample.h"

#include <catch2/catch.hpp>

namespace window_sample_test {

namespace {

using namespace tablekey::replay;
using tablekey::scenarios::Comparison;
using tablekey::scenarios::Statistic;

WindowSample sample_of(std::initializer_list<std::int64_t> known,
                       std::initializer_list<std::int64_t> censored = {}) {
  WindowSample sample;
  for (const std::int64_t window : known) sample.add(window);
  for (const std::int64_t window : censored) sample.add_censored(window);
  return sample;
}

TEST_CASE("a quantile is the smallest window that at least its share does not exceed") {
  const WindowSample sample = sample_of({40, 10, 30, 20});
  CHECK(sample.quantile(50'000'000).low == 20);
  CHECK(sample.quantile(90'000'000).low == 40);
  CHECK(sample.min().low == 10);
  CHECK(sample.max().low == 40);
  CHECK(sample.mean().low == 25);
  CHECK(sample.quantile(50'000'000).exact());
}

TEST_CASE("quantiles of a thousand windows fall on the window of their rank") {
  WindowSample sample;
  for (std::int64_t i = 1000; i >= 1; --i) sample.add(i);
  CHECK(sample.quantile(50'000'000).low == 500);
  CHECK(sample.quantile(90'000'000).low == 900);
  CHECK(sample.quantile(95'000'000).low == 950);
  CHECK(sample.quantile(99'000'000).low == 990);
  CHECK(sample.quantile(99'900'000).low == 999);
}

TEST_CASE("a quantile of one window is that window") {
  const WindowSample sample = sample_of({7});
  CHECK(sample.quantile(50'000'000).low == 7);
  CHECK(sample.quantile(99'900'000).low == 7);
}

TEST_CASE("a window that was cut off leaves its statistic without an upper bound") {
  const WindowSample sample = sample_of({10, 20}, {15});
  const Bounds max = sample.max();
  CHECK(max.low == 20);
  CHECK_FALSE(max.high);
  CHECK_FALSE(sample.mean().high);
  CHECK(sample.mean().low == 15);
  // In order 10, 15+, 20: the middle one is at least 15 and at most 20.
  const Bounds middle = sample.quantile(50'000'000);
  CHECK(middle.low == 15);
  CHECK(middle.high == 20);
}

TEST_CASE("a limit from above needs an upper bound, a limit from below a lower one") {
  const Bounds open{.low = 10, .high = {}};
  CHECK_FALSE(surely(Comparison::less_equal, open, 1000));
  CHECK_FALSE(surely(Comparison::less, open, 1000));
  CHECK(surely(Comparison::greater_equal, open, 10));
  CHECK_FALSE(surely(Comparison::greater, open, 10));
  CHECK(surely(Comparison::not_equal, open, 9));
  CHECK_FALSE(surely(Comparison::not_equal, open, 11));
  CHECK_FALSE(surely(Comparison::equal, open, 10));
}

TEST_CASE("bounds that agree are compared as one number") {
  const Bounds exact{.low = 10, .high = 10};
  CHECK(surely(Comparison::equal, exact, 10));
  CHECK(surely(Comparison::less_equal, exact, 10));
  CHECK_FALSE(surely(Comparison::less, exact, 10));
  CHECK_FALSE(surely(Comparison::not_equal, exact, 10));
}

TEST_CASE("only windows longer than nothing count as such") {
  CHECK(sample_of({0, 0, 3}, {0, 5}).positive() == 2);
}

TEST_CASE("a mean of long windows does not overflow") {
  constexpr std::int64_t kCentury = std::int64_t{3'155'760'000} * 1'000'000'000;
  const WindowSample sample = sample_of({kCentury, kCentury, kCentury, kCentury});
  CHECK(sample.mean().low == kCentury);
}

}  // namespace

}  // namespace window_sample_test
