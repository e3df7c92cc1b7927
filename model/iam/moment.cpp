#include "model/iam/moment.h"

#include <algorithm>

#include "model/iam/characters.h"

namespace tablekey::model::iam {
namespace {

/// Takes pieces off the front of a text; each says whether the piece was there.
class MomentScanner {
 public:
  explicit MomentScanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  /// Exactly `count` digits with a value between the bounds.
  bool take_number(std::size_t count, std::int64_t min, std::int64_t max, std::int64_t& value) {
    if (text_.size() < count) return false;
    const std::string_view digits = text_.substr(0, count);
    if (!std::ranges::all_of(digits, is_digit)) return false;
    value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    text_.remove_prefix(count);
    return value >= min && value <= max;
  }

  /// At least one digit behind the decimal point.
  bool take_fraction(std::uint32_t& nanoseconds) {
    std::uint32_t unit = 100'000'000;
    if (text_.empty() || !is_digit(text_.front())) return false;
    for (; !text_.empty() && is_digit(text_.front()); text_.remove_prefix(1)) {
      nanoseconds += unit * static_cast<std::uint32_t>(text_.front() - '0');
      unit /= 10;
    }
    return true;
  }

 private:
  std::string_view text_;
};

bool is_leap(std::int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; years begin in March so that the leap
/// day is the last of its year.
std::int64_t days_since_epoch(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t march_year = month > 2 ? year : year - 1;
  const std::int64_t march_month = month > 2 ? month - 3 : month + 9;
  const std::int64_t shifted = march_year + 400;  // Keeps every division that of a positive number.
  const std::int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
  const std::int64_t days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400;
  return days + day_of_year - 146'097 - 719'468;
}

bool read_zone(MomentScanner& scanner, std::int64_t& seconds) {
  if (scanner.at_end() || scanner.take('Z')) return true;
  const bool east = scanner.take('+');
  if (!east && !scanner.take('-')) return false;
  std::int64_t hours = 0;
  std::int64_t minutes = 0;
  if (!scanner.take_number(2, 0, 23, hours)) return false;
  scanner.take(':');
  if (!scanner.take_number(2, 0, 59, minutes)) return false;
  const std::int64_t offset = hours * 3600 + minutes * 60;
  seconds += east ? -offset : offset;
  return true;
}

bool read_clock(MomentScanner& scanner, Moment& moment) {
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  if (!scanner.take_number(2, 0, 23, hour) || !scanner.take(':') ||
      !scanner.take_number(2, 0, 59, minute)) {
    return false;
  }
  if (scanner.take(':')) {
    if (!scanner.take_number(2, 0, 59, second)) return false;
    if (scanner.take('.') && !scanner.take_fraction(moment.nanoseconds)) return false;
  }
  moment.seconds += hour * 3600 + minute * 60 + second;
  return read_zone(scanner, moment.seconds);
}

std::optional<Moment> parse_calendar(std::string_view text) {
  MomentScanner scanner(text);
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 1;
  if (!scanner.take_number(4, 0, 9999, year) || !scanner.take('-') ||
      !scanner.take_number(2, 1, 12, month)) {
    return std::nullopt;
  }
  const bool has_day = scanner.take('-');
  if (has_day && !scanner.take_number(2, 1, days_in_month(year, month), day)) return std::nullopt;
  Moment moment{days_since_epoch(year, month, day) * 86'400, 0};
  if (has_day && scanner.take('T') && !read_clock(scanner, moment)) return std::nullopt;
  if (!scanner.at_end()) return std::nullopt;
  return moment;
}

/// Digits of an epoch beyond these would leave the range of seconds.
constexpr std::size_t kEpochDigitsMax = 18;

std::optional<Moment> parse_epoch(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::int64_t value = 0;
  MomentScanner scanner(text);
  if (text.empty() || text.size() > kEpochDigitsMax ||
      !scanner.take_number(text.size(), 0, INT64_MAX, value)) {
    return std::nullopt;
  }
  return Moment{negative ? -value : value, 0};
}

}  // namespace

std::optional<Moment> Moment::parse(std::string_view text) {
  if (const auto epoch = parse_epoch(text)) return epoch;
  return parse_calendar(text);
}

}  // namespace tablekey::model::iam
