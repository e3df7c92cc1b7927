// Each kind by inversion or by the sampler of sim/distribution.h; one draw a gap, two where the
// first one has to be cut at a random place.
#include "model/clients/arrivals_gap.h"

#include <cstddef>
#include <utility>

#include "model/law.h"
#include "sim/law.h"
#include "sim/math.h"

namespace tablekey::model {
namespace {

// The samplers of sim/distribution.h count nanoseconds: a second stands for 1.
constexpr sim::Duration kOne = sim::Duration::seconds(1);
constexpr double kOneCount = 1e9;

double minus_log(std::uint64_t bits) { return -sim::log(sim::unit(bits)); }

}  // namespace

Gap Gap::exponential() {
  Gap gap;
  gap.kind_ = Kind::exponential;
  return gap;
}

Gap Gap::gamma(double shape) {
  law(shape >= kShapeMin && shape <= kShapeMax, "a gamma process has a shape within bounds");
  Gap gap;
  gap.kind_ = Kind::gamma;
  gap.shape_ = shape;
  gap.gamma_ = sim::Distribution::gamma(shape, kOne);
  gap.biased_ = sim::Distribution::gamma(shape + 1, kOne);
  return gap;
}

Gap Gap::weibull(double shape) {
  law(shape >= kShapeMin && shape <= kShapeMax, "a Weibull process has a shape within bounds");
  Gap gap;
  gap.kind_ = Kind::weibull;
  gap.shape_ = shape;
  gap.scale_ = sim::exp(-sim::log_gamma(1 + 1 / shape));
  gap.biased_ = sim::Distribution::gamma(1 + 1 / shape, kOne);
  return gap;
}

Gap Gap::lomax(double shape) {
  law(shape >= kLomaxShapeMin && shape <= kShapeMax, "a Lomax process has a shape within bounds");
  Gap gap;
  gap.kind_ = Kind::lomax;
  gap.shape_ = shape;
  gap.scale_ = shape - 1;
  return gap;
}

Gap Gap::hyperexponential(std::vector<GapBranch> branches) {
  Gap gap;
  gap.kind_ = Kind::hyperexponential;
  gap.mean_seconds_ = 0;
  for (const GapBranch& branch : branches) {
    law(branch.share > 0 && branch.rate > 0, "a branch of a process has a share and a rate");
    gap.mean_seconds_ += branch.share / branch.rate;
  }
  double end = 0, first_end = 0;
  for (const GapBranch& branch : branches) {
    const double mean = 1 / (branch.rate * gap.mean_seconds_);
    gap.means_.push_back(mean);
    gap.ends_.push_back(end += branch.share);
    gap.first_ends_.push_back(first_end += branch.share * mean);
  }
  law(!branches.empty(), "a hyperexponential process has branches");
  return gap;
}

double Gap::exponential_of(double branch, const std::vector<double>& ends, double log_u) const {
  std::size_t index = 0;
  while (index + 1 < ends.size() && branch >= ends[index]) ++index;
  return log_u * means_[index];
}

double Gap::sample(sim::Bits128 bits) const {
  switch (kind_) {
    case Kind::even:
      return 1;
    case Kind::exponential:
      return minus_log(bits.high);
    case Kind::gamma:
      return gamma_.sample(bits) / kOneCount;
    case Kind::weibull:
      return scale_ * sim::power(minus_log(bits.high), 1 / shape_);
    case Kind::lomax:
      return scale_ * sim::exp_minus_one(minus_log(bits.high) / shape_);
    case Kind::hyperexponential:
      return exponential_of(sim::unit(bits.low), ends_, minus_log(bits.high));
  }
  sim::broken_law("a process has a kind");
}

// A random instant falls into a gap with a probability that grows with its length (that is what
// `biased_` draws), and lies anywhere in it.
double Gap::first(sim::Bits128 bits, sim::Bits128 more, double share) const {
  const double place = sim::unit(more.high);
  switch (kind_) {
    case Kind::even:
      return share;
    case Kind::exponential:
      return minus_log(bits.high);
    case Kind::gamma:
      return place * (shape_ + 1) / shape_ * biased_.sample(bits) / kOneCount;
    case Kind::weibull: {
      const double power = (1 + 1 / shape_) * biased_.sample(bits) / kOneCount;
      return place * scale_ * sim::power(power, 1 / shape_);
    }
    case Kind::lomax:
      return scale_ * sim::exp_minus_one(minus_log(bits.high) / (shape_ - 1));
    case Kind::hyperexponential:
      return exponential_of(sim::unit(bits.low) * first_ends_.back(), first_ends_,
                            minus_log(bits.high));
  }
  sim::broken_law("a process has a kind");
}

double Gap::cdf(double x) const {
  if (x <= 0) return 0;
  switch (kind_) {
    case Kind::even:
      return x < 1 ? 0 : 1;
    case Kind::exponential:
      return -sim::exp_minus_one(-x);
    case Kind::gamma:
      return gamma_.cdf(x * kOneCount);
    case Kind::weibull:
      return -sim::exp_minus_one(-sim::power(x / scale_, shape_));
    case Kind::lomax:
      return -sim::exp_minus_one(-shape_ * sim::log_one_plus(x / scale_));
    case Kind::hyperexponential: {
      double below = 0, begin = 0;
      for (std::size_t i = 0; i < means_.size(); ++i) {
        below -= (ends_[i] - begin) * sim::exp_minus_one(-x / means_[i]);
        begin = ends_[i];
      }
      return below;
    }
  }
  sim::broken_law("a process has a kind");
}

}  // namespace tablekey::model
