#include "replay/policy_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "model/iam/json.h"

namespace tablekey::replay {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The length of the UTF-8 sequence at the front of a text that is not empty, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second > 0x9f;
  const bool beyond = lead == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

/// Holds a text to the grammar of JSON. What is open is on a stack of its own, so that depth costs
/// a byte a level and never the program's stack.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Nothing where the text is JSON; else what is wrong, and `at()` where.
  std::optional<std::string> fault() {
    bool wants_value = true;
    do {
      if (!(wants_value ? value() : after_value())) return fault_;
      wants_value = wants_value_;
    } while (wants_value || !open_.empty());
    skip();
    if (at_ < text_.size()) return "more text after the JSON value";
    return std::nullopt;
  }
  std::size_t at() const { return at_; }

 private:
  bool fail(std::string what) {
    fault_ = std::move(what);
    return false;
  }
  void skip() { at_ = skip_space(text_, at_); }
  char front() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (front() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  bool unexpected(std::string_view wanted) {
    return fail(at_ == text_.size() ? fmt::format("the text ends where {} belongs", wanted)
                                    : fmt::format("{} belongs here", wanted));
  }

  bool value() {
    skip();
    wants_value_ = false;
    switch (front()) {
      case '{':
        return open('{');
      case '[':
        return open('[');
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  /// Between a value and whatever follows it inside what is open.
  bool after_value() {
    skip();
    const bool object = open_.back() == '{';
    if (take(object ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    if (!take(',')) return unexpected(object ? "',' or '}'" : "',' or ']'");
    return object ? key() : (wants_value_ = true);
  }

  bool open(char bracket) {
    ++at_;
    open_.push_back(bracket);
    skip();
    if (take(bracket == '{' ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    return bracket == '{' ? key() : (wants_value_ = true);
  }

  bool key() {
    skip();
    if (front() != '"') return unexpected("a key in quotes");
    if (!string()) return false;
    skip();
    return take(':') ? (wants_value_ = true) : unexpected("':'");
  }

  bool word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return unexpected("a value");
    at_ += wanted.size();
    return true;
  }

  bool digits() {
    if (!is_digit(front())) return unexpected("a digit");
    while (is_digit(front())) ++at_;
    return true;
  }

  bool number() {
    if (front() != '-' && !is_digit(front())) return unexpected("a value");
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  bool string() {
    ++at_;
    while (!take('"')) {
      if (at_ == text_.size()) return fail("the text ends inside a string");
      if (static_cast<unsigned char>(front()) < 0x20) {
        return fail("a control character inside a string: write it as an escape");
      }
      if (front() == '\\') {
        if (!escape()) return false;
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) return fail("a byte that is not UTF-8");
      at_ += length;
    }
    return true;
  }

  bool escape() {
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    const std::string_view rest = text_.substr(at_ + 1);
    if (!rest.empty() && kSimple.contains(rest.front())) {
      at_ += 2;
      return true;
    }
    const std::string_view code = rest.substr(0, 5);
    const bool four = code.size() == 5 && code.front() == 'u' &&
                      code.find_first_not_of("0123456789abcdefABCDEF", 1) == code.npos;
    if (!four) return fail("an escape that JSON does not have");
    at_ += 6;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string open_;
  bool wants_value_ = false;
  std::string fault_;
};

/// The end of the string that begins at `at`. The text is JSON, so there is one.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// The end of the value that begins at `at`, whatever it holds.
std::size_t value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
      continue;
    } else if (c == '}' || c == ']') {
      --depth;
      ++at;
    } else if (c == ',' || c == ':' || is_space(c)) {
      ++at;
      continue;
    } else {
      while (at < text.size() && !is_space(text[at]) && text[at] != ',' && text[at] != '}' &&
             text[at] != ']') {
        ++at;
      }
    }
    if (depth == 0) return at;
  }
  return at;
}

/// The value at `at` of a part's own text.
JsonPart part_at(const JsonPart& whole, std::size_t at, std::string path) {
  return {whole.raw.substr(at, value_end(whole.raw, at) - at), whole.offset + at, std::move(path)};
}

JsonProblem too_many(const JsonPart& part) {
  return problem_with(part, fmt::format("it has more than {} parts", kJsonPartsMax));
}

JsonProblem not_a(std::string_view wanted, const JsonPart& part) {
  return problem_with(part, fmt::format("{} where {} belongs", kind_of(part), wanted));
}

}  // namespace

JsonRead<JsonPart> read_json_text(std::string_view text) {
  Scanner scanner(text);
  if (const auto fault = scanner.fault()) {
    return std::unexpected(JsonProblem{scanner.at(), "$", "not JSON: " + *fault, {}});
  }
  const std::size_t at = skip_space(text, 0);
  return part_at({text, 0, "$"}, at, "$");
}

JsonProblem problem_with(const JsonPart& part, std::string message, std::string hint) {
  return {part.offset, part.path, std::move(message), std::move(hint)};
}

JsonRead<std::vector<JsonPartMember>> members_of(const JsonPart& object) {
  if (!object.is_object()) return std::unexpected(not_a("an object", object));
  std::vector<JsonPartMember> members;
  std::set<std::string> keys;
  const std::string_view text = object.raw;
  for (std::size_t at = skip_space(text, 1); text[at] != '}';) {
    if (members.size() == kJsonPartsMax) return std::unexpected(too_many(object));
    const JsonPart quoted = part_at(object, at, object.path);
    const auto key = text_of(quoted);
    if (!key) return std::unexpected(key.error());
    if (!keys.insert(*key).second) {
      return std::unexpected(problem_with(quoted, fmt::format("'{}' comes twice", *key)));
    }
    at = skip_space(text, at + quoted.raw.size());  // to the colon
    at = skip_space(text, at + 1);
    members.push_back({*key, part_at(object, at, object.path + "." + *key), quoted.offset});
    at = skip_space(text, at + members.back().value.raw.size());
    if (text[at] == ',') at = skip_space(text, at + 1);
  }
  return members;
}

JsonRead<std::vector<JsonPart>> items_of(const JsonPart& array) {
  if (!array.is_array()) return std::unexpected(not_a("a list", array));
  std::vector<JsonPart> items;
  const std::string_view text = array.raw;
  for (std::size_t at = skip_space(text, 1); text[at] != ']';) {
    if (items.size() == kJsonPartsMax) return std::unexpected(too_many(array));
    items.push_back(part_at(array, at, fmt::format("{}[{}]", array.path, items.size())));
    at = skip_space(text, at + items.back().raw.size());
    if (text[at] == ',') at = skip_space(text, at + 1);
  }
  return items;
}

JsonRead<std::string> text_of(const JsonPart& part) {
  if (!part.is_text()) return std::unexpected(not_a("a text", part));
  if (!part.raw.contains('\\')) return std::string(part.raw.substr(1, part.raw.size() - 2));
  const auto decoded = model::iam::read_json(part.raw);
  if (!decoded) return std::unexpected(problem_with(part, decoded.error().message));
  return decoded->text;
}

std::string_view kind_of(const JsonPart& part) {
  if (part.is_null()) return "null";
  if (part.is_object()) return "an object";
  if (part.is_array()) return "a list";
  if (part.is_text()) return "a text";
  return part.raw == "true" || part.raw == "false" ? "a boolean" : "a number";
}

TextPlace place_of(std::string_view text, std::size_t offset) {
  TextPlace place;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) {
      ++place.column;
    }
  }
  return place;
}

}  // namespace tablekey::replay
