// What is counted at one instant: at=, or the end of the run if none is named.
#pragma once

#include <cstdint>
#include <optional>

#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {

class CountAtMetric : public Metric {
 public:
  CountAtMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation) {
    if (expectation.filters.at) moment_ = time_of(*expectation.filters.at, scenario);
    if (expectation.filters.table) tables_ = find_tables(scenario, *expectation.filters.table);
  }
  bool wants_holdings() const override { return true; }
  std::optional<std::int64_t> moment() const override { return moment_; }
  void at_moment(const model::State& state) override { count_ = count(state, *moment_); }

  void finish(Outcome& outcome, const model::State& end) override {
    const std::int64_t now = end.now().nanoseconds();
    if (moment_ && *moment_ > now) {
      return report_nothing(outcome, "the run ended before the moment that at= names");
    }
    if (!count_) count_ = count(end, moment_.value_or(now));
    report_count(outcome, expectation_, *count_);
  }

 protected:
  /// How many there are at that time, which nothing later has changed yet.
  virtual std::uint64_t count(const model::State& state, std::int64_t time) const = 0;
  bool counted() const { return count_.has_value(); }
  bool meant(std::uint32_t table) const {
    return !expectation_.filters.table || (tables_ && tables_->contains(table));
  }

 private:
  scenarios::Expectation expectation_;
  std::optional<std::int64_t> moment_;
  std::optional<TableRange> tables_;
  std::optional<std::uint64_t> count_;
};

}  // namespace tablekey::replay
