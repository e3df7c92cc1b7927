// One entity followed through a trace: every event that changes what there is to say of it, and
// what changed.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/state.h"
#include "replay/recorded.h"

namespace tablekey::replay {

/// What is watched.
struct Watched {
  enum class Kind : std::uint8_t { key, table, grant, connection } kind = Kind::key;
  std::string name;         ///< as it was given
  std::uint32_t index = 0;  ///< of a key, a table or a connection
  std::string grant;        ///< how the grant's id begins
};

/// Reads `key=OrdersKey`, `table=Orders`, `grant=5c5cd4a3` or `connection=web/3`. The error says
/// what was meant.
std::expected<Watched, std::string> parse_watched(std::string_view text,
                                                  const model::ScenarioView& scenario);

/// One value that an event changed.
struct Change {
  std::string path;           ///< "keyState", "plaintextTableKey.connections"
  std::string before, after;  ///< as JSON; empty: it was, or is, not there
};

struct ChangingEvent {
  std::uint64_t number = 0;
  std::string line;  ///< the event
  sim::Time time;
  std::vector<Change> changes;
};

/// Shows every change of the entity at or after `from` and up to `to`, in order. An entity that
/// does not exist yet has no values. Returns how many events changed it.
std::expected<std::uint64_t, TraceError> watch(
    const RecordedRun& recorded, const Watched& watched, sim::Time from, sim::Time to,
    const std::function<void(const ChangingEvent&)>& show);

/// What changed in everything that inspect shows, by one event.
std::expected<ChangingEvent, TraceError> changes_by(const RecordedRun& recorded,
                                                    std::uint64_t event);

}  // namespace tablekey::replay
