// What a study measures and expects: its lines, and the values that its axes set.
#include <fmt/format.h>

#include <algorithm>

#include "model/settings.h"
#include "scenarios/characters.h"
#include "scenarios/expectation_words.h"
#include "scenarios/paths.h"
#include "scenarios/sections.h"
#include "scenarios/study_section.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr auto kOverSeeds =
    std::to_array({OverSeeds::mean, OverSeeds::min, OverSeeds::max, OverSeeds::p50, OverSeeds::p90,
                   OverSeeds::p95, OverSeeds::p99, OverSeeds::p99_9});

// `mean(`, with what it stands for; nothing if the line begins otherwise.
std::optional<OverSeeds> function_of(std::string_view line) {
  for (const OverSeeds over : kOverSeeds) {
    const std::string_view name = name_of(over);
    if (line.starts_with(name) && line.substr(name.size()).starts_with('(')) return over;
  }
  return std::nullopt;
}

// The parenthesis that closes the one at `open`; npos if none does.
std::size_t closing(std::string_view line, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < line.size(); ++i) {
    if (line[i] == '(') ++depth;
    if (line[i] == ')' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

bool has_after(Measure measure) {
  for (const MeasureRow& row : measure_rows()) {
    if (row.measure == measure) {
      return std::ranges::find(row.filters, FilterName::after) != row.filters.end();
    }
  }
  return false;
}

}  // namespace

bool is_number(const Expectation& expectation) {
  switch (expectation.measure) {
    case Measure::outcome:
    case Measure::same:
    case Measure::differ:
    case Measure::invariant:
      return false;
    default:
      break;
  }
  return limit_words(expectation.measure, expectation.statistic).empty() &&
         expectation.statistic != Statistic::table_key;
}

void start_after(std::int64_t warmup, Expectation& expectation) {
  if (expectation.filters.after || !has_after(expectation.measure)) return;
  expectation.filters.after = Moment{Moment::Kind::since_start, {}, warmup};
}

std::expected<StudyExpectation, ExpectationError> parse_over_seeds(std::string_view line) {
  StudyExpectation out;
  out.check = line;
  const auto over = function_of(line);
  std::string inner(line);
  if (over) {
    const std::size_t open = name_of(*over).size();
    const std::size_t close = closing(line, open);
    if (close == std::string_view::npos) {
      return std::unexpected(ExpectationError{open, 1, "this '(' is never closed", ""});
    }
    // The function's own letters become blanks, so that places stay what they are.
    inner.replace(0, open + 1, open + 1, ' ');
    inner[close] = ' ';
  }
  auto parsed = parse_expectation(inner);
  if (!parsed) return std::unexpected(parsed.error());
  if (!over && is_number(*parsed) && parsed->compared) {
    out.over = OverSeeds::mean;
  } else if (over && !is_number(*parsed)) {
    return std::unexpected(ExpectationError{
        0, name_of(*over).size(),
        fmt::format("{} is over numbers, and this measures a word", name_of(*over)),
        "without it the check must hold in every run"});
  } else {
    out.over = over.value_or(OverSeeds::every);
  }
  out.expectation = std::move(*parsed);
  return out;
}

void check_over_seeds(const Node& line, const Draft& draft, StudyExpectation& expectation,
                      Diagnostics& diagnostics) {
  expectation.line = line.place.line;
  expectation.place = line.place;
  check_mentions(expectation.expectation, line, draft, diagnostics);
  if (expectation.expectation.measure == Measure::invariant) {
    diagnostics.error(line.place, "an invariant is about a trace, and a study writes none",
                      "tablekey run checks it");
  }
}

std::optional<std::uint32_t> measure_named(const Node& line, std::size_t offset,
                                           std::string_view text, bool add, const Draft& draft,
                                           Study& study, Diagnostics& diagnostics) {
  const auto known = std::ranges::find(study.measures, text, &StudyMeasure::line);
  if (known != study.measures.end()) {
    return static_cast<std::uint32_t>(known - study.measures.begin());
  }
  if (!add) {
    std::vector<std::string_view> lines;
    for (const StudyMeasure& one : study.measures) lines.push_back(one.line);
    diagnostics.error(line.place, fmt::format("'{}' is not measured", printable(text)),
                      lines.empty() ? "" : fmt::format("measured: {}", one_of(lines)));
    return std::nullopt;
  }
  auto parsed = parse_measure(text);
  if (!parsed) {
    const ExpectationError& error = parsed.error();
    diagnostics.error(part_of(line, offset + error.offset, error.length), error.message,
                      error.hint);
    return std::nullopt;
  }
  for (auto& mention : parsed->mentions) mention.offset += offset;
  check_mentions(*parsed, line, draft, diagnostics);
  if (!is_number(*parsed)) {
    diagnostics.error(part_of(line, offset, text.size()),
                      "this is a word, and a study averages numbers",
                      "expect can say what it must be in every run");
    return std::nullopt;
  }
  if (study.warmup) start_after(*study.warmup, *parsed);
  study.measures.push_back(
      {std::string(text), std::move(*parsed), part_of(line, offset, text.size())});
  return static_cast<std::uint32_t>(study.measures.size() - 1);
}

bool known_setting(const Node& path, Diagnostics& diagnostics) {
  if (!path.text.starts_with("model.")) return true;
  if (model::find_setting(path.text) != nullptr) return true;
  std::vector<std::string_view> names;
  for (const model::SettingRow& row : model::settings_table()) names.push_back(row.path);
  diagnostics.error(path.place, fmt::format("no setting '{}'", printable(path.text)),
                    did_you_mean(path.text, names));
  return false;
}

void try_value(const Node& path, const Node& value, const Node& root, const Trial& trial,
               Diagnostics& diagnostics) {
  if (!trial) return;
  Node variant = root;
  if (const auto set = set_path(variant, path, value); !set) {
    const PathError& error = set.error();
    diagnostics.error(error.place, error.message, error.hint);
    return;
  }
  Diagnostics found = diagnostics.without_findings();
  trial(variant, found);
  for (Diagnostic diagnostic : found.all()) {
    if (diagnostic.severity != Severity::error) continue;
    if (diagnostic.line != value.place.line) {
      diagnostic.notes.push_back({value.place, "with this value of the study"});
    }
    diagnostics.add(diagnostic);
  }
}

}  // namespace tablekey::scenarios
