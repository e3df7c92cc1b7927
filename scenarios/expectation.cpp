// Reading a check: its measure and filters. See expectation_parser.h.
#include "scenarios/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "scenarios/characters.h"
#include "scenarios/expectation_parser.h"
#include "scenarios/values.h"
#include "sim/time.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kWordsListedMax = 12;  // words that a message lists

}  // namespace

void ExpectationParser::fail(std::size_t offset, std::size_t length, std::string message,
                             std::string hint) const {
  throw ExpectationFailure{
      {offset, std::max<std::size_t>(length, 1), std::move(message), std::move(hint)}};
}

void ExpectationParser::skip_space() {
  while (next_ < line_.size() && (line_[next_] == ' ' || line_[next_] == '\t')) ++next_;
}

bool ExpectationParser::at(char c) {
  skip_space();
  return next_ < line_.size() && line_[next_] == c;
}

void ExpectationParser::expect(char c, std::string_view after) {
  if (!at(c)) fail(next_, 1, fmt::format("expected '{}' after {}", c, after));
  ++next_;
}

ExpectationToken ExpectationParser::word(std::string_view stops) {
  skip_space();
  const std::size_t begin = next_;
  while (next_ < line_.size() && stops.find(line_[next_]) == std::string_view::npos) ++next_;
  std::string_view text = line_.substr(begin, next_ - begin);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return {text, begin};
}

void ExpectationParser::mention(Expectation::Mention::Kind kind, const Token& name) {
  out_.mentions.push_back({kind, std::string(name.text), name.offset, name.text.size()});
}

const MeasureRow& ExpectationParser::read_measure() {
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

void ExpectationParser::read_arguments(const MeasureRow& row) {
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
  check_arguments(row, seen);
}

// What a measure cannot do without.
void ExpectationParser::check_arguments(const MeasureRow& row,
                                        const std::vector<std::string_view>& seen) {
  const std::size_t steps = out_.filters.steps.size();
  if (steps != row.steps) {
    const std::string form = row.steps == 2 ? "(step=id, step=id)" : "(step=id)";
    fail(0, row.name.size(),
         row.steps == 1 ? fmt::format("{} wants a step", row.name)
                        : fmt::format("{} wants two steps, this names {}", row.name, steps),
         fmt::format("write {}{}", row.name, form));
  }
  if (row.subject && out_.subject.empty() && row.measure != Measure::invariant) {
    fail(0, row.name.size(), fmt::format("{} wants a name", row.name),
         fmt::format("write {}({})", row.name,
                     row.measure == Measure::index ? "Table/index-name" : "Name"));
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

void ExpectationParser::read_argument(const MeasureRow& row, std::vector<std::string_view>& seen) {
  const Token name = word("=,()<>!:");
  if (name.text.empty()) fail(next_, 1, "expected a filter");
  if (at(':')) fail(next_, 1, "':' in a check", fmt::format("write {}=", printable(name.text)));
  if (!at('=')) {
    if (out_.filters.steps.size() < row.steps) return read_step(name, row);
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
  const bool again = std::find(seen.begin(), seen.end(), name.text) != seen.end();
  if (again && (name.text != word_of(FilterName::step) || row.steps < 2)) {
    fail(name, fmt::format("'{}' is given twice", name.text));
  }
  seen.push_back(name.text);
  const Token value = word(",()=<>");
  if (value.text.empty()) fail(next_, 1, fmt::format("{}= wants a value", name.text));
  read_filter(row.filters[static_cast<std::size_t>(found - names.begin())], value, row);
}

void ExpectationParser::read_positional(const MeasureRow& row, const Token& value) {
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
  Token subject = value;
  if (row.measure == Measure::index) {
    const std::size_t slash = value.text.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == value.text.size()) {
      fail(value, fmt::format("'{}' names no index", printable(value.text)),
           "write Table/index-name");
    }
    out_.index = value.text.substr(slash + 1);
    subject.text = value.text.substr(0, slash);
  }
  out_.subject = subject.text;
  mention(row.measure == Measure::key ? Kind::key : Kind::table, subject);
}

void ExpectationParser::read_filter(FilterName name, const Token& value, const MeasureRow& row) {
  using Kind = Expectation::Mention::Kind;
  Filters& filters = out_.filters;
  const std::string text(value.text);
  switch (name) {
    case FilterName::name:
      return read_positional(row, value);
    case FilterName::step:
      return read_step(value, row);
    case FilterName::outcome:
      filters.outcome = outcome(value, true);
      return;
    case FilterName::account:
      return read_account(value);
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
    case FilterName::moment:
      filters.at = moment(value);
      return;
    case FilterName::via:
      return read_via(value);
    case FilterName::window:
      window_ = value;
      return set_window(value, "for example window=2s");
    case FilterName::region:
      filters.region = text;
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

void ExpectationParser::read_step(const Token& value, const MeasureRow& row) {
  if (out_.filters.steps.size() == row.steps) {
    fail(value, fmt::format("{} is about {}", row.name, row.steps == 1 ? "one step" : "two steps"));
  }
  out_.filters.steps.emplace_back(value.text);
  mention(Expectation::Mention::Kind::step, value);
}

void ExpectationParser::read_account(const Token& value) {
  const bool digits = value.text.find_first_not_of("0123456789") == std::string_view::npos;
  if (value.text.size() != 12 || !digits) {
    fail(value, fmt::format("account= wants 12 digits, this is '{}'", printable(value.text)));
  }
  out_.filters.account = std::string(value.text);
}

void ExpectationParser::read_via(const Token& value) {
  const std::vector<std::string_view> names = via_names();
  const auto found = std::find(names.begin(), names.end(), value.text);
  if (found == names.end()) {
    std::string hint = did_you_mean(value.text, names);
    if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
    fail(value, fmt::format("no request is served via '{}'", printable(value.text)), hint);
  }
  out_.filters.via = static_cast<ViaFilter>(1 + (found - names.begin()));
}

void ExpectationParser::read_result(const Token& value, const MeasureRow& row) {
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
  if (hint.empty()) {
    hint = names.size() > kWordsListedMax ? "ok, failed, or the name of an exception"
                                          : fmt::format("known: {}", one_of(names));
  }
  fail(value, fmt::format("no result '{}' of {}", printable(value.text), row.name), hint);
}

void ExpectationParser::read_operation(const Token& value, const MeasureRow& row) {
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

Moment ExpectationParser::moment(const Token& value) {
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

Expectation ExpectationParser::parse(bool compared) {
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

namespace {

std::expected<Expectation, ExpectationError> parse_line(std::string_view line, bool compared) {
  try {
    return ExpectationParser(line).parse(compared);
  } catch (ExpectationFailure& failure) {
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
