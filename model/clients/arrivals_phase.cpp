// Draws of a source's phases: ordinal 0 says in which state it begins, ordinal k + 1 how long its
// sojourn k lasts.
#include "model/clients/arrivals_phase.h"

#include <utility>

#include "model/draws.h"
#include "model/law.h"
#include "sim/math.h"

namespace tablekey::model {
namespace {

double count(sim::Duration duration) { return static_cast<double>(duration.count()); }

}  // namespace

Phases::Phases(std::vector<ModulatedState> states) : states_(std::move(states)) {
  for (const ModulatedState& state : states_) {
    law(state.hold.count() > 0, "a state of a process lasts a while");
    silent_ = silent_ && state.rate <= 0;
  }
}

double Phases::mean_rate() const {
  double sum = 0, weighed = 0;
  for (const ModulatedState& state : states_) {
    sum += count(state.hold);
    weighed += count(state.hold) * state.rate;
  }
  return weighed / sum;
}

sim::Time Phases::end_of(const PhaseSource& source, const Phase& phase) const {
  const sim::Bits128 bits = draw(source.random, source.entity, Draw::phase, phase.ordinal + 1);
  const double length = -sim::log(sim::unit(bits.high)) * count(states_[phase.state].hold);
  const sim::Time last = sim::Time::from_nanoseconds(INT64_MAX);
  if (!(length < count(last - phase.begins) - 1)) return last;
  const auto whole = static_cast<std::int64_t>(length + 0.5);
  return phase.begins + sim::Duration::nanoseconds(whole < 1 ? 1 : whole);
}

Phase Phases::first(const PhaseSource& source, sim::Time origin) const {
  double sum = 0;
  for (const ModulatedState& state : states_) sum += count(state.hold);
  double place = sim::unit(draw(source.random, source.entity, Draw::phase, 0).high) * sum;
  Phase phase;
  phase.begins = origin;
  while (phase.state + 1 < states_.size() && place >= count(states_[phase.state].hold)) {
    place -= count(states_[phase.state].hold);
    ++phase.state;
  }
  phase.ends = end_of(source, phase);
  return phase;
}

Phase Phases::following(const PhaseSource& source, const Phase& phase) const {
  Phase next;
  next.ordinal = phase.ordinal + 1;
  next.state = phase.state + 1 < states_.size() ? phase.state + 1 : 0;
  next.begins = phase.ends;
  next.ends = end_of(source, next);
  return next;
}

const Phase& PhaseMemo::at(std::uint32_t index, const Phases& phases, const PhaseSource& source,
                           sim::Time origin, sim::Time now) {
  if (seen_.size() <= index) seen_.resize(std::size_t{index} + 1);
  Seen& seen = seen_[index];
  if (!seen.known || seen.origin != origin || now < seen.phase.begins) {
    seen = {true, origin, phases.first(source, origin)};
  }
  while (seen.phase.ends <= now) seen.phase = phases.following(source, seen.phase);
  return seen.phase;
}

}  // namespace tablekey::model
