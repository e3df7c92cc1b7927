// Arrival processes by inversion of the integrated rate: the same unit exposure gives an earlier
// arrival under a higher rate, so runs that differ in the rate alone stay comparable draw by draw.
#include "model/clients/arrivals.h"

#include <utility>

#include "sim/math.h"

namespace tablekey::model {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kFarthestSeconds = 9e9;  // beyond what 64-bit nanoseconds hold

double seconds(sim::Duration duration) {
  return static_cast<double>(duration.count()) / kNanosecondsPerSecond;
}

std::optional<sim::Time> after(sim::Time now, double nanoseconds) {
  if (!(nanoseconds < kFarthestSeconds * kNanosecondsPerSecond)) return std::nullopt;
  auto count = static_cast<std::int64_t>(nanoseconds + 0.5);
  if (count < 1) count = 1;
  if (now.nanoseconds() > INT64_MAX - count) return std::nullopt;
  return now + sim::Duration::nanoseconds(count);
}

// The time within a stretch of rate r + s*t at which its integral reaches `exposure`.
double solve(double rate, double slope, double exposure) {
  if (slope == 0) return exposure / rate;
  // The stable form of the quadratic's root: no difference of nearly equal numbers.
  // At the end of a ramp to zero what is left under the root may round to less than nothing.
  const double left = rate * rate + 2 * slope * exposure;
  return 2 * exposure / (rate + (left > 0 ? sim::sqrt(left) : 0));
}

}  // namespace

Arrivals::Arrivals(bool poisson, std::vector<RateStage> stages)
    : poisson_(poisson), stages_(std::move(stages)) {
  const double rate = stages_.front().begin;
  bool flat = rate > 0;
  for (const RateStage& stage : stages_) flat = flat && stage.begin == rate && stage.end == rate;
  if (flat) flat_gap_ns_ = kNanosecondsPerSecond / rate;
}

double Arrivals::exposure(sim::Bits128 bits) const {
  return poisson_ ? -sim::log(sim::unit(bits.high)) : 1.0;
}

double Arrivals::first_exposure(sim::Bits128 bits, double first_share) const {
  return poisson_ ? exposure(bits) : first_share;
}

std::optional<sim::Time> Arrivals::next(sim::Time origin, sim::Time now, double exposure) const {
  if (flat_gap_ns_ > 0) return after(now, exposure * flat_gap_ns_);
  double at = seconds(now - origin);  // position in the current stage
  double passed = 0;                  // since now
  double rate_held = 0;
  for (const RateStage& stage : stages_) {
    rate_held = stage.end;
    const double length = seconds(stage.length);
    if (at >= length) {
      at -= length;
      continue;
    }
    const double slope = (stage.end - stage.begin) / length;
    const double rate = stage.begin + slope * at;
    const double left = length - at;
    const double area = (rate + stage.end) / 2 * left;
    if (exposure <= area && area > 0) {
      return after(now, (passed + solve(rate, slope, exposure)) * kNanosecondsPerSecond);
    }
    exposure -= area;
    passed += left;
    at = 0;
  }
  if (rate_held <= 0) return std::nullopt;
  return after(now, (passed + exposure / rate_held) * kNanosecondsPerSecond);
}

}  // namespace tablekey::model
