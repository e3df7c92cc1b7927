// Items as plain JSON documents, and what expressions ask of them, worked out on the JSON alone:
// the slow half of the comparisons between the compiled expressions and an obvious reading of the
// rules.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/dynamodb/items/json.h"
#include "tests/model/dynamodb/items/slow_number.h"

namespace tablekey::model::items::slow {

using Json = nlohmann::json;  // {"S":"x"}, canonical
using Maybe = std::optional<Json>;
using Steps = std::vector<std::variant<std::string, std::size_t>>;

inline Json document(const AttributeMap& item) { return Json::parse(to_json(item)); }
inline Json document(const AttributeValue& value) { return Json::parse(to_json(value)); }

inline std::string type(const Json& value) { return value.begin().key(); }
inline const Json& content(const Json& value) { return value.begin().value(); }

inline Maybe at(const Json& item, const Steps& steps) {
  Json value = {{"M", item}};
  for (const auto& step : steps) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (type(value) != "M" || !content(value).contains(*name)) return std::nullopt;
      value = Json(content(value)[*name]);
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (type(value) != "L" || index >= content(value).size()) return std::nullopt;
      value = Json(content(value)[index]);
    }
  }
  return value;
}

inline std::string bytes_of(const std::string& base64) {
  static const std::string kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : base64) {
    if (c == '=') break;
    const std::size_t digit = kDigits.find(c);
    for (int bit = 5; bit >= 0; --bit) bits += (digit >> bit & 1) != 0 ? '1' : '0';
  }
  std::string bytes;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
    bytes += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  }
  return bytes;
}

/// Nothing where the two can not be ordered.
inline std::optional<int> order(const Maybe& a, const Maybe& b) {
  if (!a || !b || type(*a) != type(*b)) return std::nullopt;
  const auto texts = [&](auto read) {
    const int sign = read(content(*a)).compare(read(content(*b)));
    return sign < 0 ? -1 : sign > 0 ? 1 : 0;
  };
  if (type(*a) == "N") {
    return SlowNumber(content(*a).get<std::string>())
        .compare(SlowNumber(content(*b).get<std::string>()));
  }
  if (type(*a) == "S") return texts([](const Json& j) { return j.get<std::string>(); });
  if (type(*a) == "B") return texts([](const Json& j) { return bytes_of(j.get<std::string>()); });
  return std::nullopt;
}

inline std::size_t utf16_units(const std::string& text) {
  // Four characters of ASCII-only JSON escapes are one unit.
  const std::string escaped = Json(text).dump(-1, ' ', true);
  std::size_t units = 0;
  for (std::size_t i = 1; i + 1 < escaped.size(); ++i, ++units) {
    if (escaped[i] == '\\') i += escaped[i + 1] == 'u' ? 5U : 1U;
  }
  return units;
}

inline Maybe size(const Maybe& value) {
  if (!value) return std::nullopt;
  const std::string kind = type(*value);
  if (kind == "N" || kind == "BOOL" || kind == "NULL") return std::nullopt;
  std::size_t size = content(*value).size();
  if (kind == "S") size = utf16_units(content(*value).get<std::string>());
  if (kind == "B") size = bytes_of(content(*value).get<std::string>()).size();
  return Json{{"N", std::to_string(size)}};
}

inline bool begins_with(const Maybe& value, const Maybe& start) {
  if (!value || !start || type(*value) != type(*start)) return false;
  if (type(*value) != "S" && type(*value) != "B") return false;
  std::string text = content(*value).get<std::string>();
  std::string beginning = content(*start).get<std::string>();
  if (type(*value) == "B") {
    text = bytes_of(text);
    beginning = bytes_of(beginning);
  }
  return text.substr(0, beginning.size()) == beginning;
}

inline bool contains(const Maybe& value, const Maybe& sought) {
  if (!value || !sought) return false;
  const std::string kind = type(*value), other = type(*sought);
  if (kind == "L") {
    for (const Json& element : content(*value)) {
      if (element == *sought) return true;
    }
    return false;
  }
  if (kind == other + "S" && other != "") {
    for (const Json& member : content(*value)) {
      if (member == content(*sought)) return true;
    }
    return false;
  }
  if (kind != other || (kind != "S" && kind != "B")) return false;
  std::string text = content(*value).get<std::string>();
  std::string part = content(*sought).get<std::string>();
  if (kind == "B") {
    text = bytes_of(text);
    part = bytes_of(part);
  }
  return text.find(part) != std::string::npos;
}

}  // namespace tablekey::model::items::slow
