// Windows are whole ones counted from the start of the run: a second of `rate.max` is a second of
// the simulated clock, as a quota counts it, not any stretch of that length.
#include "replay/metrics/tally.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/time.h"

namespace tablekey::replay {

Tally::Tally(const scenarios::Expectation& expectation, const model::ScenarioView& scenario,
             std::string_view what)
    : expectation_(expectation), what_(what), start_(scenario.start.nanoseconds()) {
  const scenarios::Filters& filters = expectation.filters;
  if (filters.after) after_ = time_of(*filters.after, scenario);
  if (filters.before) before_ = time_of(*filters.before, scenario);
}

void Tally::add(std::int64_t time) {
  if (count_ == 0) first_ = time;
  last_ = time;
  ++count_;
  const std::int64_t window = (time - start_) / expectation_.window;
  if (window != window_) {
    window_ = window;
    window_count_ = 0;
  }
  window_count_max_ = std::max(window_count_max_, ++window_count_);
}

void Tally::finish(Outcome& outcome, const model::State& end) const {
  if (after_ != INT64_MIN && after_ > end.now().nanoseconds()) {
    outcome.met = Met::no_data;
    outcome.measured = "nothing";
    outcome.note = "the run ended before the moment that after= names";
    return;
  }
  switch (expectation_.statistic) {
    case scenarios::Statistic::rate_max:
      return finish_rate(outcome);
    case scenarios::Statistic::first:
    case scenarios::Statistic::last:
      return finish_moment(outcome, end);
    default:
      return finish_count(outcome);
  }
}

void Tally::finish_count(Outcome& outcome) const {
  outcome.measured = fmt::format("{}", count_);
  outcome.number = static_cast<double>(count_);
  outcome.met = met_if(compares(expectation_.comparison, count_, expectation_.limit.count));
}

void Tally::finish_rate(Outcome& outcome) const {
  const double rate =
      static_cast<double>(window_count_max_) * 1e9 / static_cast<double>(expectation_.window);
  outcome.measured = fmt::format("{:.6g}/s", rate);
  outcome.number = rate;
  outcome.unit = "/s";
  outcome.met = met_if(compares(expectation_.comparison, rate, expectation_.limit.rate));
}

// Moments are shown as the limit was written: since the start, unless it is a date.
void Tally::finish_moment(Outcome& outcome, const model::State& end) const {
  if (count_ == 0) {
    outcome.met = Met::no_data;
    outcome.measured = "never";
    outcome.note = fmt::format("there was no such {}", what_);
    return;
  }
  const std::int64_t moment =
      expectation_.statistic == scenarios::Statistic::first ? first_ : last_;
  const scenarios::Moment& limit = expectation_.limit.moment;
  outcome.measured = limit.kind == scenarios::Moment::Kind::absolute
                         ? sim::print(sim::Time::from_nanoseconds(moment))
                         : sim::print(sim::Duration::nanoseconds(moment - start_));
  outcome.number = static_cast<double>(moment - start_) / 1e9;
  outcome.unit = "s";
  outcome.met = met_if(compares(expectation_.comparison, moment, time_of(limit, end.scenario())));
}

}  // namespace tablekey::replay
