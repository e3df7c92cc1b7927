// Only reads are looked at: the loads that this is for send nothing else.
#include "tests/theory/latency_probe.h"

#include <utility>

#include "tests/theory/setup.h"

namespace tablekey::theory {

LatencyProbe::LatencyProbe(const model::ScenarioView& scenario, const Stretch& stretch,
                           FromLatencies from)
    : from_time_(moment_of(scenario, stretch.from)),
      to_(moment_of(scenario, stretch.to)),
      from_(std::move(from)) {}

void LatencyProbe::event(const model::State&, events::Event::Reader event, std::uint64_t) {
  const std::int64_t now = event.getTime();
  over_ = now >= to_;
  if (over_ || now < from_time_ || !event.isItemRead()) return;
  latencies_.push_back(static_cast<double>(event.getItemRead().getLatency()) / 1e9);
}

}  // namespace tablekey::theory
