// A run whose trace stays in memory: its chunks, and State as it was at borders between them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "events/sink.h"
#include "model/scenario.h"
#include "replay/run.h"

namespace tablekey::replay::explore {

/// Chunks are small, so that there are borders to cut at.
inline constexpr std::uint32_t kEventsPerChunk = 32;

class KeptChunks : public events::ChunkSink {
 public:
  struct Chunk {
    std::vector<std::uint64_t> words;
    events::ChunkInfo info;
  };

  void identity(events::Bytes) override {}
  void chunk(events::Bytes message, const events::ChunkInfo& info) override;
  void snapshot(events::Bytes, std::uint64_t, std::int64_t) override {}
  /// Over the bytes of the chunks alone: nobody keeps this trace.
  events::Digest chain() override;
  events::Result<void> status() const override { return {}; }

  const std::vector<Chunk>& chunks() const { return chunks_; }
  /// The bytes that go into a trace, one after the other.
  std::vector<std::uint8_t> bytes() const;

 private:
  std::vector<Chunk> chunks_;
};

struct KeptRun {
  explicit KeptRun(const model::ScenarioView& view);
  KeptRun(const model::ScenarioView& view, model::State state);

  /// Turns the world to its end, in steps of chunks, and keeps State at some borders. Throws what
  /// the world throws.
  void turn(bool keep_states);
  std::uint64_t events() const { return run.turns(); }

  const model::ScenarioView& scenario;
  KeptChunks sink;
  Run run;
  std::map<std::uint64_t, std::vector<std::uint8_t>> states;  ///< by events before
};

/// Calls `visit(event)` for every event of a chunk.
void for_each_event(const KeptChunks::Chunk& chunk,
                    const std::function<void(events::Event::Reader)>& visit);

}  // namespace tablekey::replay::explore
