#include "events/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/crc32c.h"
#include "events/codec.h"
#include "events/mapping.h"

namespace tablekey::events {
namespace {

Error about(const std::string& origin, std::uint64_t frame, Error error) {
  error.message = fmt::format("{}: frame {}: {}", origin, frame, error.message);
  return error;
}

bool describes(const IndexEntry& entry, std::uint64_t number, const FrameHeader& header) {
  return header.number == number && index_entry(entry.offset, header) == entry;
}

}  // namespace

Result<TraceFile> TraceFile::open(const std::filesystem::path& path, Check check, Limits limits) {
  auto mapping = Mapping::open(path);
  if (!mapping) return std::unexpected(mapping.error());
  return TraceFile(std::move(*mapping), path.string(), check, limits);
}

TraceFile TraceFile::from_bytes(Bytes bytes, std::string origin, Check check, Limits limits) {
  return TraceFile(Mapping::of(bytes), std::move(origin), check, limits);
}

TraceFile::TraceFile(std::shared_ptr<const Mapping> mapping, std::string origin, Check check,
                     Limits limits)
    : mapping_(std::move(mapping)),
      origin_(std::move(origin)),
      limits_(limits),
      check_(check),
      scan_(check == Check::index ? scan_index(mapping_->bytes())
                                  : events::scan(mapping_->bytes())) {
  for (std::uint64_t i = 0; i < scan_.frames.size(); ++i) {
    if (scan_.frames[i].type == FrameType::events) event_frames_.push_back(i);
  }
}

Bytes TraceFile::bytes() const { return mapping_->bytes(); }

Result<void> TraceFile::usable(bool torn_too) const {
  switch (verdict()) {
    case Verdict::complete:
      return {};
    case Verdict::torn:
      if (torn_too) return {};
      return fail(Error::Kind::torn, fmt::format("{} is torn: {}", origin_, explanation()));
    case Verdict::damaged:
      return fail(Error::Kind::damaged, fmt::format("{} is damaged: {}", origin_, explanation()));
    case Verdict::not_a_trace:
      return fail(Error::Kind::not_a_trace,
                  fmt::format("{} is not a trace: {}", origin_, explanation()));
  }
  throw BrokenLaw("events: a verdict is one of four");
}

Result<FrameHeader> TraceFile::header(std::uint64_t number) const {
  if (number >= scan_.frames.size()) {
    return fail(Error::Kind::usage, fmt::format("{} has no frame {}", origin_, number));
  }
  const IndexEntry& entry = scan_.frames[number];
  const auto header = decode_frame_header(bytes().subspan(entry.offset));
  if (!header || !describes(entry, number, *header)) {
    return fail(Error::Kind::damaged,
                fmt::format("{}: frame {} is not what the index says", origin_, number));
  }
  return *header;
}

Result<Payload> TraceFile::payload(std::uint64_t number) const {
  const auto header = this->header(number);
  if (!header) return std::unexpected(header.error());
  const std::uint64_t begin = scan_.frames[number].offset + kFrameHeaderSize;
  if (header->stored_length > bytes().size() - begin) {
    return fail(Error::Kind::damaged, fmt::format("{}: frame {} is cut short", origin_, number));
  }
  const Bytes stored = bytes().subspan(begin, header->stored_length);
  if (check_ == Check::index && crypto::crc32c(stored) != header->payload_crc) {
    return fail(Error::Kind::damaged, fmt::format("{}: frame {} is damaged", origin_, number));
  }
  if (header->codec == Codec::none) return Payload(mapping_, stored);
  if (header->codec != Codec::zstd) {
    return fail(Error::Kind::unsupported,
                fmt::format("{}: frame {} has the unknown codec {}", origin_, number,
                            static_cast<unsigned>(header->codec)));
  }
  auto words = decompress(stored, header->raw_length, limits_.decompressed_bytes_max);
  if (!words) return std::unexpected(about(origin_, number, std::move(words.error())));
  return Payload(std::move(*words), header->raw_length);
}

Result<DecodedIdentity> TraceFile::identity() const {
  if (scan_.frames.empty()) {
    return fail(Error::Kind::content, fmt::format("{} has no identity frame", origin_));
  }
  auto raw = payload(0);
  if (!raw) return std::unexpected(raw.error());
  auto identity = DecodedIdentity::decode(std::move(*raw));
  if (!identity) return std::unexpected(about(origin_, 0, std::move(identity.error())));
  return identity;
}

Result<DecodedChunk> TraceFile::chunk(std::uint64_t number) const {
  auto raw = payload(number);
  if (!raw) return std::unexpected(raw.error());
  const IndexEntry& entry = scan_.frames[number];
  if (entry.type != FrameType::events) {
    return fail(Error::Kind::usage, fmt::format("{}: frame {} holds no events", origin_, number));
  }
  auto chunk = DecodedChunk::decode(std::move(*raw), entry.first_event, entry.event_count);
  if (!chunk) return std::unexpected(about(origin_, number, std::move(chunk.error())));
  return chunk;
}

std::optional<std::uint64_t> TraceFile::frame_of_event(std::uint64_t event) const {
  if (event >= scan_.event_count) return std::nullopt;
  const auto after = std::ranges::upper_bound(
      event_frames_, event, {},
      [this](std::uint64_t frame) { return scan_.frames[frame].first_event; });
  law(after != event_frames_.begin(), "events are numbered from 0");
  return *(after - 1);
}

Result<std::uint64_t> TraceFile::events_until(std::int64_t time) const {
  // The first chunk whose last event comes after `time`; all chunks before it count whole.
  const auto found = std::ranges::upper_bound(event_frames_, time, {}, [this](std::uint64_t frame) {
    return scan_.frames[frame].last_time;
  });
  if (found == event_frames_.end()) return scan_.event_count;
  if (scan_.frames[*found].first_time > time) return scan_.frames[*found].first_event;
  const auto chunk = this->chunk(*found);
  if (!chunk) return std::unexpected(chunk.error());
  std::uint32_t low = 0;
  std::uint32_t high = chunk->size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if ((*chunk)[middle].getTime() <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return chunk->first_event() + low;
}

std::optional<std::uint64_t> TraceFile::snapshot_before(std::uint64_t events) const {
  const auto after = std::ranges::upper_bound(scan_.frames, events, {}, &IndexEntry::first_event);
  for (auto i = after - scan_.frames.begin(); i-- > 0;) {
    const auto number = static_cast<std::size_t>(i);
    if (scan_.frames[number].type == FrameType::snapshot) return number;
  }
  return std::nullopt;
}

std::uint64_t TraceFile::full_frames(std::uint32_t events_per_chunk) const {
  const auto odd = std::ranges::find_if(event_frames_, [&](std::uint64_t frame) {
    return scan_.frames[frame].event_count != events_per_chunk;
  });
  return odd == event_frames_.end() ? scan_.frames.size() : *odd;
}

}  // namespace tablekey::events
