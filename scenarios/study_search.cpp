// `study.optimise`: a setting, where to look for it, what to minimise, and under which limit.
//
//   optimise:
//     setting: model.table_key_cache.ttl
//     range: [10s, 1h]
//     minimise: 1 * kms.calls().rate + 0.001 * exposure(after=revoke).mean
//     subject_to: exposure(after=revoke).p99 <= 10m
//     method: golden-section
//     tolerance: 1%
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/study_section.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

using Unit = StudySearch::Unit;

struct Quantity {
  Unit unit;
  double value;
};

std::optional<Quantity> quantity_of(const std::string& text) {
  if (text.ends_with('%')) {
    const auto share = parse_number(std::string_view(text).substr(0, text.size() - 1));
    if (share) return Quantity{Unit::share, *share};
    return std::nullopt;
  }
  if (const auto number = parse_number(text)) {
    const bool whole = text.find('.') == std::string::npos;
    return Quantity{whole ? Unit::count : Unit::number, *number};
  }
  if (const auto rate = parse_rate(text)) return Quantity{Unit::rate, *rate};
  if (const auto length = sim::parse_duration(text)) {
    return Quantity{Unit::duration, static_cast<double>(length->count()) / 1e9};
  }
  return std::nullopt;
}

class SearchReader {
 public:
  SearchReader(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
               Study& study, Diagnostics& diagnostics)
      : reader_(
            section, "optimise",
            {"setting", "range", "minimise", "subject_to", "method", "tolerance", "evaluations"},
            diagnostics),
        root_(root),
        draft_(draft),
        trial_(trial),
        study_(study),
        diagnostics_(diagnostics) {}
  void read();

 private:
  void read_setting(const Node& setting);
  void read_range(const Node& range);
  void read_minimise(const Node& line);
  void read_term(const Node& line, const std::string& text, std::size_t begin, std::size_t end);
  void read_limit(const Node& line);
  void read_method();

  MapReader reader_;
  const Node& root_;
  const Draft& draft_;
  const Trial& trial_;
  Study& study_;
  Diagnostics& diagnostics_;
  StudySearch search_;
};

void SearchReader::read() {
  if (!reader_.is_map()) return;
  if (const Node* setting = reader_.require("setting")) read_setting(*setting);
  if (const Node* range = reader_.require("range", "for example range: [10s, 1h]")) {
    read_range(*range);
  }
  const Node* minimise = reader_.get("minimise");
  const Node* limit = reader_.get("subject_to");
  if (minimise != nullptr) read_minimise(*minimise);
  if (limit != nullptr) read_limit(*limit);
  if (minimise == nullptr && limit == nullptr) {
    diagnostics_.error(reader_.place(), "optimise lacks 'minimise' or 'subject_to'");
  }
  read_method();
  if (search_.method == StudySearch::Method::bisection && limit == nullptr && minimise != nullptr) {
    diagnostics_.error(reader_.place(),
                       "bisection looks for the edge of a limit: it needs 'subject_to'");
  }
  if (search_.method == StudySearch::Method::golden_section && minimise == nullptr) {
    diagnostics_.error(reader_.place(), "golden-section needs 'minimise'",
                       "method: bisection finds where subject_to begins to hold");
  }
  if (study_.stop) {
    diagnostics_.error(reader_.place(), "a search compares the same seeds everywhere",
                       "leave out stop; repeat says how many runs each value gets");
  }
  study_.search = std::move(search_);
}

void SearchReader::read_setting(const Node& setting) {
  const std::string* path = read_text(setting, "setting", diagnostics_);
  if (path != nullptr && known_setting(setting, diagnostics_)) search_.path = setting;
}

void SearchReader::read_range(const Node& range) {
  if (!range.is_sequence() || range.items.size() != 2) {
    diagnostics_.error(range.place, "range must be a list of two values", "for example [10s, 1h]");
    return;
  }
  std::optional<Quantity> ends[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string* text = read_text(range.items[i], "range", diagnostics_);
    if (text == nullptr) return;
    ends[i] = quantity_of(*text);
    if (!ends[i]) {
      diagnostics_.error(range.items[i].place,
                         fmt::format("'{}' is no value to search between", printable(*text)),
                         "a duration, a rate, a share or a number");
      return;
    }
    if (!search_.path.text.empty()) {
      try_value(search_.path, range.items[i], root_, trial_, diagnostics_);
    }
  }
  const bool numbers = ends[0]->unit >= Unit::number && ends[1]->unit >= Unit::number;
  if (ends[0]->unit != ends[1]->unit && !numbers) {
    diagnostics_.error(range.place, "the two ends of the range are of different kinds");
    return;
  }
  search_.unit = std::min(ends[0]->unit, ends[1]->unit);
  search_.low = ends[0]->value;
  search_.high = ends[1]->value;
  if (!(search_.low < search_.high)) {
    diagnostics_.error(range.place, "the range must go upward");
  }
}

// Terms stand between `+` outside of parentheses.
void SearchReader::read_minimise(const Node& line) {
  const std::string* text = read_text(line, "minimise", diagnostics_);
  if (text == nullptr) return;
  search_.minimise_text = *text;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text->size(); ++i) {
    const char c = i < text->size() ? (*text)[i] : '+';
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c != '+' || (depth > 0 && i < text->size())) continue;
    read_term(line, *text, begin, i);
    begin = i + 1;
  }
}

void SearchReader::read_term(const Node& line, const std::string& text, std::size_t begin,
                             std::size_t end) {
  const auto trim = [&] {
    while (begin < end && text[begin] == ' ') ++begin;
    while (begin < end && text[end - 1] == ' ') --end;
  };
  trim();
  StudySearch::Term term;
  const std::size_t star = text.find('*', begin);
  if (star < end) {
    std::string factor = text.substr(begin, star - begin);
    while (factor.ends_with(' ')) factor.pop_back();
    const auto weight = parse_number(factor);
    if (!weight) {
      diagnostics_.error(part_of(line, begin, std::max<std::size_t>(factor.size(), 1)),
                         "a weight must be a number", "for example 0.001 * exposure(after=x).mean");
      return;
    }
    term.weight = *weight;
    begin = star + 1;
    trim();
  }
  if (begin == end) {
    diagnostics_.error(part_of(line, std::min(begin, text.size() - 1), 1), "expected a measure");
    return;
  }
  const auto measure = measure_named(line, begin, std::string_view(text).substr(begin, end - begin),
                                     true, draft_, study_, diagnostics_);
  if (!measure) return;
  term.measure = *measure;
  search_.minimise.push_back(term);
}

void SearchReader::read_limit(const Node& line) {
  const std::string* text = read_text(line, "subject_to", diagnostics_);
  if (text == nullptr) return;
  auto parsed = parse_over_seeds(*text);
  if (!parsed) {
    const ExpectationError& error = parsed.error();
    diagnostics_.error(part_of(line, error.offset, error.length), error.message, error.hint);
    return;
  }
  parsed->name = *text;
  check_over_seeds(line, draft_, *parsed, diagnostics_);
  if (!is_number(parsed->expectation)) {
    diagnostics_.error(line.place, "this is a word, and a limit of a search is a number");
    return;
  }
  if (study_.warmup) start_after(*study_.warmup, parsed->expectation);
  using enum Comparison;
  if (parsed->expectation.comparison == equal || parsed->expectation.comparison == not_equal) {
    diagnostics_.error(line.place, "a limit of a search is one to be above or below of",
                       "write <=, <, >= or >");
    return;
  }
  search_.limit = static_cast<std::uint32_t>(study_.expectations.size());
  study_.expectations.push_back(std::move(*parsed));
}

void SearchReader::read_method() {
  if (const Node* method = reader_.get("method")) {
    const auto choice =
        read_choice(*method, "method", {"golden-section", "bisection"}, diagnostics_);
    if (choice == 1U) search_.method = StudySearch::Method::bisection;
  } else if (reader_.get("minimise") == nullptr) {
    search_.method = StudySearch::Method::bisection;
  }
  if (const Node* tolerance = reader_.get("tolerance")) {
    const auto share = read_share(*tolerance, "tolerance", diagnostics_);
    if (share && *share == 0) {
      diagnostics_.error(tolerance->place, "tolerance must be more than 0%");
    } else if (share) {
      search_.tolerance = static_cast<double>(*share) / 1e6;
    }
  }
  if (const Node* evaluations = reader_.get("evaluations")) {
    const auto count = read_count(*evaluations, "evaluations", {3, 10'000}, diagnostics_);
    if (count) search_.evaluations = static_cast<std::uint32_t>(*count);
  }
}

}  // namespace

void read_search(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
                 Study& study, Diagnostics& diagnostics) {
  SearchReader(section, root, draft, trial, study, diagnostics).read();
}

}  // namespace tablekey::scenarios
