// The files that a study ends in, written while its points come in order and published together.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "replay/study/results.h"
#include "replay/study/schedule.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/study_text.h"

namespace tablekey::replay::verbs {

/// What a verdict is made of once all points are there. Of many points the first few are kept to be
/// shown; the others are in the files.
struct StudySummary {
  static constexpr std::size_t kPointsKept = 40;
  static constexpr std::size_t kFailuresKept = 20;
  struct Failure {
    std::uint64_t point = 0;
    std::size_t expectation = 0;
    ExpectationResult result;
    std::vector<scenarios::StudySetting> settings;
  };
  std::vector<PointResult> points;
  std::vector<Failure> failures;
  std::uint64_t expected = 0, failed = 0, warned = 0;  ///< expectations of all points
  std::uint64_t runs = 0, events = 0, points_total = 0;
  struct Seen {
    std::uint64_t runs = 0, no_data = 0, lower_bounds = 0;
    std::string note;  ///< of the first run without data: why
  };
  std::vector<Seen> seen;  ///< by measure, in all runs
};

class StudyOutput {
 public:
  /// The files of the folder that is named; nothing is written before the first point. Without a
  /// folder only the summary is made.
  StudyOutput(const scenarios::Study& study, std::optional<std::filesystem::path> folder,
              std::string runs_head, bool results);

  /// The next point with its runs.
  void point(std::uint64_t point, const std::vector<scenarios::StudySetting>& settings,
             const std::vector<StudyRun>& runs);
  /// One more file, whole.
  void add_file(const std::string& name, std::string_view text);
  /// Gives the files their names and returns their digests. Error: a sentence.
  std::expected<std::map<std::string, std::string>, std::string> publish();

  StudySummary summary() const;

 private:
  struct File {
    std::string name;
    OutputFile file;
  };
  void open();
  void show(const PointResult& result);
  void write(std::size_t file, std::string_view text);

  const scenarios::Study& study_;
  std::optional<std::filesystem::path> folder_;
  std::string runs_head_;
  bool results_;
  std::vector<File> files_;
  std::string error_;  // the first
  bool opened_ = false;
  StudySummary summary_;
  StudyResults work_;
};

struct LoadedStudy;
class StudyFolder;

/// Gives the files their names, then writes the manifest beside them, which ends the study. The
/// files' digests by name, or a sentence about what cannot be written.
std::expected<std::map<std::string, std::string>, std::string> publish_study(
    const LoadedStudy& loaded, StudyOutput& output, const StudyShard& shard, StudyFolder& folder,
    const std::string& version);

/// What the manifest of a finished study says of its files.
std::expected<std::map<std::string, std::string>, std::string> files_of(const StudyFolder& folder);

/// The first line of runs.jsonl and of the journal: of which study and shard they are.
std::string runs_head(const std::string& study, const StudyShard& shard);

}  // namespace tablekey::replay::verbs
