// The parser of checks: a small hand-written one, since its messages are its purpose. Positions are
// byte offsets into the line.
#include "scenarios/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "scenarios/characters.h"
#include "scenarios/expectation_words.h"
#include "scenarios/values.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

// Thrown inside this file only.
struct Failure {
  ExpectationError error;
};

struct Token {
  std::string_view text;
  std::size_t offset = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view line) : line_(line) {}
  Expectation parse(bool compared);

 private:
  [[noreturn]] void fail(std::size_t offset, std::size_t length, std::string message,
                         std::string hint = {}) const;
  [[noreturn]] void fail(const Token& at, std::string message, std::string hint = {}) const {
    fail(at.offset, at.text.size(), std::move(message), std::move(hint));
  }
  void skip_space();
  [[nodiscard]] bool at(char c);
  void expect(char c, std::string_view after);
  Token word(std::string_view stops);

  const MeasureRow& read_measure();
  void read_arguments(const MeasureRow& row);
  void read_argument(const MeasureRow& row, std::vector<std::string_view>& seen);
  void read_filter(FilterName name, const Token& value, const MeasureRow& row);
  void read_positional(const MeasureRow& row, const Token& value);
  void read_result(const Token& value, const MeasureRow& row);
  void read_operation(const Token& value, const MeasureRow& row);
  Moment moment(const Token& value);
  void read_statistic(const MeasureRow& row);
  void read_window();
  void read_comparison(const MeasureRow& row);
  void read_limit(const Token& value);
  void read_count_limit(const Token& value);
  void read_rate_limit(const Token& value);
  void read_duration_limit(const Token& value);
  void read_word_limit(const Token& value);
  void mention(Expectation::Mention::Kind kind, const Token& name);

  std::string_view line_;
  std::size_t next_ = 0;
  Expectation out_;
};

void Parser::fail(std::size_t offset, std::size_t length, std::string message,
                  std::string hint) const {
  throw Failure{{offset, std::max<std::size_t>(length, 1), std::move(message), std::move(hint)}};
}

void Parser::skip_space() {
  while (next_ < line_.size() && (line_[next_] == ' ' || line_[next_] == '\t')) ++next_;
}

bool Parser::at(char c) {
  skip_space();
  return next_ < line_.size() && line_[next_] == c;
}

void Parser::expect(char c, std::string_view after) {
  if (!at(c)) fail(next_, 1, fmt::format("expected '{}' after {}", c, after));
  ++next_;
}

Token Parser::word(std::string_view stops) {
  skip_space();
  const std::size_t begin = next_;
  while (next_ < line_.size() && stops.find(line_[next_]) == std::string_view::npos) ++next_;
  std::string_view text = line_.substr(begin, next_ - begin);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return {text, begin};
}

void Parser::mention(Expectation::Mention::Kind kind, const Token& name) {
  out_.mentions.push_back({kind, std::string(name.text), name.offset, name.text.size()});
}

const MeasureRow& Parser::read_measure() {
  skip_space();
  const std::string_view rest = line_.substr(next_);
  std::vector<std::string_view> names;
  for (const MeasureRow& row : measure_rows()) {
    names.push_back(row.name);
    if (!rest.starts_with(row.name)) continue;
    const std::string_view behind = rest.substr(row.name.size());
    if (!behind.empty() && std::string_view("(. \t").find(behind[0]) == std::string_view::npos) {
      continue;
    }
    next_ += row.name.size();
    return row;
  }
  // Names of measures have dots themselves, so without a '(' the last part is taken for a
  // statistic.
  Token name = word("(), <>=!");
  if (!at('(')) name.text = name.text.substr(0, name.text.rfind('.'));
  std::string hint = did_you_mean(name.text, names);
  if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
  fail(name,
       name.text.empty() ? "expected a measure"
                         : fmt::format("no measure '{}'", printable(name.text)),
       hint);
}

void Parser::read_arguments(const MeasureRow& row) {
  std::vector<std::string_view> seen;
  if (at('(')) {
    const std::size_t open = next_++;
    while (!at(')')) {
      if (next_ >= line_.size()) fail(open, 1, "this '(' is never closed");
      read_argument(row, seen);
      if (at(',')) {
        ++next_;
      } else if (!at(')')) {
        fail(next_, 1, next_ < line_.size() ? "expected ',' or ')'" : "the ')' is missing");
      }
    }
    ++next_;
  }
  if (row.subject && out_.subject.empty() && row.measure != Measure::invariant) {
    fail(0, row.name.size(), fmt::format("{} wants a name", row.name),
         fmt::format("write {}(Name)", row.name));
  }
  if (row.measure == Measure::invariant && seen.empty()) {
    fail(0, row.name.size(), "invariant wants a name",
         fmt::format("known: {}", one_of(invariant_names())));
  }
  if (row.needs_after && !out_.filters.after) {
    fail(0, row.name.size(), fmt::format("{} needs after=", row.name),
         fmt::format("write {}(after=id of a step)", row.name));
  }
}

void Parser::read_argument(const MeasureRow& row, std::vector<std::string_view>& seen) {
  const Token name = word("=,()<>!:");
  if (name.text.empty()) fail(next_, 1, "expected a filter");
  if (at(':')) fail(next_, 1, "':' in a check", fmt::format("write {}=", printable(name.text)));
  if (!at('=')) {
    if (!row.subject || !seen.empty()) {
      fail(name, fmt::format("'{}' has no value", printable(name.text)),
           fmt::format("write {}=value", printable(name.text)));
    }
    seen.push_back(name.text);
    return read_positional(row, name);
  }
  ++next_;
  std::vector<std::string_view> names;
  for (const FilterName filter : row.filters) names.push_back(word_of(filter));
  const auto found = std::find(names.begin(), names.end(), name.text);
  if (found == names.end()) {
    std::string hint = did_you_mean(name.text, names);
    if (hint.empty() && !names.empty()) hint = fmt::format("known: {}", one_of(names));
    fail(name, fmt::format("{} has no filter '{}'", row.name, printable(name.text)), hint);
  }
  if (std::find(seen.begin(), seen.end(), name.text) != seen.end()) {
    fail(name, fmt::format("'{}' is given twice", name.text));
  }
  seen.push_back(name.text);
  const Token value = word(",()=<>");
  if (value.text.empty()) fail(next_, 1, fmt::format("{}= wants a value", name.text));
  read_filter(row.filters[static_cast<std::size_t>(found - names.begin())], value, row);
}

void Parser::read_positional(const MeasureRow& row, const Token& value) {
  using Kind = Expectation::Mention::Kind;
  if (row.measure == Measure::invariant) {
    const std::vector<std::string_view> names = invariant_names();
    const auto found = std::find(names.begin(), names.end(), value.text);
    if (found == names.end()) {
      std::string hint = did_you_mean(value.text, names);
      if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
      fail(value, fmt::format("no invariant '{}'", printable(value.text)), hint);
    }
    out_.invariant = static_cast<Invariant>(found - names.begin());
    return;
  }
  out_.subject = value.text;
  mention(row.measure == Measure::table ? Kind::table : Kind::key, value);
}

void Parser::read_filter(FilterName name, const Token& value, const MeasureRow& row) {
  using Kind = Expectation::Mention::Kind;
  Filters& filters = out_.filters;
  const std::string text(value.text);
  switch (name) {
    case FilterName::name:
      return read_positional(row, value);
    case FilterName::result:
      return read_result(value, row);
    case FilterName::op:
      return read_operation(value, row);
    case FilterName::workload:
      filters.workload = text;
      return mention(Kind::workload, value);
    case FilterName::table:
      filters.table = text;
      return mention(Kind::table, value);
    case FilterName::key:
      filters.key = text;
      return mention(Kind::key, value);
    case FilterName::caller:
      filters.caller = text;
      return mention(Kind::caller, value);
    case FilterName::after:
      filters.after = moment(value);
      return;
    case FilterName::before:
      filters.before = moment(value);
      return;
    case FilterName::connection: {
      std::uint32_t number = 0;
      const char* end = value.text.data() + value.text.size();
      const auto [stop, error] = std::from_chars(value.text.data(), end, number);
      if (error != std::errc{} || stop != end) {
        fail(value, fmt::format("connection= wants a number, this is '{}'", printable(text)),
             "connections of a workload count from 0");
      }
      filters.connection = number;
      return;
    }
  }
}

void Parser::read_result(const Token& value, const MeasureRow& row) {
  Filters& filters = out_.filters;
  if (value.text == "ok" || value.text == "failed") {
    filters.result = value.text == "ok" ? ResultFilter::ok : ResultFilter::failed;
    return;
  }
  filters.result = ResultFilter::named;
  const bool kms = row.measure == Measure::kms_calls;
  std::vector<std::string_view> names = {"ok", "failed"};
  if (kms) {
    filters.kms_error = kms_error_named(value.text);
    if (filters.kms_error) return;
    for (const std::string_view name : kms_error_names()) names.push_back(name);
  } else {
    filters.exception = exception_named(value.text);
    if (filters.exception) return;
    for (const std::string_view name : exception_names()) names.push_back(name);
  }
  std::string hint = did_you_mean(value.text, names);
  if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
  fail(value, fmt::format("no result '{}' of {}", printable(value.text), row.name), hint);
}

void Parser::read_operation(const Token& value, const MeasureRow& row) {
  std::vector<std::string_view> names;
  if (row.measure == Measure::kms_calls) {
    out_.filters.kms_operation = kms_operation_named(value.text);
    if (out_.filters.kms_operation) return;
    names = kms_operation_names();
  } else {
    out_.filters.operation = data_operation_named(value.text);
    if (out_.filters.operation) return;
    names = data_operation_names();
  }
  fail(value, fmt::format("no operation '{}' in {}", printable(value.text), row.name),
       did_you_mean(value.text, names));
}

Moment Parser::moment(const Token& value) {
  Moment moment;
  const bool iso =
      value.text.size() > 4 && value.text[4] == '-' && value.text[0] >= '0' && value.text[0] <= '9';
  if (iso) {
    const auto time = sim::parse_time(value.text);
    if (!time) fail(value, printable(time.error()));
    moment.kind = Moment::Kind::absolute;
    moment.nanoseconds = time->nanoseconds();
    return moment;
  }
  if (is_bare_number(value.text)) {
    fail(value, "a time needs a unit",
         fmt::format("write {0}m (minutes), {0}s or {0}h", value.text));
  }
  const bool digit = !value.text.empty() && value.text[0] >= '0' && value.text[0] <= '9';
  if (digit) {
    const auto since = sim::parse_duration(value.text);
    if (!since) fail(value, printable(since.error()));
    moment.kind = Moment::Kind::since_start;
    moment.nanoseconds = since->count();
    return moment;
  }
  moment.step = value.text;
  mention(Expectation::Mention::Kind::step, value);
  return moment;
}

void Parser::read_statistic(const MeasureRow& row) {
  if (row.measure == Measure::invariant) {
    out_.statistic = Statistic::holds;
    return;
  }
  std::vector<std::string_view> names;
  for (const Statistic statistic : row.statistics) names.push_back(name_of(statistic));
  if (!at('.')) {
    fail(next_, 1, fmt::format("{} needs a statistic", row.name),
         fmt::format("write {}(...).{}", row.name, names.front()));
  }
  ++next_;
  const Token name = word(" \t(<>=!,)");
  const auto found = std::find(names.begin(), names.end(), name.text);
  if (found == names.end()) {
    std::string hint = did_you_mean(name.text, names);
    if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
    fail(name, fmt::format("{} has no statistic '{}'", row.name, printable(name.text)), hint);
  }
  out_.statistic = row.statistics[static_cast<std::size_t>(found - names.begin())];
  if (out_.statistic == Statistic::rate_max) read_window();
}

// `.rate.max(1m)`
void Parser::read_window() {
  if (!at('(')) return;
  ++next_;
  const Token window = word("()");
  const auto length = sim::parse_duration(window.text);
  if (is_bare_number(window.text) || !length || length->count() <= 0) {
    fail(window, "the window must be a duration", "for example .rate.max(1m)");
  }
  out_.window = length->count();
  expect(')', "the window");
}

void Parser::read_comparison(const MeasureRow& row) {
  if (row.measure == Measure::invariant) return;
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
  const Token value = word(" \t");
  if (value.text.empty()) fail(line_.size(), 1, "expected a limit behind the comparison");
  out_.limit.text = value.text;
  const bool words = out_.statistic == Statistic::status || out_.statistic == Statistic::state;
  if (words && out_.comparison != Comparison::equal && out_.comparison != Comparison::not_equal) {
    fail(sign, "states have no order", "write == or !=");
  }
  read_limit(value);
}

void Parser::read_limit(const Token& value) {
  Limit& limit = out_.limit;
  switch (out_.statistic) {
    case Statistic::count:
      limit.kind = Limit::Kind::count;
      return read_count_limit(value);
    case Statistic::rate_max:
      limit.kind = Limit::Kind::rate;
      return read_rate_limit(value);
    case Statistic::first:
    case Statistic::last:
      limit.kind = Limit::Kind::moment;
      limit.moment = moment(value);
      return;
    case Statistic::status:
    case Statistic::state:
      limit.kind = Limit::Kind::word;
      return read_word_limit(value);
    case Statistic::holds:
      return;
    default:
      limit.kind = Limit::Kind::duration;
      return read_duration_limit(value);
  }
}

void Parser::read_count_limit(const Token& value) {
  const char* end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, out_.limit.count);
  if (error == std::errc{} && stop == end) return;
  fail(value, fmt::format("count is a whole number, this is '{}'", printable(value.text)));
}

void Parser::read_rate_limit(const Token& value) {
  const auto rate = parse_rate(value.text);
  if (rate) {
    out_.limit.rate = *rate;
    return;
  }
  if (is_bare_number(value.text)) {
    fail(value, "rate.max needs a unit", fmt::format("write {0}/s, {0}/m or {0}/h", value.text));
  }
  fail(value, fmt::format("rate.max is a rate, this is '{}'", printable(value.text)),
       "for example 500/s");
}

void Parser::read_duration_limit(const Token& value) {
  if (is_bare_number(value.text) && value.text != "0") {
    fail(value, fmt::format("{} needs a unit", name_of(out_.statistic)),
         fmt::format("write {0}m (minutes), {0}s or {0}h", value.text));
  }
  const auto length = sim::parse_duration(value.text == "0" ? "0s" : value.text);
  if (!length) fail(value, printable(length.error()));
  out_.limit.nanoseconds = length->count();
}

void Parser::read_word_limit(const Token& value) {
  const bool table = out_.statistic == Statistic::status;
  const std::vector<std::string_view> names = table ? table_status_names() : key_state_names();
  if (std::find(names.begin(), names.end(), value.text) == names.end()) {
    std::string hint = did_you_mean(value.text, names);
    if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
    fail(value,
         fmt::format("no {} '{}'", table ? "table status" : "key state", printable(value.text)),
         hint);
  }
  out_.limit.word = value.text;
}

Expectation Parser::parse(bool compared) {
  const MeasureRow& row = read_measure();
  out_.measure = row.measure;
  read_arguments(row);
  read_statistic(row);
  if (compared) read_comparison(row);
  skip_space();
  if (next_ < line_.size()) {
    fail(next_, line_.size() - next_, "unexpected text behind the check",
         compared ? "" : "a measure has no limit");
  }
  return std::move(out_);
}

std::expected<Expectation, ExpectationError> parse_line(std::string_view line, bool compared) {
  try {
    return Parser(line).parse(compared);
  } catch (Failure& failure) {
    return std::unexpected(std::move(failure.error));
  }
}

}  // namespace

std::expected<Expectation, ExpectationError> parse_expectation(std::string_view line) {
  return parse_line(line, true);
}

std::expected<Expectation, ExpectationError> parse_measure(std::string_view line) {
  return parse_line(line, false);
}

}  // namespace tablekey::scenarios
