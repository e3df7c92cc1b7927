// Structures of fixed size and the chain over them: what was written reads back, and every changed
// bit is seen.
#include "events/format.h"

#include <catch2/catch.hpp>

#include "crypto/crc32c.h"
#include "events/chain.h"
#include "tests/events/sample.h"

namespace format_test {

using namespace tablekey::events;

namespace {

FrameHeader example() {
  FrameHeader header;
  header.type = FrameType::events;
  header.codec = Codec::zstd;
  header.number = 0x0102030405060708;
  header.first_event = 0x1112131415161718;
  header.event_count = 512;
  header.stored_length = 1000;
  header.raw_length = 45072;
  header.payload_crc = 0xdeadbeef;
  header.first_time = -5;
  header.last_time = 1'518'566'400'000'000'000;
  header.leaf.fill(0xaa);
  header.chain.fill(0xbb);
  return header;
}

}  // namespace

TEST_CASE("a frame header reads back as it was written") {
  const auto bytes = encode(example());
  REQUIRE(decode_frame_header(bytes) == example());
}

TEST_CASE("every flipped bit of a frame header is seen") {
  const auto good = encode(example());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bytes = good;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CAPTURE(bit);
    REQUIRE_FALSE(decode_frame_header(bytes));
  }
}

TEST_CASE("a frame without compression has one length") {
  FrameHeader header = example();
  header.codec = Codec::none;
  REQUIRE_FALSE(decode_frame_header(encode(header)));
  header.raw_length = header.stored_length;
  REQUIRE(decode_frame_header(encode(header)) == header);
}

TEST_CASE("an index reads back as it was written, and no other length is one") {
  Index index;
  index.closing = Closing::interrupted;
  index.event_count = 99;
  for (std::uint64_t i = 0; i < 5; ++i) {
    IndexEntry entry = index_entry(64 + i * 1000, example());
    entry.chain.fill(static_cast<std::uint8_t>(i));
    index.entries.push_back(entry);
  }
  auto bytes = encode(index);
  REQUIRE(decode_index(bytes) == index);
  bytes.pop_back();
  REQUIRE_FALSE(decode_index(bytes));
}

TEST_CASE("an index cannot promise more entries than it has bytes") {
  auto bytes = encode(Index{});
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = 0xff;
  REQUIRE_FALSE(decode_index(bytes));
}

TEST_CASE("the first bytes of a trace are its magic, its version and its header's length") {
  const auto bytes = encode_superblock();
  const std::vector<std::uint8_t> begin(bytes.begin(), bytes.begin() + 16);
  REQUIRE(begin == std::vector<std::uint8_t>{0x89, 0x54, 0x4b, 0x54, 0x31, 0x0d, 0x0a, 0x1a,  //
                                             1, 0, 0, 0, 64, 0, 0, 0});
  REQUIRE(check_superblock(bytes) == SuperblockState::good);
  REQUIRE(check_superblock(Bytes(bytes).first(63)) == SuperblockState::bad);
}

TEST_CASE("a superblock of a newer major version is told from a broken one") {
  auto bytes = encode_superblock();
  bytes[8] = 2;
  REQUIRE(check_superblock(bytes) == SuperblockState::bad);
  const std::uint32_t crc = tablekey::crypto::crc32c(Bytes(bytes).first(60));
  for (std::size_t i = 0; i < 4; ++i) bytes[60 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  REQUIRE(check_superblock(bytes) == SuperblockState::newer);
}

// The expected digest was computed apart from this program, from the definition in
// events/README.md.
TEST_CASE("the chain digest of a known header is the known one") {
  Digest previous{};
  for (std::size_t i = 0; i < previous.size(); ++i) previous[i] = static_cast<std::uint8_t>(i);
  const Digest link = next_chain(previous, example());
  REQUIRE(sample::hex(link) == "670c579c08913217300965373229e21ef55ba4104ae2a76765491abe3c4cb2d9");
}

TEST_CASE("codec, stored length and CRC are outside the chain, all else of a header is inside") {
  const FrameHeader base = example();
  const Digest digest = next_chain({}, base);
  FrameHeader same = base;
  same.codec = Codec::none;
  same.stored_length = 7;
  same.payload_crc = 0;
  REQUIRE(next_chain({}, same) == digest);
  const auto differs = [&](auto change) {
    FrameHeader other = base;
    change(other);
    return next_chain({}, other) != digest;
  };
  REQUIRE(differs([](FrameHeader& header) { header.type = FrameType::snapshot; }));
  REQUIRE(differs([](FrameHeader& header) { ++header.number; }));
  REQUIRE(differs([](FrameHeader& header) { ++header.first_event; }));
  REQUIRE(differs([](FrameHeader& header) { ++header.event_count; }));
  REQUIRE(differs([](FrameHeader& header) { ++header.raw_length; }));
  REQUIRE(differs([](FrameHeader& header) { ++header.first_time; }));
  REQUIRE(differs([](FrameHeader& header) { ++header.last_time; }));
  REQUIRE(differs([](FrameHeader& header) { header.leaf[31] ^= 1; }));
}

}  // namespace format_test
