// What a study found: for each point and measure the mean over seeds, quantiles and the difference
// to the first point, each with its interval; and whether what is expected of the point is so.
// Points come in order, are worked out, shown to whoever asked, and forgotten; only the values of
// the first one stay, to compare with.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "replay/metrics/metrics.h"
#include "replay/study/statistics.h"

namespace tablekey::replay {

struct MeasureResult {
  std::string unit;
  std::uint64_t runs = 0, no_data = 0, lower_bounds = 0;
  std::string note;  ///< of a run without data: why
  // Only if a run had data.
  MeanInterval mean;
  double min = 0, max = 0;
  QuantileInterval p50, p90, p99;
  /// To the first point, run by run; nothing for the first point itself, or without common runs.
  std::optional<MeanInterval> difference;

  bool has_data() const { return runs != no_data; }
};

struct ExpectationResult {
  Met met = Met::no_data;
  std::optional<double> value;  ///< over the seeds; nothing for a word
  double limit = 0;
  bool at_least = false;
  std::string unit, note;
  std::uint64_t runs = 0, runs_met = 0;
};

struct PointResult {
  std::uint64_t point = 0;
  std::uint64_t runs = 0;
  std::vector<scenarios::StudySetting> settings;
  std::vector<MeasureResult> measures;
  std::vector<ExpectationResult> expectations;
};

class StudyResults {
 public:
  using Show = std::function<void(const PointResult&)>;

  /// The study must outlive it.
  StudyResults(const scenarios::Study& study, Show show);

  /// The next point with all of its runs.
  void point(std::uint64_t point, std::vector<scenarios::StudySetting> settings,
             const std::vector<StudyRun>& runs);

  std::uint64_t points() const { return points_; }
  std::uint64_t runs() const { return runs_; }
  std::uint64_t events() const { return events_; }

 private:
  MeasureResult measure(std::uint32_t index, const std::vector<StudyRun>& runs);
  ExpectationResult expectation(std::uint32_t index, const std::vector<StudyRun>& runs);

  const scenarios::Study& study_;
  Show show_;
  StudentTable student_;
  std::vector<SeedValues> first_;  // by measure, of the first point
  std::uint64_t points_ = 0, runs_ = 0, events_ = 0;
};

/// The first line of results.csv, and those of a point.
std::string csv_head(const scenarios::Study& study);
std::string csv_lines(const scenarios::Study& study, const PointResult& result);

/// One object of results.jsonl.
nlohmann::ordered_json json_of(const scenarios::Study& study, const PointResult& result);

/// `value OP limit` over the seeds of a point, judged as the language has it.
ExpectationResult judge(const scenarios::StudyExpectation& expectation, std::uint32_t index,
                        const std::vector<StudyRun>& runs, StudentTable& student);

}  // namespace tablekey::replay
