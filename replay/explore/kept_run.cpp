#include "replay/explore/kept_run.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "crypto/sha256.h"
#include "trace.capnp.h"

namespace tablekey::replay::explore {
namespace {

// Never due: states are kept by hand.
SnapshotPlan no_snapshots() { return {0, std::numeric_limits<std::uint64_t>::max()}; }

}  // namespace

void KeptChunks::chunk(events::Bytes message, const events::ChunkInfo& info) {
  Chunk& kept = chunks_.emplace_back();
  kept.words.resize(message.size() / sizeof(std::uint64_t));
  std::memcpy(kept.words.data(), message.data(), message.size());
  kept.info = info;
}

events::Digest KeptChunks::chain() { return crypto::sha256(bytes()); }

std::vector<std::uint8_t> KeptChunks::bytes() const {
  std::vector<std::uint8_t> all;
  for (const Chunk& chunk : chunks_) {
    const auto part = bytes_of(chunk.words);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

KeptRun::KeptRun(const model::ScenarioView& view) : KeptRun(view, model::State(view)) {}

KeptRun::KeptRun(const model::ScenarioView& view, model::State state)
    : scenario(view), run(view, sink, kEventsPerChunk, std::move(state), no_snapshots()) {}

void KeptRun::turn(bool keep_states) {
  const sim::Time end = sim::Time::from_nanoseconds(std::numeric_limits<std::int64_t>::max());
  std::uint64_t next = kEventsPerChunk;
  while (run.run_slice(kEventsPerChunk, end)) {
    if (!keep_states || run.turns() != next) continue;
    states[next] = run.state().save();
    next += std::max<std::uint64_t>(next / kEventsPerChunk / 2, 1) * kEventsPerChunk;
  }
  run.cut();
}

void for_each_event(const KeptChunks::Chunk& chunk,
                    const std::function<void(events::Event::Reader)>& visit) {
  const auto* words = reinterpret_cast<const capnp::word*>(chunk.words.data());
  const kj::ArrayPtr<const capnp::word> segment(words, chunk.words.size());
  capnp::ReaderOptions options;
  options.traversalLimitInWords = std::numeric_limits<std::uint64_t>::max();
  const kj::ArrayPtr<const capnp::word> segments[] = {segment};
  capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments, 1), options);
  for (const auto event : reader.getRoot<events::Chunk>().getEvents()) visit(event);
}

}  // namespace tablekey::replay::explore
