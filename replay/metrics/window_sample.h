// One value for each cache entry, some of them still open when the run ended: windows of time, or
// numbers of requests. Such a value is only known to be at least so large, and each statistic says
// what follows from that. Exact, for an entry is rare enough to be kept: quantile p is the smallest
// w with P(W <= w) >= p (cache-theory.md 1).
#pragma once

#include <cstdint>
#include <vector>

#include "replay/metrics/report.h"
#include "scenarios/expectation.h"

namespace tablekey::replay {

class WindowSample {
 public:
  /// In billionths of the unit: nanoseconds, for times.
  void add(std::int64_t value) { known_.push_back(value); }
  /// One that was at least so large when the run ended.
  void add_censored(std::int64_t at_least) { censored_.push_back(at_least); }

  std::size_t size() const { return known_.size() + censored_.size(); }
  std::size_t censored() const { return censored_.size(); }
  /// How many are more than nothing.
  std::size_t positive() const;

  // All require at least one value.
  Bounds min() const;
  Bounds max() const;
  /// Rounded down.
  Bounds mean() const;
  /// Of scenarios::kQuantileWhole.
  Bounds quantile(std::uint32_t part) const;
  /// The share of those that are nothing, in billionths; one that is nothing yet may grow.
  Bounds zero() const;

 private:
  Bounds ranked(std::size_t index) const;

  std::vector<std::int64_t> known_, censored_;
};

}  // namespace tablekey::replay
