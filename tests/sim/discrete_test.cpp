// Zipf's law and choices by weight: every rank and index as often as it should come, in all sizes.
#include "sim/discrete.h"

#include <array>
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "sim/law.h"
#include "sim/math.h"
#include "tests/sim/output_hash.h"

namespace discrete_test {

namespace {

using namespace tablekey::sim;

// The probability that a right distribution gives a larger chi-square than this one.
double chance(double chi_square, std::size_t degrees_of_freedom) {
  return 1.0 - gamma_cdf(static_cast<double>(degrees_of_freedom) / 2.0, chi_square / 2.0);
}

// Chi-square of counts against weights; ranks that are expected less than 20 times are pooled.
double chance_of(const std::vector<std::uint64_t>& counts, const std::vector<double>& weights) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0ULL));
  const double weight_total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double chi_square = 0;
  std::size_t cells = 0;
  double expected = 0;
  double counted = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    expected += total * weights[i] / weight_total;
    counted += static_cast<double>(counts[i]);
    if (expected >= 20.0 || i + 1 == counts.size()) {
      chi_square += (counted - expected) * (counted - expected) / expected;
      ++cells;
      expected = 0;
      counted = 0;
    }
  }
  return cells < 2 ? 1.0 : chance(chi_square, cells - 1);
}

double zipf_chance(std::uint64_t n, double exponent) {
  const Zipf zipf(n, exponent);
  const Random random(n);
  std::vector<std::uint64_t> counts(n);
  std::vector<double> weights(n);
  for (std::uint64_t rank = 0; rank < n; ++rank) {
    weights[rank] = zipf.weight(rank);
  }
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    ++counts.at(zipf.sample(random.draw(1, 1, i)));
  }
  return chance_of(counts, weights);
}

}  // namespace

TEST_CASE("Zipf ranks come in proportion to their weights") {
  for (const std::uint64_t n : {1U, 2U, 3U, 10U, 1'000U, 100'000U}) {
    for (const double exponent : {0.0, 0.5, 0.99, 1.0, 1.01, 1.5, 4.0, 16.0}) {
      INFO(n << " ranks, exponent " << exponent);
      CHECK(zipf_chance(n, exponent) > 1e-4);
    }
  }
}

TEST_CASE("The chi-square test tells near exponents apart") {
  const Zipf zipf(1'000, 1.0);
  const Zipf other(1'000, 1.02);
  std::vector<std::uint64_t> counts(1'000);
  std::vector<double> weights(1'000);
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    ++counts.at(zipf.sample(Random(1).draw(1, 1, i)));
  }
  for (std::uint64_t rank = 0; rank < 1'000; ++rank) {
    weights[rank] = other.weight(rank);
  }
  CHECK(chance_of(counts, weights) < 1e-4);
}

TEST_CASE("Zipf works for as many ranks as anyone has items") {
  for (const double exponent : {0.0, 0.8, 1.0, 1.2}) {
    const Zipf zipf(Zipf::kRanksMax, exponent);
    std::uint64_t largest = 0;
    for (std::uint64_t i = 0; i < 50'000; ++i) {
      const std::uint64_t rank = zipf.sample(Random(4).draw(1, 1, i));
      REQUIRE(rank < Zipf::kRanksMax);
      largest = std::max(largest, rank);
    }
    CHECK(largest > (exponent > 1.0 ? 1'000'000U : Zipf::kRanksMax / 2));
  }
}

TEST_CASE("The extreme draws of a Zipf distribution are its last and first ranks") {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  for (const double exponent : {0.0, 0.99, 1.0, 2.0}) {
    const Zipf zipf(50, exponent);
    CHECK(zipf.sample({0, 0}) == 49);
    CHECK(zipf.sample({kAll, 0}) == 0);
    CHECK(zipf.size() == 50);
    CHECK(zipf.exponent() == exponent);
    CHECK(zipf.weight(0) == 1.0);
    CHECK(zipf.weight(3) == Approx(power(4.0, -exponent)));
  }
  CHECK_THROWS_AS(Zipf(50, 1.0).weight(50), BrokenLaw);
  CHECK_THROWS_AS(Zipf(0, 1.0), BrokenLaw);
  CHECK_THROWS_AS(Zipf(5, -0.1), BrokenLaw);
  CHECK_THROWS_AS(Zipf(Zipf::kRanksMax + 1, 1.0), BrokenLaw);
}

TEST_CASE("Choices come in proportion to their weights, and never with weight nought") {
  const std::vector<std::vector<std::uint64_t>> cases{
      {1}, {0, 5}, {95, 5}, {0, 3, 0, 2, 1, 0}, {1, 1, 1, 1, 1, 1, 1}};
  for (const auto& weights : cases) {
    const Categorical categorical(weights);
    std::vector<std::uint64_t> counts(weights.size());
    for (std::uint64_t i = 0; i < 50'000; ++i) {
      ++counts.at(categorical.sample(Random(6).draw(1, 1, i)));
    }
    std::vector<std::uint64_t> seen;
    std::vector<double> likely;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) {
        CHECK(counts[i] == 0);
      } else {
        seen.push_back(counts[i]);
        likely.push_back(static_cast<double>(weights[i]));
      }
    }
    CHECK(chance_of(seen, likely) > 1e-4);
  }
}

TEST_CASE("Few choices and many choices are found by the same rule") {
  // A walk for few, a search for many: both must give the first whose running sum is above the
  // point.
  for (const std::size_t size : {1U, 2U, 15U, 16U, 17U, 100U}) {
    std::vector<std::uint64_t> weights(size);
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < size; ++i) {
      weights[i] = i * 7 % 4 + (i == 0 ? 1 : 0);
      expected.insert(expected.end(), weights[i], i);
    }
    const Categorical categorical(weights);
    REQUIRE(categorical.total() == expected.size());
    REQUIRE(categorical.size() == size);
    for (std::size_t point = 0; point < expected.size(); ++point) {
      // The middle of the part of all draws that gives this point.
      const auto middle = (static_cast<Uint128>(2 * point + 1) << 64) / (2 * expected.size());
      REQUIRE(categorical.sample({static_cast<std::uint64_t>(middle), 0}) == expected[point]);
    }
  }
}

TEST_CASE("Weights that make no choice break a law") {
  const std::array<std::uint64_t, 2> none{0, 0};
  const std::array<std::uint64_t, 2> too_many{~std::uint64_t{0}, 1};
  CHECK_THROWS_AS(Categorical(none), BrokenLaw);
  CHECK_THROWS_AS(Categorical(too_many), BrokenLaw);
  CHECK_THROWS_AS(Categorical(std::vector<std::uint64_t>{}), BrokenLaw);
}

TEST_CASE("Zipf and categorical give the same values everywhere") {
  OutputHash hash;
  const Zipf zipf(10'000'000, 0.99);
  const Zipf one(1'000, 1.0);
  const Categorical categorical(std::vector<std::uint64_t>{70, 20, 10});
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const Bits128 bits = Random(8).draw(1, 1, i);
    hash.add(zipf.sample(bits));
    hash.add(one.sample(bits));
    hash.add(std::uint64_t{categorical.sample(bits)});
  }
  CHECK(hash.value() == 0x5d7b0bc63a26ea7a);
}

}  // namespace discrete_test
