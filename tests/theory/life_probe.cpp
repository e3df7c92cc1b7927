// A life counts when the next load shows that it is over.
#include "tests/theory/life_probe.h"

#include <utility>

#include "tests/theory/setup.h"

namespace tablekey::theory {

LifeProbe::LifeProbe(const model::ScenarioView& scenario, const Stretch& stretch, FromLives from)
    : seconds_(stretch.to - stretch.from),
      from_time_(moment_of(scenario, stretch.from)),
      to_(moment_of(scenario, stretch.to)),
      from_(std::move(from)) {}

void LifeProbe::before(const model::State& state, std::int64_t time) {
  over_ = over_ || time >= to_;
  if (!holdings_) holdings_.emplace(state);
  holdings_->before(state);
}

void LifeProbe::event(const model::State& after, events::Event::Reader event, std::uint64_t) {
  if (over_) return;
  holdings_->event(after, event);
  for (const replay::Holdings::Change& change : holdings_->changed()) {
    if (change.entry >= lives_.size()) lives_.resize(change.entry + 1);
    Life& life = lives_[change.entry];
    const std::int64_t created = holdings_->created(change.entry);
    if (created != life.created) {
      if (life.created != 0 && event.getTime() >= from_time_) {
        ended_.push_back(static_cast<double>(life.until - life.created) / 1e9);
      }
      life.created = created;
    }
    life.until = holdings_->until(change.entry);
  }
}

}  // namespace tablekey::theory
