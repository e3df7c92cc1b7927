// One function a kind of result.
#include "replay/metrics/report.h"

#include <fmt/format.h>

#include "model/law.h"
#include "replay/metrics/metric.h"
#include "sim/time.h"

namespace tablekey::replay {
namespace {

using scenarios::Comparison;
using scenarios::kBillion;
using scenarios::Statistic;

std::string unit_text(std::int64_t billionths, Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return sim::print(sim::Duration::nanoseconds(billionths));
    case Unit::share:
      return fmt::format("{:.6g}%", static_cast<double>(billionths) / 1e7);
    case Unit::number:
      return fmt::format("{:.6g}", static_cast<double>(billionths) / 1e9);
  }
  return {};
}

// Of durations and of numbers the limits lie in different places.
std::int64_t limit_of(const scenarios::Expectation& expectation, Unit unit) {
  return unit == Unit::seconds ? expectation.limit.nanoseconds : expectation.limit.billionths;
}

// Whole numbers are far below what would overflow: a run has fewer than 2^37 events.
std::int64_t scaled(std::int64_t value, Unit unit) {
  if (unit == Unit::seconds) return value;
  model::law(value <= INT64_MAX / kBillion, "a count fits in billionths");
  return value * kBillion;
}

std::int64_t histogram_mean(const Histogram& histogram, Unit unit) {
  const sim::Uint128 scale = unit == Unit::seconds ? 1 : kBillion;
  return static_cast<std::int64_t>(histogram.sum() * scale / histogram.count());
}

}  // namespace

bool surely(Comparison comparison, const Bounds& measured, std::int64_t limit) {
  const auto& [low, high] = measured;
  switch (comparison) {
    case Comparison::equal:
      return measured.exact() && low == limit;
    case Comparison::not_equal:
      return low > limit || (high && *high < limit);
    case Comparison::less:
      return high && *high < limit;
    case Comparison::less_equal:
      return high && *high <= limit;
    case Comparison::greater:
      return low > limit;
    case Comparison::greater_equal:
      return low >= limit;
  }
  return false;
}

void report_nothing(Outcome& outcome, std::string why) {
  outcome.met = Met::no_data;
  outcome.measured = "nothing";
  outcome.number.reset();
  outcome.note = std::move(why);
}

void report_count(Outcome& outcome, const scenarios::Expectation& expectation,
                  std::uint64_t count) {
  outcome.measured = fmt::format("{}", count);
  outcome.number = static_cast<double>(count);
  outcome.met = met_if(compares(expectation.comparison, count, expectation.limit.count));
}

void report_bounds(Outcome& outcome, const scenarios::Expectation& expectation,
                   const Bounds& bounds, Unit unit) {
  if (!bounds.high) {
    outcome.measured = "at least " + unit_text(bounds.low, unit);
  } else if (bounds.exact()) {
    outcome.measured = unit_text(bounds.low, unit);
  } else {
    outcome.measured =
        fmt::format("{} to {}", unit_text(bounds.low, unit), unit_text(*bounds.high, unit));
  }
  outcome.number = static_cast<double>(bounds.low) / 1e9;
  outcome.at_least = !bounds.exact();
  if (unit == Unit::seconds) outcome.unit = "s";
  outcome.met = met_if(surely(expectation.comparison, bounds, limit_of(expectation, unit)));
}

void report_ratio(Outcome& outcome, const scenarios::Expectation& expectation, std::uint64_t part,
                  std::uint64_t whole) {
  model::law(whole != 0 && part <= whole, "a share is of something");
  const double ratio = static_cast<double>(part) / static_cast<double>(whole);
  outcome.measured = fmt::format("{:.6g}%", ratio * 100);
  outcome.number = ratio;
  outcome.samples = whole;
  const auto left = static_cast<sim::Uint128>(part) * kBillion;
  const auto right =
      static_cast<sim::Uint128>(whole) * static_cast<std::uint64_t>(expectation.limit.billionths);
  outcome.met = met_if(compares(expectation.comparison, left, right));
}

void report_rate(Outcome& outcome, const scenarios::Expectation& expectation, std::uint64_t count,
                 std::int64_t time) {
  model::law(time > 0, "a rate is over some time");
  const double rate = static_cast<double>(count) * 1e9 / static_cast<double>(time);
  outcome.measured = fmt::format("{:.6g}/s", rate);
  outcome.number = rate;
  outcome.unit = "/s";
  outcome.met = met_if(compares(expectation.comparison, rate, expectation.limit.rate));
}

void report_histogram(Outcome& outcome, const scenarios::Expectation& expectation,
                      const Histogram& histogram, Unit unit) {
  outcome.samples = histogram.count();
  std::int64_t value = 0;
  switch (expectation.statistic) {
    case Statistic::count:
      return report_count(outcome, expectation, histogram.count());
    case Statistic::mean:
      value = histogram_mean(histogram, unit);
      break;
    case Statistic::min:
      value = scaled(histogram.min(), unit);
      break;
    case Statistic::max:
      value = scaled(histogram.max(), unit);
      break;
    default:
      value = scaled(histogram.quantile(expectation.quantile, scenarios::kQuantileWhole), unit);
  }
  report_bounds(outcome, expectation, {value, value}, unit);
}

}  // namespace tablekey::replay
