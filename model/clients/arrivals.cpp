// Arrival processes by inversion of the integrated rate: the same unit exposure gives an earlier
// arrival under a higher rate, so runs that differ in the rate alone stay comparable draw by draw.
#include "model/clients/arrivals.h"

#include <utility>

namespace tablekey::model {
namespace {

constexpr double kFarthest = 9e18;  // nanoseconds; beyond what 64 bits hold

std::optional<sim::Time> after(sim::Time now, double nanoseconds) {
  if (!(nanoseconds < kFarthest)) return std::nullopt;
  auto count = static_cast<std::int64_t>(nanoseconds + 0.5);
  if (count < 1) count = 1;
  if (now.nanoseconds() > INT64_MAX - count) return std::nullopt;
  return now + sim::Duration::nanoseconds(count);
}

}  // namespace

Arrivals::Arrivals(Gap gap, std::vector<RateStage> stages, const DailyCourse& course)
    : gap_(std::move(gap)), profile_(std::move(stages), course) {}

Arrivals::Arrivals(std::vector<ModulatedState> states, const DailyCourse& course)
    : gap_(Gap::exponential()),
      profile_({{sim::Duration(), 1, 1}}, course),
      phases_(std::move(states)) {}

std::optional<sim::Time> Arrivals::next(sim::Time origin, sim::Time now, double exposure) const {
  if (profile_.flat_unit() > 0) return after(now, exposure * profile_.flat_unit());
  const auto wait = profile_.time_to(now - origin, exposure);
  if (!wait) return std::nullopt;
  return after(now, *wait);
}

std::optional<sim::Time> Arrivals::next(const PhaseSource& source, Phase phase, sim::Time origin,
                                        sim::Time now, double exposure, sim::Time horizon) const {
  if (phases_.silent()) return std::nullopt;
  while (now <= horizon) {
    const double rate = phases_.rate(phase);
    if (rate > 0) {
      const double area = rate * profile_.integral(now - origin, phase.ends - now);
      if (exposure <= area) {
        const auto wait = profile_.time_to(now - origin, exposure / rate);
        return wait ? after(now, *wait) : std::nullopt;
      }
      exposure -= area;
    }
    now = phase.ends;
    phase = phases_.following(source, phase);
  }
  return std::nullopt;
}

}  // namespace tablekey::model
