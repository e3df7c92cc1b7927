// Drawn numbers, values and items for the laws of this room. To be called within a property.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

/// Evenly, however small the case is to be. A shrunken case draws smaller numbers, so a larger one
/// stands for more of anything.
inline std::size_t drawn_below(std::size_t limit) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, limit));
}

inline int drawn_between(int first, int limit) {
  return first + static_cast<int>(drawn_below(static_cast<std::size_t>(limit - first)));
}

inline Number drawn_number() {
  if (drawn_below(2) == 0) return Number::of(drawn_between(-5, 12));
  const std::size_t digits = 1 + drawn_below(38);
  const bool near = drawn_below(3) != 0;
  std::string text = drawn_below(3) == 0 ? "-" : "";
  text += static_cast<char>('1' + drawn_below(9));
  if (digits > 1) text += '.';
  for (std::size_t i = 1; i < digits; ++i) text += static_cast<char>('0' + drawn_below(10));
  text += "e" + std::to_string(near ? drawn_between(-3, 42) : drawn_between(-130, 126));
  return *Number::parse(text);
}

inline std::string drawn_text() {
  static const std::vector<std::string> kPieces = {"a",
                                                   "b",
                                                   "ab",
                                                   "\"",
                                                   "\\",
                                                   std::string(1, '\0'),
                                                   "\x01",
                                                   "\n",
                                                   "\x7F",
                                                   "\xC3\xA9",
                                                   "\xF0\x9F\x98\x80"};
  std::string text;
  for (std::size_t left = drawn_below(5); left > 0; --left) {
    text += kPieces[drawn_below(kPieces.size())];
  }
  return text;
}

inline Bytes drawn_bytes() {
  static const Bytes kBytes = {0x00, 0x01, 0x61, 0x7F, 0x80, 0xFE, 0xFF};
  Bytes bytes;
  for (std::size_t left = drawn_below(5); left > 0; --left) {
    bytes.push_back(kBytes[drawn_below(kBytes.size())]);
  }
  return bytes;
}

template <class Draw>
auto drawn_members(Draw draw) {
  std::vector<decltype(draw())> members;
  for (std::size_t left = 1 + drawn_below(3); left > 0; --left) members.push_back(draw());
  return members;
}

inline AttributeValue drawn_value(std::size_t depth);

inline AttributeMap drawn_map(std::size_t depth, std::size_t largest = 3) {
  static const std::vector<std::string> kNames = {"a", "b", "c", "d", "\xC3\xA9", "x y"};
  AttributeMap map;
  for (std::size_t left = drawn_below(largest + 1); left > 0; --left) {
    std::string name = kNames[drawn_below(kNames.size())];
    AttributeValue value = drawn_value(depth);
    map.set(std::move(name), std::move(value));
  }
  return map;
}

/// With at most `depth` lists and maps inside one another.
inline AttributeValue drawn_value(std::size_t depth) {
  switch (drawn_below(depth == 0 ? 8 : 10)) {
    case 0:
      return drawn_text();
    case 1:
      return drawn_number();
    case 2:
      return drawn_bytes();
    case 3:
      return AttributeValue::boolean(drawn_below(2) == 0);
    case 4:
      return Null{};
    case 5:
      return StringSet(drawn_members(drawn_text));
    case 6:
      return NumberSet(drawn_members(drawn_number));
    case 7:
      return BinarySet(drawn_members(drawn_bytes));
    case 8: {
      List list;
      for (std::size_t left = drawn_below(4); left > 0; --left) {
        list.push_back(drawn_value(depth - 1));
      }
      return list;
    }
    default:
      return drawn_map(depth - 1);
  }
}

/// S, N or B.
inline AttributeValue drawn_key(Type type) {
  if (type == Type::n) return drawn_number();
  if (type == Type::b) return drawn_bytes();
  return drawn_text();
}

}  // namespace tablekey::model::items
