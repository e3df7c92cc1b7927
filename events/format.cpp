// The places of fields are written down once, in the order of the writes and reads below.
#include "events/format.h"

#include <algorithm>

#include "crypto/crc32c.h"
#include "events/error.h"
#include "events/little_endian.h"

namespace tablekey::events {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {0x89, 'T', 'K', 'T', '1', '\r', '\n', 0x1a};
constexpr std::array<std::uint8_t, 8> kEndMagic = {0x89, 'T', 'K', 'E', '1', '\r', '\n', 0x1a};
constexpr std::uint32_t kSync = 0xf5c3'1ad7;  // no ASCII, no small number, no run of zeros or ones
constexpr std::size_t kIndexHeadSize = 24;
constexpr std::size_t kIndexEntrySize = 72;

// The last four bytes of every fixed structure are the CRC-32C of those before.
template <std::size_t size>
void seal_crc(std::array<std::uint8_t, size>& bytes) {
  const Bytes body(bytes.data(), size - 4);
  Packer(bytes.data() + size - 4).put(crypto::crc32c(body));
}

bool crc_holds(Bytes bytes) {
  std::uint32_t stored = 0;
  Unpacker(bytes.data() + bytes.size() - 4).get(stored);
  return stored == crypto::crc32c(bytes.first(bytes.size() - 4));
}

}  // namespace

bool all_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::array<std::uint8_t, kSuperblockSize> encode_superblock() {
  std::array<std::uint8_t, kSuperblockSize> bytes{};
  Packer(bytes.data())
      .put(kMagic)
      .put(kFormatMajor)
      .put(kFormatMinor)
      .put(static_cast<std::uint32_t>(kSuperblockSize));
  seal_crc(bytes);
  return bytes;
}

SuperblockState check_superblock(Bytes file) {
  if (file.size() < kSuperblockSize) return SuperblockState::bad;
  const Bytes bytes = file.first(kSuperblockSize);
  if (!crc_holds(bytes)) return SuperblockState::bad;
  std::array<std::uint8_t, 8> magic{};
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint32_t length = 0;
  Unpacker(bytes.data()).get(magic).get(major).get(minor).get(length);
  if (magic != kMagic || major == 0) return SuperblockState::bad;
  if (major > kFormatMajor) return SuperblockState::newer;
  const bool known = length == kSuperblockSize && all_zero(bytes.subspan(16, 44));
  return known ? SuperblockState::good : SuperblockState::bad;
}

std::array<std::uint8_t, kFrameHeaderSize> encode(const FrameHeader& header) {
  std::array<std::uint8_t, kFrameHeaderSize> bytes{};
  Packer(bytes.data())
      .put(kSync)
      .put(static_cast<std::uint16_t>(header.type))
      .put(static_cast<std::uint16_t>(header.codec))
      .put(header.number)
      .put(header.first_event)
      .put(header.event_count)
      .put(header.stored_length)
      .put(header.raw_length)
      .put(header.payload_crc)
      .put(header.first_time)
      .put(header.last_time)
      .put(header.leaf)
      .put(header.chain);
  seal_crc(bytes);
  return bytes;
}

std::optional<FrameHeader> decode_frame_header(Bytes at_least_a_header) {
  if (at_least_a_header.size() < kFrameHeaderSize) return std::nullopt;
  const Bytes bytes = at_least_a_header.first(kFrameHeaderSize);
  std::uint32_t sync = 0;
  Unpacker fields(bytes.data());
  fields.get(sync);
  if (sync != kSync || !crc_holds(bytes)) return std::nullopt;
  std::uint16_t type = 0;
  std::uint16_t codec = 0;
  std::uint32_t reserved = 0;
  FrameHeader header;
  fields.get(type).get(codec).get(header.number).get(header.first_event).get(header.event_count);
  fields.get(header.stored_length).get(header.raw_length).get(header.payload_crc);
  fields.get(header.first_time).get(header.last_time).get(header.leaf).get(header.chain);
  fields.get(reserved);
  header.type = static_cast<FrameType>(type);
  header.codec = static_cast<Codec>(codec);
  const bool lengths_agree =
      header.codec != Codec::none || header.stored_length == header.raw_length;
  if (reserved != 0 || !lengths_agree) return std::nullopt;
  return header;
}

std::vector<std::uint8_t> encode(const Index& index) {
  std::vector<std::uint8_t> bytes(kIndexHeadSize + index.entries.size() * kIndexEntrySize);
  Packer out(bytes.data());
  out.put(static_cast<std::uint64_t>(index.entries.size()));
  out.put(index.event_count);
  out.put(static_cast<std::uint32_t>(index.closing));
  out.put(std::uint32_t{0});
  for (const IndexEntry& entry : index.entries) {
    out.put(entry.offset).put(entry.first_event).put(entry.event_count);
    out.put(static_cast<std::uint16_t>(entry.type)).put(std::uint16_t{0});
    out.put(entry.first_time).put(entry.last_time).put(entry.chain);
  }
  return bytes;
}

std::optional<Index> decode_index(Bytes payload) {
  if (payload.size() < kIndexHeadSize) return std::nullopt;
  Index index;
  std::uint64_t count = 0;
  std::uint32_t closing = 0;
  std::uint32_t reserved = 0;
  Unpacker in(payload.data());
  in.get(count).get(index.event_count).get(closing).get(reserved);
  const std::uint64_t body = payload.size() - kIndexHeadSize;
  if (body % kIndexEntrySize != 0 || count != body / kIndexEntrySize) return std::nullopt;
  if (closing > static_cast<std::uint32_t>(Closing::interrupted) || reserved != 0) {
    return std::nullopt;
  }
  index.closing = static_cast<Closing>(closing);
  index.entries.resize(count);
  for (IndexEntry& entry : index.entries) {
    std::uint16_t type = 0;
    std::uint16_t zero = 0;
    in.get(entry.offset).get(entry.first_event).get(entry.event_count).get(type).get(zero);
    in.get(entry.first_time).get(entry.last_time).get(entry.chain);
    entry.type = static_cast<FrameType>(type);
    if (zero != 0) return std::nullopt;
  }
  return index;
}

std::array<std::uint8_t, kTrailerSize> encode(const Trailer& trailer) {
  std::array<std::uint8_t, kTrailerSize> bytes{};
  Packer(bytes.data()).put(trailer.footer_offset).put(trailer.file_length).put(kEndMagic);
  seal_crc(bytes);
  return bytes;
}

std::optional<Trailer> decode_trailer(Bytes exactly_a_trailer) {
  law(exactly_a_trailer.size() == kTrailerSize, "a trailer has 32 bytes");
  if (!crc_holds(exactly_a_trailer)) return std::nullopt;
  Trailer trailer;
  std::array<std::uint8_t, 8> magic{};
  std::uint32_t reserved = 0;
  Unpacker(exactly_a_trailer.data())
      .get(trailer.footer_offset)
      .get(trailer.file_length)
      .get(magic)
      .get(reserved);
  if (magic != kEndMagic || reserved != 0) return std::nullopt;
  return trailer;
}

IndexEntry index_entry(std::uint64_t offset, const FrameHeader& header) {
  return {offset,           header.first_event, header.event_count, header.type, header.first_time,
          header.last_time, header.chain};
}

}  // namespace tablekey::events
