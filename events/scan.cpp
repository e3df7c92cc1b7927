#include "events/scan.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "crypto/crc32c.h"
#include "crypto/sha256.h"
#include "events/chain.h"
#include "events/format.h"

namespace tablekey::events {
namespace {

// The stored payload of a frame whose header has been decoded; nothing if it is cut short, its CRC
// is wrong, or the padding is not zero.
std::optional<Bytes> whole_payload(Bytes file, std::uint64_t offset, const FrameHeader& header) {
  const std::uint64_t space = file.size() - offset - kFrameHeaderSize;
  if (padded(header.stored_length) > space) return std::nullopt;
  const Bytes body = file.subspan(offset + kFrameHeaderSize, padded(header.stored_length));
  const Bytes stored = body.first(header.stored_length);
  if (!all_zero(body.subspan(header.stored_length))) return std::nullopt;
  if (crypto::crc32c(stored) != header.payload_crc) return std::nullopt;
  return stored;
}

// Whether a chained frame may stand here: its number, its events, its link.
bool fits(const Scan& so_far, const FrameHeader& header) {
  if (header.number != so_far.frames.size()) return false;
  if ((header.type == FrameType::identity) != (header.number == 0)) return false;
  if ((header.type == FrameType::events) != (header.event_count > 0)) return false;
  if (header.first_event != so_far.event_count) return false;
  if (header.event_count > std::numeric_limits<std::uint64_t>::max() - so_far.event_count) {
    return false;
  }
  return next_chain(so_far.chain, header) == header.chain;
}

bool footer_fits(const Scan& so_far, const FrameHeader& header) {
  return header.codec == Codec::none && header.number == so_far.frames.size() &&
         header.event_count == 0 && header.first_event == so_far.event_count &&
         header.chain == so_far.chain;
}

// What stands at the end of the good chained frames.
struct End {
  enum class Kind { nothing, broken, misplaced, footer };
  Kind kind = Kind::nothing;
  std::optional<FrameHeader> header;
  Bytes footer_payload;
};

// Accepts frames one after another and stops at the first that is not good, or at the footer.
End walk(Bytes file, Scan& scan) {
  while (true) {
    const std::uint64_t offset = scan.good_bytes;
    if (offset == file.size()) return {End::Kind::nothing, std::nullopt, {}};
    const auto header = decode_frame_header(file.subspan(offset));
    if (!header) return {End::Kind::broken, std::nullopt, {}};
    const bool footer = header->type == FrameType::footer;
    if (!(footer ? footer_fits(scan, *header) : fits(scan, *header))) {
      return {End::Kind::misplaced, header, {}};
    }
    const auto payload = whole_payload(file, offset, *header);
    if (!payload) return {End::Kind::broken, header, {}};
    if (footer) return {End::Kind::footer, header, *payload};
    scan.frames.push_back(index_entry(offset, *header));
    scan.event_count += header->event_count;
    scan.chain = header->chain;
    scan.good_bytes = offset + kFrameHeaderSize + padded(header->stored_length);
  }
}

// The offset of a header or a trailer that is valid in itself and begins after `from`, at any
// alignment: bytes may have been lost before it.
std::optional<std::uint64_t> valid_after(Bytes file, std::uint64_t from) {
  const auto frame = encode(FrameHeader{});
  const auto trailer = encode(Trailer{});
  const Bytes sync(frame.data(), 4);
  const Bytes end_magic(trailer.data() + 16, 8);
  const auto find = [&](Bytes needle, std::uint64_t at) -> std::optional<std::uint64_t> {
    const void* hit = memmem(file.data() + at, file.size() - at, needle.data(), needle.size());
    if (hit == nullptr) return std::nullopt;
    return static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(hit) - file.data());
  };
  for (auto at = find(sync, from + 1); at; at = find(sync, *at + 1)) {
    if (decode_frame_header(file.subspan(*at))) return at;
  }
  for (auto at = find(end_magic, from + 1); at; at = find(end_magic, *at + 1)) {
    const std::uint64_t begin = *at - 16;
    if (file.size() - begin < kTrailerSize) continue;
    if (decode_trailer(file.subspan(begin, kTrailerSize))) return begin;
  }
  return std::nullopt;
}

Scan& judge(Scan& scan, Verdict verdict, std::string explanation) {
  scan.verdict = verdict;
  scan.explanation = std::move(explanation);
  return scan;
}

std::string after_frames(const Scan& scan) {
  return fmt::format("after {} frames and {} events, at byte {}", scan.frames.size(),
                     scan.event_count, scan.good_bytes);
}

// No footer follows the good frames.
void judge_without_footer(Bytes file, const End& end, Scan& scan) {
  if (end.kind == End::Kind::nothing) {
    judge(scan, Verdict::torn, "the file ends without a footer " + after_frames(scan));
  } else if (end.kind == End::Kind::misplaced) {
    judge(scan, Verdict::damaged,
          fmt::format("frame {} does not belong where it stands, {}", end.header->number,
                      after_frames(scan)));
  } else if (const auto later = valid_after(file, scan.good_bytes)) {
    judge(scan, Verdict::damaged,
          fmt::format("bytes are damaged {}; valid ones follow at byte {}", after_frames(scan),
                      *later));
  } else {
    judge(scan, Verdict::torn, "the file is cut short " + after_frames(scan));
  }
}

// A trailer that was cut off, or whose end was never written and reads as zeros. One single wrong
// bit is never that.
bool unfinished_trailer(Bytes rest, const std::array<std::uint8_t, kTrailerSize>& expected) {
  std::size_t same = 0;
  while (same < rest.size() && same < kTrailerSize && rest[same] == expected[same]) ++same;
  if (same == kTrailerSize || !all_zero(rest.subspan(same))) return false;
  int wrong_bits = 0;
  for (std::size_t i = same; i < std::min(rest.size(), kTrailerSize); ++i) {
    wrong_bits += std::popcount(expected[i]);
  }
  return rest.size() < kTrailerSize || wrong_bits > 1;
}

void judge_with_footer(Bytes file, const End& end, Scan& scan) {
  const std::uint64_t footer_end =
      scan.good_bytes + kFrameHeaderSize + padded(end.header->stored_length);
  const Bytes rest = file.subspan(footer_end);
  const auto expected = encode(Trailer{scan.good_bytes, footer_end + kTrailerSize});
  const Index rebuilt{scan.stored_index ? scan.stored_index->closing : Closing::finished,
                      scan.event_count, scan.frames};
  if (!scan.stored_index || *scan.stored_index != rebuilt) {
    judge(scan, Verdict::damaged, "the index in the footer differs from the frames");
  } else if (std::ranges::equal(rest, expected)) {
    scan.closing = scan.stored_index->closing;
    judge(scan, Verdict::complete,
          fmt::format("{} frames and {} events, {}", scan.frames.size(), scan.event_count,
                      *scan.closing == Closing::finished ? "finished" : "interrupted"));
  } else if (unfinished_trailer(rest, expected)) {
    judge(scan, Verdict::torn, "the trailer is cut short " + after_frames(scan));
  } else {
    judge(scan, Verdict::damaged, "what follows the footer is not its trailer");
  }
}

std::optional<Index> intact_index(const FrameHeader& header, Bytes payload) {
  if (crypto::sha256(payload) != header.leaf) return std::nullopt;
  return decode_index(payload);
}

// Footer and index by way of the trailer at the end of the file.
void find_footer(Bytes file, Scan& scan) {
  if (file.size() < kSuperblockSize + kFrameHeaderSize + kTrailerSize) return;
  const auto trailer = decode_trailer(file.last(kTrailerSize));
  if (!trailer || trailer->file_length != file.size()) return;
  const std::uint64_t offset = trailer->footer_offset;
  const std::uint64_t offset_max = file.size() - kTrailerSize - kFrameHeaderSize;
  if (offset < kSuperblockSize || offset > offset_max || offset % 8 != 0) return;
  const auto header = decode_frame_header(file.subspan(offset));
  if (!header || header->type != FrameType::footer || header->codec != Codec::none) return;
  if (offset + kFrameHeaderSize + padded(header->stored_length) != file.size() - kTrailerSize) {
    return;
  }
  const auto payload = whole_payload(file, offset, *header);
  if (!payload) return;
  scan.footer = header;
  scan.stored_index = intact_index(*header, *payload);
}

// Whether an index can be the index of the frames before a footer at `footer_offset`.
bool plausible(const Index& index, const FrameHeader& footer, std::uint64_t footer_offset) {
  std::uint64_t offset_min = kSuperblockSize;
  std::uint64_t events = 0;
  for (const IndexEntry& entry : index.entries) {
    const bool first = &entry == index.entries.data();
    if (first ? entry.offset != kSuperblockSize : entry.offset < offset_min) return false;
    if (entry.offset % 8 != 0 || entry.offset > footer_offset) return false;
    if (entry.first_event != events) return false;
    offset_min = entry.offset + kFrameHeaderSize;
    events += entry.event_count;
  }
  const Digest last = index.entries.empty() ? Digest{} : index.entries.back().chain;
  return offset_min <= footer_offset && events == index.event_count &&
         footer.number == index.entries.size() && footer.first_event == events &&
         footer.chain == last;
}

// Sets the verdict if the superblock rules the file out.
bool ruled_out(Bytes file, Scan& scan) {
  scan.file_bytes = file.size();
  const SuperblockState state = check_superblock(file);
  if (state == SuperblockState::good) return false;
  judge(scan, Verdict::not_a_trace,
        state == SuperblockState::newer ? "the format is newer than this program"
                                        : "the file does not begin like a trace");
  return true;
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::complete:
      return "complete";
    case Verdict::torn:
      return "torn";
    case Verdict::damaged:
      return "damaged";
    case Verdict::not_a_trace:
      return "not a trace";
  }
  law(false, "a verdict is one of four");
  return {};
}

Scan scan(Bytes file) {
  Scan result;
  if (ruled_out(file, result)) return result;
  find_footer(file, result);
  result.good_bytes = kSuperblockSize;
  const End end = walk(file, result);
  if (end.kind == End::Kind::footer) {
    result.footer = end.header;
    result.stored_index = intact_index(*end.header, end.footer_payload);
    judge_with_footer(file, end, result);
  } else {
    judge_without_footer(file, end, result);
  }
  return result;
}

Scan scan_index(Bytes file) {
  Scan result;
  if (ruled_out(file, result)) return result;
  find_footer(file, result);
  if (!result.stored_index) return scan(file);
  const std::uint64_t footer_offset =
      file.size() - kTrailerSize - padded(result.footer->stored_length) - kFrameHeaderSize;
  if (!plausible(*result.stored_index, *result.footer, footer_offset)) return scan(file);
  result.good_bytes = footer_offset;
  result.frames = result.stored_index->entries;
  result.event_count = result.stored_index->event_count;
  result.chain = result.footer->chain;
  result.closing = result.stored_index->closing;
  judge(result, Verdict::complete, "complete by its index; frames are checked when they are read");
  return result;
}

}  // namespace tablekey::events
