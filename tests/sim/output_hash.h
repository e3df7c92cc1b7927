// A hash of many outputs in one number (FNV-1a), so that a test can hold every compiler,
// optimisation level and processor to the same bits.
#pragma once

#include <bit>
#include <cstdint>

class OutputHash {
 public:
  void add(std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) {
      hash_ = (hash_ ^ (word >> (8 * byte) & 0xFF)) * 0x100000001B3;
    }
  }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }

  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325;
};
