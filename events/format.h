// The bytes of a trace file: superblock, frame header, index, trailer. All numbers are little
// endian, every frame starts at a multiple of 8. Encoding and decoding only; what a sequence of
// frames means is decided in scan.h.
//
//   superblock (64 B)   magic | format major, minor | superblock length | reserved zero | CRC-32C
//   frame*              header (128 B) | payload | zeros up to a multiple of 8
//   footer frame        type 5, its payload is the index
//   trailer (32 B)      footer offset | file length | magic | reserved zero | CRC-32C
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crypto/sha256.h"

namespace tablekey::events {

using Bytes = std::span<const std::uint8_t>;
using crypto::Digest;

inline constexpr std::uint16_t kFormatMajor = 1;
inline constexpr std::uint16_t kFormatMinor = 0;
inline constexpr std::size_t kSuperblockSize = 64;
inline constexpr std::size_t kFrameHeaderSize = 128;
inline constexpr std::size_t kTrailerSize = 32;
inline constexpr std::uint64_t kPayloadMax =
    0xffff'fff8;  // bytes; lengths in a header are 32 bits wide
inline constexpr std::uint32_t kEventsPerChunk = 512;  // about 64 KiB of events

enum class FrameType : std::uint16_t { identity = 1, events = 2, snapshot = 3, footer = 5 };
enum class Codec : std::uint16_t { none = 0, zstd = 1 };
enum class Closing : std::uint32_t { finished = 0, interrupted = 1 };

struct FrameHeader {
  FrameType type = FrameType::identity;
  Codec codec = Codec::none;
  std::uint64_t number = 0;       // +1 per chained frame; a footer has the number of chained frames
  std::uint64_t first_event = 0;  // of a frame without events: the number of events before it
  std::uint32_t event_count = 0;
  std::uint32_t stored_length = 0;  // bytes in the file, without padding
  std::uint32_t raw_length = 0;     // bytes before compression
  std::uint32_t payload_crc = 0;    // CRC-32C over the stored bytes
  std::int64_t first_time = 0;      // ns since the Unix epoch
  std::int64_t last_time = 0;
  Digest leaf{};
  Digest chain{};
  bool operator==(const FrameHeader&) const = default;
};

// One chained frame in the footer's index.
struct IndexEntry {
  std::uint64_t offset = 0;  // of the frame header in the file
  std::uint64_t first_event = 0;
  std::uint32_t event_count = 0;
  FrameType type = FrameType::identity;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;
  Digest chain{};
  bool operator==(const IndexEntry&) const = default;
};

struct Index {
  Closing closing = Closing::finished;
  std::uint64_t event_count = 0;
  std::vector<IndexEntry> entries;
  bool operator==(const Index&) const = default;
};

struct Trailer {
  std::uint64_t footer_offset = 0;
  std::uint64_t file_length = 0;
};

enum class SuperblockState { good, bad, newer };  // newer: a higher major version, intact

std::array<std::uint8_t, kSuperblockSize> encode_superblock();
SuperblockState check_superblock(Bytes file);

std::array<std::uint8_t, kFrameHeaderSize> encode(const FrameHeader&);
// Nothing unless the sync word, the header's CRC, the reserved bytes and the lengths against each
// other are right. The lengths are not compared with the file.
std::optional<FrameHeader> decode_frame_header(Bytes at_least_a_header);

std::vector<std::uint8_t> encode(const Index&);
std::optional<Index> decode_index(Bytes payload);

std::array<std::uint8_t, kTrailerSize> encode(const Trailer&);
std::optional<Trailer> decode_trailer(Bytes exactly_a_trailer);

// The reserved bytes and the padding of a good file are.
bool all_zero(Bytes bytes);
constexpr std::uint64_t padded(std::uint64_t length) { return (length + 7) & ~std::uint64_t{7}; }

IndexEntry index_entry(std::uint64_t offset, const FrameHeader&);

}  // namespace tablekey::events
