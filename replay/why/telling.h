// How sentences about a run are put: names as AWS has them, times since the start, events by their
// numbers and steps by their place in the scenario file. And what the sentences are about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/event_fields.h"
#include "replay/recorded.h"
#include "replay/why/history.h"

namespace tablekey::replay {

/// An enumerant as AWS spells it, or as the schema does where it is ours.
template <class Enum>
std::string word_of(Enum value) {
  return enumerant_text(
      capnp::DynamicEnum(capnp::Schema::from<Enum>(), static_cast<std::uint16_t>(value)));
}

/// One trace, looked at up to an event.
struct Telling {
  const RecordedRun& recorded;
  const History& history;
  const model::State& before;  ///< the state before the event that is explained

  /// `1h0m33.555s`, since the start, to the millisecond.
  std::string at(std::int64_t time) const;
  static std::string lasting(std::int64_t nanoseconds);
  /// `disable-key.yaml:61 (disable)`.
  std::string place(std::uint32_t step) const;
  /// `OrdersKey (arn:aws:kms:…)`.
  std::string key(std::uint32_t key) const;
  std::string table(std::uint32_t table) const;
  /// Who calls: 1 + session; 0: the operator, or DynamoDB itself.
  std::string caller(std::uint32_t session, bool as_service) const;
  std::string connection(std::uint32_t connection) const;
  /// `kms:DisableKey at 1h (event 900, disable-key.yaml:61)`.
  std::string change(const History::Change& change, std::string_view otherwise) const;
};

/// An event of the trace with the state before it.
struct EventAt {
  std::uint64_t number = 0;
  model::State before;
  events::DecodedChunk chunk;
  events::Event::Reader reader() const {
    return chunk[static_cast<std::uint32_t>(number - chunk.first_event())];
  }
};
std::expected<EventAt, TraceError> event_at(const RecordedRun& recorded, std::uint64_t number);

// ---- sentences (event_sentence.cpp, kms_reasons.cpp, cache_reasons.cpp) ----
/// What the event says, in a sentence.
std::string event_sentence(const Telling& tell, const model::State& after,
                           events::Event::Reader event);
/// Why KMS answered so. `before`: the state before that answer.
std::vector<std::string> kms_reasons(const Telling& tell, const model::State& before,
                                     events::Event::Reader answered);
/// Why a key cannot be used that is in no state to be.
std::vector<std::string> key_state_reasons(const Telling& tell, const model::State& before,
                                           std::uint32_t key);
/// The faults that last, one a sentence.
std::vector<std::string> fault_reasons(const Telling& tell, const model::State& before);
/// Why a request was served with the table key that it was served with, or had to ask.
std::vector<std::string> cache_reasons(const Telling& tell, const model::State& after,
                                       events::Event::Reader event);

}  // namespace tablekey::replay
