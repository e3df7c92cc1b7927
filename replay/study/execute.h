// The runs of a study on all cores of a machine: each is a world of its own on one thread. This is
// also how a program runs a study in process:
//
//   auto loaded = scenarios::load(text, "name.yaml");           // a file with `study:`
//   auto points = run_study(*loaded.study, 4);                  // all points, in order
//   for (const StudyPoint& point : *points)
//     for (const StudyRun& run : point.runs)                    // run k has seed + k
//       use(run.measured[0].value);                             // by the study's measures
//
// A value is in the unit beside it (s, /s, USD; none for counts and shares); one that is absent saw
// no data; `at_least` marks a lower bound. statistics.h has means, quantiles and their intervals.
// With `repeat: 1000000` and one point everything is kept: for more than memory has, give
// execute() a schedule whose completed points are consumed as they come.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <vector>

#include "replay/study/run.h"
#include "replay/study/schedule.h"

namespace tablekey::replay {

struct ExecuteOptions {
  unsigned threads = 0;  ///< 0: as many as the machine has cores
  /// Each run as it ends, before its point is complete; one call at a time, in any order. False
  /// stops the study.
  std::function<bool(const StudyRun&)> ran;
  /// Called about ten times a second, on the calling thread.
  std::function<void(const StudySchedule&)> look;
  /// Asked as often; true ends the study soon.
  std::function<bool()> stop;
  /// What a run is of, if not the study's point.
  std::function<scenarios::StudyScenario(StudyJob)> make;
  /// A world threw: which one it was, before it is thrown again.
  std::function<void(StudyJob)> broke;
};

/// Runs what the schedule has left to run. True: all of it; false: it was stopped. Error: a point
/// that is no scenario. What a world throws is thrown here, after the other threads ended.
std::expected<bool, StudyRefused> execute(const scenarios::Study& study, StudySchedule& schedule,
                                          const ExecuteOptions& options);

struct StudyPoint {
  std::uint64_t point = 0;
  std::vector<scenarios::StudySetting> settings;
  std::vector<StudyRun> runs;
};

/// A whole study, in memory. A study that searches for a setting has search.h instead.
std::expected<std::vector<StudyPoint>, StudyRefused> run_study(const scenarios::Study& study,
                                                               unsigned threads = 0);

}  // namespace tablekey::replay
