// Reading DynamoDB JSON straight into values: the format has so little of JSON (no bare numbers,
// every value an object of one member) that a tree in between would only cost time and hide places.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/dynamodb/items/base64.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/utf8.h"
#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// A function that gives false or nothing has noted the error; whoever called it adds its own step
// of the path in front and gives up too.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool item(AttributeMap& out) { return map(out, 0) && end(); }
  bool value(AttributeValue& out) { return value(out, 0) && end(); }
  JsonError error() && {
    error_.path.insert(0, "$");
    return std::move(error_);
  }

 private:
  bool fail_at(std::size_t position, std::string message) {
    error_ = {std::move(message), "", position};
    return false;
  }
  bool fail(std::string message) { return fail_at(at_, std::move(message)); }
  bool within(std::string step) {
    error_.path.insert(0, step);
    return false;
  }
  bool within_member(std::string_view name) { return within(fmt::format(".{}", name)); }
  bool within_element(std::size_t index) { return within(fmt::format("[{}]", index)); }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool next_is(char character) {
    skip_space();
    return at_ < text_.size() && text_[at_] == character;
  }
  bool take(char character) {
    if (!next_is(character)) return false;
    ++at_;
    return true;
  }
  bool expect(char character) {
    if (take(character)) return true;
    if (at_ >= text_.size()) return fail(fmt::format("expected '{}', the text ends", character));
    return fail(fmt::format("expected '{}'", character));
  }
  bool end() {
    skip_space();
    return at_ == text_.size() || fail("there is more text behind the value");
  }

  // Calls `each` at every member or element; it reads one and gives whether it could.
  template <class Each>
  bool sequence(char open, char close, Each each);

  bool string(std::string& out);
  bool escape(std::string& out);
  bool unit(std::uint32_t& out);
  bool boolean(bool& out);
  bool number(Number& out);
  bool bytes(Bytes& out);
  bool map(AttributeMap& out, std::size_t depth);
  bool list(List& out, std::size_t depth);
  bool value(AttributeValue& out, std::size_t depth);
  bool content(Type type, AttributeValue& out, std::size_t depth);
  bool null(AttributeValue& out);
  bool string_set(AttributeValue& out);
  bool number_set(AttributeValue& out);
  bool binary_set(AttributeValue& out);
  template <class T>
  bool members(std::vector<T>& out, bool (Reader::*read)(T&));

  std::string_view text_;
  std::size_t at_ = 0;
  JsonError error_;
};

template <class Each>
bool Reader::sequence(char open, char close, Each each) {
  if (!expect(open)) return false;
  if (take(close)) return true;
  do {
    if (!each()) return false;
  } while (take(','));
  return expect(close);
}

bool Reader::unit(std::uint32_t& out) {
  if (text_.size() - at_ < 4) return fail("\\u wants four hexadecimal digits");
  out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = hex_value(text_[at_ + i]);
    if (digit < 0) return fail("\\u wants four hexadecimal digits");
    out = out << 4 | static_cast<std::uint32_t>(digit);
  }
  at_ += 4;
  return true;
}

// Behind the backslash.
bool Reader::escape(std::string& out) {
  if (at_ >= text_.size()) return fail("the text ends within a string");
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  const char letter = text_[at_++];
  if (const std::size_t known = kLetters.find(letter); known != std::string_view::npos) {
    out += kMeanings[known];
    return true;
  }
  if (letter != 'u') return fail_at(at_ - 1, "unknown escape in a string");
  const std::size_t begin = at_ - 2;
  std::uint32_t first = 0, second = 0;
  if (!unit(first)) return false;
  if (first >= 0xD800 && first < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    if (!unit(second)) return false;
    if (second < 0xDC00 || second > 0xDFFF) return fail_at(begin, "half a surrogate pair");
    first = 0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00);
  } else if (first >= 0xD800 && first < 0xE000) {
    return fail_at(begin, "half a surrogate pair");
  }
  append_utf8(out, first);
  return true;
}

bool Reader::string(std::string& out) {
  if (!expect('"')) return false;
  out.clear();
  while (true) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<std::uint8_t>(text_[at_]) >= 0x20) {
      ++at_;
    }
    const std::string_view plain = text_.substr(begin, at_ - begin);
    const std::size_t valid = utf8_valid_length(plain);
    if (valid != plain.size()) return fail_at(begin + valid, "a string that is not UTF-8");
    out += plain;
    if (at_ >= text_.size()) return fail("the text ends within a string");
    const char character = text_[at_];
    if (character != '"' && character != '\\') return fail("a control character in a string");
    ++at_;
    if (character == '"') return true;
    if (!escape(out)) return false;
  }
}

bool Reader::boolean(bool& out) {
  skip_space();
  for (const bool each : {true, false}) {
    const std::string_view word = each ? "true" : "false";
    if (!text_.substr(at_).starts_with(word)) continue;
    at_ += word.size();
    out = each;
    return true;
  }
  return fail("expected true or false");
}

bool Reader::number(Number& out) {
  skip_space();
  const std::size_t begin = at_;
  std::string text;
  if (!string(text)) return false;
  const auto parsed = Number::parse(text);
  if (!parsed) return fail_at(begin, number_error_text(parsed.error(), text));
  out = *parsed;
  return true;
}

bool Reader::bytes(Bytes& out) {
  skip_space();
  const std::size_t begin = at_;
  std::string text;
  if (!string(text)) return false;
  auto decoded = from_base64(text);
  if (!decoded) return fail_at(begin, "a B value must be base64");
  out = std::move(*decoded);
  return true;
}

template <class T>
bool Reader::members(std::vector<T>& out, bool (Reader::*read)(T&)) {
  return sequence('[', ']', [&] {
    return (this->*read)(out.emplace_back()) || within_element(out.size() - 1);
  });
}

bool Reader::string_set(AttributeValue& out) {
  const std::size_t begin = at_;
  std::vector<std::string> read;
  if (!members(read, &Reader::string)) return false;
  if (read.empty())
    return fail_at(begin, fmt::format("{}An string set  may not be empty", kInvalid));
  const std::size_t count = read.size();
  const std::string shown = fmt::format("[{}]", fmt::join(read, ", "));
  StringSet set(std::move(read));
  if (set.size() != count) {
    return fail_at(begin,
                   fmt::format("{}Input collection {} contains duplicates.", kInvalid, shown));
  }
  out = std::move(set);
  return true;
}

bool Reader::number_set(AttributeValue& out) {
  const std::size_t begin = at_;
  std::vector<Number> read;
  if (!members(read, &Reader::number)) return false;
  if (read.empty())
    return fail_at(begin, fmt::format("{}An number set  may not be empty", kInvalid));
  const std::size_t count = read.size();
  NumberSet set(std::move(read));
  if (set.size() != count) return fail_at(begin, "Input collection contains duplicates");
  out = std::move(set);
  return true;
}

bool Reader::binary_set(AttributeValue& out) {
  const std::size_t begin = at_;
  std::vector<Bytes> read;
  if (!members(read, &Reader::bytes)) return false;
  if (read.empty())
    return fail_at(begin, fmt::format("{}Binary sets should not be empty", kInvalid));
  const std::size_t count = read.size();
  BinarySet set(std::move(read));
  if (set.size() != count) {
    return fail_at(begin,
                   fmt::format("{}Input collection of type BS contains duplicates.", kInvalid));
  }
  out = std::move(set);
  return true;
}

bool Reader::null(AttributeValue& out) {
  const std::size_t begin = at_;
  bool value = false;
  if (!boolean(value)) return false;
  if (!value) {
    return fail_at(
        begin, fmt::format("{}Null attribute value types must have the value of true", kInvalid));
  }
  out = Null{};
  return true;
}

bool Reader::list(List& out, std::size_t depth) {
  return sequence(
      '[', ']', [&] { return value(out.emplace_back(), depth) || within_element(out.size() - 1); });
}

bool Reader::map(AttributeMap& out, std::size_t depth) {
  skip_space();
  const std::size_t begin = at_;
  std::vector<Attribute> attributes;
  const bool read = sequence('{', '}', [&] {
    Attribute& attribute = attributes.emplace_back();
    return string(attribute.name) && expect(':') &&
           (value(attribute.value, depth) || within_member(attribute.name));
  });
  if (!read) return false;
  auto map = AttributeMap::of(std::move(attributes));
  if (!map) return fail_at(begin, "an attribute is given twice");
  out = std::move(*map);
  return true;
}

bool Reader::content(Type type, AttributeValue& out, std::size_t depth) {
  const auto into = [&out]<class T>(T made) {
    out = std::move(made);
    return true;
  };
  std::string text;
  Number number_read;
  Bytes bytes_read;
  List list_read;
  AttributeMap map_read;
  bool flag = false;
  switch (type) {
    case Type::s:
      return string(text) && into(std::move(text));
    case Type::n:
      return number(number_read) && into(number_read);
    case Type::b:
      return bytes(bytes_read) && into(std::move(bytes_read));
    case Type::boolean:
      return boolean(flag) && into(AttributeValue::boolean(flag));
    case Type::null:
      return null(out);
    case Type::ss:
      return string_set(out);
    case Type::ns:
      return number_set(out);
    case Type::bs:
      return binary_set(out);
    case Type::l:
      return list(list_read, depth + 1) && into(std::move(list_read));
    case Type::m:
      break;
  }
  return map(map_read, depth + 1) && into(std::move(map_read));
}

bool Reader::value(AttributeValue& out, std::size_t depth) {
  if (!expect('{')) return false;
  if (next_is('}')) {
    return fail(
        "Supplied AttributeValue is empty, must contain exactly one of the supported "
        "datatypes");
  }
  const std::size_t begin = at_;
  std::string name;
  if (!string(name)) return false;
  Type type = Type::s;
  if (!type_of_name(name, type)) {
    return fail_at(begin, fmt::format("'{}' is no type of an attribute: S, N, B, BOOL, NULL, SS, "
                                      "NS, BS, L or M",
                                      name));
  }
  if (!expect(':')) return false;
  skip_space();
  if (depth >= kLevelsMax && (type == Type::l || type == Type::m)) {
    return fail(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
        "levels beyond supported limit");
  }
  if (!content(type, out, depth)) return within_member(name);
  if (next_is(',')) {
    return fail(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
        "of the supported datatypes");
  }
  return expect('}');
}

}  // namespace

std::expected<AttributeMap, JsonError> parse_item(std::string_view json) {
  Reader reader(json);
  AttributeMap item;
  if (!reader.item(item)) return std::unexpected(std::move(reader).error());
  return item;
}

std::expected<AttributeValue, JsonError> parse_value(std::string_view json) {
  Reader reader(json);
  AttributeValue value;
  if (!reader.value(value)) return std::unexpected(std::move(reader).error());
  return value;
}

}  // namespace tablekey::model::items
