#include "model/dynamodb/items/utf8.h"

namespace tablekey::model::items {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<std::uint8_t>(text[at]) : 0;
}

bool continues(std::uint8_t byte) { return (byte & 0xC0U) == 0x80U; }

// The length of the character that begins at `at` and is not ASCII; 0 if it is none (Unicode 15,
// table 3-7).
std::size_t long_character(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at), second = byte_at(text, at + 1);
  if (first < 0xC2 || first > 0xF4 || !continues(second)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(byte_at(text, at + 2))) return 0;
  if (first < 0xF0) {
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    return 3;
  }
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return continues(byte_at(text, at + 3)) ? 4 : 0;
}

}  // namespace

std::size_t utf8_valid_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (byte_at(text, at) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = long_character(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto tail = [code_point](unsigned shift) { return 0x80U | (code_point >> shift & 0x3FU); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0U | code_point >> 6);
    add(tail(0));
  } else if (code_point < 0x10000) {
    add(0xE0U | code_point >> 12);
    add(tail(6));
    add(tail(0));
  } else {
    add(0xF0U | code_point >> 18);
    add(tail(12));
    add(tail(6));
    add(tail(0));
  }
}

std::size_t utf16_length(std::string_view text) {
  std::size_t length = 0;
  for (const char character : text) {
    const auto byte = static_cast<std::uint8_t>(character);
    if (!continues(byte)) length += byte >= 0xF0 ? 2 : 1;
  }
  return length;
}

}  // namespace tablekey::model::items
