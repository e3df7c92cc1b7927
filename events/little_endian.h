// Numbers as bytes, lowest byte first, one after another: how everything in a trace that is not a
// Cap'n Proto message is written and hashed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tablekey::events {

class Packer {
 public:
  // There must be room for everything that is put.
  explicit Packer(std::uint8_t* at) : at_(at) {}

  template <class Number>
  Packer& put(Number value) {
    auto rest = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(Number); ++i, rest >>= 8) {
      *at_++ = static_cast<std::uint8_t>(rest);
    }
    return *this;
  }

  template <std::size_t size>
  Packer& put(const std::array<std::uint8_t, size>& bytes) {
    at_ = std::copy(bytes.begin(), bytes.end(), at_);
    return *this;
  }

  const std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

class Unpacker {
 public:
  explicit Unpacker(const std::uint8_t* at) : at_(at) {}

  template <class Number>
  Unpacker& get(Number& value) {
    std::uint64_t number = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;) number = number << 8 | at_[i];
    at_ += sizeof(Number);
    value = static_cast<Number>(number);
    return *this;
  }

  template <std::size_t size>
  Unpacker& get(std::array<std::uint8_t, size>& bytes) {
    std::copy_n(at_, size, bytes.begin());
    at_ += size;
    return *this;
  }

 private:
  const std::uint8_t* at_;
};

}  // namespace tablekey::events
