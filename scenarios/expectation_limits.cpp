// What stands behind a measure: its statistic, the comparison, the limit.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "scenarios/characters.h"
#include "scenarios/expectation_parser.h"
#include "scenarios/values.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

constexpr std::string_view kNothing = "none";

// Digits, with a point and at most so many decimals: in units of the last one.
std::optional<std::int64_t> read_decimal(std::string_view text, std::size_t decimals) {
  constexpr std::size_t kWholeMax = 9;
  const std::size_t dot = text.find('.');
  const std::string whole(text.substr(0, dot));
  std::string fraction(dot == std::string_view::npos ? "" : text.substr(dot + 1));
  const bool bad = whole.empty() || whole.size() > kWholeMax || fraction.size() > decimals ||
                   (dot != std::string_view::npos && fraction.empty()) ||
                   (whole + fraction).find_first_not_of("0123456789") != std::string::npos;
  if (bad) return std::nullopt;
  fraction.resize(decimals, '0');
  std::int64_t value = 0;
  for (const char digit : whole + fraction) value = value * 10 + (digit - '0');
  return value;
}

}  // namespace

void ExpectationParser::read_statistic(const MeasureRow& row) {
  if (row.measure == Measure::invariant) {
    out_.statistic = Statistic::holds;
    return;
  }
  const std::vector<std::string_view> names = statistic_names(row);
  if (row.plain && !at('.')) {
    out_.statistic = row.statistics.front();
    return;
  }
  if (!at('.')) {
    fail(next_, 1, fmt::format("{} needs a statistic", row.name),
         fmt::format("write {}(...).{}", row.name, names.front()));
  }
  ++next_;
  const Token name = word(" \t(<>=!,)");
  if (!find_statistic(row, name)) {
    std::string hint = did_you_mean(name.text, names);
    const bool only = row.plain && row.statistics.size() == 1;
    if (hint.empty() && !only) hint = fmt::format("known: {}", one_of(names));
    fail(name, fmt::format("{} has no statistic '{}'", row.name, printable(name.text)), hint);
  }
  const bool windowed = out_.statistic == Statistic::rate_max || out_.statistic == Statistic::peak;
  if (windowed) read_window();
  if (window_.text.empty() || windowed) return;
  fail(window_, fmt::format("{} is not about windows", name.text),
       "window= goes with peak and rate.max");
}

bool ExpectationParser::find_statistic(const MeasureRow& row, const Token& name) {
  for (const Statistic statistic : row.statistics) {
    out_.statistic = statistic;
    if (statistic == Statistic::quantile) {
      if (read_quantile(name.text)) return true;
    } else if (name_of(statistic) == name.text) {
      return true;
    }
  }
  return false;
}

// p50, p99.9: any quantile between 0 and 1, in percent with at most six decimals.
bool ExpectationParser::read_quantile(std::string_view text) {
  if (!text.starts_with('p')) return false;
  const auto percent = read_decimal(text.substr(1), 6);
  if (!percent || *percent <= 0 || *percent >= kQuantileWhole) return false;
  out_.quantile = static_cast<std::uint32_t>(*percent);
  return true;
}

// `.rate.max(1m)`
void ExpectationParser::read_window() {
  if (!at('(')) return;
  ++next_;
  if (!window_.text.empty()) fail(window_, "the window is given twice");
  const Token window = word("()");
  set_window(window, "for example .rate.max(1m)");
  expect(')', "the window");
}

void ExpectationParser::set_window(const Token& window, std::string_view example) {
  const auto length = sim::parse_duration(window.text);
  if (is_bare_number(window.text) || !length || length->count() <= 0) {
    fail(window, "the window must be a duration", std::string(example));
  }
  out_.window = length->count();
}

void ExpectationParser::read_comparison(const MeasureRow& row) {
  if (holds_alone(row.measure)) return;
  skip_space();
  const Token sign = [&] {
    const std::size_t begin = next_;
    while (next_ < line_.size() &&
           std::string_view("<>=!").find(line_[next_]) != std::string_view::npos) {
      ++next_;
    }
    return Token{line_.substr(begin, next_ - begin), begin};
  }();
  constexpr std::array<std::string_view, 6> kSigns = {"==", "!=", "<", "<=", ">", ">="};
  const auto found = std::find(kSigns.begin(), kSigns.end(), sign.text);
  if (found == kSigns.end()) {
    fail(sign,
         sign.text.empty() ? "expected a comparison" : fmt::format("no comparison '{}'", sign.text),
         sign.text == "=" ? "write ==" : "one of ==, !=, <, <=, > and >=");
  }
  out_.compared = true;
  out_.comparison = static_cast<Comparison>(found - kSigns.begin());
  const bool text = out_.statistic == Statistic::text;
  const Token value = text ? quoted() : word(" \t");
  if (value.text.empty()) fail(line_.size(), 1, "expected a limit behind the comparison");
  out_.limit.text = value.text;
  const bool words = text || !limit_words(row.measure, out_.statistic).empty() ||
                     out_.statistic == Statistic::ends || out_.statistic == Statistic::table_key ||
                     (out_.statistic == Statistic::inaccessible_since && value.text == kNothing);
  if (words && out_.comparison != Comparison::equal && out_.comparison != Comparison::not_equal) {
    fail(sign,
         text                                     ? "texts have no order"
         : out_.statistic == Statistic::ends      ? "outcomes have no order"
         : out_.statistic == Statistic::table_key ? "keys have no order"
                                                  : "states have no order",
         "write == or !=");
  }
  read_limit(value);
}

void ExpectationParser::read_limit(const Token& value) {
  Limit& limit = out_.limit;
  switch (out_.statistic) {
    case Statistic::count:
    case Statistic::materials:
    case Statistic::items:
    case Statistic::partitions:
    case Statistic::backups:
    case Statistic::leaked_sort_keys:
    case Statistic::entries:
    case Statistic::waiting:
    case Statistic::records:
    case Statistic::shards:
    case Statistic::scanned:
      limit.kind = Limit::Kind::count;
      return read_count_limit(value);
    case Statistic::peak:
      limit.kind = Limit::Kind::count;
      return read_count_limit(value);
    case Statistic::rate:
    case Statistic::rate_max:
      limit.kind = Limit::Kind::rate;
      return read_rate_limit(value);
    case Statistic::first:
    case Statistic::last:
      limit.kind = Limit::Kind::moment;
      limit.moment = moment(value);
      return;
    case Statistic::inaccessible_since:
      return read_moment_or_nothing(value);
    case Statistic::table_key:
      return read_key_limit(value);
    case Statistic::status:
    case Statistic::state:
    case Statistic::sse_status:
    case Statistic::replica_status:
      limit.kind = Limit::Kind::word;
      return read_word_limit(value);
    case Statistic::ends:
      limit.kind = Limit::Kind::word;
      limit.word = outcome(value, false);
      return;
    case Statistic::total:
    case Statistic::keys:
    case Statistic::fees:
    case Statistic::month:
      limit.kind = Limit::Kind::money;
      return read_money_limit(value);
    case Statistic::holds:
    case Statistic::plaintext:
    case Statistic::material:
    case Statistic::result:
    case Statistic::decrypted:
      return;
    case Statistic::text:
      limit.kind = Limit::Kind::word;
      limit.word = value.text.substr(1, value.text.size() - 2);
      return;
    case Statistic::ratio:
    case Statistic::zero:
    case Statistic::headroom:
      return read_ratio_limit(value);
    default:
      if (!measures_time(out_.measure)) return read_number_limit(value);
      limit.kind = Limit::Kind::duration;
      return read_duration_limit(value);
  }
}

void ExpectationParser::read_count_limit(const Token& value) {
  const char* end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, out_.limit.count);
  if (error == std::errc{} && stop == end) return;
  fail(value, fmt::format("{} is a whole number, this is '{}'", name_of(out_.statistic),
                          printable(value.text)));
}

void ExpectationParser::read_rate_limit(const Token& value) {
  const auto rate = parse_rate(value.text);
  if (rate) {
    out_.limit.rate = *rate;
    return;
  }
  if (is_bare_number(value.text)) {
    fail(value, fmt::format("{} needs a unit", name_of(out_.statistic)),
         fmt::format("write {0}/s, {0}/m or {0}/h", value.text));
  }
  fail(value,
       fmt::format("{} is a rate, this is '{}'", name_of(out_.statistic), printable(value.text)),
       "for example 500/s");
}

void ExpectationParser::read_duration_limit(const Token& value) {
  if (is_bare_number(value.text) && value.text != "0") {
    fail(value, fmt::format("{} needs a unit", statistic_text()),
         fmt::format("write {0}m (minutes), {0}s or {0}h", value.text));
  }
  const auto length = sim::parse_duration(value.text == "0" ? "0s" : value.text);
  if (!length) fail(value, printable(length.error()));
  out_.limit.nanoseconds = length->count();
}

void ExpectationParser::read_word_limit(const Token& value) {
  const std::vector<std::string_view> names = limit_words(out_.measure, out_.statistic);
  if (std::find(names.begin(), names.end(), value.text) == names.end()) {
    std::string hint = did_you_mean(value.text, names);
    if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
    fail(value,
         fmt::format("no {} '{}'", limit_words_are(out_.measure, out_.statistic),
                     printable(value.text)),
         hint);
  }
  out_.limit.word = value.text;
}

// A key of the scenario; `owned` stands for DynamoDB's own, which nothing shows, `none` for a table
// that does not exist or is not encrypted.
void ExpectationParser::read_key_limit(const Token& value) {
  out_.limit.kind = Limit::Kind::word;
  out_.limit.word = value.text;
  if (value.text != "owned" && value.text != kNothing) {
    mention(Expectation::Mention::Kind::key, value);
  }
}

void ExpectationParser::read_moment_or_nothing(const Token& value) {
  const bool nothing = value.text == kNothing;
  out_.limit.kind = nothing ? Limit::Kind::word : Limit::Kind::moment;
  if (nothing) {
    out_.limit.word = value.text;
  } else {
    out_.limit.moment = moment(value);
  }
}

// $1.50, $0.00003: dollars with at most nine decimals.
void ExpectationParser::read_money_limit(const Token& value) {
  if (is_bare_number(value.text)) {
    fail(value, "a cost needs its unit", fmt::format("write ${}", value.text));
  }
  const auto dollars =
      value.text.starts_with('$') ? read_decimal(value.text.substr(1), 9) : std::nullopt;
  if (!dollars) {
    fail(value, fmt::format("a cost is in dollars, this is '{}'", printable(value.text)),
         "for example $1.50");
  }
  out_.limit.nanodollars = *dollars;
}

// 99.9% or 0.999.
void ExpectationParser::read_ratio_limit(const Token& value) {
  out_.limit.kind = Limit::Kind::number;
  std::string_view number = value.text;
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  const auto ratio = read_decimal(number, percent ? 7 : 9);
  if (!ratio) {
    fail(value,
         fmt::format("{} is a share, this is '{}'", name_of(out_.statistic), printable(value.text)),
         "for example 99.9% or 0.999");
  }
  if (*ratio > kBillion) {
    fail(value, fmt::format("{} is never more than 100%", name_of(out_.statistic)),
         percent ? "" : fmt::format("{}% is a share too", number));
  }
  out_.limit.billionths = *ratio;
}

// 6, 2.5: a mean or quantile of whole numbers.
void ExpectationParser::read_number_limit(const Token& value) {
  out_.limit.kind = Limit::Kind::number;
  const auto number = read_decimal(value.text, 9);
  if (!number) {
    fail(value,
         fmt::format("{} of {} is a number, this is '{}'", statistic_text(), name_of(out_.measure),
                     printable(value.text)),
         "for example 2.5");
  }
  out_.limit.billionths = *number;
}

std::string ExpectationParser::statistic_text() const {
  return out_.statistic == Statistic::quantile ? quantile_name(out_.quantile)
                                               : std::string(name_of(out_.statistic));
}

// "…" with all that is in it.
ExpectationToken ExpectationParser::quoted() {
  skip_space();
  if (next_ >= line_.size()) return {};
  const std::size_t begin = next_;
  if (line_[begin] != '"') fail(begin, line_.size() - begin, "a text stands in \"\"");
  const std::size_t end = line_.find('"', begin + 1);
  if (end == std::string_view::npos) fail(begin, 1, "this \" is never closed");
  next_ = end + 1;
  return {line_.substr(begin, next_ - begin), begin};
}

// The full name of an outcome.
std::string_view ExpectationParser::outcome(const Token& value, bool failed_too) const {
  if (failed_too && value.text == "failed") return "failed";
  const std::string_view found = outcome_named(value.text);
  if (!found.empty()) return found;
  std::string hint = did_you_mean(value.text, outcome_names());
  if (hint.empty()) hint = "success, or the name of an exception such as DisabledException";
  fail(value, fmt::format("no outcome '{}'", printable(value.text)), hint);
}

}  // namespace tablekey::scenarios
