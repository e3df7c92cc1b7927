#include "model/iam/address_block.h"

#include <algorithm>

namespace tablekey::model::iam {
namespace {

/// One to `digits_max` digits of that base and nothing else.
std::optional<unsigned> parse_number(std::string_view text, unsigned base, std::size_t digits_max) {
  if (text.empty() || text.size() > digits_max) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    unsigned digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (lower >= 'a' && lower <= 'f') digit = static_cast<unsigned>(lower - 'a') + 10;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

/// Decimal without leading zeros: some readers take those for octal, so nobody should.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned max) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto value = parse_number(text, 10, 3);
  return value && *value <= max ? value : std::nullopt;
}

/// The text up to the separator, which is taken off with it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return piece;
}

bool parse_four(std::string_view text, std::uint8_t* out) {
  if (std::ranges::count(text, '.') != 3) return false;
  for (int i = 0; i < 4; ++i) {
    const auto octet = parse_decimal(take_until(text, '.'), 255);
    if (!octet) return false;
    *out++ = static_cast<std::uint8_t>(*octet);
  }
  return true;
}

/// Colon-separated groups into at most `room` bytes; how many were written, or nothing.
std::optional<std::size_t> parse_groups(std::string_view text, std::uint8_t* out,
                                        std::size_t room) {
  std::size_t count = 0;
  if (text.empty()) return count;
  for (bool last = false; !last;) {
    last = !text.contains(':');
    const std::string_view group = take_until(text, ':');
    if (last && group.contains('.')) {  // An IPv4 address may stand for the last two groups.
      if (room - count < 4 || !parse_four(group, out + count)) return std::nullopt;
      return count + 4;
    }
    const auto value = parse_number(group, 16, 4);
    if (!value || room - count < 2) return std::nullopt;
    out[count++] = static_cast<std::uint8_t>(*value >> 8);
    out[count++] = static_cast<std::uint8_t>(*value & 0xff);
  }
  return count;
}

bool parse_six(std::string_view text, std::array<std::uint8_t, 16>& bytes) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return parse_groups(text, bytes.data(), 16) == 16;
  if (text.substr(0, gap).contains('.')) return false;
  const auto head = parse_groups(text.substr(0, gap), bytes.data(), 14);
  std::array<std::uint8_t, 16> tail_bytes{};
  const auto tail = parse_groups(text.substr(gap + 2), tail_bytes.data(), 14);
  if (!head || !tail || *head + *tail > 14) return false;
  std::copy_n(tail_bytes.begin(), *tail, bytes.end() - static_cast<std::ptrdiff_t>(*tail));
  return true;
}

}  // namespace

std::optional<AddressBlock> AddressBlock::parse(std::string_view text) {
  const bool has_prefix = text.contains('/');
  const std::string_view address = take_until(text, '/');
  AddressBlock block;
  if (address.contains(':')) {
    if (!parse_six(address, block.bytes)) return std::nullopt;
    block.byte_count = 16;
  } else {
    if (!parse_four(address, block.bytes.data())) return std::nullopt;
    block.byte_count = 4;
  }
  const unsigned bits = block.byte_count * 8U;
  const auto prefix = has_prefix ? parse_decimal(text, bits) : bits;
  if (!prefix) return std::nullopt;
  block.prefix_bits = static_cast<std::uint8_t>(*prefix);
  return block;
}

bool AddressBlock::contains(const AddressBlock& other) const {
  if (byte_count != other.byte_count || prefix_bits > other.prefix_bits) return false;
  const std::size_t whole = prefix_bits / 8;
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(whole);
  if (!std::equal(bytes.begin(), end, other.bytes.begin())) return false;
  const unsigned rest = prefix_bits % 8;
  if (rest == 0) return true;
  return (bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0;
}

}  // namespace tablekey::model::iam
