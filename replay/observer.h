// Whoever looks on while a world runs or a trace is folded. A view (a metric, an export, a listing)
// is fed one event at a time and can be given any number of them: it keeps what it needs and
// nothing else.
#pragma once

#include <cstdint>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = default;
  Observer& operator=(const Observer&) = default;
  virtual ~Observer() = default;

  /// The state before an event, with that event's time (ns): whatever was so up to an earlier
  /// moment is so here. Called for observers that see a run from its beginning.
  virtual void before(const model::State&, std::int64_t) {}
  /// One event, just applied: `after` is the state with it. The reader is borrowed for the call.
  /// Unless it says otherwise an observer must see every event of a run, from number 0 on.
  virtual void event(const model::State& after, events::Event::Reader event,
                     std::uint64_t number) = 0;
};

}  // namespace tablekey::replay
