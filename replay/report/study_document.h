// Everything that a report of a study shows, as a document. The points are the objects of
// results.jsonl, untouched: no number is worked out twice.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "replay/study/run.h"
#include "scenarios/load.h"

namespace tablekey::replay::report {

/// Points that pictures and tables show at most; how many more there are is said.
inline constexpr std::size_t kPointsShown = 200;

/// What stands in the folder of a finished study, read point by point: of a large one only the
/// first points are kept, and what was expected is counted over all.
class StudyFiles {
 public:
  /// `loaded` is the text in the manifest, with its study; it must outlive this.
  StudyFiles(nlohmann::ordered_json manifest, const scenarios::LoadResult& loaded);

  /// A line of results.jsonl, of runs.jsonl (after its head), a row of curve.csv (likewise).
  void add_point(nlohmann::ordered_json point);
  void add_run(const StudyRun& run);
  void add_tried(std::vector<std::string> row) { curve_.push_back(std::move(row)); }

  nlohmann::ordered_json document() const;

 private:
  friend class StudyReport;
  struct Judged {
    std::size_t met = 0;
    nlohmann::ordered_json broken = nlohmann::ordered_json::array();
  };

  nlohmann::ordered_json manifest_;
  const scenarios::LoadResult& loaded_;
  std::vector<std::string> paths_;
  std::vector<nlohmann::ordered_json> points_;
  std::vector<StudyRun> runs_;  // of these points
  std::vector<std::vector<std::string>> curve_;
  std::vector<Judged> judged_;  // by expectation
  std::uint64_t points_total_ = 0, runs_total_ = 0, events_ = 0;
  std::uint64_t failed_ = 0, warned_ = 0;
};

}  // namespace tablekey::replay::report
