// Where a recorder's chunks go: into a file, into a digest only, or into a comparison with a
// recorded trace. Payloads are borrowed for the call. A sink that fails keeps its first error,
// ignores what follows, and says so in status().
#pragma once

#include <cstdint>
#include <vector>

#include "events/error.h"
#include "events/format.h"

namespace tablekey::events {

struct ChunkInfo {
  std::uint64_t first_event = 0;
  std::uint32_t event_count = 0;
  std::int64_t first_time = 0;  // ns since the Unix epoch, of the first and the last event
  std::int64_t last_time = 0;
};

class ChunkSink {
 public:
  ChunkSink() = default;
  ChunkSink(const ChunkSink&) = delete;
  ChunkSink& operator=(const ChunkSink&) = delete;
  virtual ~ChunkSink() = default;

  // The first frame: an Identity message, one segment without a segment table. Length a multiple
  // of 8.
  virtual void identity(Bytes message) = 0;
  // A Chunk message, one segment without a segment table. Length a multiple of 8.
  virtual void chunk(Bytes message, const ChunkInfo& info) = 0;
  // State written down after `event_number` events. The caller must have cut the recorder there
  // (Recorder::at_border).
  virtual void snapshot(Bytes state, std::uint64_t event_number, std::int64_t time) = 0;
  // The same with the bytes handed over: a sink that keeps them for a while need not copy them.
  virtual void take_snapshot(std::vector<std::uint8_t> state, std::uint64_t event_number,
                             std::int64_t time) {
    snapshot(state, event_number, time);
  }

  // The chain digest over everything handed in so far; waits for a background thread.
  virtual Digest chain() = 0;
  // The first thing that went wrong, if anything did. Cheap: a run asks after every slice.
  virtual Result<void> status() const = 0;
};

}  // namespace tablekey::events
