// Several traces side by side: what each measured and counted, and by how much they differ.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "replay/metrics/metrics.h"
#include "replay/recorded.h"

namespace tablekey::replay {

/// What one trace says of itself: each measure in words, and as a number where it is one.
struct MeasuredRun {
  struct Value {
    std::string name;  ///< the check, or a count such as "kmsCalls.Decrypt.Success"
    std::string text;  ///< "4m59.5s", "12,345", "no data"
    std::optional<double> number;
    std::string unit;       ///< "s", "/s", "USD" or none
    bool expected = false;  ///< it belongs to an expectation or a measure, not to the counts
    std::optional<bool> met;
  };
  std::vector<Value> values;            ///< expectations, then measures, then counts
  std::vector<std::string> unanswered;  ///< measures that name what this scenario lacks, and how
};

/// Folds the trace and measures what its scenario expects, the measures that are added, and what
/// `run` counts. The numbers are those that `run --json` gave. A measure that names
/// a step or a table that the scenario lacks is left out; a line that is none is an error.
std::expected<MeasuredRun, TraceError> measure_trace(const RecordedRun& recorded,
                                                     const std::vector<std::string>& measures);

/// A measure that names something which none of the runs has, and what that is.
std::optional<std::string> answered_by_none(const std::vector<MeasuredRun>& runs);

/// A row of the table: one measure in every run.
struct ComparedRow {
  std::string name, unit;
  bool expected = false;
  std::vector<std::optional<MeasuredRun::Value>> values;  ///< by run; none: it lacks the measure
  bool differs() const;
  /// Last minus first, where both are numbers.
  std::optional<double> change() const;
};

/// The rows of all runs, in the order in which they first come up.
std::vector<ComparedRow> compare_runs(const std::vector<MeasuredRun>& runs);

/// An aligned table with a column a run, and for two of them the difference.
std::string print_comparison(const std::vector<ComparedRow>& rows,
                             const std::vector<std::string>& names);
/// "tablekey.compare/1"
std::string print_comparison_json(const std::vector<ComparedRow>& rows,
                                  const std::vector<std::string>& names);

}  // namespace tablekey::replay
