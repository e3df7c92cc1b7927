// Windows of `rate.max` are whole ones counted from the start of the run: a second of it is a
// second of the simulated clock, as a quota counts it. Those of `peak` begin anywhere; both are
// half-open, so two things exactly a window apart are never in one.
#include "replay/metrics/tally.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/metrics/report.h"
#include "sim/time.h"

namespace tablekey::replay {

using scenarios::Statistic;

Tally::Tally(const scenarios::Expectation& expectation, const model::ScenarioView& scenario,
             std::string_view what)
    : expectation_(expectation),
      span_(expectation.filters, scenario),
      what_(what),
      start_(scenario.start.nanoseconds()) {}

void Tally::add(std::int64_t time) {
  if (count_ == 0) first_ = time;
  last_ = time;
  ++count_;
  if (expectation_.statistic == Statistic::peak) return slide(time);
  if (expectation_.statistic != Statistic::rate_max) return;
  const std::int64_t window = (time - start_) / expectation_.window;
  if (window != window_) {
    window_ = window;
    window_count_ = 0;
  }
  window_count_max_ = std::max(window_count_max_, ++window_count_);
}

void Tally::slide(std::int64_t time) {
  while (!recent_.empty() && time - recent_.front() >= expectation_.window) recent_.pop_front();
  recent_.push_back(time);
  peak_ = std::max<std::uint64_t>(peak_, recent_.size());
}

void Tally::finish(Outcome& outcome, const model::State& end) const {
  if (const std::string why = span_.why_unseen(end); !why.empty()) {
    return report_nothing(outcome, why);
  }
  switch (expectation_.statistic) {
    case Statistic::rate:
      return finish_rate(outcome, end);
    case Statistic::rate_max:
      return finish_rate_max(outcome);
    case Statistic::peak:
      return report_count(outcome, expectation_, peak_);
    case Statistic::first:
    case Statistic::last:
      return finish_moment(outcome, end);
    default:
      return report_count(outcome, expectation_, count_);
  }
}

void Tally::finish_rate(Outcome& outcome, const model::State& end) const {
  const std::int64_t seen = span_.seen(end);
  if (seen == 0) return report_nothing(outcome, "the run took no time");
  outcome.samples = count_;
  report_rate(outcome, expectation_, count_, seen);
}

void Tally::finish_rate_max(Outcome& outcome) const {
  report_rate(outcome, expectation_, window_count_max_, expectation_.window);
}

// Moments are shown as the limit was written: since the start, unless it is a date.
void Tally::finish_moment(Outcome& outcome, const model::State& end) const {
  if (count_ == 0) {
    report_nothing(outcome, fmt::format("there was no such {}", what_));
    outcome.measured = "never";
    return;
  }
  const std::int64_t moment = expectation_.statistic == Statistic::first ? first_ : last_;
  const scenarios::Moment& limit = expectation_.limit.moment;
  const bool date = expectation_.compared && limit.kind == scenarios::Moment::Kind::absolute;
  outcome.measured = date ? sim::print(sim::Time::from_nanoseconds(moment))
                          : sim::print(sim::Duration::nanoseconds(moment - start_));
  outcome.number = static_cast<double>(moment - start_) / 1e9;
  outcome.unit = "s";
  const std::int64_t wanted = expectation_.compared ? time_of(limit, end.scenario()) : moment;
  outcome.met = met_if(compares(expectation_.comparison, moment, wanted));
}

}  // namespace tablekey::replay
