// What an event is about, in words: the entity whose story it belongs to.
#pragma once

#include <string>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

/// "connection 3 (web/3)" or "table 0 (Books)": the first such field that the event has, with the
/// name that it goes by. Empty: it is about none of them.
std::string entity_of(const model::State& state, events::Event::Reader event);

}  // namespace tablekey::replay
