// The vocabulary of checks: which measures there are, what each can be filtered by, and AWS's names
// for results, operations and states. One row or one word each.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scenarios/expectation.h"

namespace tablekey::scenarios {

enum class FilterName : std::uint8_t {
  result,
  op,
  workload,
  table,
  key,
  caller,
  connection,
  after,
  before,
  name,  // the subject of `table` and `key`
  step,
  outcome,
  account,
  moment,  // `at`
  via,
  window,
  region,
};
[[nodiscard]] std::string_view word_of(FilterName name);

struct MeasureRow {
  Measure measure;
  std::string_view name;
  std::vector<FilterName> filters;
  std::vector<Statistic> statistics;
  bool subject = false;      // its first argument may be a bare name
  bool needs_after = false;  // makes no sense without a moment
  std::size_t steps = 0;     // how many steps it is about; each may be a bare id
  bool plain = false;        // its first statistic need not be written
};
[[nodiscard]] const std::vector<MeasureRow>& measure_rows();

// What the values of a measure are, where statistics of several are asked for: lengths of time, or
// numbers.
[[nodiscard]] bool measures_time(Measure measure);
// Statistics as one can write them, quantiles by the usual ones.
[[nodiscard]] std::vector<std::string_view> statistic_names(const MeasureRow& row);

[[nodiscard]] std::vector<std::string_view> invariant_names();
[[nodiscard]] std::vector<std::string_view> via_names();
[[nodiscard]] std::vector<std::string_view> table_status_names();
[[nodiscard]] std::vector<std::string_view> key_state_names();
[[nodiscard]] std::vector<std::string_view> sse_status_names();
[[nodiscard]] std::vector<std::string_view> index_status_names();
[[nodiscard]] std::vector<std::string_view> replica_status_names();
// The words that a statistic has for limits, and what they are called; empty: it has none.
[[nodiscard]] std::vector<std::string_view> limit_words(Measure measure, Statistic statistic);
[[nodiscard]] std::string_view limit_words_are(Measure measure, Statistic statistic);
[[nodiscard]] std::vector<std::string_view> exception_names();
[[nodiscard]] std::vector<std::string_view> kms_error_names();
// How a step can end: the exceptions of KMS, DynamoDB and IAM, without the suffix.
[[nodiscard]] std::vector<std::string_view> outcome_names();
[[nodiscard]] std::vector<std::string_view> data_operation_names();
[[nodiscard]] std::vector<std::string_view> kms_operation_names();

// With or without the suffix `Exception`.
[[nodiscard]] std::optional<events::Exception> exception_named(std::string_view name);
[[nodiscard]] std::optional<events::KmsError> kms_error_named(std::string_view name);
// `success`, or the full name of an exception, given with or without its suffix. Empty: no such
// thing.
[[nodiscard]] std::string_view outcome_named(std::string_view name);
[[nodiscard]] std::optional<events::DataOperation> data_operation_named(std::string_view name);
[[nodiscard]] std::optional<events::KmsOperation> kms_operation_named(std::string_view name);

}  // namespace tablekey::scenarios
