// What turns the runs of a study in a verb: the pool of threads, the journal that notes what ended,
// the progress line, signals and the time limit.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/study/execute.h"
#include "replay/verbs/study_folder.h"
#include "replay/verbs/study_load.h"

namespace tablekey::replay::verbs {

class StudyMachine {
 public:
  /// Everything must outlive it.
  StudyMachine(const StudyOptions& options, const LoadedStudy& loaded, StudyFolder& folder,
               std::uint64_t done_before, Console& console);

  /// What differs where a search sets a value instead of a point.
  struct Variant {
    std::uint64_t point = 0;  ///< under which its runs are noted
    scenarios::StudySetting setting;
  };
  /// Runs what the schedule has left. True: all of it; false: it was stopped. Error: the exit code,
  /// after the console said why.
  std::expected<bool, int> run(StudySchedule& schedule,
                               const std::optional<Variant>& variant = std::nullopt);

  /// Says that the study was stopped, and how to go on; the exit code.
  int stopped(std::uint64_t done, std::uint64_t total);

 private:
  bool stop();
  void look(const StudySchedule& schedule);
  void name_the_run(StudyJob job, const std::optional<Variant>& variant);

  const StudyOptions& options_;
  const LoadedStudy& loaded_;
  StudyFolder& folder_;
  Console& console_;
  Interruption interruption_;
  StudyProgress progress_;
  double synced_ = 0;  // seconds since the beginning
};

/// The command that makes the results again, or goes on with them.
std::string study_command(const StudyOptions& options);

int fail(const FolderError& error, Console& console);

/// Looks for a setting instead of running a grid.
int study_search(const StudyOptions& options, const LoadedStudy& loaded, StudyFolder folder,
                 Console& console);

}  // namespace tablekey::replay::verbs
