#include "events/chain.h"

#include <algorithm>
#include <string_view>

#include "crypto/sha256.h"
#include "events/little_endian.h"

namespace tablekey::events {
namespace {

constexpr std::string_view kChainLabel = "tk.chain.v1";  // padded with zeros to 16 bytes
constexpr std::size_t kChainInputSize = 16 + 32 + 32 + 8 + 8 + 4 + 4 + 2 + 8 + 8;

}  // namespace

Digest next_chain(const Digest& previous, const FrameHeader& header) {
  std::array<std::uint8_t, kChainInputSize> input{};
  std::copy(kChainLabel.begin(), kChainLabel.end(), input.begin());
  Packer fields(input.data() + 16);
  fields.put(previous).put(header.leaf).put(header.number).put(header.first_event);
  fields.put(header.event_count).put(header.raw_length);
  fields.put(static_cast<std::uint16_t>(header.type));
  fields.put(header.first_time).put(header.last_time);
  law(fields.at() == input.data() + input.size(), "the chain's input is filled exactly");
  return crypto::sha256(input);
}

Chain::Chain(std::uint64_t frames, std::uint64_t events, std::int64_t first_time,
             std::int64_t last_time, const Digest& chain)
    : frames_(frames),
      events_(events),
      first_time_(first_time),
      last_time_(last_time),
      digest_(chain) {}

FrameHeader Chain::identity(Bytes raw) {
  law(frames_ == 0, "the identity is the first frame");
  FrameHeader header;
  header.type = FrameType::identity;
  return append(header, raw);
}

FrameHeader Chain::events(Bytes raw, const ChunkInfo& info) {
  law(frames_ > 0, "events follow the identity");
  law(info.first_event == events_, "chunks follow one another without a gap");
  law(info.event_count > 0, "a chunk has events");
  FrameHeader header;
  header.type = FrameType::events;
  header.first_event = info.first_event;
  header.event_count = info.event_count;
  header.first_time = info.first_time;
  header.last_time = info.last_time;
  if (events_ == 0) first_time_ = info.first_time;
  last_time_ = info.last_time;
  events_ += info.event_count;
  return append(header, raw);
}

FrameHeader Chain::snapshot(Bytes raw, std::uint64_t event_number, std::int64_t time) {
  law(frames_ > 0, "a snapshot follows the identity");
  law(event_number == events_, "a snapshot is taken where a chunk ends");
  FrameHeader header;
  header.type = FrameType::snapshot;
  header.first_event = event_number;
  header.first_time = time;
  header.last_time = time;
  return append(header, raw);
}

FrameHeader Chain::footer(Bytes raw) const {
  FrameHeader header;
  header.type = FrameType::footer;
  header.number = frames_;
  header.first_event = events_;
  header.raw_length = static_cast<std::uint32_t>(raw.size());
  header.first_time = first_time_;
  header.last_time = last_time_;
  header.leaf = crypto::sha256(raw);
  header.chain = digest_;
  return header;
}

FrameHeader Chain::append(FrameHeader header, Bytes raw) {
  law(raw.size() <= kPayloadMax, "a payload's length fits its header");
  header.number = frames_++;
  header.raw_length = static_cast<std::uint32_t>(raw.size());
  header.leaf = crypto::sha256(raw);
  header.chain = next_chain(digest_, header);
  digest_ = header.chain;
  return header;
}

}  // namespace tablekey::events
