// Buckets: 0 to 127 hold one value each, then every octave has 64 of equal width.
#include "replay/metrics/histogram.h"

#include <algorithm>

#include "model/law.h"

namespace tablekey::replay {
namespace {

// The bucket of the largest 63-bit value, and one.
constexpr std::size_t kBuckets = 58 * 64;

}  // namespace

void Histogram::grow() { counts_.resize(kBuckets); }

std::uint64_t Histogram::middle_of(std::size_t bucket) {
  if (bucket < kExactBelow) return bucket;
  const std::size_t shift = (bucket >> kSubBits) - 1;
  const std::uint64_t low = static_cast<std::uint64_t>(bucket - (shift << kSubBits)) << shift;
  return low + ((std::uint64_t{1} << shift) >> 1);
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (counts_.empty()) grow();
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
}

std::int64_t Histogram::mean() const {
  model::law(count_ != 0, "a mean is of something");
  return static_cast<std::int64_t>(sum_ / count_);
}

std::int64_t Histogram::quantile(std::uint64_t part, std::uint64_t whole) const {
  model::law(count_ != 0, "a quantile is of something");
  model::law(part > 0 && part <= whole, "a quantile lies between 0 and 1");
  const sim::Uint128 wanted = (static_cast<sim::Uint128>(count_) * part + whole - 1) / whole;
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (below + counts_[bucket] < wanted) below += counts_[bucket++];
  return static_cast<std::int64_t>(std::clamp(middle_of(bucket), min_, max_));
}

}  // namespace tablekey::replay
