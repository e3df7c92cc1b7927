// Who looks on while a trace is folded for its report: the observers that `run` has, and those of
// the pictures, in one pass.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "replay/metrics/metrics.h"
#include "replay/metrics/summary.h"
#include "replay/report/held_keys.h"
#include "replay/report/outcome_rates.h"
#include "replay/report/revocations.h"
#include "replay/report/state_lanes.h"

namespace tablekey::replay::report {

class RunWatch : public Observer {
 public:
  /// `end`: when the run ended, ns since the Unix epoch.
  RunWatch(const model::ScenarioView& scenario, std::int64_t end);

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;

  ExpectationSet expectations;
  RunSummary summary;
  StateLanes states;
  HeldKeys held;
  RunRates rates;
  StepOutcomes outcomes;
  std::vector<std::unique_ptr<WatchedMoment>> moments;

 private:
  std::optional<Holdings> holdings_;
};

}  // namespace tablekey::replay::report
