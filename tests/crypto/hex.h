#pragma once
// Bytes from hexadecimal text, as all published vectors are written.

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tablekey::crypto {

using Bytes = std::vector<std::uint8_t>;  // Test data only; no key of a run is ever in one.

inline Bytes hex(std::string_view text) {
  Bytes bytes;
  unsigned number = 0;
  unsigned digits = 0;
  for (const char c : text) {
    const bool decimal = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (c == ' ') {
      continue;
    }
    if (!decimal && (lower < 'a' || lower > 'f')) {
      throw std::invalid_argument("not hexadecimal");
    }
    number = number << 4 | static_cast<unsigned>(decimal ? c - '0' : lower - 'a' + 10);
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<std::uint8_t>(number));
    }
  }
  if (digits % 2 != 0) {
    throw std::invalid_argument("half a byte");
  }
  return bytes;
}

// The bytes as an array-like view of a fixed size; std::invalid_argument for any other size.
template <std::size_t N>
std::span<const std::uint8_t, N> exactly(const Bytes& bytes) {
  if (bytes.size() != N) {
    throw std::invalid_argument("another size");
  }
  return std::span<const std::uint8_t, N>(bytes);
}

template <typename Range>
Bytes to_bytes(const Range& range) {
  return Bytes(range.begin(), range.end());
}

}  // namespace tablekey::crypto
