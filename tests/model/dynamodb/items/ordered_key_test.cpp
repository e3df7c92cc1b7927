// Goal: key values have DynamoDB's order, and their byte form has the same.
#include "model/dynamodb/items/ordered_key.h"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/model/dynamodb/items/drawn_items.h"

namespace tablekey::model::items::ordered_key_test {

TEST_CASE("numbers are ordered by value, texts and bytes by bytes") {
  const auto number = [](const char* text) { return AttributeValue(*Number::parse(text)); };
  const std::vector<std::vector<AttributeValue>> ascending = {
      {number("-9.9e125"), number("-10"), number("-9.9"), number("-9"), number("-1.5"),
       number("-1"), number("-1e-130"), number("0"), number("1e-130"), number("0.99"), number("1"),
       number("1.01"), number("1.1"), number("9"), number("10"), number("10.5"), number("1e125")},
      {"", std::string(1, '\0'), std::string(2, '\0'), std::string("\0a", 2), "\x01", "Z", "a",
       "aa", "b", "\xC3\xA9", "\xF0\x9F\x98\x80"},
      {Bytes{}, Bytes{0}, Bytes{0, 0}, Bytes{0, 0xFF}, Bytes{1}, Bytes{0x7F}, Bytes{0x80},
       Bytes{0xFF}, Bytes{0xFF, 0}, Bytes{0xFF, 0xFF}}};
  for (const auto& values : ascending) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t j = 0; j < values.size(); ++j) {
        INFO(i << " and " << j);
        CHECK(compare_keys(values[i], values[j]) == (i <=> j));
        CHECK((ordered(values[i]) <=> ordered(values[j])) == (i <=> j));
      }
    }
  }
}

TEST_CASE("the byte behind a prefix") {
  CHECK(after_prefix("a") == "b");
  CHECK(after_prefix("a\xFF\xFF") == "b");
  CHECK(after_prefix("\xFF").empty());
  CHECK(after_prefix("\x7F") == "\x80");
}

TEST_CASE("bytes that are no ordered key are refused") {
  const auto type = GENERATE(Type::s, Type::n, Type::b);
  const auto text =
      GENERATE(as<std::string>(), "", "a", std::string("a\0", 2), std::string("a\0b\0\0", 5),
               "\x03", std::string("\x02\x80\0", 3), "\x02\x80\x05", "\x02\x80\xFE");
  std::string_view left = text;
  CHECK(!take_ordered(left, type).has_value());
}

TEST_CASE("the ordered form keeps order and comes back") {
  rc::prop("bytes are ordered as values are", [] {
    const Type type = static_cast<Type>(drawn_below(3));
    const AttributeValue a = drawn_key(type), b = drawn_key(type);
    RC_ASSERT((ordered(a) <=> ordered(b)) == compare_keys(a, b));
  });
  rc::prop("two values in a row are ordered by the first, then by the second", [] {
    const Type one = static_cast<Type>(drawn_below(3)), two = static_cast<Type>(drawn_below(3));
    const AttributeValue a = drawn_key(one), b = drawn_key(one);
    const AttributeValue c = drawn_key(two), d = drawn_key(two);
    const auto first = compare_keys(a, b), second = compare_keys(c, d);
    RC_ASSERT((ordered(a) + ordered(c) <=> ordered(b) + ordered(d)) ==
              (first == 0 ? second : first));
  });
  rc::prop("what was encoded is taken off again", [] {
    const Type type = static_cast<Type>(drawn_below(3));
    const AttributeValue value = drawn_key(type);
    const std::string bytes = ordered(value) + "rest";
    std::string_view left = bytes;
    const auto back = take_ordered(left, type);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
    RC_ASSERT(left == "rest");
  });
  rc::prop("only one byte string is a value's", [] {
    std::string bytes;
    for (std::size_t left = drawn_below(6); left > 0; --left) {
      bytes += static_cast<char>(*rc::gen::element(0, 1, 2, 10, 0x61, 0x82, 0xFE, 0xFF));
    }
    const Type type = static_cast<Type>(drawn_below(3));
    std::string_view left = bytes;
    const auto value = take_ordered(left, type);
    if (value) RC_ASSERT(ordered(*value) == bytes.substr(0, bytes.size() - left.size()));
  });
}

}  // namespace tablekey::model::items::ordered_key_test
