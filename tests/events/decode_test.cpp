// Hostile content: messages whose frame is whole and whose pointers lie. Nothing may be thrown out
// of the room, read out of bounds, or take memory beyond a limit.
#include "events/decode.h"

#include <capnp/dynamic.h>
#include <capnp/pretty-print.h>
#include <string.h>
#include <catch2/catch.hpp>

#include "events/codec.h"
#include "events/mapping.h"
#include "events/reader.h"
#include "tests/events/sample.h"

namespace decode_test {

using namespace tablekey::events;
using sample::File;

namespace {

Payload payload(const File& bytes) {
  const auto mapping = Mapping::of(bytes);
  return Payload(mapping, mapping->bytes());
}

File chunk_message(std::uint64_t events) {
  const auto trace = TraceFile::from_bytes(sample::trace({.events = events}), "memory");
  const auto raw = trace.payload(1).value();
  return {raw.bytes().begin(), raw.bytes().end()};
}

File from_words(const std::vector<std::uint64_t>& words) {
  File bytes(words.size() * 8);
  ::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

// Everything that can be read is read; what is thrown here would be thrown into another room.
void read_all(const DecodedChunk& chunk) {
  for (const auto event : chunk.events()) {
    REQUIRE(kj::str(event).size() > 0);
  }
}

// A plain generator with a fixed start: the same mutations in every run.
struct Dice {
  std::uint64_t state = 1;
  std::uint64_t operator()(std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  }
};

}  // namespace

TEST_CASE("a whole chunk is decoded and reads as it was built") {
  const auto chunk = DecodedChunk::decode(payload(chunk_message(8)), 0, 8).value();
  REQUIRE(chunk[0].getRunStarted().getScenario() == "books");
  REQUIRE(chunk[5].getItemWritten().getSealed().size() == 92);
  read_all(chunk);
}

TEST_CASE("a chunk whose frame names another number of events is refused") {
  REQUIRE_FALSE(DecodedChunk::decode(payload(chunk_message(8)), 0, 7));
  REQUIRE(DecodedChunk::decode(payload(chunk_message(8)), 0, 9).error().message ==
          "a chunk holds 8 events where its frame says 9");
}

TEST_CASE("a message of no words, or of half a word, is refused") {
  File odd = chunk_message(8);
  odd.pop_back();
  REQUIRE_FALSE(DecodedChunk::decode(payload(odd), 0, 8));
  REQUIRE_FALSE(DecodedChunk::decode(payload({}), 0, 8));
  REQUIRE_FALSE(DecodedIdentity::decode(payload({})));
}

TEST_CASE("a chunk cut after any word is refused or reads without an exception") {
  const File whole = chunk_message(8);
  for (std::size_t length = 0; length < whole.size(); length += 8) {
    const File cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto chunk = DecodedChunk::decode(payload(cut), 0, 8);
    if (chunk) FAIL("a chunk of " << length << " bytes was taken for a whole one");
  }
}

TEST_CASE("every flipped bit of a chunk is refused or reads without an exception") {
  const File whole = chunk_message(8);
  int accepted = 0;
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    File flipped = whole;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto chunk = DecodedChunk::decode(payload(flipped), 0, 8);
    ++(chunk ? accepted : refused);
    if (chunk) read_all(*chunk);
  }
  REQUIRE(accepted > 0);  // a flip in a number is another number
  REQUIRE(refused > 0);
}

TEST_CASE("random words in a chunk and an identity are refused or read without an exception") {
  Dice dice;
  const File chunk = chunk_message(8);
  const File identity = sample::identity_message();
  for (int round = 0; round < 20'000; ++round) {
    File bytes = round % 2 == 0 ? chunk : identity;
    for (std::uint64_t changes = 1 + dice(4); changes-- > 0;) {
      const std::size_t word = dice(bytes.size() / 8) * 8;
      // Small offsets and sizes hit more often than random ones.
      const std::uint64_t value = dice(2) == 0 ? dice(64) << (dice(4) * 16) | dice(8)
                                               : dice(1U << 31) << 32 | dice(1U << 31);
      ::memcpy(bytes.data() + word, &value, 8);
    }
    if (round % 2 == 0) {
      const auto decoded = DecodedChunk::decode(payload(bytes), 0, 8);
      if (decoded) read_all(*decoded);
    } else {
      const auto decoded = DecodedIdentity::decode(payload(bytes));
      if (decoded) {
        REQUIRE(kj::str(decoded->get()).size() > 0);
      }
    }
  }
}

TEST_CASE("pointers that lead back to themselves or far outside are refused") {
  // A list of 2^29 - 1 structs without content, which would take a very long walk.
  const std::uint64_t root = std::uint64_t{1} << 48;               // struct, 1 pointer
  const std::uint64_t list = 1 | (std::uint64_t{7} << 32);         // composite list, 0 words
  const std::uint64_t tag = (std::uint64_t{(1U << 29) - 1} << 2);  // 2^29 - 1 elements
  REQUIRE_FALSE(DecodedChunk::decode(payload(from_words({root, list, tag})), 0, (1U << 29) - 1));
  // A root that points at itself.
  const std::uint64_t itself = (std::uint64_t{1} << 48) | (0xffff'fffcU);
  REQUIRE_FALSE(DecodedChunk::decode(payload(from_words({itself})), 0, 1));
  // A far pointer into a segment that there is not.
  REQUIRE_FALSE(DecodedChunk::decode(payload(from_words({2 | (std::uint64_t{5} << 32)})), 0, 1));
}

// 4000 events that all name the same 1 MB: a small message that would be read as gigabytes.
TEST_CASE("many pointers to the same bytes are refused") {
  capnp::MallocMessageBuilder message(1U << 20);
  auto events = message.initRoot<Chunk>().initEvents(4000);
  for (std::uint32_t i = 0; i < 4000; ++i) {
    events[i].initItemWritten().setSealed(sample::data(File(i == 0 ? 1'000'000 : 8)));
  }
  const Bytes built = sample::bytes_of(message.getSegmentsForOutput()[0]);
  File bytes(built.begin(), built.end());
  // Every event's pointer word is redirected to the first one's target.
  const std::size_t data_words =
      capnp::Schema::from<Event>().getProto().getStruct().getDataWordCount();
  const auto pointer_at = [&](std::size_t event) {
    const std::size_t pointers =
        capnp::Schema::from<Event>().getProto().getStruct().getPointerCount();
    return (3 + event * (data_words + pointers) + data_words) * 8;
  };
  std::uint64_t first = 0;
  ::memcpy(&first, bytes.data() + pointer_at(0), 8);
  for (std::size_t i = 1; i < 4000; ++i) {
    const std::uint64_t distance = (pointer_at(i) - pointer_at(0)) / 8;
    const std::uint64_t pointer = first - (distance << 2);
    ::memcpy(bytes.data() + pointer_at(i), &pointer, 8);
  }
  const auto chunk = DecodedChunk::decode(payload(bytes), 0, 4000);
  REQUIRE_FALSE(chunk);
  REQUIRE(chunk.error().kind == Error::Kind::content);
}

TEST_CASE("a decompression bomb is refused before it takes memory") {
  Compressor compressor;
  const File zeros(std::size_t{64} << 20);
  const Bytes bomb = compressor.compress(zeros);
  REQUIRE(bomb.size() < 10'000);
  REQUIRE(decompress(bomb, zeros.size(), 1U << 20).error().kind == Error::Kind::limit);
  // A header that promises less than the stored bytes hold, or more.
  REQUIRE(decompress(bomb, 1000, 1U << 20).error().kind == Error::Kind::content);
  REQUIRE(decompress(bomb, zeros.size() + 8, std::uint64_t{1} << 30).error().kind ==
          Error::Kind::content);
  REQUIRE(decompress(bomb, zeros.size(), std::uint64_t{1} << 30).value().size() * 8 ==
          zeros.size());
}

TEST_CASE("a bomb inside a trace is an error when its frame is read") {
  auto frames = sample::take_apart(sample::trace());
  Compressor compressor;
  const File zeros(std::size_t{16} << 20);
  const Bytes bomb = compressor.compress(zeros);
  frames[1].stored.assign(bomb.begin(), bomb.end());
  frames[1].header.codec = Codec::zstd;
  frames[1].header.stored_length = static_cast<std::uint32_t>(bomb.size());
  frames[1].header.raw_length = static_cast<std::uint32_t>(zeros.size());
  sample::relink(frames);
  const auto trace = TraceFile::from_bytes(sample::put_together(frames), "bomb.tk", Check::frames,
                                           {.decompressed_bytes_max = 1U << 20});
  REQUIRE(trace.verdict() == Verdict::complete);
  REQUIRE(trace.chunk(1).error().message ==
          "bomb.tk: frame 1: a frame would take 16777216 bytes of memory, more than the limit of "
          "1048576");
  REQUIRE(trace.chunk(2));
}

TEST_CASE("compressed bytes with any bit flipped do not crash the decompressor") {
  Compressor compressor;
  const File raw = chunk_message(8);
  const Bytes stored = compressor.compress(raw);
  REQUIRE_FALSE(stored.empty());
  const File good(stored.begin(), stored.end());
  REQUIRE(from_words(decompress(good, raw.size(), 1U << 20).value()) == raw);
  int refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    File flipped = good;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (!decompress(flipped, raw.size(), 1U << 20)) ++refused;
  }
  REQUIRE(refused > 0);
}

TEST_CASE("what compression would enlarge stays as it is") {
  Compressor compressor;
  REQUIRE(compressor.compress(sample::noise(1, 400)).empty());
  REQUIRE(compressor.compress({}).empty());
}

}  // namespace decode_test
