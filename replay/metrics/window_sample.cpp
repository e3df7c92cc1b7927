// The lower bound takes a value that was cut off at what was seen of it, the upper one as endless.
#include "replay/metrics/window_sample.h"

#include <algorithm>

#include "model/law.h"
#include "sim/random.h"

namespace tablekey::replay {
namespace {

std::size_t zeros(const std::vector<std::int64_t>& values) {
  return static_cast<std::size_t>(std::count(values.begin(), values.end(), 0));
}

std::int64_t share(std::size_t part, std::size_t whole) {
  return static_cast<std::int64_t>(static_cast<sim::Uint128>(part) * scenarios::kBillion / whole);
}

}  // namespace

std::size_t WindowSample::positive() const { return size() - zeros(known_) - zeros(censored_); }

Bounds WindowSample::mean() const {
  model::law(size() != 0, "a mean is of something");
  sim::Uint128 sum = 0;
  for (const std::int64_t value : known_) sum += static_cast<sim::Uint128>(value);
  for (const std::int64_t value : censored_) sum += static_cast<sim::Uint128>(value);
  Bounds bounds;
  bounds.low = static_cast<std::int64_t>(sum / size());
  if (censored_.empty()) bounds.high = bounds.low;
  return bounds;
}

Bounds WindowSample::min() const { return ranked(0); }
Bounds WindowSample::max() const { return ranked(size() - 1); }

Bounds WindowSample::quantile(std::uint32_t part) const {
  constexpr std::uint64_t kWhole = scenarios::kQuantileWhole;
  model::law(part > 0 && part < kWhole, "a quantile lies between 0 and 1");
  const auto index = (static_cast<sim::Uint128>(size()) * part + kWhole - 1) / kWhole;
  return ranked(static_cast<std::size_t>(index) - 1);
}

Bounds WindowSample::ranked(std::size_t index) const {
  model::law(index < size(), "a statistic has something to be of");
  std::vector<std::int64_t> all = known_;
  all.insert(all.end(), censored_.begin(), censored_.end());
  const auto nth = [index](std::vector<std::int64_t>& values) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(index);
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  Bounds bounds;
  bounds.low = nth(all);
  if (index >= known_.size()) return bounds;
  std::vector<std::int64_t> known = known_;
  bounds.high = nth(known);
  return bounds;
}

Bounds WindowSample::zero() const {
  model::law(size() != 0, "a share is of something");
  return {share(zeros(known_), size()), share(zeros(known_) + zeros(censored_), size())};
}

}  // namespace tablekey::replay
