// Which events an action may become, and that an event is about what the action was about. A trace
// that no tablekey wrote is refused here before it changes anything.
#pragma once

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::model {

/// Whether `event` can be what came of `action` in `state`, in which it was due.
bool fits(const State& state, const Action& action, events::Event::Reader event);

}  // namespace tablekey::model
