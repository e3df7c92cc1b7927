// The statistics of cache-theory.md 1, by definition and in integers.
#include "replay/metrics/window_sample.h"

#include <algorithm>
#include <utility>

#include "model/law.h"
#include "sim/random.h"

namespace tablekey::replay {
namespace {

using scenarios::Comparison;
using scenarios::Statistic;

/// p as a ratio, so that no rounding decides which window it is.
std::pair<std::uint64_t, std::uint64_t> quantile_of(Statistic statistic) {
  switch (statistic) {
    case Statistic::p50:
      return {1, 2};
    case Statistic::p90:
      return {9, 10};
    case Statistic::p95:
      return {19, 20};
    case Statistic::p99:
      return {99, 100};
    case Statistic::p99_9:
      return {999, 1000};
    default:
      model::law(false, "a statistic of windows is known");
      return {1, 1};
  }
}

std::int64_t mean_of(const std::vector<std::int64_t>& values) {
  sim::Uint128 sum = 0;
  for (const std::int64_t value : values) sum += static_cast<sim::Uint128>(value);
  return static_cast<std::int64_t>(sum / values.size());
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

std::size_t WindowSample::positive() const {
  const auto some = [](std::int64_t window) { return window > 0; };
  return static_cast<std::size_t>(std::count_if(known_.begin(), known_.end(), some) +
                                  std::count_if(censored_.begin(), censored_.end(), some));
}

// The lower bound takes a window that was cut off at what was seen of it, the upper one as endless.
Bounds WindowSample::statistic(Statistic statistic) const {
  model::law(size() != 0, "a statistic has something to be of");
  std::vector<std::int64_t> known = known_, all = known_;
  all.insert(all.end(), censored_.begin(), censored_.end());
  std::sort(known.begin(), known.end());
  std::sort(all.begin(), all.end());
  Bounds bounds;
  if (statistic == Statistic::mean) {
    bounds.low = mean_of(all);
    if (censored_.empty()) bounds.high = bounds.low;
    return bounds;
  }
  std::size_t index = 0;
  if (statistic == Statistic::max) {
    index = all.size() - 1;
  } else if (statistic != Statistic::min) {
    const auto [part, whole] = quantile_of(statistic);
    index = (all.size() * part + whole - 1) / whole - 1;
  }
  bounds.low = all[index];
  if (index < known.size()) bounds.high = known[index];
  return bounds;
}

}  // namespace tablekey::replay
