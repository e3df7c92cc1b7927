// The bytes of a chunk depend on its events alone: not on what the scratch held before, not on
// whether it had to grow.
#include "events/recorder.h"

#include <capnp/message.h>
#include <catch2/catch.hpp>

#include <optional>

#include "crypto/sha256.h"
#include "events/digest_sink.h"
#include "tests/events/sample.h"

namespace recorder_test {

using namespace tablekey::events;
using sample::File;

namespace {

// Keeps what a recorder hands over.
class Collector : public ChunkSink {
 public:
  void identity(Bytes) override {}
  void chunk(Bytes message, const ChunkInfo& info) override {
    chunks.emplace_back(message.begin(), message.end());
    infos.push_back(info);
  }
  void snapshot(Bytes, std::uint64_t, std::int64_t) override {}
  Digest chain() override { return {}; }
  Result<void> status() const override { return {}; }

  std::vector<File> chunks;
  std::vector<ChunkInfo> infos;
};

constexpr kj::uint kLargeSegment = 1U << 22;  // words; larger than any chunk in these tests

// The chunk as Cap'n Proto's own builder makes it, straight into a list of the right length.
std::unique_ptr<capnp::MallocMessageBuilder> build(std::uint64_t first, std::uint32_t count,
                                                   std::size_t large, kj::uint segment_words) {
  auto message = std::make_unique<capnp::MallocMessageBuilder>(
      segment_words, capnp::AllocationStrategy::FIXED_SIZE);
  auto list = message->initRoot<Chunk>().initEvents(count);
  for (std::uint32_t i = 0; i < count; ++i) sample::fill(list[i], first + i, large);
  return message;
}

File plain(std::uint64_t first, std::uint32_t count, std::size_t large) {
  const auto message = build(first, count, large, kLargeSegment);
  const auto segments = message->getSegmentsForOutput();
  REQUIRE(segments.size() == 1);
  const Bytes bytes = sample::bytes_of(segments[0]);
  return {bytes.begin(), bytes.end()};
}

File canonical(capnp::MessageReader& message) {
  const auto words = capnp::canonicalize(message.getRoot<Chunk>());
  const Bytes bytes = sample::bytes_of(words);
  return {bytes.begin(), bytes.end()};
}

File canonical(const File& chunk) {
  const kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(chunk.data()),
                                                chunk.size() / sizeof(capnp::word));
  capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1));
  return canonical(message);
}

}  // namespace

TEST_CASE("a full chunk has the bytes that building it in one large segment gives") {
  Collector sink;
  Recorder recorder(512, 0, sink);
  sample::record(recorder, 1024);
  REQUIRE(sink.chunks.size() == 2);
  REQUIRE(sink.chunks[0] == plain(0, 512, 184));
  REQUIRE(sink.chunks[1] == plain(512, 512, 184));
}

TEST_CASE("a chunk that is cut short has a list of its exact length, wherever it is cut") {
  for (std::uint32_t length = 1; length < 24; ++length) {
    Collector sink;
    Recorder recorder(24, 0, sink);
    sample::record(recorder, length);
    recorder.cut();
    CAPTURE(length);
    REQUIRE(sink.chunks.size() == 1);
    REQUIRE(sink.chunks[0] == plain(0, length, 184));
    REQUIRE(sink.infos[0].event_count == length);
  }
}

// Sizes around the first scratch, and events that alone are many times larger than it.
TEST_CASE("a chunk that outgrows its scratch has the bytes of one that did not have to") {
  for (const std::size_t large :
       {1000UL, 3000UL, 5461UL, 9000UL, 32768UL, 400'000UL, 2'000'000UL}) {
    Collector sink;
    Recorder recorder(sample::kChunkEvents, 0, sink);
    sample::record(recorder, 13, large);
    recorder.cut();
    CAPTURE(large);
    REQUIRE(sink.chunks.size() == 2);
    REQUIRE(sink.chunks[0] == plain(0, 8, large));
    REQUIRE(sink.chunks[1] == plain(8, 5, large));
  }
}

TEST_CASE("what a scratch held before leaves no mark on the next chunk") {
  const auto third_chunk = [](std::size_t first_large, std::size_t second_large) {
    Collector sink;
    Recorder recorder(16, 0, sink);
    sample::record(recorder, 16, first_large);
    sample::record(recorder, 32, second_large);
    sample::record(recorder, 40, 184);
    recorder.cut();
    REQUIRE(sink.chunks.size() == 3);
    return sink.chunks[2];
  };
  const File clean = plain(32, 8, 184);
  REQUIRE(third_chunk(8, 8) == clean);
  REQUIRE(third_chunk(2000, 8) == clean);
  REQUIRE(third_chunk(8, 60'000) == clean);
  REQUIRE(third_chunk(500'000, 70'000) == clean);
}

TEST_CASE("an event that was begun and never committed leaves no mark") {
  Collector sink;
  Recorder recorder(16, 0, sink);
  sample::record(recorder, 5);
  sample::fill(recorder.begin(), 2, 30'000);
  recorder.cut();
  sample::record(recorder, 9);
  sample::fill(recorder.begin(), 2);
  recorder.cut();
  REQUIRE(sink.chunks.size() == 2);
  REQUIRE(sink.chunks[0] == plain(0, 5, 184));
  REQUIRE(sink.chunks[1] == plain(5, 4, 184));
  REQUIRE(recorder.events() == 9);
}

TEST_CASE("an event begun alone in its chunk is dropped whole") {
  Collector sink;
  Recorder recorder(16, 0, sink);
  sample::fill(recorder.begin(), 2, 1000);
  recorder.cut();
  REQUIRE(sink.chunks.empty());
  sample::record(recorder, 16);
  REQUIRE(sink.chunks.at(0) == plain(0, 16, 184));
}

// Canonical form drops trailing zeros, so it differs from the built form; both encodings of the
// same events must lead to it.
TEST_CASE("the canonical form of a chunk is that of the same events in many segments") {
  Collector sink;
  Recorder recorder(64, 0, sink);
  sample::record(recorder, 64);
  const auto scattered = build(0, 64, 184, 16);
  const auto segments = scattered->getSegmentsForOutput();
  REQUIRE(segments.size() > 1);
  capnp::SegmentArrayMessageReader theirs(segments);
  REQUIRE(canonical(sink.chunks.at(0)) == canonical(theirs));
}

TEST_CASE("a recorder knows where it is") {
  Collector sink;
  Recorder recorder(8, 24, sink);
  REQUIRE(recorder.at_border());
  REQUIRE(recorder.events() == 24);
  recorder.begin().setTime(7);
  REQUIRE(recorder.current().getTime() == 7);
  REQUIRE_FALSE(recorder.at_border());
  recorder.commit();
  REQUIRE(recorder.events() == 25);
  sample::record(recorder, 32);
  REQUIRE(recorder.at_border());
  REQUIRE(sink.infos.at(0).first_event == 24);
  REQUIRE(sink.infos.at(0).first_time == 7);
  REQUIRE(sink.infos.at(0).last_time == sample::time_of(31));
  recorder.cut();
  REQUIRE(sink.infos.size() == 1);
}

TEST_CASE("events are begun and committed in turn") {
  Collector sink;
  Recorder recorder(8, 0, sink);
  REQUIRE_THROWS_AS(recorder.commit(), BrokenLaw);
  REQUIRE_THROWS_AS(recorder.current(), BrokenLaw);
  recorder.begin();
  REQUIRE_THROWS_AS(recorder.begin(), BrokenLaw);
}

// The bytes that all compilers and optimisation levels must give, in canonical form: there, fields
// that are added at the end of Event and not set here change nothing. A change of this digest means
// that old traces are no longer read as they were written.
TEST_CASE("a fixed chunk has the canonical digest that it has everywhere") {
  Collector sink;
  Recorder recorder(64, 0, sink);
  sample::record(recorder, 64);
  REQUIRE(sample::hex(tablekey::crypto::sha256(canonical(sink.chunks.at(0)))) ==
          "1cb66e49487804424a5616ba52aa20b41442e6008aad7d0104e775f224f8711a");
}

TEST_CASE("the chain digest of a run needs no file") {
  DigestSink sink;
  sample::run_from_start(sink, {});
  REQUIRE(sink.chain() == scan(sample::trace()).chain);
}

}  // namespace recorder_test
