#pragma once
// The two views of bytes that every call of this room takes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tablekey::crypto {

using ByteView = std::span<const std::uint8_t>;  // Bytes that are read.
using ByteSpan = std::span<std::uint8_t>;        // Bytes that are written.

// The bytes of a text, for labels and names. The view lives as long as the text does.
inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A number as N big-endian bytes, the order of every standard this room implements.
template <std::size_t N>
constexpr void store_big_endian(std::uint64_t number, std::uint8_t* out) {
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = static_cast<std::uint8_t>(number >> (8 * (N - 1 - i)));
  }
}

template <std::size_t N>
constexpr std::uint64_t load_big_endian(const std::uint8_t* in) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < N; ++i) {
    number = number << 8 | in[i];
  }
  return number;
}

}  // namespace tablekey::crypto
