// The only writer of State. An event is a fact: applying it draws nothing, encrypts nothing and
// cannot fail. It takes the action that the event came of off the agenda and schedules what
// follows.
#pragma once

#include "event.capnp.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/state.h"

namespace tablekey::model {

/// Applies the next event of the run. Throws BrokenLaw if the event cannot be the next one of this
/// state: a bug, or a trace that no tablekey wrote.
void apply(State& state, events::Event::Reader event);

}  // namespace tablekey::model
