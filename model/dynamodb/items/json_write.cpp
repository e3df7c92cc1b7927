// Writing canonical DynamoDB JSON.
#include <array>

#include "model/dynamodb/items/base64.h"
#include "model/dynamodb/items/json.h"

namespace tablekey::model::items {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// A letter for the characters that JSON has one for, else nothing.
char short_escape(char character) {
  switch (character) {
    case '"':
    case '\\':
      return character;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char character : text) {
    const auto byte = static_cast<std::uint8_t>(character);
    if (const char letter = short_escape(character); letter != '\0') {
      out += '\\';
      out += letter;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15U];
    } else {
      out += character;
    }
  }
  out += '"';
}

void append_number(std::string& out, const Number& number) {
  std::array<char, Number::kTextMax> text;
  out += '"';
  out.append(text.data(), number.write(text.data()));
  out += '"';
}

void append_bytes(std::string& out, const Bytes& bytes) {
  out += '"';
  append_base64(out, bytes);
  out += '"';
}

template <class Sequence, class Append>
void append_array(std::string& out, const Sequence& sequence, Append append) {
  char separator = '[';
  for (const auto& each : sequence) {
    out += separator;
    append(out, each);
    separator = ',';
  }
  out += separator == '[' ? "[]" : "]";
}

struct JsonContent {
  std::string& out;
  void operator()(const std::string& text) const { append_string(out, text); }
  void operator()(const Number& number) const { append_number(out, number); }
  void operator()(const Bytes& bytes) const { append_bytes(out, bytes); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(Null) const { out += "true"; }
  void operator()(const StringSet& set) const { append_array(out, set, append_string); }
  void operator()(const NumberSet& set) const { append_array(out, set, append_number); }
  void operator()(const BinarySet& set) const { append_array(out, set, append_bytes); }
  void operator()(const List& list) const {
    append_array(out, list,
                 [](std::string& to, const AttributeValue& value) { append_json(to, value); });
  }
  void operator()(const AttributeMap& map) const { append_json(out, map); }
};

}  // namespace

void append_json(std::string& out, const AttributeMap& item) {
  char separator = '{';
  for (const Attribute& attribute : item) {
    out += separator;
    append_string(out, attribute.name);
    out += ':';
    append_json(out, attribute.value);
    separator = ',';
  }
  out += separator == '{' ? "{}" : "}";
}

void append_json(std::string& out, const AttributeValue& value) {
  out += "{\"";
  out += type_name(value.type());
  out += "\":";
  value.visit(JsonContent{out});
  out += '}';
}

std::string to_json(const AttributeMap& item) {
  std::string out;
  append_json(out, item);
  return out;
}

std::string to_json(const AttributeValue& value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace tablekey::model::items
