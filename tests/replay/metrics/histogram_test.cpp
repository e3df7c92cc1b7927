// Goal: a histogram says of many values what they are to better than 1 %, and two of them merged
// are that of all values. Method: random samples of all sizes against the sorted sample itself.
#include "replay/metrics/histogram.h"

#include <rapidcheck/catch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

namespace histogram_test {

namespace {

using namespace tablekey;
using replay::Histogram;

Histogram of(const std::vector<std::int64_t>& values) {
  Histogram histogram;
  for (const std::int64_t value : values) histogram.add(value);
  return histogram;
}

// Sizes from nanoseconds to centuries.
rc::Gen<std::vector<std::int64_t>> samples() {
  return rc::gen::container<std::vector<std::int64_t>>(rc::gen::apply(
      [](std::int64_t value, int shift) { return (value & INT64_MAX) >> shift; },
      rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange(0, 63)));
}

TEST_CASE("an empty histogram has counted nothing") {
  CHECK(Histogram().count() == 0);
  CHECK(Histogram().zeros() == 0);
  CHECK(Histogram() == Histogram());
}

TEST_CASE("small numbers are exact") {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < 128; ++i) values.push_back(i);
  const Histogram histogram = of(values);
  CHECK(histogram.zeros() == 1);
  for (std::uint64_t i = 1; i <= 128; ++i) {
    CHECK(histogram.quantile(i, 128) == static_cast<std::int64_t>(i) - 1);
  }
}

TEST_CASE("the largest times have a bucket") {
  const Histogram histogram = of({INT64_MAX, INT64_MAX, 0});
  CHECK(histogram.max() == INT64_MAX);
  CHECK(histogram.quantile(1, 1) <= INT64_MAX);
  CHECK(histogram.mean() == INT64_MAX / 3 * 2);
}

TEST_CASE("quantiles are within 1 percent of those of the sample, the rest is exact") {
  rc::prop("", [] {
    const auto drawn = *samples();
    RC_PRE(!drawn.empty());
    std::vector<std::int64_t> sorted = drawn;
    std::sort(sorted.begin(), sorted.end());
    const Histogram histogram = of(drawn);
    RC_ASSERT(histogram.count() == sorted.size());
    RC_ASSERT(histogram.min() == sorted.front());
    RC_ASSERT(histogram.max() == sorted.back());
    sim::Uint128 sum = 0;
    for (const std::int64_t value : sorted) sum += static_cast<sim::Uint128>(value);
    RC_ASSERT(histogram.sum() == sum);
    const auto part = static_cast<std::uint64_t>(*rc::gen::inRange(1, 1001));
    const std::size_t index = (sorted.size() * part + 999) / 1000 - 1;
    const auto exact = static_cast<double>(sorted[index]);
    const auto found = static_cast<double>(histogram.quantile(part, 1000));
    RC_ASSERT(found <= exact * 1.01 && found >= exact * 0.99);
  });
}

TEST_CASE("merging histograms is adding, in any order") {
  rc::prop("", [] {
    const auto a = *samples(), b = *samples(), c = *samples();
    Histogram ab = of(a), ba = of(b);
    ab.merge(of(b));
    ba.merge(of(a));
    RC_ASSERT(ab == ba);
    Histogram ab_c = ab, a_bc = of(a), bc = of(b);
    ab_c.merge(of(c));
    bc.merge(of(c));
    a_bc.merge(bc);
    RC_ASSERT(ab_c == a_bc);
    std::vector<std::int64_t> all = a;
    all.insert(all.end(), b.begin(), b.end());
    RC_ASSERT(ab == of(all));
  });
}

}  // namespace

}  // namespace histogram_test
