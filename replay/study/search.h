// `study.optimise`: looks for the value of a setting that costs least under a limit, over the same
// seeds at every value. Golden section brackets the least of a sum of means that falls and then
// rises; a value that breaks the limit counts as worse than any that keeps it, by how far it is
// off. Bisection finds the edge of the limit. Values are evaluated one after another, the runs of a
// value side by side, so that the search goes the same way on any number of threads.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replay/study/execute.h"
#include "replay/study/results.h"

namespace tablekey::replay {

/// A value that was tried.
struct SearchPoint {
  double value = 0;  ///< in the unit of the range
  std::string text;  ///< as the scenario has it
  std::optional<double> cost;
  std::optional<double> half_width;  ///< of the cost, over seeds
  bool allowed = true;               ///< keeps the limit
  std::optional<double> excess;      ///< how far it is over the limit; negative: below it
};

class StudySearcher {
 public:
  /// Runs all seeds of a value. Nothing: the study was stopped.
  using Evaluate = std::function<std::expected<std::optional<std::vector<StudyRun>>, StudyRefused>(
      std::uint64_t point, const std::string& value)>;

  /// The study must outlive it, and have a search.
  StudySearcher(const scenarios::Study& study, Evaluate evaluate);

  /// True: the search came to its end. False: it was stopped.
  std::expected<bool, StudyRefused> run();

  /// In the order in which they were tried.
  const std::vector<SearchPoint>& tried() const { return tried_; }
  /// Into tried(): the best that keeps the limit; nothing if none does.
  std::optional<std::size_t> best() const;
  /// Whether the search came within its tolerance, not to the end of its evaluations.
  bool close_enough() const { return close_enough_; }

 private:
  std::expected<std::optional<std::size_t>, StudyRefused> at(double value);
  SearchPoint judge_point(double value, std::string text, const std::vector<StudyRun>& runs);
  std::expected<bool, StudyRefused> golden_section();
  std::expected<bool, StudyRefused> bisection();
  bool better(std::size_t a, std::size_t b) const;
  bool spent() const { return tried_.size() >= search_.evaluations; }

  const scenarios::Study& study_;
  const scenarios::StudySearch& search_;
  Evaluate evaluate_;
  StudentTable student_;
  std::vector<SearchPoint> tried_;
  bool close_enough_ = false;
};

/// A value of the range as a scenario writes it: whole nanoseconds, millionths of a share, counts.
std::string text_of(scenarios::StudySearch::Unit unit, double value);

}  // namespace tablekey::replay
