// Sums go in the order of the runs and in two passes, so that the result depends on nothing else.
#include "replay/study/statistics.h"

#include <algorithm>

#include "model/law.h"
#include "sim/math.h"

namespace tablekey::replay {

SeedValues values_of(std::span<const StudyRun> runs, std::uint32_t measure) {
  SeedValues values;
  values.reserve(runs.size());
  for (const StudyRun& run : runs) {
    const StudyNumber& number = run.measured[measure];
    values.push_back(number.value ? std::optional<SeedValue>({*number.value, number.at_least})
                                  : std::nullopt);
  }
  return values;
}

MeanInterval mean_of(const SeedValues& values, StudentTable& student) {
  MeanInterval out;
  double sum = 0;
  for (const auto& one : values) {
    if (!one) continue;
    ++out.runs;
    sum += one->value;
    out.at_least = out.at_least || one->at_least;
  }
  if (out.runs == 0) return out;
  const auto n = static_cast<double>(out.runs);
  out.mean = sum / n;
  if (out.runs == 1) return out;
  double squares = 0;
  for (const auto& one : values) {
    if (one) squares += (one->value - out.mean) * (one->value - out.mean);
  }
  const double variance = squares / (n - 1);
  out.deviation = sim::sqrt(variance);
  out.half_width = student.at(out.runs - 1) * sim::sqrt(variance / n);
  return out;
}

Sorted::Sorted(const SeedValues& values) {
  for (const auto& one : values) {
    if (!one) continue;
    all_.push_back(one->value);
    if (!one->at_least) known_.push_back(one->value);
  }
  std::ranges::sort(all_);
  std::ranges::sort(known_);
}

// A lower bound of a run stands as low as it was seen in `all_` and as high as can be in `known_`.
QuantileInterval Sorted::quantile(std::uint64_t part, std::uint64_t whole,
                                  double confidence) const {
  model::law(!all_.empty() && part >= 1 && part <= whole, "a quantile has something to be of");
  const std::uint64_t n = all_.size();
  const std::uint64_t index = (n * part + whole - 1) / whole - 1;
  QuantileInterval out;
  out.value = all_[index];
  out.at_least = index >= known_.size() || known_[index] != all_[index];
  if (part == whole) return out;
  const OrderBounds bounds = quantile_bounds(n, part, whole, confidence);
  if (bounds.low >= 1) out.low = all_[bounds.low - 1];
  if (bounds.high <= known_.size()) out.high = known_[bounds.high - 1];
  return out;
}

SeedValues differences(const SeedValues& a, const SeedValues& b) {
  SeedValues out;
  const std::size_t common = std::min(a.size(), b.size());
  // To something that is only known to be larger nothing can be said.
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] && a[i]->at_least) return out;
  }
  for (std::size_t i = 0; i < common; ++i) {
    if (!a[i] || !b[i]) continue;
    out.push_back(SeedValue{b[i]->value - a[i]->value, b[i]->at_least});
  }
  return out;
}

bool narrow_enough(const scenarios::StudyStop& stop, const MeanInterval& mean) {
  if (!mean.half_width) return false;
  const double size = mean.mean < 0 ? -mean.mean : mean.mean;
  return *mean.half_width <= (stop.relative ? stop.half_width * size : stop.half_width);
}

}  // namespace tablekey::replay
