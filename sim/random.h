// The random function of the simulated world. There is no generator and so no state: a draw is a
// pure function of (root, entity, purpose, ordinal), so that a new entity or a new draw moves
// nobody else's values, and a fork keeps every value that it does not touch. It serves choices
// (latencies, arrivals, popularity) and never key material.
//
// The function is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011), tested against its published known answers.
#pragma once

#include <cstdint>

#include "sim/law.h"

namespace tablekey::sim {

__extension__ typedef unsigned __int128 Uint128;

/// One draw.
struct Bits128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend constexpr bool operator==(const Bits128&, const Bits128&) = default;
};

/// Philox4x32-10: the block that counter has under key. Word 0 is the lowest of either.
constexpr Bits128 philox(std::uint64_t key, Bits128 counter) {
  auto x0 = static_cast<std::uint32_t>(counter.low);
  auto x1 = static_cast<std::uint32_t>(counter.low >> 32);
  auto x2 = static_cast<std::uint32_t>(counter.high);
  auto x3 = static_cast<std::uint32_t>(counter.high >> 32);
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * x0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * x2;
    x0 = static_cast<std::uint32_t>(b >> 32) ^ x1 ^ k0;
    x1 = static_cast<std::uint32_t>(b);
    x2 = static_cast<std::uint32_t>(a >> 32) ^ x3 ^ k1;
    x3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9;  // the golden ratio
    k1 += 0xBB67AE85;  // the square root of three, less one
  }
  return {.high = std::uint64_t{x3} << 32 | x2, .low = std::uint64_t{x1} << 32 | x0};
}

class Random {
 public:
  static constexpr std::uint64_t kOrdinalMax = (std::uint64_t{1} << 48) - 1;

  constexpr explicit Random(std::uint64_t root) : root_(root) {}

  /// The bits of draw number `ordinal` that `entity` makes for `purpose`. An ordinal above
  /// kOrdinalMax would run into the purpose and breaks a law.
  [[nodiscard]] constexpr Bits128 draw(std::uint64_t entity, std::uint16_t purpose,
                                       std::uint64_t ordinal) const {
    law(ordinal <= kOrdinalMax, "a draw's ordinal fits 48 bits");
    return philox(root_, {.high = entity, .low = std::uint64_t{purpose} << 48 | ordinal});
  }

  [[nodiscard]] constexpr std::uint64_t root() const { return root_; }

 private:
  std::uint64_t root_;
};

/// A number in the open interval (0, 1), from the upper 52 bits: the midpoints of 2^52 equal parts,
/// so neither end can occur, and u and 1-u are equally likely.
constexpr double unit(std::uint64_t bits) {
  return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
}

/// A number in [0, n), by taking all 128 bits as a fraction of n. Each number's probability differs
/// from 1/n by less than 2^-128, which no run can notice. n must not be 0.
constexpr std::uint64_t below(std::uint64_t n, Bits128 bits) {
  law(n != 0, "a number is drawn below at least 1");
  const Uint128 carry = (static_cast<Uint128>(n) * bits.low) >> 64;
  return static_cast<std::uint64_t>((static_cast<Uint128>(n) * bits.high + carry) >> 64);
}

/// More bits for a method that rejects: the first are the draw's own, the next are the block that
/// Philox has for (draw, 1), (draw, 2) and so on. Still a pure function of the draw.
class BitStream {
 public:
  constexpr explicit BitStream(Bits128 first) : first_(first) {}

  constexpr Bits128 next() {
    const std::uint64_t index = index_++;
    return index == 0 ? first_ : philox(first_.low, {.high = first_.high, .low = index});
  }

 private:
  Bits128 first_;
  std::uint64_t index_ = 0;
};

}  // namespace tablekey::sim
