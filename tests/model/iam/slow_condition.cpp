#include "tests/model/iam/slow_condition.h"

#include <arpa/inet.h>

#include <array>
#include <bitset>
#include <regex>

namespace tablekey::slow {
namespace {

using Text = std::u32string;

/// UTF-8 into characters; a byte that is not part of a sequence stands for itself.
Text characters(const std::string& text) {
  Text out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    char32_t c = lead;
    if (lead >= 0xc0) c = lead & (lead >= 0xf0 ? 0x07 : lead >= 0xe0 ? 0x0f : 0x1f);
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) {
      c = c << 6 | (static_cast<unsigned char>(text[i++]) & 0x3f);
    }
    out.push_back(c);
  }
  return out;
}

char32_t lower_char(char32_t c) {
  const bool capital = (c >= U'A' && c <= U'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
  return capital ? c + 0x20 : c;
}

bool like_from(const Pattern& pattern, std::size_t p, const Text& text, std::size_t t,
               bool ignore_case) {
  if (p == pattern.size()) return t == text.size();
  const PatternChar& now = pattern[p];
  if (now.kind == PatternChar::any_run) {
    return like_from(pattern, p + 1, text, t, ignore_case) ||
           (t < text.size() && like_from(pattern, p, text, t + 1, ignore_case));
  }
  if (t == text.size()) return false;
  const bool same = now.c == text[t] || (ignore_case && lower_char(now.c) == lower_char(text[t]));
  return (now.kind == PatternChar::any_one || same) &&
         like_from(pattern, p + 1, text, t + 1, ignore_case);
}

void append_literal(Pattern& pattern, const std::string& text) {
  for (const char32_t c : characters(text)) pattern.push_back({PatternChar::literal, c});
}

/// The texts between colons; the sixth keeps its own.
template <class Sequence, class IsColon>
std::vector<Sequence> parts_of(const Sequence& all, IsColon is_colon) {
  std::vector<Sequence> parts(1);
  for (const auto& c : all) {
    if (is_colon(c) && parts.size() < 6) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

// ---- numbers ------------------------------------------------------------------------------------

/// A number as sign and digits, with 400 digits on either side of the point: more than any value
/// in a test has.
struct Number {
  bool negative = false;
  std::string digits;
};

constexpr int kSide = 400;

std::optional<Number> number_of(const std::string& text) {
  static const std::regex form("([+-]?)(\\d*)\\.?(\\d*)(?:[eE]([+-]?\\d{1,3}))?");
  static const std::regex has_digit("[+-]?\\.?\\d.*");
  std::smatch match;
  if (!std::regex_match(text, match, form) || !std::regex_match(text, has_digit)) return {};
  std::string whole = match[2];
  std::string fraction = match[3];
  int exponent = match[4].length() == 0 ? 0 : std::stoi(match[4]);
  for (; exponent > 0; --exponent) {
    whole.push_back(fraction.empty() ? '0' : fraction.front());
    if (!fraction.empty()) fraction.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    fraction.insert(0, 1, whole.empty() ? '0' : whole.back());
    if (!whole.empty()) whole.pop_back();
  }
  whole.insert(0, kSide - std::min<std::size_t>(kSide, whole.size()), '0');
  fraction.resize(kSide, '0');
  Number number{match[1] == "-", whole + fraction};
  if (number.digits.find_first_not_of('0') == std::string::npos) number.negative = false;
  return number;
}

int compare(const Number& a, const Number& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int magnitude = a.digits.compare(b.digits);
  return a.negative ? -magnitude : magnitude;
}

// ---- dates --------------------------------------------------------------------------------------

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_of(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// Days from 1970-01-01, counted one year and one month at a time.
long long days_since_1970(int year, int month, int day) {
  long long days = day - 1;
  for (int y = 1970; y < year; ++y) days += is_leap(y) ? 366 : 365;
  for (int y = year; y < 1970; ++y) days -= is_leap(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += days_of(year, m);
  return days;
}

struct Instant {
  long long seconds = 0;
  int nanoseconds = 0;
};

int to_int(const std::ssub_match& match, int otherwise) {
  return match.matched && match.length() > 0 ? std::stoi(match) : otherwise;
}

std::optional<Instant> instant_of(const std::string& text) {
  static const std::regex epoch("-?\\d{1,18}");
  static const std::regex calendar(
      "(\\d{4})-(\\d\\d)(?:-(\\d\\d)(?:T(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)?"
      "(?:Z|([+-])(\\d\\d):?(\\d\\d))?)?)?");
  if (std::regex_match(text, epoch)) return Instant{std::stoll(text), 0};
  std::smatch part;
  if (!std::regex_match(text, part, calendar)) return {};
  const int year = to_int(part[1], 0), month = to_int(part[2], 0), day = to_int(part[3], 1);
  const int hour = to_int(part[4], 0), minute = to_int(part[5], 0), second = to_int(part[6], 0);
  const int zone_hour = to_int(part[9], 0), zone_minute = to_int(part[10], 0);
  if (month < 1 || month > 12 || day < 1 || day > days_of(year, month) || hour > 23 ||
      minute > 59 || second > 59 || zone_hour > 23 || zone_minute > 59) {
    return {};
  }
  std::string fraction = part[7];
  fraction.resize(9, '0');
  const int zone = (zone_hour * 60 + zone_minute) * 60 * (part[8] == "-" ? -1 : 1);
  const long long clock = (hour * 60 + minute) * 60 + second - zone;
  return Instant{days_since_1970(year, month, day) * 86'400 + clock, std::stoi(fraction)};
}

int compare(const Instant& a, const Instant& b) {
  if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
  return a.nanoseconds < b.nanoseconds ? -1 : a.nanoseconds > b.nanoseconds ? 1 : 0;
}

/// Whether an order (below zero, zero, above) is the one that an operator's name asks for.
bool ordered(const std::string& plain, int order) {
  if (plain.ends_with("LessThan")) return order < 0;
  if (plain.ends_with("LessThanEquals")) return order <= 0;
  if (plain.ends_with("GreaterThan")) return order > 0;
  if (plain.ends_with("GreaterThanEquals")) return order >= 0;
  return order == 0;
}

template <class Value>
bool ordered(const std::string& plain, const std::optional<Value>& has,
             const std::optional<Value>& wanted) {
  return has && wanted && ordered(plain, compare(*has, *wanted));
}

// ---- addresses and bytes ------------------------------------------------------------------------

/// An address as its bits, cut to its prefix.
std::optional<std::string> bits_of(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  std::array<unsigned char, 16> bytes{};
  const bool six = address.find(':') != std::string::npos;
  if (inet_pton(six ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) return {};
  std::string bits = six ? "six:" : "four:";
  const std::size_t head = bits.size();
  for (std::size_t i = 0; i < (six ? 16U : 4U); ++i) bits += std::bitset<8>(bytes[i]).to_string();
  if (slash == std::string::npos) return bits;
  static const std::regex form("0|[1-9]\\d{0,2}");
  const std::string prefix = text.substr(slash + 1);
  if (!std::regex_match(prefix, form)) return {};
  const auto length = static_cast<std::size_t>(std::stoi(prefix));
  if (head + length > bits.size()) return {};
  return bits.substr(0, head + length);
}

bool lies_in(const std::optional<std::string>& has, const std::optional<std::string>& wanted) {
  return has && wanted && has->starts_with(*wanted);
}

std::optional<std::string> bytes_of(std::string text) {
  static const std::string alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.pop_back();
  if (text.size() % 4 == 1) return {};
  std::string bits;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string::npos) return {};
    bits += std::bitset<6>(digit).to_string();
  }
  bits.resize(bits.size() / 8 * 8);
  return bits;
}

bool same_bool(const std::string& a, const std::string& b) {
  const std::string word = lower(a);
  return (word == "true" || word == "false") && word == lower(b);
}

}  // namespace

std::optional<Pattern> pattern_of(const std::string& text, bool wildcards, bool variables,
                                  const Asked& asked) {
  // `${key}`, or `${key, 'default'}` where the default ends at the first `'}`.
  static const std::regex reference("^\\$\\{([^,}]*)(?:\\}|, *'([\\s\\S]*?)'\\})");
  static const std::regex ends("^ +| +$");
  Pattern pattern;
  std::string rest = text;
  while (!rest.empty()) {
    std::smatch match;
    if (variables && std::regex_search(rest, match, reference)) {
      const std::string key = std::regex_replace(match[1].str(), ends, "");
      const AskedKey* entry = find_key(asked, key);
      if (!match[2].matched && (match[1] == "*" || match[1] == "?" || match[1] == "$")) {
        append_literal(pattern, match[1]);
      } else if (entry != nullptr) {
        if (entry->several) return {};
        append_literal(pattern, entry->values.at(0));
      } else if (match[2].matched) {
        append_literal(pattern, match[2]);
      } else {
        return {};
      }
      rest = match.suffix();
      continue;
    }
    std::size_t length = 1;
    while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xc0) == 0x80) {
      ++length;
    }
    const std::string character = rest.substr(0, length);
    if (wildcards && character == "*") {
      pattern.push_back({PatternChar::any_run, 0});
    } else if (wildcards && character == "?") {
      pattern.push_back({PatternChar::any_one, 0});
    } else {
      append_literal(pattern, character);
    }
    rest.erase(0, length);
  }
  return pattern;
}

bool like(const Pattern& pattern, const std::string& text, bool ignore_case) {
  return like_from(pattern, 0, characters(text), 0, ignore_case);
}

bool arn_like(const Pattern& pattern, const std::string& text) {
  const auto wanted = parts_of(
      pattern, [](const PatternChar& p) { return p.kind == PatternChar::literal && p.c == U':'; });
  const auto has = parts_of(characters(text), [](char32_t c) { return c == U':'; });
  if (wanted.size() != 6 || has.size() != 6) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!like_from(wanted[i], 0, has[i], 0, false)) return false;
  }
  return true;
}

std::string lower(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool latin = i > 0 && text[i - 1] == '\xc3';
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool capital =
        (byte >= 'A' && byte <= 'Z') || (latin && byte >= 0x80 && byte <= 0x9e && byte != 0x97);
    out.push_back(static_cast<char>(capital ? byte + 0x20 : byte));
  }
  return out;
}

const AskedKey* find_key(const Asked& asked, const std::string& name) {
  for (const AskedKey& key : asked.context) {
    if (lower(key.name) == lower(name)) return &key;
  }
  return nullptr;
}

bool fits(const std::string& plain, const std::string& wanted, const std::string& has,
          const Asked& asked, bool variables) {
  if (plain.starts_with("Numeric")) return ordered(plain, number_of(has), number_of(wanted));
  if (plain.starts_with("Date")) return ordered(plain, instant_of(has), instant_of(wanted));
  if (plain == "Bool") return same_bool(has, wanted);
  if (plain == "IpAddress") return lies_in(bits_of(has), bits_of(wanted));
  if (plain == "BinaryEquals") {
    const auto bytes = bytes_of(has);
    return bytes && bytes == bytes_of(wanted);
  }
  const bool arn = plain.starts_with("Arn");
  const auto pattern = pattern_of(wanted, arn || plain == "StringLike", variables, asked);
  if (!pattern) return false;
  return arn ? arn_like(*pattern, has) : like(*pattern, has, plain == "StringEqualsIgnoreCase");
}

}  // namespace tablekey::slow
