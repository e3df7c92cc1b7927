// The product's own measures of one run: lines of `expect`, whose limits nobody looks at.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "replay/metrics/metrics.h"
#include "tests/theory/probe.h"

namespace tablekey::theory {

/// What was measured, by the lines; a line without data gives 0.
using FromNumbers = std::function<Reading(std::span<const double> numbers)>;

class MeasureProbe : public Probe {
 public:
  /// Measures such as `hits(after=1h).ratio`. Throws CaseError for one that is none. The run ends
  /// at `to`, in seconds since kBegin, unless somebody else ends it.
  MeasureProbe(const model::ScenarioView& scenario, const std::vector<std::string>& measures,
               double to, FromNumbers from);

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  bool done() const override { return over_; }
  Reading reading(const model::State& end) override;

 private:
  std::int64_t to_;
  FromNumbers from_;
  replay::ExpectationSet lines_;
  bool over_ = false;
};

/// `after=…, before=…` for a stretch.
std::string within(const Stretch& stretch);

}  // namespace tablekey::theory
