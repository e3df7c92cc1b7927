// What an explored seed chooses by: one choice after the other, each a pure function of the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sim/random.h"

namespace tablekey::replay::explore {

class Dice {
 public:
  /// Choices of one seed for one subject ("resources", "steps", …): what one subject chooses moves
  /// nothing of another's.
  Dice(std::uint64_t seed, std::string_view subject) : random_(seed), entity_(kOffset) {
    for (const char letter : subject) {
      entity_ = (entity_ ^ static_cast<unsigned char>(letter)) * kPrime;
    }
  }

  /// In [0, n); n is at least 1.
  std::uint64_t below(std::uint64_t n) {
    return sim::below(n, random_.draw(entity_, kPurpose, ordinal_++));
  }
  /// In [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string pick(std::initializer_list<std::string_view> texts) {
    return std::string(texts.begin()[below(texts.size())]);
  }
  template <class List>
  const auto& of(const List& list) {
    return list[static_cast<std::size_t>(below(list.size()))];
  }

 private:
  static constexpr std::uint64_t kOffset = 0xcbf29ce484222325, kPrime = 0x100000001b3;  // FNV-1a
  static constexpr std::uint16_t kPurpose = 900;

  sim::Random random_;
  std::uint64_t entity_;
  std::uint64_t ordinal_ = 0;
};

}  // namespace tablekey::replay::explore
