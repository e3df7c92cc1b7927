// Checking a study. Every value of every axis is tried alone, not the whole grid: an error in one
// combination is nearly always one of its values.
#include "scenarios/study.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/settings.h"
#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/paths.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::uint64_t kRunsMax = 1'000'000;
constexpr std::size_t kTrialsMax = 200;  // each is a whole load

class StudyReader {
 public:
  StudyReader(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
              Diagnostics& diagnostics)
      : reader_(section, "study", {"repeat", "matrix", "exclude", "include", "measure"},
                diagnostics),
        root_(root),
        draft_(draft),
        trial_(trial),
        diagnostics_(diagnostics) {}
  void read();

 private:
  void read_matrix(const Node& matrix);
  void read_axis(const Node& key, const Node& values);
  void read_exclude(const Node& list);
  void read_include(const Node& list);
  void read_measures(const Node& list);
  // Whether the path leads somewhere, the value fits there, and nothing else breaks.
  void try_value(const Node& key, const Node& value);
  bool known_setting(const Node& key);

  MapReader reader_;
  const Node& root_;
  const Draft& draft_;
  const Trial& trial_;
  Diagnostics& diagnostics_;
  const Node* matrix_ = nullptr;
  std::uint64_t points_ = 1;
  std::size_t trials_ = 0;
};

void StudyReader::read() {
  if (!reader_.is_map()) return;
  if (const Node* matrix = reader_.get("matrix")) read_matrix(*matrix);
  if (const Node* list = reader_.get("exclude")) read_exclude(*list);
  if (const Node* list = reader_.get("include")) read_include(*list);
  if (matrix_ == nullptr && reader_.get("include") == nullptr && reader_.get("repeat") == nullptr) {
    diagnostics_.error(reader_.place(), "study lacks 'matrix', 'include' or 'repeat'");
  }
  if (const Node* repeat = reader_.get("repeat")) {
    (void)read_count(*repeat, "repeat", {1, kRunsMax / std::max<std::uint64_t>(points_, 1)},
                     diagnostics_);
  }
  if (const Node* measures = reader_.require("measure")) read_measures(*measures);
}

void StudyReader::read_matrix(const Node& matrix) {
  if (!matrix.is_map() || matrix.members.empty()) {
    diagnostics_.error(matrix.place, "matrix must be a map of paths to lists of values");
    return;
  }
  matrix_ = &matrix;
  for (const Member& member : matrix.members) {
    read_axis(member.key, member.value);
    points_ *= std::max<std::uint64_t>(member.value.items.size(), 1);
    if (points_ > kRunsMax) {
      diagnostics_.error(matrix.place, fmt::format("the matrix has more than {} points", kRunsMax));
      points_ = kRunsMax;
      return;
    }
  }
}

void StudyReader::read_axis(const Node& key, const Node& values) {
  if (!values.is_sequence() || values.items.empty()) {
    diagnostics_.error(values.place, fmt::format("'{}' must be a list of at least one value",
                                                 printable(key.text)));
    return;
  }
  if (!known_setting(key)) return;
  for (const Node& value : values.items) try_value(key, value);
}

bool StudyReader::known_setting(const Node& key) {
  if (!key.text.starts_with("model.")) return true;
  if (model::find_setting(key.text) != nullptr) return true;
  std::vector<std::string_view> names;
  for (const model::SettingRow& row : model::settings_table()) names.push_back(row.path);
  diagnostics_.error(key.place, fmt::format("no setting '{}'", printable(key.text)),
                     did_you_mean(key.text, names));
  return false;
}

void StudyReader::try_value(const Node& key, const Node& value) {
  if (!trial_ || ++trials_ > kTrialsMax) return;
  Node variant = root_;
  if (const auto set = set_path(variant, key, value); !set) {
    const PathError& error = set.error();
    diagnostics_.error(error.place, error.message, error.hint);
    return;
  }
  Diagnostics found = diagnostics_.without_findings();
  trial_(variant, found);
  for (Diagnostic diagnostic : found.all()) {
    if (diagnostic.severity != Severity::error) continue;
    if (diagnostic.line != value.place.line) {
      diagnostic.notes.push_back({value.place, "with this value of the study"});
    }
    diagnostics_.add(diagnostic);
  }
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
    for (const Member& member : entry.members) {
      const Node* axis = matrix_ == nullptr ? nullptr : matrix_->find(member.key.text);
      if (axis == nullptr) {
        std::vector<std::string_view> names;
        for (const Member& one : matrix_ == nullptr ? entry.members : matrix_->members) {
          if (matrix_ != nullptr) names.push_back(one.key.text);
        }
        diagnostics_.error(member.key.place,
                           fmt::format("'{}' is no axis of the matrix", printable(member.key.text)),
                           did_you_mean(member.key.text, names));
        continue;
      }
      const bool present = std::ranges::any_of(
          axis->items, [&](const Node& value) { return value.text == member.value.text; });
      if (!present) {
        diagnostics_.error(member.value.place,
                           fmt::format("'{}' is no value of {}", printable(member.value.text),
                                       printable(member.key.text)));
      }
    }
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
    for (const Member& member : entry.members) {
      if (known_setting(member.key)) try_value(member.key, member.value);
    }
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
    const auto parsed = parse_measure(*text);
    if (!parsed) {
      const ExpectationError& error = parsed.error();
      diagnostics_.error(part_of(line, error.offset, error.length), error.message, error.hint);
      continue;
    }
    check_mentions(*parsed, line, draft_, diagnostics_);
  }
}

}  // namespace

void check_study(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
                 Diagnostics& diagnostics) {
  StudyReader(section, root, draft, trial, diagnostics).read();
}

}  // namespace tablekey::scenarios
