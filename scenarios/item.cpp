// Reading attribute values. Numbers are normalised as DynamoDB does it: no exponent, no leading or
// trailing zeros, so that equal numbers are equal texts.
#include "scenarios/item.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/policy.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kDigitsMax = 38;  // dynamodb.md 9
constexpr int kExponentMax = 125, kExponentMin = -130;
constexpr std::array<std::string_view, 10> kTypeNames = {"S",  "N",  "B",  "BOOL", "NULL",
                                                         "SS", "NS", "BS", "L",    "M"};

// Decimal digits with the position of their point; nothing if the text is no number.
struct Decimal {
  bool negative = false;
  std::string digits;  // significant ones
  int exponent = 0;    // of the last digit
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  if (text.starts_with('-') || text.starts_with('+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const std::size_t mark = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, mark);
  const std::size_t dot = mantissa.find('.');
  const std::string whole(mantissa.substr(0, dot));
  const std::string part(dot == std::string_view::npos ? "" : mantissa.substr(dot + 1));
  number.digits = whole + part;
  const bool digits = number.digits.find_first_not_of("0123456789") == std::string::npos;
  if (whole.empty() || !digits || text.size() > 400) return std::nullopt;
  if (dot != std::string_view::npos && part.empty()) return std::nullopt;
  if (mark != std::string_view::npos) {
    std::string_view power = text.substr(mark + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(power.data(), power.data() + power.size(), number.exponent);
    if (error != std::errc{} || end != power.data() + power.size()) return std::nullopt;
    if (number.exponent > 1000 || number.exponent < -1000) return std::nullopt;
  }
  number.exponent -= static_cast<int>(part.size());
  const std::size_t first = number.digits.find_first_not_of('0');
  number.digits.erase(0, first == std::string::npos ? number.digits.size() : first);
  while (number.digits.ends_with('0')) {
    number.digits.pop_back();
    ++number.exponent;
  }
  return number;
}

std::optional<std::string> canonical_number(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number) return std::nullopt;
  const std::string& digits = number->digits;
  if (digits.empty()) return "0";
  const int magnitude = number->exponent + static_cast<int>(digits.size()) - 1;
  if (digits.size() > kDigitsMax || magnitude > kExponentMax || magnitude < kExponentMin) {
    return std::nullopt;
  }
  std::string out;
  if (number->exponent >= 0) {
    out = digits + std::string(static_cast<std::size_t>(number->exponent), '0');
  } else if (magnitude >= 0) {
    const auto whole = static_cast<std::size_t>(magnitude + 1);
    out = digits.substr(0, whole) + "." + digits.substr(whole);
  } else {
    out = "0." + std::string(static_cast<std::size_t>(-magnitude - 1), '0') + digits;
  }
  if (number->negative) out.insert(out.begin(), '-');
  return out;
}

bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  while (text.ends_with('=')) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
}

class ItemWriter {
 public:
  ItemWriter(std::string_view field, Diagnostics& diagnostics)
      : field_(field), diagnostics_(diagnostics) {}

  // One attribute value; `key_type` is S, N or B for a key attribute, else empty.
  std::string value(const Node& node, std::string_view key_type);
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string fail(const Node& at, std::string message) {
    diagnostics_.error(at.place, fmt::format("{}: {}", field_, message));
    failed_ = true;
    return "{}";
  }
  std::string scalar(const Node& node, std::string_view type);
  std::string typed(std::string_view type, const Node& node);
  std::string typed_set(std::string_view type, const Node& node);
  std::string list(const Node& node);
  std::string map(const Node& node);

  std::string_view field_;
  Diagnostics& diagnostics_;
  bool failed_ = false;
};

std::string_view type_by_looks(const Node& node) {
  if (node.quoted) return "S";
  if (node.is_null()) return "NULL";
  if (node.text == "true" || node.text == "false") return "BOOL";
  const bool leading_zero = node.text.size() > 1 && node.text[0] == '0' && node.text[1] != '.';
  return !leading_zero && canonical_number(node.text) ? "N" : "S";
}

std::string ItemWriter::scalar(const Node& node, std::string_view type) {
  if (node.kind == Node::Kind::unresolved) {
    failed_ = true;
    return node.reported ? "{}" : fail(node, node.text);
  }
  if (!node.is_scalar())
    return fail(node, fmt::format("{} wants a text, this is {}", type, kind_name(node)));
  if (type == "N") {
    const auto number = canonical_number(node.text);
    if (!number) {
      return fail(
          node, fmt::format("'{}' is not a number that DynamoDB can store", printable(node.text)));
    }
    return fmt::format(R"({{"N":"{}"}})", *number);
  }
  if (type == "B" && !is_base64(node.text)) {
    return fail(node, fmt::format("B wants base64, this is '{}'", printable(node.text)));
  }
  if (type == "BOOL" && node.text != "true" && node.text != "false") {
    return fail(node, "BOOL must be true or false");
  }
  if (type == "NULL" && node.text != "true" && !node.is_null()) {
    return fail(node, "NULL must be true");
  }
  if (type == "BOOL") return fmt::format(R"({{"BOOL":{}}})", node.text);
  if (type == "NULL") return R"({"NULL":true})";
  return fmt::format(R"({{"{}":{}}})", type, json_string(node.text));
}

std::string ItemWriter::typed_set(std::string_view type, const Node& node) {
  if (!node.is_sequence() || node.items.empty()) {
    return fail(node, fmt::format("{} wants a list that is not empty", type));
  }
  std::vector<std::string> texts;
  const std::string_view each = type.substr(0, 1);
  for (const Node& item : node.items) {
    const std::string one = scalar(item, each);  // {"S":"text"}
    if (failed_) return "{}";
    texts.push_back(one.substr(5, one.size() - 6));
  }
  std::sort(texts.begin(), texts.end());
  if (std::adjacent_find(texts.begin(), texts.end()) != texts.end()) {
    return fail(node, fmt::format("{} holds a value twice", type));
  }
  std::string out = fmt::format(R"({{"{}":[)", type);
  for (std::size_t i = 0; i < texts.size(); ++i) out += (i == 0 ? "" : ",") + texts[i];
  return out + "]}";
}

std::string ItemWriter::list(const Node& node) {
  if (!node.is_sequence()) return fail(node, "L wants a list");
  std::string out = R"({"L":[)";
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i != 0) out += ',';
    out += value(node.items[i], "");
  }
  return out + "]}";
}

std::string ItemWriter::map(const Node& node) {
  if (!node.is_map()) return fail(node, "M wants a map");
  std::vector<const Member*> sorted;
  for (const Member& member : node.members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [](const Member* a, const Member* b) { return a->key.text < b->key.text; });
  std::string out = R"({"M":{)";
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i != 0) out += ',';
    out.append(json_string(sorted[i]->key.text)).append(":").append(value(sorted[i]->value, ""));
  }
  return out + "}}";
}

std::string ItemWriter::typed(std::string_view type, const Node& node) {
  if (type == "L") return list(node);
  if (type == "M") return map(node);
  if (type == "SS" || type == "NS" || type == "BS") return typed_set(type, node);
  return scalar(node, type);
}

std::string ItemWriter::value(const Node& node, std::string_view key_type) {
  if (node.is_map() && node.members.size() == 1) {
    const std::string& type = node.members[0].key.text;
    if (std::find(kTypeNames.begin(), kTypeNames.end(), type) != kTypeNames.end()) {
      if (!key_type.empty() && type != key_type) {
        return fail(node.members[0].key,
                    fmt::format("this key attribute has type {}, not {}", key_type, type));
      }
      return typed(type, node.members[0].value);
    }
  }
  if (!key_type.empty()) return scalar(node, key_type);
  if (node.is_sequence()) return list(node);
  if (node.is_map()) return map(node);
  return scalar(node, type_by_looks(node));
}

// The generated number in `text`, of the form that generated items have; nothing if it has not.
std::optional<std::uint64_t> generated_number(const std::string& text, std::string_view type,
                                              std::string_view prefix) {
  std::string_view digits = text;
  if (type != "N") {
    if (!digits.starts_with(prefix)) return std::nullopt;
    digits.remove_prefix(prefix.size());
    if (digits.size() < 8) return std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const std::string again =
      type == "N" ? fmt::format("{}", number) : fmt::format("{}{:08}", prefix, number);
  return again == text ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::string> read_item(const Node& node, std::string_view field, ItemShape shape,
                                     const DraftTable& table, Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.error(node.place, fmt::format("{} must be a map of attributes, this is {}", field,
                                              kind_name(node)));
    return std::nullopt;
  }
  std::vector<std::pair<std::string, std::string>> keys, others;
  std::vector<DraftAttribute> wanted = {table.hash};
  if (!table.range.name.empty() && shape != ItemShape::partition) wanted.push_back(table.range);
  ItemWriter writer(field, diagnostics);
  for (const DraftAttribute& attribute : wanted) {
    const Node* value = node.find(attribute.name);
    if (value == nullptr) {
      diagnostics.error(node.place, fmt::format("{} lacks the key attribute '{}'", field,
                                                printable(attribute.name)));
      return std::nullopt;
    }
    keys.emplace_back(attribute.name, writer.value(*value, attribute.type));
  }
  for (const Member& member : node.members) {
    const std::string& name = member.key.text;
    const bool is_key =
        std::any_of(keys.begin(), keys.end(), [&](const auto& key) { return key.first == name; });
    if (is_key) continue;
    if (shape != ItemShape::item) {
      diagnostics.error(member.key.place, fmt::format("'{}' is not part of the key of {}",
                                                      printable(name), printable(table.name)));
      return std::nullopt;
    }
    others.emplace_back(name, writer.value(member.value, ""));
  }
  if (writer.failed()) return std::nullopt;
  std::sort(others.begin(), others.end());
  keys.insert(keys.end(), others.begin(), others.end());
  std::string out = "{";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i != 0) out += ',';
    out.append(json_string(keys[i].first)).append(":").append(keys[i].second);
  }
  out += '}';
  if (out.size() > kItemBytesMax) {
    diagnostics.error(node.place, "an item has at most 400 KB");
    return std::nullopt;
  }
  return out;
}

std::string key_part(const std::string& value, const DraftTable& table) {
  const auto item = nlohmann::ordered_json::parse(value);
  nlohmann::ordered_json key;
  for (const DraftAttribute* one : {&table.hash, &table.range}) {
    if (!one->name.empty()) key[one->name] = item[one->name];
  }
  return key.dump();
}

std::optional<std::string> read_values(const Node& node, std::string_view field,
                                       Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.error(node.place,
                      fmt::format("{} must be a map, this is {}", field, kind_name(node)),
                      "for example { \":n\": 5 }");
    return std::nullopt;
  }
  std::vector<std::pair<std::string, std::string>> values;
  ItemWriter writer(field, diagnostics);
  for (const Member& member : node.members) {
    values.emplace_back(member.key.text, writer.value(member.value, ""));
  }
  if (writer.failed()) return std::nullopt;
  std::sort(values.begin(), values.end());
  std::string out = "{";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    out.append(json_string(values[i].first)).append(":").append(values[i].second);
  }
  return out + "}";
}

std::uint32_t item_ordinal(const std::string& value, ItemShape shape, DraftTable& table) {
  const auto item = nlohmann::json::parse(value);
  const auto text = [&](const DraftAttribute& attribute) {
    return item[attribute.name][attribute.type].get<std::string>();
  };
  const bool ranged = !table.range.name.empty();
  const std::string hash = text(table.hash);
  const std::string range = ranged && shape != ItemShape::partition ? text(table.range) : "";
  const auto group = generated_number(hash, table.hash.type, "item-");
  std::optional<std::uint64_t> within = 0;
  if (ranged && shape != ItemShape::partition) {
    within = generated_number(range, table.range.type, "");
  }
  if (group && within && *within < table.collection && *group < table.items) {
    const std::uint64_t ordinal = *group * table.collection + *within;
    if (ordinal < table.items) return static_cast<std::uint32_t>(ordinal);
  }
  // A Query of a partition stands for the first item that was given in it.
  const std::string prefix = json_string(hash) + ",";
  const std::string key = prefix + json_string(range);
  if (shape == ItemShape::partition) {
    std::uint32_t first = kNone;
    for (const auto& [given, ordinal] : table.given_items) {
      if (given.starts_with(prefix)) first = std::min(first, ordinal);
    }
    if (first != kNone) return first;
  }
  const auto next = static_cast<std::uint32_t>(table.items + table.given_items.size());
  return table.given_items.emplace(key, next).first->second;
}

}  // namespace tablekey::scenarios
