// What the verbs about studies begin with: the file, its study, and the interruptions that a long
// one must heed.
#pragma once

#include <signal.h>

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include "replay/study/schedule.h"
#include "replay/verbs/study.h"
#include "replay/verbs/study_text.h"

namespace tablekey::replay::verbs {

struct LoadedStudy {
  StudyText text;
  scenarios::LoadResult loaded;

  const scenarios::Study& study() const { return *loaded.study; }
};

/// Reads and loads; the console is told what is wrong. Error: the exit code.
std::expected<LoadedStudy, int> load_study(const ScenarioChoices& choices,
                                           std::optional<std::uint64_t> repeat, Console& console);

/// SIGINT and SIGTERM while it lives: asked for between runs instead of ending the process. After
/// the first one a second one ends it at once.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Whether one has come.
  bool came();

 private:
  sigset_t signals_{}, before_{};
  bool came_ = false;
};

/// "1,204 of 3,000 runs  40%  12/s  2m10s left" on standard error, if that is wanted.
class StudyProgress {
 public:
  StudyProgress(sim::Progress wanted, std::uint64_t done_before);
  ~StudyProgress();
  StudyProgress(const StudyProgress&) = delete;
  StudyProgress& operator=(const StudyProgress&) = delete;

  void show(const StudySchedule& schedule);
  /// Of wall time since it was made.
  double seconds() const;

 private:
  sim::Progress kind_;
  std::uint64_t done_before_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double next_ = 0;
  bool shown_ = false;
};

}  // namespace tablekey::replay::verbs
