// Requests that were sent to KMS, whichever event says what became of them: KMS decided, a cache
// asked about its key's state, or the call never got through.
#pragma once

#include <cstdint>
#include <optional>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

struct SentCall {
  events::KmsOperation operation{};
  events::KmsError error{};
  std::uint32_t key = model::kNone;
  std::uint32_t table = model::kNone;
  std::uint32_t caller = 0;  ///< 1 + session; 0: the service itself, or the operator
  bool as_service = false;
};

/// nullopt: the event ends no call. `after` is the state with it.
std::optional<SentCall> sent_call(const model::State& after, events::Event::Reader event);

}  // namespace tablekey::replay
