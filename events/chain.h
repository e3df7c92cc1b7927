// The digest of a run. Every frame's uncompressed payload has a leaf digest, and a short hash
// chains the leaves with what the frame headers say about them. Codec, stored length, CRCs and file
// offsets stay outside, so that compressing a trace does not change its digest. This is the only
// place where either digest is computed.
#pragma once

#include <cstdint>

#include "events/format.h"
#include "events/sink.h"

namespace tablekey::events {

// chain_n from chain_{n-1} (32 zero bytes before the first frame) and the header of frame n, whose
// leaf is set.
Digest next_chain(const Digest& previous, const FrameHeader& header);

// The running chain of a sequence of frames. Gives each frame its header: number, events, times,
// leaf and chain digest. The caller fills in what concerns the stored bytes.
class Chain {
 public:
  Chain() = default;
  // Goes on after frames that exist already.
  Chain(std::uint64_t frames, std::uint64_t events, std::int64_t first_time, std::int64_t last_time,
        const Digest& chain);

  FrameHeader identity(Bytes raw);
  FrameHeader events(Bytes raw, const ChunkInfo& info);
  FrameHeader snapshot(Bytes raw, std::uint64_t event_number, std::int64_t time);
  // The header of the footer that would close the file here; not chained, changes nothing.
  FrameHeader footer(Bytes raw) const;

  const Digest& digest() const { return digest_; }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t event_count() const { return events_; }

 private:
  FrameHeader append(FrameHeader header, Bytes raw);

  std::uint64_t frames_ = 0;
  std::uint64_t events_ = 0;
  std::int64_t first_time_ = 0;  // of the first and last event so far; 0 before any
  std::int64_t last_time_ = 0;
  Digest digest_{};
};

}  // namespace tablekey::events
