// Answered data requests, whichever event says so: what measures of requests are about. A batch or
// a transaction is one request, and so is each attempt of a client that tries again.
#pragma once

#include <cstdint>
#include <optional>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

struct Answer {
  std::uint32_t connection = 0;
  std::uint32_t table = 0;  ///< kNone: see the event, which may be about several
  events::DataOperation operation{};
  events::Exception exception = events::Exception::NONE;
  bool served = true;        ///< it got to its items
  events::Access via{};      ///< how it had its table's key; only of one that was served
  std::int64_t latency = 0;  ///< from its arrival to its answer, ns
  std::int64_t arrived = 0;  ///< ns since the Unix epoch
};

/// nullopt: the event answers no data request. Its arrival is taken to be the event's time, which
/// is wrong for requests that had waited: see arrival_before().
std::optional<Answer> answer_of(events::Event::Reader event);

/// When the request arrived that the due action lets go on, seen before it does; nullopt: nothing
/// that waited goes on.
std::optional<std::int64_t> arrival_before(const model::State& state);

}  // namespace tablekey::replay
