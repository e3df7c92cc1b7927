// Calls to KMS from when they were sent until their answers arrived. A call is known by its place
// in State::calls while it is under way; the event that an answer leads to may be looked at beside
// it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

/// One that is answered, or lost.
struct TrackedCall {
  std::uint32_t call = model::kNone;  ///< kNone: it was answered at once, or its sending unknown
  std::int64_t sent = 0;              ///< ns since the Unix epoch
  std::int64_t decided = 0;           ///< when KMS had an answer
  std::int64_t arrives = 0;           ///< when the answer is there, or the call is given up
  std::uint64_t opened_by = 0;        ///< number of the event that sent it; 0: unknown
  std::uint64_t number = 0;           ///< of the event that says how it ended
  bool awaited = false;               ///< an event will follow that is due to its answer
};

class CallTracker {
 public:
  /// The calls that this event sends.
  std::vector<std::uint32_t> opened(const model::State& after, events::Event::Reader event,
                                    std::uint64_t number);
  /// The call that this event ends. Ask before opened().
  std::optional<TrackedCall> ended(events::Event::Reader event, std::uint64_t number);
  std::size_t in_flight() const { return under_way_.size(); }

 private:
  struct UnderWay {
    std::int64_t sent = 0;
    std::uint64_t opened_by = 0;
  };
  std::map<std::uint32_t, UnderWay> under_way_;  // by place in State::calls
};

/// The call whose answer the due action takes further, seen before it does; kNone: none.
std::uint32_t delivered_call(const model::State& before);

}  // namespace tablekey::replay
