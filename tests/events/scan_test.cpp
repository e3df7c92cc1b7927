// Section "what state is it in" of events/README.md, tried exhaustively: every length, every bit,
// every zeroed tail of a small trace. Three claims each time: no crash, the right verdict, and
// exactly the frames before the fault.
#include "events/scan.h"

#include <catch2/catch.hpp>

#include <bit>

#include "tests/events/sample.h"

namespace scan_test {

using namespace tablekey::events;
using sample::File;

namespace {

constexpr sample::Shape kSmall{.events = 21, .snapshot_every = 2, .large = 24};

// How many frames of `good` end at or before byte `length`.
std::size_t frames_within(const Scan& good, std::uint64_t length) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < good.frames.size(); ++i) {
    const bool last = i + 1 == good.frames.size();
    const std::uint64_t end = last ? good.good_bytes : good.frames[i + 1].offset;
    if (end <= length) ++count;
  }
  return count;
}

bool is_prefix(const Scan& part, const Scan& whole) {
  if (part.frames.size() > whole.frames.size()) return false;
  return std::equal(part.frames.begin(), part.frames.end(), whole.frames.begin());
}

// Fails at once; a loop over tens of thousands of cases is too slow to report each success.
void expect(const Scan& result, Verdict verdict, std::size_t frames, std::uint64_t where) {
  if (result.verdict == verdict && result.frames.size() == frames) return;
  FAIL("at " << where << ": " << name(result.verdict) << " with " << result.frames.size()
             << " frames instead of " << name(verdict) << " with " << frames << ": "
             << result.explanation);
}

void check_truncations(const File& file, const Scan& good) {
  for (std::size_t length = 0; length < file.size(); ++length) {
    // In a vector of its own, so that a sanitizer sees every read beyond the end.
    const File cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    const Scan result = scan(cut);
    if (length < kSuperblockSize) {
      expect(result, Verdict::not_a_trace, 0, length);
    } else {
      expect(result, Verdict::torn, frames_within(good, length), length);
    }
    if (!is_prefix(result, good)) FAIL("at " << length << ": other frames than were written");
  }
}

}  // namespace

TEST_CASE("a closed trace is complete and says how it was closed") {
  const Scan finished = scan(sample::trace(kSmall));
  REQUIRE(finished.verdict == Verdict::complete);
  REQUIRE(finished.closing == Closing::finished);
  REQUIRE(finished.frames.size() == 5);  // identity, chunk, chunk, snapshot, short chunk
  REQUIRE(finished.event_count == 21);
  const Scan interrupted = scan(sample::trace(kSmall, {.background = false}, Closing::interrupted));
  REQUIRE(interrupted.verdict == Verdict::complete);
  REQUIRE(interrupted.closing == Closing::interrupted);
  REQUIRE(interrupted.chain == finished.chain);
}

TEST_CASE("a closed trace cut at any length is torn, with the longest whole prefix") {
  const File file = sample::trace(kSmall);
  check_truncations(file, scan(file));
}

TEST_CASE("a compressed trace cut at any length is torn, with the longest whole prefix") {
  const File file = sample::trace(kSmall, {.codec = Codec::zstd, .background = false});
  check_truncations(file, scan(file));
}

TEST_CASE("a trace cut exactly where a frame ends is torn, never complete") {
  const File file = sample::unclosed(sample::trace(kSmall));
  const Scan result = scan(file);
  REQUIRE(result.verdict == Verdict::torn);
  REQUIRE(result.good_bytes == file.size());
  REQUIRE(result.event_count == 21);
  REQUIRE_FALSE(result.closing);
}

TEST_CASE("every flipped bit of a closed trace is damage, never a torn tail") {
  const File file = sample::trace(kSmall);
  const Scan good = scan(file);
  File flipped = file;
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    const std::size_t byte = bit / 8;
    flipped[byte] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const bool superblock = byte < kSuperblockSize;
    expect(scan(flipped), superblock ? Verdict::not_a_trace : Verdict::damaged,
           superblock ? 0 : frames_within(good, byte), bit);
    flipped[byte] = file[byte];
  }
}

// Without a footer only the last frame can look torn: nothing valid follows it.
TEST_CASE("every flipped bit of an unclosed trace is damage, or a torn last frame") {
  const File file = sample::unclosed(sample::trace(kSmall));
  const Scan good = scan(file);
  const std::uint64_t last = good.frames.back().offset;
  File flipped = file;
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    const std::size_t byte = bit / 8;
    flipped[byte] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const bool superblock = byte < kSuperblockSize;
    const Verdict verdict = superblock     ? Verdict::not_a_trace
                            : byte >= last ? Verdict::torn
                                           : Verdict::damaged;
    expect(scan(flipped), verdict, superblock ? 0 : frames_within(good, byte), bit);
    flipped[byte] = file[byte];
  }
}

TEST_CASE("a tail of zeros from any byte on is torn, and one single wrong bit is damage") {
  const File file = sample::trace(kSmall);
  const Scan good = scan(file);
  File zeroed = file;
  int wrong_bits = 0;
  std::size_t first_wrong = file.size();
  for (std::size_t from = file.size(); from-- > kSuperblockSize;) {
    if (zeroed[from] != 0) first_wrong = from;
    wrong_bits += std::popcount(zeroed[from]);
    zeroed[from] = 0;
    if (wrong_bits == 0) continue;
    expect(scan(zeroed), wrong_bits > 1 ? Verdict::torn : Verdict::damaged,
           frames_within(good, first_wrong), from);
  }
}

TEST_CASE("zeros after an unclosed trace are a torn tail, bytes after a closed one are damage") {
  File preallocated = sample::unclosed(sample::trace(kSmall));
  preallocated.resize(preallocated.size() + 4096);
  expect(scan(preallocated), Verdict::torn, 5, 0);
  for (const std::uint8_t value : File{0, 1}) {
    File longer = sample::trace(kSmall);
    longer.push_back(value);
    expect(scan(longer), Verdict::damaged, 5, value);
    longer.resize(longer.size() + 4095, value);
    expect(scan(longer), Verdict::damaged, 5, value);
  }
}

TEST_CASE("two traces one after the other are not one trace") {
  File twice = sample::trace(kSmall);
  const File once = twice;
  twice.insert(twice.end(), once.begin(), once.end());
  REQUIRE(scan(twice).verdict == Verdict::damaged);
}

TEST_CASE("swapped, repeated and missing frames are damage, wherever they are") {
  const auto frames = sample::take_apart(sample::trace(kSmall));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto repeated = frames;
    repeated.insert(repeated.begin() + static_cast<std::ptrdiff_t>(i), frames[i]);
    expect(scan(sample::put_together(repeated)), Verdict::damaged, i + 1, i);

    auto missing = frames;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    // Without the last one the rest is a whole trace of its own.
    const bool last = i + 1 == frames.size();
    expect(scan(sample::put_together(missing)), last ? Verdict::complete : Verdict::damaged, i, i);

    if (i == 0) continue;
    auto swapped = frames;
    std::swap(swapped[i - 1], swapped[i]);
    expect(scan(sample::put_together(swapped)), Verdict::damaged, i - 1, i);
  }
}

TEST_CASE("a repeated last frame of an unclosed trace is damage") {
  auto frames = sample::take_apart(sample::trace(kSmall));
  frames.push_back(frames.back());
  File file = sample::put_together({});
  file.resize(kSuperblockSize);
  Index ignored;
  sample::append_frames(file, frames, ignored);
  expect(scan(file), Verdict::damaged, 5, 0);
}

// Small pages, so that a small trace has many.
TEST_CASE("lost, swapped and repeated pages are never taken for a whole trace") {
  constexpr std::size_t kPage = 256;
  const File file = sample::trace(kSmall);
  const Scan good = scan(file);
  const auto check = [&](const File& broken, std::size_t where) {
    if (broken == file) return;
    const Scan result = scan(broken);
    if (result.verdict == Verdict::complete)
      FAIL("page " << where << " is wrong, verdict complete");
    if (!is_prefix(result, good)) FAIL("page " << where << ": other frames than were written");
  };
  const std::size_t pages = file.size() / kPage;
  for (std::size_t a = 0; a < pages; ++a) {
    const auto at = [&](File& bytes, std::size_t page) {
      return bytes.begin() + static_cast<std::ptrdiff_t>(page * kPage);
    };
    File lost = file;
    std::fill_n(at(lost, a), kPage, std::uint8_t{0});
    check(lost, a);
    File gone = file;
    gone.erase(at(gone, a), at(gone, a) + kPage);
    check(gone, a);
    for (std::size_t b = 0; b < pages; ++b) {
      File repeated = file;
      std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(a * kPage), kPage, at(repeated, b));
      check(repeated, a);
      File swapped = file;
      std::swap_ranges(at(swapped, a), at(swapped, a) + kPage, at(swapped, b));
      if (a != b) check(swapped, a);
    }
  }
}

TEST_CASE("one byte lost or inserted anywhere is damage") {
  const File file = sample::trace(kSmall);
  for (std::size_t at = kSuperblockSize; at + kTrailerSize < file.size(); ++at) {
    File lost = file;
    lost.erase(lost.begin() + static_cast<std::ptrdiff_t>(at));
    if (scan(lost).verdict != Verdict::damaged) FAIL("byte " << at << " lost");
    File more = file;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(at), std::uint8_t{0x55});
    if (scan(more).verdict != Verdict::damaged) FAIL("byte " << at << " inserted");
  }
}

TEST_CASE("lengths near 2^32 with every checksum right are refused before they are used") {
  const auto frames = sample::take_apart(sample::trace(kSmall));
  for (const std::uint32_t length :
       {0xffff'ffffU, 0xffff'fff8U, 0xffff'fff9U, 0x8000'0000U, 0x7fff'ffffU, 0x0010'0000U}) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      auto stored = frames;
      stored[i].header.codec = Codec::zstd;  // which lets the lengths differ
      stored[i].header.stored_length = length;
      expect(scan(sample::put_together(stored)), Verdict::damaged, i, length);
      auto both = frames;
      both[i].header.stored_length = both[i].header.raw_length = length;
      sample::relink(both);
      expect(scan(sample::put_together(both)), Verdict::damaged, i, length);
    }
  }
}

TEST_CASE("event numbers near 2^64 with every checksum right are refused") {
  auto frames = sample::take_apart(sample::trace(kSmall));
  for (const std::uint64_t number :
       {~std::uint64_t{0}, ~std::uint64_t{0} - 7, std::uint64_t{1} << 63}) {
    auto forged = frames;
    forged[2].header.first_event = number;
    sample::relink(forged);
    expect(scan(sample::put_together(forged)), Verdict::damaged, 2, number);
  }
}

TEST_CASE("an index that lies is damage, with every checksum right") {
  const auto frames = sample::take_apart(sample::trace(kSmall));
  const auto verdict_with = [&](auto spoil) {
    return scan(sample::put_together(frames, spoil)).verdict;
  };
  REQUIRE(verdict_with([](Index&) {}) == Verdict::complete);
  REQUIRE(verdict_with([](Index& index) { index.entries[2].offset += 8; }) == Verdict::damaged);
  REQUIRE(verdict_with([](Index& index) { index.entries[2].first_time += 1; }) == Verdict::damaged);
  REQUIRE(verdict_with([](Index& index) { index.entries.pop_back(); }) == Verdict::damaged);
  REQUIRE(verdict_with([](Index& index) { index.entries[1].chain[0] ^= 1; }) == Verdict::damaged);
}

TEST_CASE("a trailer that points elsewhere is damage, with its checksum right") {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{64}, ~std::uint64_t{0},
                                     ~std::uint64_t{0} - 127, std::uint64_t{1} << 32}) {
    File file = sample::trace(kSmall);
    const auto trailer = encode(Trailer{offset, file.size()});
    std::copy(trailer.begin(), trailer.end(), file.end() - kTrailerSize);
    expect(scan(file), Verdict::damaged, 5, offset);
    expect(scan_index(file), Verdict::damaged, 5, offset);
  }
}

TEST_CASE("a frame of an unknown type is kept in the chain and passed over") {
  auto frames = sample::take_apart(sample::trace(kSmall));
  sample::ForgedFrame unknown;
  unknown.header.type = static_cast<FrameType>(9);
  unknown.header.first_event = 16;
  unknown.stored = sample::noise(1, 40);
  unknown.header.stored_length = unknown.header.raw_length = 40;
  unknown.header.leaf = tablekey::crypto::sha256(unknown.stored);
  frames.insert(frames.begin() + 3, unknown);
  sample::relink(frames);
  const Scan result = scan(sample::put_together(frames));
  REQUIRE(result.verdict == Verdict::complete);
  REQUIRE(result.event_count == 21);
}

TEST_CASE("an empty file, a short one and another one are not traces") {
  REQUIRE(scan({}).verdict == Verdict::not_a_trace);
  REQUIRE(scan(sample::noise(3, 10)).verdict == Verdict::not_a_trace);
  REQUIRE(scan(sample::noise(4, 10'000)).verdict == Verdict::not_a_trace);
}

TEST_CASE("the footer's index says of a whole trace what walking it says") {
  const File file = sample::trace({.events = 100, .snapshot_every = 3, .large = 50});
  const Scan walked = scan(file);
  const Scan indexed = scan_index(file);
  REQUIRE(indexed.verdict == Verdict::complete);
  REQUIRE(indexed.frames == walked.frames);
  REQUIRE(indexed.event_count == walked.event_count);
  REQUIRE(indexed.chain == walked.chain);
  REQUIRE(indexed.closing == walked.closing);
  REQUIRE(indexed.good_bytes == walked.good_bytes);
}

TEST_CASE("without an intact footer the index is rebuilt by walking") {
  const File file = sample::trace(kSmall);
  for (std::size_t length = 0; length < file.size(); length += 7) {
    const File cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    const Scan walked = scan(cut);
    expect(scan_index(cut), walked.verdict, walked.frames.size(), length);
  }
}

}  // namespace scan_test
