// Where two traces part: the first event that differs, found by the digests in their indexes
// without reading what is equal, and what there is to say about it (log-format-notes 8).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replay/event_text.h"
#include "replay/recorded.h"

namespace tablekey::replay {

/// One value of each of the two traces that are compared.
template <class Value>
struct Both {
  Value a{}, b{};
};

/// An event as one of the two traces has it.
struct SidedEvent {
  std::string type, line;
  std::uint64_t cause = 0;  ///< number of the event that brought it about
  std::uint64_t frame = 0;
  sim::Time time;
};

struct TraceDifference {
  enum class Kind : std::uint8_t {
    none,      ///< every event is equal
    changed,   ///< both have an event there, and it differs
    only_a,    ///< A has events there that B lacks; what follows them is equal again
    only_b,    ///< the other way round
    a_ends,    ///< all of A's events are equal; B goes on
    b_ends,    ///< the other way round
    snapshot,  ///< all events are equal, a state written down is not
  } kind = Kind::none;
  std::uint64_t number = 0;  ///< of the event; of a snapshot: how many events it follows
  Both<std::optional<SidedEvent>> event;
  std::vector<FieldDifference> fields;  ///< recorded is A's value, replayed is B's
  std::vector<std::string> only;        ///< lines of the events that one side alone has
  std::uint64_t only_count = 0;         ///< how many they are
  std::string entity;                   ///< what the event is about
  std::optional<std::uint64_t> last_common;
  std::string last_common_line;
  std::vector<std::string> history;  ///< the last equal events of that entity, oldest first

  /// Of the headers: seed, versions, settings, the compiled scenario. Also where no event differs.
  std::vector<FieldDifference> headers;
  Both<std::uint64_t> events;       ///< that there are
  Both<std::uint64_t> chunks_read;  ///< to find it
  std::uint64_t digests_compared = 0;

  bool events_equal() const { return kind == Kind::none || kind == Kind::snapshot; }
};

/// Compares two traces. Where their headers are equal the chains share a prefix, so the first frame
/// that differs is found in as many steps as the number of frames has binary digits; else the
/// digest of every chunk is compared, which reads its header alone. Then at most two chunks of each
/// are decoded.
///
/// Names in the lines are those of the last snapshot before the event (of the fold from the start
/// where there is none): an entity that came into being since goes by its number.
std::expected<TraceDifference, TraceError> compare_traces(const RecordedRun& a,
                                                          const RecordedRun& b);

/// The report for a person, with "A" and "B" for the two, and as JSON ("tablekey.diff/1").
std::string print(const TraceDifference& difference, const Both<const RecordedRun*>& traces,
                  const Both<std::string>& names);
std::string print_json(const TraceDifference& difference, const Both<const RecordedRun*>& traces,
                       const Both<std::string>& names);

}  // namespace tablekey::replay
