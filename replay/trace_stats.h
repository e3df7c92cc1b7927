// What a trace holds, in numbers: its events by kind and over time, its frames and their bytes.
// Chunks are read one after the other; nothing is folded.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "replay/recorded.h"

namespace tablekey::replay {

struct EventKindStats {
  std::string type;
  std::uint64_t count = 0;
  sim::Time first, last;
};

struct TraceStats {
  static constexpr std::size_t kSlices = 24;

  std::uint64_t events = 0, chunks = 0, snapshots = 0;
  std::uint64_t file_bytes = 0, event_bytes = 0, snapshot_bytes = 0, identity_bytes = 0;
  std::uint64_t stored_bytes = 0;  ///< of all payloads, as they lie in the file
  bool compressed = false;
  sim::Time first, last;                        ///< of the events
  std::vector<EventKindStats> kinds;            ///< most frequent first, then by name
  std::array<std::uint64_t, kSlices> slices{};  ///< events in equal parts of [first, last]
};

std::expected<TraceStats, TraceError> stats_of(const RecordedRun& recorded);

std::string print(const TraceStats& stats, const RecordedRun& recorded, const std::string& name);
std::string print_json(const TraceStats& stats, const RecordedRun& recorded,
                       const std::string& name);

}  // namespace tablekey::replay
