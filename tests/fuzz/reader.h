// Taking an input of bytes apart: each read takes from the front, and an exhausted input reads as
// zeros, so that every input means something.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tablekey::fuzz {

class Reader {
 public:
  Reader(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool at_end() const { return rest_.empty(); }

  std::uint8_t byte() { return rest_.empty() ? std::uint8_t{0} : take(1).front(); }

  /// A number below `bound`.
  std::size_t below(std::size_t bound) { return byte() % bound; }

  bool flip() { return (byte() & 1) != 0; }

  /// At most so many bytes.
  std::span<const std::uint8_t> take(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  /// All that is left.
  std::string_view text() {
    const auto taken = take(rest_.size());
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace tablekey::fuzz
