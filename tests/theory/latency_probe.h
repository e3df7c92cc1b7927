// How long requests took from their arrival to their answer.
#pragma once

#include <functional>
#include <span>

#include "tests/theory/probe.h"

namespace tablekey::theory {

/// Latencies (s) of the requests that were served in a stretch, in the order of their answers.
using FromLatencies = std::function<Reading(std::vector<double> latencies)>;

class LatencyProbe : public Probe {
 public:
  LatencyProbe(const model::ScenarioView& scenario, const Stretch& stretch, FromLatencies from);

  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  bool done() const override { return over_; }
  Reading reading(const model::State&) override { return from_(std::move(latencies_)); }

 private:
  std::int64_t from_time_, to_;
  FromLatencies from_;
  std::vector<double> latencies_;
  bool over_ = false;
};

}  // namespace tablekey::theory
