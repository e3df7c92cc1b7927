// The keys of `study:` one by one.
#include "scenarios/study_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/settings.h"
#include "scenarios/characters.h"
#include "scenarios/expectation_words.h"
#include "scenarios/map_reader.h"
#include "scenarios/paths.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kTrialsMax = 200;  // each is a whole load

const std::vector<std::string_view> kKeys = {"repeat",  "matrix",  "exclude", "include",
                                             "measure", "expect",  "warmup",  "confidence",
                                             "stop",    "optimise"};

class StudyReader {
 public:
  StudyReader(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
              Diagnostics& diagnostics)
      : reader_(section, "study", kKeys, diagnostics),
        root_(root),
        draft_(draft),
        trial_(trial),
        diagnostics_(diagnostics) {
    study_.name = draft.name;
    study_.seed = draft.seed;
  }
  Study read();

 private:
  void read_points();
  void read_matrix(const Node& matrix);
  void read_axis(const Node& key, const Node& values);
  void read_exclude(const Node& list);
  void read_include(const Node& list);
  void read_addition(const Node& entry);
  void read_numbers();
  void read_measures(const Node& list);
  void read_expectations(const Node& list);
  void take_scenario_expectations();
  void read_stop(const Node& stop);
  void read_half_width(const Node& node, StudyStop& stop);
  void try_one(const Node& key, const Node& value) {
    if (++trials_ <= kTrialsMax) try_value(key, value, root_, trial_, diagnostics_);
  }
  std::optional<std::uint32_t> axis_named(std::string_view path) const;
  std::optional<std::uint32_t> value_of(std::uint32_t axis, const Node& value) const;
  bool may_vary(const Node& key);

  MapReader reader_;
  const Node& root_;
  const Draft& draft_;
  const Trial& trial_;
  Diagnostics& diagnostics_;
  Study study_;
  std::size_t trials_ = 0;
  bool grid_is_good_ = true;
};

Study StudyReader::read() {
  if (!reader_.is_map()) return std::move(study_);
  read_points();
  read_numbers();
  const Node* search = reader_.get("optimise");
  const Node* measures = search == nullptr ? reader_.require("measure") : reader_.get("measure");
  if (measures != nullptr) read_measures(*measures);
  take_scenario_expectations();
  if (const Node* list = reader_.get("expect")) read_expectations(*list);
  if (const Node* stop = reader_.get("stop")) read_stop(*stop);
  if (search != nullptr) read_search(*search, root_, draft_, trial_, study_, diagnostics_);
  return std::move(study_);
}

void StudyReader::read_points() {
  const Node* matrix = reader_.get("matrix");
  const Node* include = reader_.get("include");
  study_.base_point = matrix == nullptr && include == nullptr;
  if (matrix != nullptr) read_matrix(*matrix);
  if (const Node* list = reader_.get("exclude")) read_exclude(*list);
  if (include != nullptr) read_include(*include);
  const Node* search = reader_.get("optimise");
  if (search != nullptr && !study_.base_point) {
    diagnostics_.error(search->place, "a study searches for a setting or runs a grid, not both",
                       "leave out matrix and include, or make two studies");
  } else if (study_.base_point && search == nullptr && reader_.get("repeat") == nullptr) {
    diagnostics_.error(reader_.place(), "study lacks 'matrix', 'include' or 'repeat'");
  }
  if (!grid_is_good_) return;
  study_.settle_points();
  if (study_.points() == 0 && matrix != nullptr) {
    diagnostics_.error(matrix->place, "exclude leaves no point of the matrix");
  }
}

void StudyReader::read_matrix(const Node& matrix) {
  grid_is_good_ = false;
  if (!matrix.is_map() || matrix.members.empty()) {
    diagnostics_.error(matrix.place, "matrix must be a map of paths to lists of values");
    return;
  }
  std::uint64_t points = 1;
  for (const Member& member : matrix.members) {
    read_axis(member.key, member.value);
    points *= std::max<std::uint64_t>(member.value.items.size(), 1);
    if (points > Study::kRunsMax) {
      diagnostics_.error(matrix.place,
                         fmt::format("the matrix has more than {} points", Study::kRunsMax));
      return;
    }
  }
  grid_is_good_ = study_.axes.size() == matrix.members.size();
}

// Seeds belong to `repeat`: points that differ in them would have no random numbers in common.
bool StudyReader::may_vary(const Node& key) {
  const bool own = key.text == "study" || key.text.starts_with("study.");
  if (key.text != "seed" && !own) return known_setting(key, diagnostics_);
  diagnostics_.error(key.place, fmt::format("'{}' is not for a point to set", printable(key.text)),
                     own ? "a point is a variant of the rest of the file"
                         : "repeat: 30 runs each point with 30 seeds");
  return false;
}

void StudyReader::read_axis(const Node& key, const Node& values) {
  if (!values.is_sequence() || values.items.empty()) {
    diagnostics_.error(values.place, fmt::format("'{}' must be a list of at least one value",
                                                 printable(key.text)));
    return;
  }
  if (!may_vary(key)) return;
  for (const Node& value : values.items) try_one(key, value);
  study_.axes.push_back({key, values.items});
}

std::optional<std::uint32_t> StudyReader::axis_named(std::string_view path) const {
  for (std::uint32_t i = 0; i < study_.axes.size(); ++i) {
    if (study_.axes[i].path.text == path) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> StudyReader::value_of(std::uint32_t axis, const Node& value) const {
  const std::vector<Node>& values = study_.axes[axis].values;
  const std::string text = inline_text(value);
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    if (inline_text(values[i]) == text) return i;
  }
  return std::nullopt;
}

void StudyReader::read_exclude(const Node& list) {
  if (!list.is_sequence()) {
    diagnostics_.error(list.place, "exclude must be a list of maps");
    return;
  }
  for (const Node& entry : list.items) {
    if (!entry.is_map()) {
      diagnostics_.error(entry.place, "exclude must be a list of maps");
      continue;
    }
    std::vector<Study::AxisValue> wanted;
    for (const Member& member : entry.members) {
      const auto axis = axis_named(member.key.text);
      if (!axis) {
        std::vector<std::string_view> names;
        for (const Study::Axis& one : study_.axes) names.push_back(one.path.text);
        diagnostics_.error(member.key.place,
                           fmt::format("'{}' is no axis of the matrix", printable(member.key.text)),
                           did_you_mean(member.key.text, names));
        continue;
      }
      const auto value = value_of(*axis, member.value);
      if (!value) {
        diagnostics_.error(member.value.place, fmt::format("'{}' is no value of {}",
                                                           printable(inline_text(member.value)),
                                                           printable(member.key.text)));
        continue;
      }
      wanted.push_back({*axis, *value});
    }
    if (!wanted.empty()) study_.excluded.push_back(std::move(wanted));
  }
}

void StudyReader::read_include(const Node& list) {
  if (!list.is_sequence()) {
    diagnostics_.error(list.place, "include must be a list of maps");
    return;
  }
  for (const Node& entry : list.items) {
    if (!entry.is_map() || entry.members.empty()) {
      diagnostics_.error(entry.place, "include must be a list of maps");
      continue;
    }
    read_addition(entry);
  }
}

// An entry with a value that its axis lacks matches no combination: it is a point of its own.
void StudyReader::read_addition(const Node& entry) {
  Study::Addition addition;
  bool matches_some = !study_.axes.empty();
  for (const Member& member : entry.members) {
    const auto axis = axis_named(member.key.text);
    const auto value = axis ? value_of(*axis, member.value) : std::nullopt;
    if (value) {
      addition.matches.push_back({*axis, *value});
      continue;
    }
    if (!may_vary(member.key)) return;
    try_one(member.key, member.value);
    if (axis) matches_some = false;
    addition.adds.push_back(member);
  }
  if (matches_some) {
    study_.additions.push_back(std::move(addition));
  } else {
    study_.extra_points.push_back(entry.members);
  }
}

void StudyReader::read_numbers() {
  if (const Node* repeat = reader_.get("repeat")) {
    const std::uint64_t points = grid_is_good_ ? std::max<std::uint64_t>(study_.points(), 1) : 1;
    const std::uint64_t most = std::max<std::uint64_t>(Study::kRunsMax / points, 1);
    const auto runs = read_count(*repeat, "repeat", {1, most}, diagnostics_);
    if (runs) study_.repeat = static_cast<std::uint32_t>(*runs);
  }
  if (const Node* confidence = reader_.get("confidence")) {
    const auto share = read_share(*confidence, "confidence", diagnostics_);
    if (share && (*share < 500'000 || *share > 999'999)) {
      diagnostics_.error(confidence->place, "confidence must be between 50% and 99.9999%");
    } else if (share) {
      study_.confidence = static_cast<double>(*share) / 1e6;
    }
  }
  if (const Node* warmup = reader_.get("warmup")) {
    const auto length = read_duration(*warmup, "warmup", diagnostics_);
    if (!length) return;
    if (draft_.until_known && draft_.start + *length >= draft_.until) {
      diagnostics_.error(warmup->place, "the warm-up is as long as the run or longer",
                         fmt::format("a run lasts {}", sim::print(draft_.until - draft_.start)));
    }
    study_.warmup = length->count();
  }
}

void StudyReader::read_measures(const Node& list) {
  if (!list.is_sequence() || list.items.empty()) {
    diagnostics_.error(list.place, "measure must be a list of at least one measure",
                       "for example - exposure(after=disable).p99");
    return;
  }
  for (const Node& line : list.items) {
    const std::string* text = read_text(line, "measure", diagnostics_);
    if (text == nullptr) continue;
    const std::size_t before = study_.measures.size();
    const auto measure = measure_named(line, 0, *text, true, draft_, study_, diagnostics_);
    if (measure && study_.measures.size() == before) {
      diagnostics_.error(line.place, fmt::format("'{}' is measured already", printable(*text)));
    }
  }
}

// What the scenario itself expects; laws about the trace need one, and a study writes none.
void StudyReader::take_scenario_expectations() {
  for (const DraftExpectation& line : draft_.expectations) {
    auto parsed = parse_expectation(line.check);
    if (!parsed || parsed->measure == Measure::invariant) continue;
    StudyExpectation one;
    one.name = line.name;
    one.check = line.check;
    one.warn = line.warn;
    one.line = line.line;
    one.place = {0, line.line, 1, 1};
    one.over = parsed->compared && is_number(*parsed) ? OverSeeds::mean : OverSeeds::every;
    one.expectation = std::move(*parsed);
    study_.expectations.push_back(std::move(one));
  }
}

void StudyReader::read_expectations(const Node& list) {
  if (!list.is_sequence()) {
    diagnostics_.error(list.place,
                       fmt::format("expect must be a list, this is {}", kind_name(list)));
    return;
  }
  for (const Node& entry : list.items) {
    const Node* line = &entry;
    std::string name;
    bool warn = false;
    if (entry.is_map()) {
      MapReader reader(entry, "an expectation", {"name", "check", "severity"}, diagnostics_);
      line = reader.require("check");
      if (line == nullptr) continue;
      if (const Node* given = reader.get("name")) {
        if (const auto* text = read_text(*given, "name", diagnostics_)) name = *text;
      }
      if (const Node* severity = reader.get("severity")) {
        warn = read_choice(*severity, "severity", {"fail", "warn"}, diagnostics_) == 1U;
      }
    }
    const std::string* text = read_text(*line, "check", diagnostics_);
    if (text == nullptr) continue;
    auto parsed = parse_over_seeds(*text);
    if (!parsed) {
      const ExpectationError& error = parsed.error();
      diagnostics_.error(part_of(*line, error.offset, error.length), error.message, error.hint);
      continue;
    }
    parsed->name = name.empty() ? *text : name;
    parsed->warn = warn;
    check_over_seeds(*line, draft_, *parsed, diagnostics_);
    if (study_.warmup) start_after(*study_.warmup, parsed->expectation);
    study_.expectations.push_back(std::move(*parsed));
  }
}

// `stop: { half_width: 1%, of: exposure(after=revoke).mean, min: 10 }`
void StudyReader::read_stop(const Node& node) {
  MapReader reader(node, "stop", {"half_width", "of", "min"}, diagnostics_);
  if (!reader.is_map()) return;
  StudyStop stop;
  if (const Node* width = reader.require("half_width", "for example half_width: 1%")) {
    read_half_width(*width, stop);
  }
  if (const Node* of = reader.get("of")) {
    const std::string* text = read_text(*of, "of", diagnostics_);
    if (text == nullptr) return;
    const auto measure = measure_named(*of, 0, *text, false, draft_, study_, diagnostics_);
    if (!measure) return;
    stop.measure = *measure;
  }
  if (const Node* min = reader.get("min")) {
    const auto runs = read_count(*min, "min", {2, Study::kRunsMax}, diagnostics_);
    if (runs) stop.min = static_cast<std::uint32_t>(*runs);
  }
  if (reader_.get("repeat") == nullptr) {
    diagnostics_.error(node.place, "stop needs 'repeat'", "it says how many runs are made at most");
  } else if (stop.min > study_.repeat) {
    diagnostics_.error(node.place, fmt::format("stop looks after {} runs, but repeat is {}",
                                               stop.min, study_.repeat));
  }
  study_.stop = stop;
}

// A share of the mean, or a width in the measure's unit.
void StudyReader::read_half_width(const Node& node, StudyStop& stop) {
  const std::string* text = read_text(node, "half_width", diagnostics_);
  if (text == nullptr) return;
  if (text->ends_with('%')) {
    const auto share = read_share(node, "half_width", diagnostics_);
    if (share) stop.half_width = static_cast<double>(*share) / 1e6;
  } else if (const auto number = parse_number(*text)) {
    stop.relative = false;
    stop.half_width = *number;
  } else if (const auto length = read_duration(node, "half_width", diagnostics_)) {
    stop.relative = false;
    stop.half_width = static_cast<double>(length->count()) / 1e9;
  }
  if (stop.half_width < 0) diagnostics_.error(node.place, "half_width must not be negative");
}

}  // namespace

Study read_study(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
                 Diagnostics& diagnostics) {
  return StudyReader(section, root, draft, trial, diagnostics).read();
}

}  // namespace tablekey::scenarios
