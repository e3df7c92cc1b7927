// What the writing side of a trace owns: the file, the chain, the index so far and the compressor.
// Used by one thread at a time; the order of its calls is the order of the frames.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "events/chain.h"
#include "events/codec.h"
#include "events/output.h"
#include "events/sink.h"

namespace tablekey::events {

struct PenOptions {
  Codec codec = Codec::none;
  std::uint32_t sync_every = 0;  // chunks; 0: never
};

class Pen {
 public:
  Pen(std::unique_ptr<OutputFile> output, const PenOptions& options);

  // The first thing to do: the superblock of a new trace...
  Result<void> begin();
  // ...or frames that are in the file already, `length` bytes with the superblock...
  void adopt(std::span<const IndexEntry> frames, std::uint64_t length);
  // ...or frames of another file, which are appended: `prefix` is its superblock and these frames.
  Result<void> copy(std::span<const IndexEntry> frames, Bytes prefix);

  // Appends a chained frame. Of `info` a snapshot uses the first event and time, an identity
  // nothing.
  Result<void> write(FrameType type, Bytes raw, const ChunkInfo& info);
  // Footer and trailer, synced. The file keeps its temporary name until publish().
  Result<void> finish(Closing closing);
  Result<void> publish() { return output_->publish(); }

  const Digest& chain() const { return chain_.digest(); }

 private:
  Result<void> put(FrameHeader header, Bytes raw, Bytes compressed);

  std::unique_ptr<OutputFile> output_;
  PenOptions options_;
  Chain chain_;
  Index index_;
  Compressor compressor_;
  std::uint64_t length_ = 0;
  std::uint32_t chunks_unsynced_ = 0;
};

}  // namespace tablekey::events
