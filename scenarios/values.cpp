// The readers. Numbers are read by std::from_chars, which knows no locale.
#include "scenarios/values.h"

#include <fmt/format.h>

#include <charconv>

#include "events/shares.h"
#include "scenarios/characters.h"

namespace tablekey::scenarios {
namespace {

using events::kWhole;

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 60;
  const std::vector<std::string_view> characters = characters_of(text);
  if (characters.size() <= kShown) return printable(text);
  const auto end = static_cast<std::size_t>(characters[kShown].data() - text.data());
  return printable(text.substr(0, end)) + "...";
}

// Values of parameters are a note where the parameter stands, since that is where they are missing.
void say_stand_in(const Node& node, std::string_view field, std::string hint,
                  Diagnostics& diagnostics) {
  if (node.declared.line != 0) {
    diagnostics.note(node.declared, node.text, std::move(hint));
  } else {
    diagnostics.warning(node.place, fmt::format("{}: {}", field, node.text), std::move(hint));
  }
}

}  // namespace

bool has_stand_in(const Node& node) {
  return node.kind == Node::Kind::unresolved && !node.reported && !node.stand_in.empty();
}

const std::string* read_text(const Node& node, std::string_view field, Diagnostics& diagnostics) {
  if (has_stand_in(node)) {
    const std::string_view more = node.declared.line != 0 ? ", unless parameters: gives it" : "";
    say_stand_in(node, field, fmt::format("'{}' stands for it{}", shown(node.stand_in), more),
                 diagnostics);
    return &node.stand_in;
  }
  if (node.kind == Node::Kind::unresolved) {
    if (node.reported) return nullptr;
    diagnostics.error(node.place, fmt::format("{}: {}", field, node.text));
    return nullptr;
  }
  if (!node.is_scalar() || node.is_null()) {
    diagnostics.error(node.place,
                      fmt::format("{} must be a text, this is {}", field, kind_name(node)));
    return nullptr;
  }
  return &node.text;
}

std::optional<std::uint64_t> read_count(const Node& node, std::string_view field, CountRange range,
                                        Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (has_stand_in(node) && (error != std::errc{} || stop != end)) return range.min;
  if (error != std::errc{} || stop != end) {
    diagnostics.error(node.place,
                      fmt::format("{} must be a whole number, this is '{}'", field, shown(*text)));
    return std::nullopt;
  }
  if (value < range.min || value > range.max) {
    const std::string bound = value < range.min ? fmt::format("at least {}", range.min)
                                                : fmt::format("at most {}", range.max);
    diagnostics.error(node.place, fmt::format("{} must be {}", field, bound));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> read_boolean(const Node& node, std::string_view field,
                                 Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  if (*text == "true" || *text == "True" || *text == "TRUE") return true;
  if (*text == "false" || *text == "False" || *text == "FALSE") return false;
  if (has_stand_in(node)) return false;
  const bool yes = *text == "yes" || *text == "on" || *text == "Yes" || *text == "On";
  const bool no = *text == "no" || *text == "off" || *text == "No" || *text == "Off";
  diagnostics.error(node.place,
                    fmt::format("{} must be true or false, this is '{}'", field, shown(*text)),
                    yes  ? "write true"
                    : no ? "write false"
                         : "");
  return std::nullopt;
}

bool is_bare_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return false;
  return text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<sim::Duration> read_duration(const Node& node, std::string_view field,
                                           Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  if (is_bare_number(*text)) {
    const bool zero = text->find_first_not_of("0.") == std::string::npos;
    diagnostics.error(node.place, fmt::format("{} needs a unit", field),
                      zero ? "write 0s" : fmt::format("write {0}m (minutes), {0}s or {0}h", *text));
    return std::nullopt;
  }
  const auto duration = sim::parse_duration(*text);
  if (!duration) {
    diagnostics.error(node.place, fmt::format("{}: {}", field, printable(duration.error())));
    return std::nullopt;
  }
  if (duration->count() < 0) {
    diagnostics.error(node.place, fmt::format("{} must not be negative", field));
    return std::nullopt;
  }
  return *duration;
}

std::optional<sim::Time> read_time(const Node& node, std::string_view field, sim::Time start,
                                   Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  const bool iso = text->size() > 4 && text->find('-', 1) == 4;
  if (!iso) {
    const auto since = read_duration(node, field, diagnostics);
    if (!since) return std::nullopt;
    try {
      return start + *since;
    } catch (const sim::TimeOverflow&) {
      diagnostics.error(node.place, fmt::format("{} lies beyond the year 2262", field));
      return std::nullopt;
    }
  }
  const auto time = sim::parse_time(*text);
  if (!time) {
    diagnostics.error(node.place, fmt::format("{}: {}", field, printable(time.error())));
    return std::nullopt;
  }
  if (*time < start) {
    diagnostics.error(node.place, fmt::format("{} lies before the start of the scenario, {}", field,
                                              sim::print(start)));
    return std::nullopt;
  }
  return *time;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const bool digits = text.find_first_not_of("0123456789.") == std::string_view::npos;
  if (error != std::errc{} || stop != end || !digits) return std::nullopt;
  return value;
}

std::optional<double> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto number = parse_number(text.substr(0, slash));
  const std::string_view unit = text.substr(slash + 1);
  if (!number) return std::nullopt;
  if (unit == "s") return *number;
  if (unit == "m") return *number / 60;
  if (unit == "h") return *number / 3600;
  return std::nullopt;
}

std::optional<double> read_rate(const Node& node, std::string_view field,
                                Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  if (const auto rate = parse_rate(*text)) return rate;
  if (is_bare_number(*text)) {
    diagnostics.error(node.place, fmt::format("{} needs a unit", field),
                      fmt::format("write {0}/s, {0}/m or {0}/h", *text));
  } else {
    diagnostics.error(node.place,
                      fmt::format("{} must be a rate, this is '{}'", field, shown(*text)),
                      "write 200/s, 12/m or 1/h");
  }
  return std::nullopt;
}

std::optional<std::uint32_t> read_share(const Node& node, std::string_view field,
                                        Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  if (is_bare_number(*text)) {
    diagnostics.error(node.place, fmt::format("{} needs a unit", field),
                      fmt::format("write {}%", *text));
    return std::nullopt;
  }
  // Whole and fraction are read as integers, so that shares that add up to 100% do so exactly.
  std::string_view digits = *text;
  const bool percent = digits.ends_with('%');
  if (percent) digits.remove_suffix(1);
  const std::size_t dot = digits.find('.');
  std::string number(digits.substr(0, dot));
  std::string fraction(dot == std::string_view::npos ? "" : digits.substr(dot + 1));
  const bool bad = !percent || number.empty() || number.size() > 3 || fraction.size() > 4 ||
                   (number + fraction).find_first_not_of("0123456789") != std::string::npos;
  if (bad) {
    diagnostics.error(node.place,
                      fmt::format("{} must be a share, this is '{}'", field, shown(*text)),
                      "write 25% or 12.5%, with at most four decimals");
    return std::nullopt;
  }
  fraction.resize(4, '0');
  std::uint32_t millionths = 0;
  for (const char digit : number + fraction) {
    millionths = millionths * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  if (millionths > kWhole) {
    diagnostics.error(node.place, fmt::format("{} must be at most 100%", field));
    return std::nullopt;
  }
  return millionths;
}

std::string print_share(std::uint64_t millionths) {
  std::string out = fmt::format("{}.{:04}", millionths / 10'000, millionths % 10'000);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out + "%";
}

std::optional<double> read_number(const Node& node, std::string_view field,
                                  Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  if (const auto number = parse_number(*text)) return number;
  diagnostics.error(node.place,
                    fmt::format("{} must be a number, this is '{}'", field, shown(*text)));
  return std::nullopt;
}

std::optional<std::size_t> read_choice(const Node& node, std::string_view field,
                                       const std::vector<std::string_view>& words,
                                       Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == *text) return i;
  }
  if (has_stand_in(node)) return 0;
  constexpr std::size_t kListedMax = 8, kHintedMax = 32;
  std::string hint = did_you_mean(*text, words);
  if (words.size() <= kListedMax) {
    diagnostics.error(
        node.place, fmt::format("{} must be {}, this is '{}'", field, one_of(words), shown(*text)),
        std::move(hint));
    return std::nullopt;
  }
  if (hint.empty() && words.size() <= kHintedMax) hint = fmt::format("one of {}", one_of(words));
  diagnostics.error(node.place, fmt::format("{} cannot be '{}'", field, shown(*text)),
                    std::move(hint));
  return std::nullopt;
}

bool is_account(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// us-west-2, us-gov-east-1: words in lower case and a number at the end.
bool is_region(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == text.size() || text.size() > 32) return false;
  return text.substr(dash + 1).find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(0, dash).find_first_not_of("abcdefghijklmnopqrstuvwxyz-") ==
             std::string_view::npos &&
         text.find('-') > 1 && text.find('-') != dash;
}

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > bytes.size() ? '=' : kBase64[group >> (18 - 6 * j) & 63U];
    }
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 0xff);
  }
  return out;
}

std::string one_of(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace tablekey::scenarios
