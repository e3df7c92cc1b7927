// Reading and printing of times and durations. Reading is strict: what it takes, it takes exactly,
// and a refusal says what to write instead.
#include "sim/time.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "sim/civil.h"
#include "sim/random.h"

namespace tablekey::sim {

namespace detail {

void throw_time_overflow(const char* operation) {
  throw TimeOverflow(fmt::format("{} does not fit 64-bit nanoseconds", operation));
}

}  // namespace detail

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// Largest first, which is also the order in which a duration's parts must come.
constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) {
    ++length;
  }
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

std::optional<std::size_t> take_unit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && !is_digit(text[length]) && text[length] != '.') {
    ++length;
  }
  std::string_view name = text.substr(0, length);
  text.remove_prefix(length);
  if (name == "\u00b5s" || name == "\u03bcs") {  // the micro sign, and the Greek letter mu
    name = "us";
  }
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (kUnits[i].name == name) {
      return i;
    }
  }
  return std::nullopt;
}

// One number of a duration. Digits stay text until the unit is known, since only then it is clear
// whether they are a whole number of nanoseconds.
struct Number {
  std::string_view whole;
  std::string_view fraction;
  bool has_point = false;
};

Number take_number(std::string_view& text) {
  Number number;
  number.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    number.has_point = true;
    number.fraction = take_digits(text);
  }
  return number;
}

constexpr Uint128 kTooLong = static_cast<Uint128>(1) << 64;

enum class Inexact : std::uint8_t { too_long, too_fine };

// The nanoseconds of a number of units, exactly.
std::expected<Uint128, Inexact> exact_nanoseconds(const Number& number, const Unit& unit) {
  Uint128 total = 0;
  for (const char digit : number.whole) {
    total = total * 10 + static_cast<unsigned>(digit - '0');
    if (total >= kTooLong) {
      return std::unexpected(Inexact::too_long);
    }
  }
  total *= unit.nanoseconds;
  std::string_view digits = number.fraction;
  while (digits.ends_with('0')) {
    digits.remove_suffix(1);
  }
  // Now the digits lack a factor 2 or a factor 5, so the unit must supply all of one of them. A
  // day, the richest unit, is 2^16 times an odd number of nanoseconds: 16 digits are the most.
  if (digits.size() > 16) {
    return std::unexpected(Inexact::too_fine);
  }
  Uint128 numerator = 0;
  Uint128 denominator = 1;
  for (const char digit : digits) {
    numerator = numerator * 10 + static_cast<unsigned>(digit - '0');
    denominator *= 10;
  }
  numerator *= unit.nanoseconds;
  if (numerator % denominator != 0) {
    return std::unexpected(Inexact::too_fine);
  }
  total += numerator / denominator;
  return total;
}

std::string unknown_unit(std::string_view text) {
  return fmt::format("'{}' has no such unit: use d, h, m, s, ms, us or ns, as in 2h30m", text);
}

std::string missing_unit(std::string_view text, const Number& number) {
  const std::string value =
      fmt::format("{}{}{}", number.whole, number.has_point ? "." : "", number.fraction);
  return fmt::format("'{0}' needs a unit: write {1}m (minutes), {1}s or {1}h", text, value);
}

// Reads the parts after the sign; the sum is still unsigned.
std::expected<Uint128, std::string> read_parts(std::string_view whole_text, std::string_view text) {
  Uint128 total = 0;
  std::optional<std::size_t> last_unit;
  bool had_fraction = false;
  while (!text.empty()) {
    const Number number = take_number(text);
    if (number.whole.empty() || (number.has_point && number.fraction.empty())) {
      return std::unexpected(
          fmt::format("'{}' is not a duration: write 90s, 5m, 2h30m or 1.5h", whole_text));
    }
    if (text.empty()) {
      return std::unexpected(missing_unit(whole_text, number));
    }
    const std::optional<std::size_t> unit = take_unit(text);
    if (!unit) {
      return std::unexpected(unknown_unit(whole_text));
    }
    if (last_unit && *unit <= *last_unit) {
      return std::unexpected(
          fmt::format("'{}' must name each unit once, largest first, as in 2h30m", whole_text));
    }
    if (had_fraction) {
      return std::unexpected(
          fmt::format("'{}' may have a fraction in its last part only", whole_text));
    }
    const auto nanoseconds = exact_nanoseconds(number, kUnits[*unit]);
    if (!nanoseconds) {
      return std::unexpected(nanoseconds.error() == Inexact::too_fine
                                 ? fmt::format("'{}' is finer than a nanosecond", whole_text)
                                 : fmt::format("'{}' is longer than 292 years", whole_text));
    }
    total += *nanoseconds;
    last_unit = unit;
    had_fraction = number.has_point;
  }
  return total;
}

}  // namespace

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) {
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return std::unexpected(
        fmt::format("'{}' is not a duration: write 90s, 5m, 2h30m or 1.5h", text));
  }
  const auto magnitude = read_parts(text, rest);
  if (!magnitude) {
    return std::unexpected(magnitude.error());
  }
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  if (*magnitude > limit) {
    return std::unexpected(fmt::format("'{}' is longer than 292 years", text));
  }
  const auto bits = static_cast<std::uint64_t>(*magnitude);
  return Duration::nanoseconds(
      static_cast<std::int64_t>(negative ? std::uint64_t{0} - bits : bits));
}

namespace {

// ".25" for 250'000'000 of 9 digits; nothing for 0.
std::string decimal_fraction(std::uint64_t value, int digits) {
  if (value == 0) {
    return {};
  }
  std::string text = fmt::format(".{:0{}}", value, digits);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string print_below_second(std::uint64_t nanoseconds) {
  if (nanoseconds >= 1'000'000) {
    return fmt::format("{}{}ms", nanoseconds / 1'000'000,
                       decimal_fraction(nanoseconds % 1'000'000, 6));
  }
  if (nanoseconds >= 1'000) {
    return fmt::format("{}{}us", nanoseconds / 1'000, decimal_fraction(nanoseconds % 1'000, 3));
  }
  return fmt::format("{}ns", nanoseconds);
}

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

std::string print(Duration duration) {
  if (duration == Duration()) {
    return "0s";
  }
  const bool negative = duration < Duration();
  const auto bits = static_cast<std::uint64_t>(duration.count());
  std::uint64_t rest = negative ? std::uint64_t{0} - bits : bits;
  std::string text = negative ? "-" : "";
  if (rest < kSecond) {
    return text + print_below_second(rest);
  }
  for (const Unit& unit : kUnits) {
    if (unit.nanoseconds > kSecond && rest >= unit.nanoseconds) {
      text += fmt::format("{}{}", rest / unit.nanoseconds, unit.name);
      rest %= unit.nanoseconds;
    }
  }
  if (rest != 0) {
    text += fmt::format("{}{}s", rest / kSecond, decimal_fraction(rest % kSecond, 9));
  }
  return text;
}

namespace {

// A reader of one ISO 8601 text; each step moves on or fails for good.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (!rest_.starts_with(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  // Exactly this many digits.
  std::optional<std::uint32_t> number(std::size_t digits) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) {
        return std::nullopt;
      }
      value = value * 10 + static_cast<std::uint32_t>(rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  std::string_view digits() { return take_digits(rest_); }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::string not_a_time(std::string_view text) {
  return fmt::format("'{}' is not a time: write 2018-02-14T09:30:00Z", text);
}

std::expected<CivilDate, std::string> read_date(std::string_view text, TimeReader& reader) {
  const auto year = reader.number(4);
  const bool dash1 = year && reader.take('-');
  const auto month = dash1 ? reader.number(2) : std::nullopt;
  const bool dash2 = month && reader.take('-');
  const auto day = dash2 ? reader.number(2) : std::nullopt;
  if (!day) {
    return std::unexpected(not_a_time(text));
  }
  if (*month < 1 || *month > 12) {
    return std::unexpected(fmt::format("'{}' has no such month: {:02}", text, *month));
  }
  if (*day < 1 || *day > days_in_month(*year, *month)) {
    return std::unexpected(
        fmt::format("'{}' names a day that {:04}-{:02} does not have", text, *year, *month));
  }
  return CivilDate{.year = static_cast<std::int32_t>(*year), .month = *month, .day = *day};
}

// The nanoseconds since midnight.
std::expected<std::int64_t, std::string> read_time_of_day(std::string_view text,
                                                          TimeReader& reader) {
  const auto hour = reader.number(2);
  const bool colon = hour && reader.take(':');
  const auto minute = colon ? reader.number(2) : std::nullopt;
  if (!minute) {
    return std::unexpected(not_a_time(text));
  }
  std::optional<std::uint32_t> second = 0;
  std::int64_t nanosecond = 0;
  if (reader.take(':')) {
    second = reader.number(2);
    if (!second) {
      return std::unexpected(not_a_time(text));
    }
    if (reader.take('.')) {
      const std::string_view digits = reader.digits();
      if (digits.empty() || digits.size() > 9) {
        return std::unexpected(
            fmt::format("'{}' must have one to nine digits after the second's point", text));
      }
      for (std::size_t i = 0; i < 9; ++i) {
        nanosecond = nanosecond * 10 + (i < digits.size() ? digits[i] - '0' : 0);
      }
    }
  }
  if (*hour > 23 || *minute > 59 || *second > 59) {
    return std::unexpected(
        fmt::format("'{}' is past 23:59:59 (there are no leap seconds in simulated time)", text));
  }
  return (std::int64_t{*hour} * 3'600 + *minute * 60 + *second) * 1'000'000'000 + nanosecond;
}

// How far the zone is ahead of UTC, in nanoseconds.
std::expected<std::int64_t, std::string> read_zone(std::string_view text, TimeReader& reader) {
  if (reader.take('Z')) {
    return 0;
  }
  const bool ahead = reader.take('+');
  if (!ahead && !reader.take('-')) {
    return std::unexpected(reader.at_end()
                               ? fmt::format("'{}' needs a zone: write {}Z for UTC", text, text)
                               : not_a_time(text));
  }
  const auto hours = reader.number(2);
  const bool colon = hours && reader.take(':');
  const auto minutes = colon ? reader.number(2) : std::nullopt;
  if (!minutes || *hours > 23 || *minutes > 59) {
    return std::unexpected(
        fmt::format("'{}' has no such zone: write Z or an offset such as +01:00", text));
  }
  const std::int64_t offset = (std::int64_t{*hours} * 60 + *minutes) * 60'000'000'000;
  return ahead ? offset : -offset;
}

}  // namespace

std::expected<Time, std::string> parse_time(std::string_view text) {
  TimeReader reader(text);
  const auto date = read_date(text, reader);
  if (!date) {
    return std::unexpected(date.error());
  }
  std::int64_t of_day = 0;
  std::int64_t ahead = 0;
  if (reader.take('T')) {
    const auto time_of_day = read_time_of_day(text, reader);
    if (!time_of_day) {
      return std::unexpected(time_of_day.error());
    }
    const auto zone = read_zone(text, reader);
    if (!zone) {
      return std::unexpected(zone.error());
    }
    of_day = *time_of_day;
    ahead = *zone;
  }
  if (!reader.at_end()) {
    return std::unexpected(not_a_time(text));
  }
  __extension__ using Int128 = __int128;
  const Int128 nanoseconds =
      static_cast<Int128>(days_from_civil(*date)) * 86'400'000'000'000 + of_day - ahead;
  if (nanoseconds < Time::min().nanoseconds() || nanoseconds > Time::max().nanoseconds()) {
    return std::unexpected(
        fmt::format("'{}' is outside of simulated time (1677-09-21 to 2262-04-11)", text));
  }
  return Time::from_nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

std::string print(Time time) {
  const CivilTime civil = civil_time(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", civil.date.year, civil.date.month,
                     civil.date.day, civil.hour, civil.minute, civil.second,
                     decimal_fraction(civil.nanosecond, 9));
}

}  // namespace tablekey::sim
