// The dates that a policy may be put with; see passes_as_date.
#include <algorithm>
#include <cstdint>

#include "model/iam/characters.h"
#include "model/iam/moment.h"
#include "model/iam/policy_syntax.h"

namespace tablekey::model::iam {
namespace {

/// Takes pieces off the front of a text.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  bool take(char c, char other) {
    const bool there = text_.starts_with(c) || text_.starts_with(other);
    if (there) text_.remove_prefix(1);
    return there;
  }
  bool take(char c) { return take(c, c); }

  /// At least one digit, leading zeros too, of a value between the bounds.
  bool take_number(std::int64_t min, std::int64_t max) {
    const auto end = std::ranges::find_if_not(text_, is_digit);
    const auto count = static_cast<std::size_t>(end - text_.begin());
    std::int64_t value = 0;
    for (const char c : text_.substr(0, count)) {
      if (value > (INT64_MAX - (c - '0')) / 10) return false;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return count > 0 && value >= min && value <= max;
  }

  /// Two digits.
  bool take_two(std::int64_t max) {
    if (text_.size() < 2 || !is_digit(text_[0]) || !is_digit(text_[1])) return false;
    const std::int64_t value = (text_[0] - '0') * 10 + (text_[1] - '0');
    text_.remove_prefix(2);
    return value <= max;
  }

 private:
  std::string_view text_;
};

bool take_zone(DateScanner& scanner) {
  if (scanner.at_end() || scanner.take('z', 'Z')) return true;
  if (!scanner.take('+', '-') || !scanner.take_two(23)) return false;
  return scanner.at_end() || (scanner.take(':') && scanner.take_two(59));
}

bool take_clock(DateScanner& scanner) {
  if (scanner.at_end()) return true;
  if (!scanner.take_number(0, 23)) return false;
  if (!scanner.take(':')) return take_zone(scanner);
  if (!scanner.take_number(0, 59)) return false;
  if (!scanner.take(':')) return take_zone(scanner);
  if (!scanner.take_number(0, 59)) return false;
  if (scanner.take('.') && !scanner.take_number(0, 999'999'999)) return false;
  return take_zone(scanner);
}

/// The years that the service's parser counts in milliseconds.
constexpr std::int64_t kFirstYear = 292'275'054;
constexpr std::int64_t kLastYear = 292'278'993;

bool passes_as_calendar(std::string_view text) {
  DateScanner scanner(text);
  const bool before_christ = scanner.take('-');
  if (!scanner.take_number(0, before_christ ? kFirstYear : kLastYear)) return false;
  if (scanner.take('-') && !scanner.take_number(1, 12)) return false;
  if (scanner.take('-') && !scanner.take_number(1, 31)) return false;
  if (scanner.take('t', 'T') && !take_clock(scanner)) return false;
  return scanner.at_end();
}

}  // namespace

bool passes_as_date(std::string_view text) {
  if (Moment::parse(text)) return true;
  if (text.find_first_of("tT-") != std::string_view::npos) return passes_as_calendar(text);
  DateScanner seconds(text);
  return seconds.take_number(0, INT64_MAX) && seconds.at_end();
}

}  // namespace tablekey::model::iam
