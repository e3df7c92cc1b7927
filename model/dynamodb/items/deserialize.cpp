// The inverse of serialize.cpp. It takes only what serialize writes, so that no two byte strings
// mean one value and nothing unsigned can be smuggled into what was signed.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/items/utf8.h"

namespace tablekey::model::items {
namespace {

// Room is made for so many members at once; more come as they are read, for a count that lies at
// each of 32 levels would be paid for at each.
constexpr std::size_t kReservedMax = 32;

// A function that gives false has noted the error.
class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // `depth` is the number of lists and maps around the value.
  bool value(AttributeValue& out, std::size_t depth);
  bool end() { return bytes_.size() == at_ || fail("more bytes behind the value"); }
  [[nodiscard]] std::string error() && { return std::move(error_); }

 private:
  bool fail(std::string_view what) {
    error_ = fmt::format("byte {}: {}", at_, what);
    return false;
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  bool tag(std::uint8_t& letter);
  bool length(std::size_t& out);
  // A count of things of at least `least` bytes each, which must still be there.
  bool count(std::size_t& out, std::size_t least);
  bool text(std::string& out);
  bool number(Number& out);
  bool bytes(Bytes& out);
  bool boolean(AttributeValue& out);
  bool list(AttributeValue& out, std::size_t depth);
  bool map(AttributeValue& out, std::size_t depth);
  template <class T, class Read>
  bool set(AttributeValue& out, Read read);
  bool number_set(AttributeValue& out);

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::string error_;
};

bool Decoder::tag(std::uint8_t& letter) {
  if (left() < 2) return fail("the value ends in its tag");
  if (bytes_[at_] != 0) return fail("a tag begins with 0");
  letter = bytes_[at_ + 1];
  at_ += 2;
  return true;
}

bool Decoder::length(std::size_t& out) {
  if (left() < 4) return fail("the value ends in a length");
  out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8 | bytes_[at_ + i];
  at_ += 4;
  return true;
}

bool Decoder::count(std::size_t& out, std::size_t least) {
  if (!length(out)) return false;
  return out <= left() / least || fail("more members than there are bytes");
}

bool Decoder::text(std::string& out) {
  std::size_t size = 0;
  if (!count(size, 1)) return false;
  const auto part = bytes_.subspan(at_, size);
  out.assign(part.begin(), part.end());
  if (!is_utf8(out)) return fail("a text that is not UTF-8");
  at_ += size;
  return true;
}

bool Decoder::number(Number& out) {
  std::string digits;
  if (!text(digits)) return false;
  const auto parsed = Number::parse(digits);
  if (!parsed || parsed->text() != digits) return fail("a number that is not in its one form");
  out = *parsed;
  return true;
}

bool Decoder::bytes(Bytes& out) {
  std::size_t size = 0;
  if (!count(size, 1)) return false;
  const auto part = bytes_.subspan(at_, size);
  out.assign(part.begin(), part.end());
  at_ += size;
  return true;
}

bool Decoder::boolean(AttributeValue& out) {
  if (left() < 1) return fail("the value ends before its truth");
  if (bytes_[at_] > 1) return fail("a truth is 0 or 1");
  out = AttributeValue::boolean(bytes_[at_++] == 1);
  return true;
}

template <class T, class Read>
bool Decoder::set(AttributeValue& out, Read read) {
  std::size_t size = 0;
  if (!count(size, 4)) return false;
  if (size == 0) return fail("an empty set");
  std::vector<T> members;
  members.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    T member;
    if (!(this->*read)(member)) return false;
    if (i != 0 && !(members.back() < member)) return fail("members that are not in their order");
    members.push_back(std::move(member));
  }
  out = SetOf<T>(std::move(members));
  return true;
}

// Ordered by their texts.
bool Decoder::number_set(AttributeValue& out) {
  std::size_t size = 0;
  if (!count(size, 4)) return false;
  if (size == 0) return fail("an empty set");
  std::vector<Number> members(size);
  std::string last;
  for (Number& member : members) {
    if (!number(member)) return false;
    std::string digits = member.text();
    if (!last.empty() && last >= digits) return fail("members that are not in their order");
    last = std::move(digits);
  }
  out = NumberSet(std::move(members));
  return true;
}

bool Decoder::list(AttributeValue& out, std::size_t depth) {
  std::size_t size = 0;
  if (!count(size, 2)) return false;
  List elements;
  elements.reserve(std::min(size, kReservedMax));
  for (std::size_t i = 0; i < size; ++i) {
    if (!value(elements.emplace_back(), depth + 1)) return false;
  }
  out = std::move(elements);
  return true;
}

bool Decoder::map(AttributeValue& out, std::size_t depth) {
  std::size_t size = 0;
  if (!count(size, 8)) return false;
  std::vector<Attribute> attributes;
  attributes.reserve(std::min(size, kReservedMax));
  for (std::size_t i = 0; i < size; ++i) {
    Attribute& attribute = attributes.emplace_back();
    std::uint8_t letter = 0;
    if (!tag(letter)) return false;
    if (letter != 's') return fail("a name that is no text");
    if (!text(attribute.name)) return false;
    if (i != 0 && attributes[i - 1].name >= attribute.name) {
      return fail("names that are not in their order");
    }
    if (!value(attribute.value, depth + 1)) return false;
  }
  out = *AttributeMap::of(std::move(attributes));
  return true;
}

bool Decoder::value(AttributeValue& out, std::size_t depth) {
  std::uint8_t letter = 0;
  if (!tag(letter)) return false;
  const bool deep = letter == 'L' || letter == 'M';
  if (deep && depth > kLevelsMax) return fail("more than 32 levels");
  const auto into = [&out]<class T>(T made) {
    out = std::move(made);
    return true;
  };
  std::string text_read;
  Number number_read;
  Bytes bytes_read;
  switch (letter) {
    case 's':
      return text(text_read) && into(std::move(text_read));
    case 'n':
      return number(number_read) && into(number_read);
    case 'b':
      return bytes(bytes_read) && into(std::move(bytes_read));
    case '?':
      return boolean(out);
    case 0:
      return into(Null{});
    case 'S':
      return set<std::string>(out, &Decoder::text);
    case 'N':
      return number_set(out);
    case 'B':
      return set<Bytes>(out, &Decoder::bytes);
    case 'L':
      return list(out, depth);
    case 'M':
      return map(out, depth);
    default:
      return fail("an unknown tag");
  }
}

}  // namespace

std::expected<AttributeValue, std::string> deserialize(std::span<const std::uint8_t> bytes) {
  Decoder decoder(bytes);
  AttributeValue value;
  if (!decoder.value(value, 1) || !decoder.end()) {
    return std::unexpected(std::move(decoder).error());
  }
  return value;
}

std::expected<AttributeMap, std::string> deserialize_item(std::span<const std::uint8_t> bytes) {
  Decoder decoder(bytes);
  AttributeValue value;
  // The item itself is no level.
  if (!decoder.value(value, 0) || !decoder.end()) {
    return std::unexpected(std::move(decoder).error());
  }
  auto* item = value.as<AttributeMap>();
  if (item == nullptr) return std::unexpected("byte 0: an item is of type M");
  return std::move(*item);
}

}  // namespace tablekey::model::items
