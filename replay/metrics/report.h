// How a metric says what it measured: the words, the number for a study, and whether the limit
// holds. Comparisons are exact: on integers, in billionths of the unit, never on what is printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "replay/metrics/histogram.h"
#include "replay/metrics/metrics.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {

/// What a statistic is known to be: at least `low`; at most `high`, if that is known. In billionths
/// of its unit: times are nanoseconds.
struct Bounds {
  std::int64_t low = 0;
  std::optional<std::int64_t> high;
  bool exact() const { return high && *high == low; }
};

/// Whether the comparison surely holds, whatever is still open would have become.
bool surely(scenarios::Comparison comparison, const Bounds& measured, std::int64_t limit);

enum class Unit : std::uint8_t { seconds, number, share };

/// There was nothing to measure, and why.
void report_nothing(Outcome& outcome, std::string why);
void report_count(Outcome& outcome, const scenarios::Expectation& expectation, std::uint64_t count);
/// A statistic in billionths of its unit, which is a time, a number or a share.
void report_bounds(Outcome& outcome, const scenarios::Expectation& expectation,
                   const Bounds& bounds, Unit unit);
/// `part` of `whole`, compared exactly; requires a whole.
void report_ratio(Outcome& outcome, const scenarios::Expectation& expectation, std::uint64_t part,
                  std::uint64_t whole);
/// So many in so much time (ns, more than 0).
void report_rate(Outcome& outcome, const scenarios::Expectation& expectation, std::uint64_t count,
                 std::int64_t time);
/// A statistic of a histogram of nanoseconds, or of whole numbers.
void report_histogram(Outcome& outcome, const scenarios::Expectation& expectation,
                      const Histogram& histogram, Unit unit);

}  // namespace tablekey::replay
