// S and B: the bytes, 00 as 00 FF, then 00 00. N: one byte for the sign (00 below zero, 01 zero, 02
// above), one for the magnitude, the significant digits two a byte (each pair plus one, so that
// none is 00), then 00; below zero everything behind the sign is complemented.
#include "model/dynamodb/items/ordered_key.h"

#include <array>
#include <string_view>
#include <utility>

#include "model/dynamodb/items/utf8.h"
#include "model/law.h"

namespace tablekey::model::items {
namespace {

constexpr char kZero = '\0', kEscaped = '\xFF';
constexpr int kMagnitudeBias = -Number::kMagnitudeMin;

void append_escaped(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) {
    out += byte;
    if (byte == kZero) out += kEscaped;
  }
}

std::string_view view(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append_ordered_number(const Number& number, std::string& out) {
  out += number.is_zero() ? '\x01' : number.is_negative() ? '\x00' : '\x02';
  if (number.is_zero()) return;
  const std::size_t begin = out.size();
  out += static_cast<char>(number.magnitude() + kMagnitudeBias);
  std::array<char, 40> digits{};
  const int count = number.write_digits(digits.data());
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); i += 2) {
    const int low = i + 1 < static_cast<std::size_t>(count) ? digits[i + 1] - '0' : 0;
    out += static_cast<char>((digits[i] - '0') * 10 + low + 1);
  }
  out += kZero;
  if (!number.is_negative()) return;
  for (std::size_t i = begin; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

bool take_text(std::string_view& bytes, std::string& out) {
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    out += bytes[i];
    if (bytes[i] != kZero) continue;
    ++i;
    if (bytes[i] == kEscaped) continue;
    if (bytes[i] != kZero) return false;
    out.pop_back();
    bytes.remove_prefix(i + 1);
    return true;
  }
  return false;
}

// The text of a number whose sign byte is taken off; empty if it is none.
std::string take_digits(std::string_view& bytes, bool negative) {
  const auto byte = [&](std::size_t at) {
    const auto raw = static_cast<std::uint8_t>(bytes[at]);
    return negative ? static_cast<int>(static_cast<std::uint8_t>(~raw)) : static_cast<int>(raw);
  };
  if (bytes.empty()) return "";
  const int magnitude = byte(0) - kMagnitudeBias;
  std::string digits;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    const int pair = byte(i) - 1;
    if (pair >= 100 || digits.size() > 40) return "";
    if (pair < 0) {
      bytes.remove_prefix(i + 1);
      if (digits.empty() || digits[0] == '0' || digits.ends_with("00")) return "";
      const int exponent = magnitude - static_cast<int>(digits.size()) + 1;
      return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
    }
    digits += static_cast<char>('0' + pair / 10);
    digits += static_cast<char>('0' + pair % 10);
  }
  return "";
}

std::expected<AttributeValue, std::string> take_number(std::string_view& bytes) {
  const auto bad = std::unexpected(std::string("not the ordered form of a number"));
  if (bytes.empty() || static_cast<std::uint8_t>(bytes[0]) > 2) return bad;
  const char sign = bytes[0];
  bytes.remove_prefix(1);
  if (sign == '\x01') return Number();
  const std::string text = take_digits(bytes, sign == '\x00');
  const auto number = Number::parse(text);
  if (!number) return bad;
  return *number;
}

}  // namespace

std::strong_ordering compare_keys(const AttributeValue& a, const AttributeValue& b) {
  law(a.type() == b.type(), "only key values of one type are compared");
  if (const auto* text = a.as<std::string>()) return *text <=> *b.as<std::string>();
  if (const auto* number = a.as<Number>()) return *number <=> *b.as<Number>();
  const auto* bytes = a.as<Bytes>();
  law(bytes != nullptr, "a key value is S, N or B");
  return *bytes <=> *b.as<Bytes>();
}

void append_ordered(const AttributeValue& value, std::string& out) {
  if (const auto* number = value.as<Number>()) return append_ordered_number(*number, out);
  append_ordered_prefix(value, out);
  out += kZero;
  out += kZero;
}

std::string ordered(const AttributeValue& value) {
  std::string out;
  append_ordered(value, out);
  return out;
}

void append_ordered_prefix(const AttributeValue& prefix, std::string& out) {
  if (const auto* text = prefix.as<std::string>()) return append_escaped(*text, out);
  const auto* bytes = prefix.as<Bytes>();
  law(bytes != nullptr, "what begins a key value is S or B");
  append_escaped(view(*bytes), out);
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

std::string ordered_key(const AttributeMap& item, const KeySchema& schema) {
  std::string out;
  const auto add = [&](const KeyAttribute& key) {
    const AttributeValue* value = item.find(key.name);
    law(value != nullptr, "an item has its key attributes");
    append_ordered(*value, out);
  };
  add(schema.partition);
  if (schema.sort) add(*schema.sort);
  return out;
}

std::expected<AttributeValue, std::string> take_ordered(std::string_view& bytes, Type type) {
  if (type == Type::n) return take_number(bytes);
  std::string text;
  if (!take_text(bytes, text)) return std::unexpected("not the ordered form of a text");
  if (type == Type::b) return Bytes(text.begin(), text.end());
  if (!is_utf8(text)) return std::unexpected("a text that is not UTF-8");
  return text;
}

}  // namespace tablekey::model::items
