// The random function: the published answers of Philox, the place of every argument, and what is
// made of the bits.
#include "sim/random.h"

#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "tests/sim/output_hash.h"

namespace random_test {

namespace {

using namespace tablekey::sim;

// As the known answers are printed: words from the lowest on.
constexpr std::uint64_t pair_of(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}
constexpr Bits128 words(std::uint32_t w0, std::uint32_t w1, std::uint32_t w2, std::uint32_t w3) {
  return {.high = pair_of(w2, w3), .low = pair_of(w0, w1)};
}

// From kat_vectors of Random123 1.14, "philox4x32 10".
static_assert(philox(0, {}) == words(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
static_assert(philox(~std::uint64_t{0}, {~std::uint64_t{0}, ~std::uint64_t{0}}) ==
              words(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
static_assert(philox(pair_of(0xa4093822, 0x299f31d0),
                     words(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344)) ==
              words(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));

}  // namespace

TEST_CASE("Philox gives its published answers at run time too") {
  volatile std::uint64_t key = pair_of(0xa4093822, 0x299f31d0);
  CHECK(philox(key, words(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344)) ==
        words(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST_CASE("A draw is Philox of entity, purpose and ordinal under the root") {
  const Random random(0x0123456789abcdef);
  CHECK(random.draw(0xfedcba9876543210, 0xbeef, 0x123456789abc) ==
        philox(0x0123456789abcdef, {.high = 0xfedcba9876543210, .low = 0xbeef123456789abc}));
  CHECK(random.root() == 0x0123456789abcdef);
}

TEST_CASE("Every argument of a draw matters, and no two draws share a block") {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  for (const std::uint64_t root : {1U, 2U}) {
    for (std::uint64_t entity = 0; entity < 10; ++entity) {
      for (std::uint16_t purpose = 0; purpose < 10; ++purpose) {
        for (std::uint64_t ordinal = 0; ordinal < 10; ++ordinal) {
          const Bits128 bits = Random(root).draw(entity, purpose, ordinal);
          seen.emplace(bits.high, bits.low);
        }
      }
    }
  }
  CHECK(seen.size() == 2'000);
}

TEST_CASE("An ordinal beyond 48 bits breaks a law instead of running into the purpose") {
  CHECK_NOTHROW(Random(1).draw(1, 1, Random::kOrdinalMax));
  CHECK_THROWS_AS(Random(1).draw(1, 1, Random::kOrdinalMax + 1), BrokenLaw);
}

TEST_CASE("A unit number lies strictly between 0 and 1 and is symmetric") {
  CHECK(unit(0) == 0x1p-53);
  CHECK(unit(~std::uint64_t{0}) == 1.0 - 0x1p-53);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint64_t bits = Random(3).draw(1, 1, i).high;
    REQUIRE(unit(bits) > 0.0);
    REQUIRE(unit(bits) < 1.0);
    REQUIRE(unit(bits) + unit(~bits) == 1.0);
  }
}

TEST_CASE("A number below n takes the draw as a fraction of n") {
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{10}, kAll}) {
    CHECK(below(n, {0, 0}) == 0);
    CHECK(below(n, {kAll, kAll}) == n - 1);
  }
  CHECK(below(2, {std::uint64_t{1} << 63, 0}) == 1);
  CHECK(below(2, {(std::uint64_t{1} << 63) - 1, kAll}) == 0);
  // A third of all bits, and one less: the low half decides.
  CHECK(below(3, {0x5555555555555555, 0x5555555555555555}) == 0);
  CHECK(below(3, {0x5555555555555555, 0x5555555555555556}) == 1);
  CHECK_THROWS_AS(below(0, {}), BrokenLaw);
}

TEST_CASE("Numbers below ten come equally often") {
  std::array<int, 10> counts{};
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    ++counts.at(below(10, Random(7).draw(2, 3, i)));
  }
  double chi_square = 0;
  for (const int count : counts) {
    chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  }
  CHECK(chi_square < 27.9);  // one in a thousand exceeds it with nine degrees of freedom
}

TEST_CASE("A bit stream begins with the draw and goes on without repeating") {
  const Bits128 first = Random(1).draw(1, 2, 3);
  BitStream stream(first);
  CHECK(stream.next() == first);
  const Bits128 second = stream.next();
  CHECK(second == philox(first.low, {.high = first.high, .low = 1}));
  CHECK_FALSE(stream.next() == second);
}

TEST_CASE("The random function gives the same bits everywhere") {
  OutputHash hash;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const Bits128 bits = Random(i % 7).draw(i * i, static_cast<std::uint16_t>(i), i);
    hash.add(bits.high);
    hash.add(bits.low);
    hash.add(unit(bits.low));
    hash.add(below(i + 1, bits));
  }
  CHECK(hash.value() == 0x5fcbe41d751d1ee2);
}

}  // namespace random_test
