#include "model/iam/json.h"

#include <algorithm>
#include <set>
#include <utility>

#include "model/iam/characters.h"

namespace tablekey::model::iam {
namespace {

/// One step of a path: a member's key, or where the key is null, an index.
struct Step {
  const std::string* key;
  std::size_t index;
};

std::string path_text(const std::vector<Step>& steps) {
  std::string path = "$";
  for (const Step& step : steps) {
    if (step.key != nullptr) {
      path.append(".").append(*step.key);
    } else {
      path.append("[").append(std::to_string(step.index)).append("]");
    }
  }
  return path;
}

/// The length of the well-formed UTF-8 sequence at the front (RFC 3629), or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second > 0x9f;
  const bool beyond = lead == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
  }
  put(0x80 | (point & 0x3f));
}

/// Recursive descent; every `read_` returns false after `fail` has noted the first fault.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::expected<JsonValue, JsonFault> read() {
    JsonValue root;
    skip_space();
    if (!read_value(root)) return std::unexpected(std::move(fault_));
    skip_space();
    if (!at_end()) {
      fail("Text follows the end of the document.");
      return std::unexpected(std::move(fault_));
    }
    return root;
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  bool fail(std::string message) { return fail_at(at_, std::move(message)); }
  bool fail_at(std::size_t offset, std::string message) {
    fault_ = {std::move(message), path_text(steps_), offset};
    return false;
  }

  void skip_space() {
    while (!at_end() && std::string_view(" \t\n\r").contains(text_[at_])) ++at_;
  }

  bool read_value(JsonValue& value) {
    value.offset = at_;
    if (at_end()) return fail("The document ends where a value should stand.");
    switch (text_[at_]) {
      case '{':
        value.kind = JsonKind::object;
        return nested([&] { return read_object(value); });
      case '[':
        value.kind = JsonKind::array;
        return nested([&] { return read_array(value); });
      case '"':
        value.kind = JsonKind::string;
        return read_string(value.text);
      case 't':
        return read_word("true", JsonKind::boolean, value);
      case 'f':
        return read_word("false", JsonKind::boolean, value);
      case 'n':
        return read_word("null", JsonKind::null, value);
      default:
        return read_number(value);
    }
  }

  template <class Read>
  bool nested(Read read) {
    if (depth_ == kJsonDepthMax) return fail("The document is nested too deeply.");
    ++depth_;
    ++at_;
    const bool well = read();
    --depth_;
    return well;
  }

  bool read_object(JsonValue& object) {
    skip_space();
    if (peek() == '}') return ++at_, true;
    std::set<std::string> keys;
    while (true) {
      skip_space();
      if (peek() != '"') return fail("A key in double quotes is expected here.");
      JsonMember member;
      member.key_offset = at_;
      if (!read_string(member.key)) return false;
      steps_.push_back({&member.key, 0});
      if (!keys.insert(member.key).second) {
        return fail_at(member.key_offset, "The key \"" + member.key + "\" is given twice.");
      }
      skip_space();
      if (peek() != ':') return fail("A colon is expected here.");
      ++at_;
      skip_space();
      if (!read_value(member.value)) return false;
      steps_.pop_back();
      object.members.push_back(std::move(member));
      skip_space();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return fail("A comma or the end of the object is expected here.");
      ++at_;
    }
  }

  bool read_array(JsonValue& array) {
    skip_space();
    if (peek() == ']') return ++at_, true;
    while (true) {
      skip_space();
      steps_.push_back({nullptr, array.items.size()});
      JsonValue item;
      if (!read_value(item)) return false;
      steps_.pop_back();
      array.items.push_back(std::move(item));
      skip_space();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return fail("A comma or the end of the array is expected here.");
      ++at_;
    }
  }

  bool read_word(std::string_view word, JsonKind kind, JsonValue& value) {
    if (!text_.substr(at_).starts_with(word)) return fail("This is not a JSON value.");
    value.kind = kind;
    value.text = word;
    at_ += word.size();
    return true;
  }

  bool read_number(JsonValue& value) {
    const std::size_t begin = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) {
      at_ = begin;
      return fail("This is not a JSON value.");
    }
    const bool zero = peek() == '0';
    skip_digits();
    if (zero && at_ - begin > (text_[begin] == '-' ? 2U : 1U)) {
      return fail_at(begin, "A number may not begin with a zero.");
    }
    if (peek() == '.') {
      ++at_;
      if (!is_digit(peek())) return fail("A digit is expected after the decimal point.");
      skip_digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!is_digit(peek())) return fail("A digit is expected in the exponent.");
      skip_digits();
    }
    value.kind = JsonKind::number;
    value.text = text_.substr(begin, at_ - begin);
    return true;
  }

  void skip_digits() {
    while (is_digit(peek())) ++at_;
  }

  bool read_string(std::string& out) {
    ++at_;
    while (true) {
      if (at_end()) return fail("The document ends inside a string.");
      const char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (c == '\\') {
        if (!read_escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("A string holds a control character.");
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) return fail("A string holds bytes that are not UTF-8.");
      out.append(text_.substr(at_, length));
      at_ += length;
    }
  }

  bool read_escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const std::size_t begin = at_++;
    if (peek() == 'u') {
      ++at_;
      return read_code_point(out, begin);
    }
    const std::size_t which = at_end() ? std::string_view::npos : kNames.find(text_[at_]);
    if (which == std::string_view::npos) return fail_at(begin, "This escape is not known to JSON.");
    out.push_back(kMeanings[which]);
    ++at_;
    return true;
  }

  bool read_code_point(std::string& out, std::size_t begin) {
    std::uint32_t point = 0;
    if (!read_hex(point)) return fail_at(begin, "Four hexadecimal digits must follow \\u.");
    if (point >= 0xdc00 && point <= 0xdfff) return fail_at(begin, "Half of a surrogate pair.");
    if (point >= 0xd800 && point <= 0xdbff) {
      std::uint32_t low = 0;
      const bool pair = text_.substr(at_).starts_with("\\u");
      if (pair) at_ += 2;
      if (!pair || !read_hex(low) || low < 0xdc00 || low > 0xdfff) {
        return fail_at(begin, "Half of a surrogate pair.");
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, point);
    return true;
  }

  bool read_hex(std::uint32_t& value) {
    if (text_.size() - at_ < 4) return false;
    value = 0;
    for (std::size_t end = at_ + 4; at_ < end; ++at_) {
      const char c = text_[at_];
      const char lower = static_cast<char>(c | 0x20);
      const bool letter = lower >= 'a' && lower <= 'f';
      if (!is_digit(c) && !letter) return false;
      value = value << 4 | static_cast<std::uint32_t>(letter ? lower - 'a' + 10 : c - '0');
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::vector<Step> steps_;
  JsonFault fault_;
};

bool find_path(const JsonValue& from, const JsonValue& node, std::vector<Step>& steps) {
  if (&from == &node) return true;
  for (const JsonMember& member : from.members) {
    steps.push_back({&member.key, 0});
    if (find_path(member.value, node, steps)) return true;
    steps.pop_back();
  }
  for (std::size_t i = 0; i < from.items.size(); ++i) {
    steps.push_back({nullptr, i});
    if (find_path(from.items[i], node, steps)) return true;
    steps.pop_back();
  }
  return false;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &JsonMember::key);
  return found == members.end() ? nullptr : &found->value;
}

std::expected<JsonValue, JsonFault> read_json(std::string_view text) { return Reader(text).read(); }

std::string json_path(const JsonValue& root, std::size_t offset) {
  std::vector<Step> steps;
  const JsonValue* node = &root;
  // Of the children, in the order of the text, it is the last that begins no later.
  while (node != nullptr) {
    const JsonValue* inner = nullptr;
    Step step{};
    for (const JsonMember& member : node->members) {
      if (member.key_offset > offset) break;
      step = {&member.key, 0};
      inner = &member.value;
    }
    for (std::size_t i = 0; i < node->items.size() && node->items[i].offset <= offset; ++i) {
      step = {nullptr, i};
      inner = &node->items[i];
    }
    if (inner != nullptr) steps.push_back(step);
    node = inner;
  }
  return path_text(steps);
}

std::string json_path(const JsonValue& root, const JsonValue& node) {
  std::vector<Step> steps;
  find_path(root, node, steps);
  return path_text(steps);
}

}  // namespace tablekey::model::iam
