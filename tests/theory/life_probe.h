// The lives of keys in their caches, from load to end, in steady state.
#pragma once

#include <functional>
#include <span>

#include "tests/theory/probe.h"

namespace tablekey::theory {

/// Lives (s) that ended in a stretch of so many seconds.
using FromLives = std::function<Reading(std::span<const double> lives, double seconds)>;

class LifeProbe : public Probe {
 public:
  LifeProbe(const model::ScenarioView& scenario, const Stretch& stretch, FromLives from);

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  bool done() const override { return over_; }
  Reading reading(const model::State&) override { return from_(ended_, seconds_); }

 private:
  struct Life {
    std::int64_t created = 0, until = 0;
  };

  double seconds_;
  std::int64_t from_time_, to_;
  FromLives from_;
  std::optional<replay::Holdings> holdings_;
  std::vector<Life> lives_;  // by entry: the present or last one
  std::vector<double> ended_;
  bool over_ = false;
};

}  // namespace tablekey::theory
