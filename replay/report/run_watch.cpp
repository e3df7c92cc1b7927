#include "replay/report/run_watch.h"

namespace tablekey::replay::report {

RunWatch::RunWatch(const model::ScenarioView& scenario, std::int64_t end)
    : expectations(scenario),
      rates(scenario.start.nanoseconds(), end),
      outcomes(scenario),
      moments(moments_of(scenario)) {}

void RunWatch::before(const model::State& state, std::int64_t time) {
  expectations.before(state, time);
  summary.before(state, time);
  if (!holdings_) holdings_.emplace(state);
  holdings_->before(state);
}

void RunWatch::event(const model::State& after, events::Event::Reader event, std::uint64_t number) {
  expectations.event(after, event, number);
  summary.event(after, event, number);
  if (!holdings_) holdings_.emplace(after);
  outcomes.event(after, event);
  const std::optional<Answer> answer = answer_of(event);
  const Seen seen{after, event, number, &*holdings_, &outcomes, answer ? &*answer : nullptr};
  for (const auto& moment : moments) moment->before(seen);
  holdings_->event(after, event);
  for (const auto& moment : moments) moment->event(seen);
  states.event(after, event);
  held.event(seen);
  rates.event(seen);
}

}  // namespace tablekey::replay::report
