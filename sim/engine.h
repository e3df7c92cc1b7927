// The part of turning a world that a run, a fold and a slice have in common: take turns in order
// until a limit. It knows neither what an action is nor where events come from.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/time.h"

namespace tablekey::sim {

/// Where to stop: whichever limit comes first.
struct TurnLimit {
  std::uint64_t turns_max = UINT64_MAX;
  Time up_to = Time::max();
};

/// Why take_turns() stopped.
enum class Turned : std::uint8_t {
  nothing_left,  // next_due had nothing more
  up_to,         // the next turn is due later than the limit
  turns_max,     // all turns allowed were taken
  cut_short,     // turn itself said to stop
};

/// Calls turn() as long as next_due() names a time at or before limit.up_to. NextDue is
/// `() -> std::optional<Time>`; Turn is `() -> bool`, false to stop after this turn.
template <class NextDue, class Turn>
Turned take_turns(const TurnLimit& limit, NextDue&& next_due, Turn&& turn) {
  for (std::uint64_t taken = 0;; ++taken) {
    const std::optional<Time> due = next_due();
    if (!due) {
      return Turned::nothing_left;
    }
    if (*due > limit.up_to) {
      return Turned::up_to;
    }
    if (taken == limit.turns_max) {
      return Turned::turns_max;
    }
    if (!turn()) {
      return Turned::cut_short;
    }
  }
}

}  // namespace tablekey::sim
