// Enough of the Protocol Buffers wire format to write messages: a field is its number and wire
// type, then a varint, eight bytes, or a length and bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tablekey::replay {

class ProtoMessage {
 public:
  ProtoMessage& number(std::uint32_t field, std::uint64_t value) {
    key(field, kVarint);
    varint(value);
    return *this;
  }
  /// int64 and enums: negative values are ten bytes long.
  ProtoMessage& integer(std::uint32_t field, std::int64_t value) {
    return number(field, static_cast<std::uint64_t>(value));
  }
  ProtoMessage& fixed64(std::uint32_t field, std::uint64_t value) {
    key(field, kFixed64);
    for (int byte = 0; byte < 8; ++byte, value >>= 8) bytes_ += static_cast<char>(value & 0xff);
    return *this;
  }
  ProtoMessage& text(std::uint32_t field, std::string_view value) {
    key(field, kLengthDelimited);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  ProtoMessage& message(std::uint32_t field, const ProtoMessage& value) {
    return text(field, value.bytes_);
  }
  /// The fields of another message, as if they had been written here.
  ProtoMessage& append(const ProtoMessage& other) {
    bytes_ += other.bytes_;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  static constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2;

  void key(std::uint32_t field, std::uint32_t type) { varint(std::uint64_t{field} << 3 | type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace tablekey::replay
