// Why an event of a trace came: the event in a sentence, what decided it, and the events that led
// to it, back to the start or to a line of the scenario.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "replay/recorded.h"

namespace tablekey::replay {

struct Why {
  std::uint64_t number = 0;
  std::int64_t time = 0;  ///< ns since the Unix epoch
  std::int64_t start = 0;
  std::string what;                  ///< a sentence
  std::vector<std::string> reasons;  ///< sentences; one that begins with two blanks belongs to the
                                     ///< one before it

  /// An event of the chain of causes, the explained one first.
  struct Link {
    std::uint64_t number = 0;
    std::int64_t time = 0;
    std::string line;           ///< as `events` prints it
    std::uint64_t skipped = 0;  ///< events of the chain between this one and the next that is shown
  };
  std::vector<Link> chain;
  /// Where the chain begins: the scenario's line, or what was scheduled at the start.
  std::string origin;
};

/// `number` is an event of the trace.
std::expected<Why, TraceError> why_event(const RecordedRun& recorded, std::uint64_t number);

std::string text_of(const Why& why);
nlohmann::ordered_json json_of(const Why& why);

}  // namespace tablekey::replay
