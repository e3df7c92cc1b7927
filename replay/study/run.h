// One run of a study: a point's scenario with one seed, turned to its end before its measures and
// nobody else. No trace is written; `tablekey run` with the same settings and seed is the same run
// with one.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/study.h"

namespace tablekey::replay {

/// What a run measured by one line.
struct StudyNumber {
  std::optional<double> value;  ///< in `unit`; nothing: there was nothing to measure
  bool at_least = false;        ///< the run ended too early to know more than a lower bound
  std::string unit;             ///< "s", "/s", "USD", "" for counts and shares
  std::string note;             ///< without a value: why
  bool operator==(const StudyNumber&) const = default;
};

/// What became of a line that the study expects.
struct StudyJudged {
  StudyNumber number;
  double limit = 0;  ///< in the number's unit
  bool met = false;  ///< in this run
  bool operator==(const StudyJudged&) const = default;
};

struct StudyRun {
  std::uint64_t point = 0;
  std::uint32_t run = 0;
  std::uint64_t seed = 0;
  std::uint64_t events = 0;
  std::vector<StudyNumber> measured;  ///< by the study's measures
  std::vector<StudyJudged> judged;    ///< by the study's expectations
  bool operator==(const StudyRun&) const = default;
};

/// A scenario that cannot be made, with the text for a terminal.
struct StudyRefused {
  std::string text;
};

/// Runs one. Nothing: `stop` became true meanwhile. Throws what a world throws. `metrics` false
/// leaves out everything that measures, which tells what measuring costs.
std::expected<std::optional<StudyRun>, StudyRefused> run_one(const scenarios::Study& study,
                                                             const scenarios::StudyScenario& made,
                                                             std::uint64_t point, std::uint32_t run,
                                                             const std::atomic<bool>& stop,
                                                             bool metrics = true);

}  // namespace tablekey::replay
