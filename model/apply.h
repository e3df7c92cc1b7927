// The only writer of State. An event is a fact: applying it draws nothing, encrypts nothing and
// cannot fail. It takes the action that the event came of off the agenda and schedules what
// follows.
#pragma once

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::model {

/// Applies the next event of the run. Throws BrokenLaw if the event cannot be the next one of this
/// state: a bug, or a trace that no tablekey wrote.
void apply(State& state, events::Event::Reader event);

/// The needed version of a table key: the one that wraps the data key of the base partition.
std::uint32_t needed_version(const Table& table);

/// Whether a connection's cached table key may be used now (cache-theory.md 1, half-open).
bool usable(const CacheEntry& entry, std::uint32_t needed, const Settings& settings, sim::Time now);

/// Until when an entry stays usable if nothing more happens; used now if `hit`.
sim::Time usable_until(const CacheEntry& entry, const Settings& settings);

}  // namespace tablekey::model
