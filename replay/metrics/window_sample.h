// Windows of time measured over connections, some of them still open when the run ended. Such a
// window is only known to be at least so long, and each statistic says what follows from that.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scenarios/expectation.h"

namespace tablekey::replay {

/// What a statistic is known to be: at least `low`; at most `high`, if that is known (ns).
struct Bounds {
  std::int64_t low = 0;
  std::optional<std::int64_t> high;
  bool exact() const { return high && *high == low; }
};

/// Whether the comparison surely holds, whatever the windows that were cut off would have become.
bool surely(scenarios::Comparison comparison, const Bounds& measured, std::int64_t limit);

class WindowSample {
 public:
  void add(std::int64_t window) { known_.push_back(window); }
  /// A window that was at least so long when the run ended.
  void add_censored(std::int64_t at_least) { censored_.push_back(at_least); }

  std::size_t size() const { return known_.size() + censored_.size(); }
  std::size_t censored() const { return censored_.size(); }
  /// How many are longer than nothing.
  std::size_t positive() const;

  /// Exact order statistics: quantile p is the smallest w with P(W <= w) >= p (cache-theory.md 1);
  /// the mean is rounded down to a nanosecond. Requires at least one window.
  Bounds statistic(scenarios::Statistic statistic) const;

 private:
  std::vector<std::int64_t> known_, censored_;
};

}  // namespace tablekey::replay
