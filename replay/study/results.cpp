#include "replay/study/results.h"

#include <algorithm>
#include <utility>

#include "replay/metrics/metric.h"

namespace tablekey::replay {
namespace {

using scenarios::OverSeeds;

std::pair<std::uint64_t, std::uint64_t> ratio_of(OverSeeds over) {
  switch (over) {
    case OverSeeds::p50:
      return {1, 2};
    case OverSeeds::p90:
      return {9, 10};
    case OverSeeds::p95:
      return {19, 20};
    case OverSeeds::p99:
      return {99, 100};
    case OverSeeds::p99_9:
      return {999, 1000};
    default:
      return {1, 1};
  }
}

SeedValues numbers_of(std::uint32_t index, const std::vector<StudyRun>& runs) {
  SeedValues values;
  for (const StudyRun& run : runs) {
    const StudyNumber& number = run.judged[index].number;
    values.push_back(number.value ? std::optional<SeedValue>({*number.value, number.at_least})
                                  : std::nullopt);
  }
  return values;
}

// A lower bound can break a limit from above, but not keep one.
bool surely_compares(scenarios::Comparison comparison, double value, bool at_least, double limit) {
  const bool holds = compares(comparison, value, limit);
  if (!at_least) return holds;
  const bool upward = comparison == scenarios::Comparison::greater ||
                      comparison == scenarios::Comparison::greater_equal;
  return holds && (upward || (comparison == scenarios::Comparison::not_equal && value > limit));
}

}  // namespace

ExpectationResult judge(const scenarios::StudyExpectation& expectation, std::uint32_t index,
                        const std::vector<StudyRun>& runs, StudentTable& student) {
  ExpectationResult out;
  for (const StudyRun& run : runs) {
    const StudyJudged& judged = run.judged[index];
    ++out.runs;
    if (judged.met) ++out.runs_met;
    if (out.unit.empty()) out.unit = judged.number.unit;
    if (out.note.empty()) out.note = judged.number.note;
    out.limit = judged.limit;
  }
  if (runs.empty()) return out;
  if (expectation.over == OverSeeds::every) {
    out.met = met_if(out.runs_met == out.runs);
    return out;
  }
  const SeedValues values = numbers_of(index, runs);
  const MeanInterval mean = mean_of(values, student);
  if (mean.runs == 0) return out;
  if (expectation.over == OverSeeds::mean) {
    out.value = mean.mean;
    out.at_least = mean.at_least;
  } else {
    const Sorted sorted(values);
    const auto [part, whole] = ratio_of(expectation.over);
    const QuantileInterval quantile = sorted.quantile(part, whole, student.confidence());
    const bool smallest = expectation.over == OverSeeds::min;
    out.value = smallest ? sorted.min() : quantile.value;
    out.at_least = smallest ? sorted.at_least() : quantile.at_least;
  }
  // A run that had nothing to measure has not kept a limit.
  const bool all = mean.runs == out.runs;
  out.met = met_if(all && surely_compares(expectation.expectation.comparison, *out.value,
                                          out.at_least, out.limit));
  if (!all && out.note.empty()) out.note = "some runs saw no data";
  return out;
}

StudyResults::StudyResults(const scenarios::Study& study, Show show)
    : study_(study),
      show_(std::move(show)),
      student_(study.confidence),
      first_(study.measures.size()) {}

MeasureResult StudyResults::measure(std::uint32_t index, const std::vector<StudyRun>& runs) {
  MeasureResult out;
  const SeedValues values = values_of(runs, index);
  for (const StudyRun& run : runs) {
    const StudyNumber& number = run.measured[index];
    ++out.runs;
    if (!number.value) ++out.no_data;
    if (number.value && number.at_least) ++out.lower_bounds;
    if (out.unit.empty()) out.unit = number.unit;
    if (out.note.empty()) out.note = number.note;
  }
  if (points_ == 0) first_[index] = values;
  if (!out.has_data()) return out;
  out.mean = mean_of(values, student_);
  const Sorted sorted(values);
  out.min = sorted.min();
  out.max = sorted.max();
  out.p50 = sorted.quantile(1, 2, study_.confidence);
  out.p90 = sorted.quantile(9, 10, study_.confidence);
  out.p99 = sorted.quantile(99, 100, study_.confidence);
  if (points_ != 0) {
    const MeanInterval difference = mean_of(differences(first_[index], values), student_);
    if (difference.runs != 0) out.difference = difference;
  }
  return out;
}

void StudyResults::point(std::uint64_t point, std::vector<scenarios::StudySetting> settings,
                         const std::vector<StudyRun>& runs) {
  PointResult result;
  result.point = point;
  result.runs = runs.size();
  result.settings = std::move(settings);
  for (std::uint32_t i = 0; i < study_.measures.size(); ++i) {
    result.measures.push_back(measure(i, runs));
  }
  for (std::uint32_t i = 0; i < study_.expectations.size(); ++i) {
    result.expectations.push_back(judge(study_.expectations[i], i, runs, student_));
  }
  ++points_;
  runs_ += runs.size();
  for (const StudyRun& run : runs) events_ += run.events;
  if (show_) show_(result);
}

}  // namespace tablekey::replay
