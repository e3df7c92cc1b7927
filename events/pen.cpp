#include "events/pen.h"

#include <fmt/format.h>

#include <array>

#include "crypto/crc32c.h"

namespace tablekey::events {
namespace {

Chain chain_after(std::span<const IndexEntry> frames) {
  std::uint64_t events = 0;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;
  for (const IndexEntry& frame : frames) {
    if (frame.type != FrameType::events) continue;
    if (events == 0) first_time = frame.first_time;
    last_time = frame.last_time;
    events += frame.event_count;
  }
  const Digest digest = frames.empty() ? Digest{} : frames.back().chain;
  return Chain(frames.size(), events, first_time, last_time, digest);
}

Result<void> append(OutputFile& output, Bytes bytes) { return output.append({&bytes, 1}); }

}  // namespace

Pen::Pen(std::unique_ptr<OutputFile> output, const PenOptions& options)
    : output_(std::move(output)), options_(options) {}

Result<void> Pen::begin() {
  const auto superblock = encode_superblock();
  length_ = superblock.size();
  return append(*output_, superblock);
}

void Pen::adopt(std::span<const IndexEntry> frames, std::uint64_t length) {
  chain_ = chain_after(frames);
  index_.entries.assign(frames.begin(), frames.end());
  length_ = length;
}

Result<void> Pen::copy(std::span<const IndexEntry> frames, Bytes prefix) {
  adopt(frames, prefix.size());
  return append(*output_, prefix);
}

Result<void> Pen::write(FrameType type, Bytes raw, const ChunkInfo& info) {
  if (raw.size() > kPayloadMax) {
    return fail(Error::Kind::limit,
                fmt::format("a frame of {} bytes is larger than the format allows", raw.size()));
  }
  FrameHeader header;
  if (type == FrameType::identity) {
    header = chain_.identity(raw);
  } else if (type == FrameType::events) {
    header = chain_.events(raw, info);
  } else {
    header = chain_.snapshot(raw, info.first_event, info.first_time);
  }
  const bool zstd = options_.codec == Codec::zstd;
  index_.entries.push_back(index_entry(length_, header));
  if (auto done = put(header, raw, zstd ? compressor_.compress(raw) : Bytes{}); !done) return done;
  if (type != FrameType::events || options_.sync_every == 0) return {};
  if (++chunks_unsynced_ < options_.sync_every) return {};
  chunks_unsynced_ = 0;
  return output_->sync();
}

Result<void> Pen::finish(Closing closing) {
  law(!index_.entries.empty(), "a trace that is closed has an identity");
  index_.closing = closing;
  index_.event_count = chain_.event_count();
  const auto payload = encode(index_);
  if (payload.size() > kPayloadMax) {
    return fail(Error::Kind::limit, "the trace has more frames than an index can name");
  }
  const std::uint64_t footer_offset = length_;
  if (auto done = put(chain_.footer(payload), payload, {}); !done) return done;
  const auto trailer = encode(Trailer{footer_offset, length_ + kTrailerSize});
  if (auto done = append(*output_, trailer); !done) return done;
  return output_->sync();
}

Result<void> Pen::put(FrameHeader header, Bytes raw, Bytes compressed) {
  static constexpr std::array<std::uint8_t, 8> kZeros{};
  const Bytes stored = compressed.empty() ? raw : compressed;
  header.codec = compressed.empty() ? Codec::none : Codec::zstd;
  header.stored_length = static_cast<std::uint32_t>(stored.size());
  header.payload_crc = crypto::crc32c(stored);
  const auto bytes = encode(header);
  const std::uint64_t padding = padded(stored.size()) - stored.size();
  length_ += bytes.size() + padded(stored.size());
  const std::array<Bytes, 3> parts = {Bytes(bytes), stored, Bytes(kZeros).first(padding)};
  return output_->append(parts);
}

}  // namespace tablekey::events
