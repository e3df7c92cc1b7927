// Goal: exactly the encodings of Unicode's characters are UTF-8. Method: every sequence of up to
// three bytes, and the edges of four, against a decoder that takes the bits apart.
#include "model/dynamodb/items/utf8.h"

#include <catch2/catch.hpp>
#include <string>

namespace tablekey::model::items::utf8_test {
namespace {

// Whether the text is a row of characters, each in its shortest form.
bool slowly_valid(std::string_view text) {
  while (!text.empty()) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    std::size_t length = 1;
    while (length <= 4 && (byte(0) >> (7 - length) & 1) != 0) ++length;
    // 0xxxxxxx is one byte, 110xxxxx two: the leading ones count the bytes.
    length = byte(0) < 0x80 ? 1 : length;
    if (byte(0) >= 0x80 && (length < 2 || length > 4 || (byte(0) & 0x40) == 0)) return false;
    if (text.size() < length) return false;
    std::uint32_t code = length == 1 ? byte(0) : byte(0) & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if (byte(i) >> 6 != 2) return false;
      code = code << 6 | (byte(i) & 0x3FU);
    }
    std::string again;
    append_utf8(again, code);
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) || again != text.substr(0, length)) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

}  // namespace

TEST_CASE("every sequence of up to three bytes is told rightly") {
  std::size_t wrong = 0;
  for (int a = 0; a < 256; ++a) {
    wrong += is_utf8(bytes({a})) != slowly_valid(bytes({a})) ? 1U : 0U;
    for (int b = 0; b < 256; ++b) {
      wrong += is_utf8(bytes({a, b})) != slowly_valid(bytes({a, b})) ? 1U : 0U;
      if (a < 0xC0) continue;
      for (const int c : {0x00, 0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF}) {
        wrong += is_utf8(bytes({a, b, c})) != slowly_valid(bytes({a, b, c})) ? 1U : 0U;
        wrong += is_utf8(bytes({a, b, c, 0xBF})) != slowly_valid(bytes({a, b, c, 0xBF})) ? 1U : 0U;
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("the edges of UTF-8") {
  CHECK(is_utf8("\xF4\x8F\xBF\xBF"));
  CHECK(!is_utf8("\xF4\x90\x80\x80"));
  CHECK(!is_utf8("\xED\xA0\x80"));
  CHECK(!is_utf8("\xC0\x80"));
  CHECK(!is_utf8("\xE0\x9F\xBF"));
  CHECK(!is_utf8("\xF0\x8F\xBF\xBF"));
  CHECK(utf8_valid_length("ab\xC3") == 2);
  CHECK(utf8_valid_length("\xC3\xA9\xFF") == 2);
}

TEST_CASE("a text's length is counted as Java counts it") {
  CHECK(utf16_length("") == 0);
  CHECK(utf16_length("a\xC3\xA9\xE2\x82\xAC") == 3);
  CHECK(utf16_length("\xF0\x9F\x98\x80") == 2);
}

}  // namespace tablekey::model::items::utf8_test
