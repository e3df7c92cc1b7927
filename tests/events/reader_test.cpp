// Finding things in a trace: by event, by time, by snapshot; and what a reader says where it must
// refuse.
#include "events/reader.h"

#include <catch2/catch.hpp>

#include "tests/events/sample.h"

namespace reader_test {

using namespace tablekey::events;
using sample::File;

namespace {

constexpr sample::Shape kRun{.events = 61, .snapshot_every = 2, .large = 200};

TraceFile open(const File& file, Check check = Check::frames) {
  return TraceFile::from_bytes(file, "run.tk", check);
}

}  // namespace

TEST_CASE("every event of a trace is found by its number") {
  for (const Check check : {Check::frames, Check::index}) {
    const auto trace = open(sample::trace(kRun), check);
    REQUIRE(trace.event_count() == 61);
    for (std::uint64_t number = 0; number < 61; ++number) {
      const auto chunk = trace.chunk(trace.frame_of_event(number).value()).value();
      const auto index = static_cast<std::uint32_t>(number - chunk.first_event());
      REQUIRE(chunk[index].getTime() == sample::time_of(number));
      REQUIRE(chunk[index].getCause() == number / 2);
    }
    REQUIRE_FALSE(trace.frame_of_event(61));
  }
}

TEST_CASE("the events up to a time are counted, at, between and beyond the events") {
  const auto trace = open(sample::trace(kRun));
  REQUIRE(trace.events_until(0).value() == 0);
  REQUIRE(trace.events_until(sample::kStart - 1).value() == 0);
  for (std::uint64_t number = 0; number < 61; ++number) {
    REQUIRE(trace.events_until(sample::time_of(number)).value() == number + 1);
    REQUIRE(trace.events_until(sample::time_of(number) + 1).value() == number + 1);
    REQUIRE(trace.events_until(sample::time_of(number + 1) - 1).value() == number + 1);
  }
  REQUIRE(trace.events_until(INT64_MAX).value() == 61);
}

TEST_CASE("the events up to a time are counted where many share it, across chunks") {
  File file;
  auto writer =
      TraceWriter::into(std::make_unique<sample::MemoryOutput>(file), {.background = false})
          .value();
  writer->identity(sample::identity_message());
  Recorder recorder(4, 0, *writer);
  for (const std::int64_t time : {1, 1, 5, 5, 5, 5, 5, 5, 5, 9, 9, 12}) {
    recorder.begin().setTime(time);
    recorder.commit();
  }
  REQUIRE(writer->close(Closing::finished));
  const auto trace = open(file);
  const std::vector<std::uint64_t> expected = {0, 2, 2, 2, 2, 9, 9, 9, 9, 11, 11, 11, 12};
  for (std::size_t time = 0; time < expected.size(); ++time) {
    CAPTURE(time);
    REQUIRE(trace.events_until(static_cast<std::int64_t>(time)).value() == expected[time]);
  }
}

TEST_CASE("the last snapshot before an event is found") {
  const auto trace = open(sample::trace(kRun));
  REQUIRE_FALSE(trace.snapshot_before(15));
  for (const auto& [events, chunks] : {std::pair{16U, 2U}, {31U, 2U}, {32U, 4U}, {61U, 6U}}) {
    const std::uint64_t frame = trace.snapshot_before(events).value();
    const auto state = trace.payload(frame).value();
    REQUIRE(std::ranges::equal(state.bytes(), sample::noise(chunks, 101)));
    REQUIRE(trace.frames()[frame].first_event == chunks * 8);
  }
}

TEST_CASE("frames that can be kept end before the first chunk of another length") {
  const auto trace = open(sample::trace(kRun));
  REQUIRE(trace.frames().size() == 12);  // identity, seven chunks, three snapshots, five events
  REQUIRE(trace.full_frames(8) == 11);
  REQUIRE(trace.full_frames(16) == 1);
  REQUIRE(open(sample::trace({.events = 16})).full_frames(8) == 4);
}

TEST_CASE("the identity of a trace is read back") {
  const auto trace = open(sample::trace(kRun));
  const auto identity = trace.identity().value();
  REQUIRE(identity.get().getScenario().getName() == "books");
  REQUIRE(identity.get().getEventsPerChunk() == sample::kChunkEvents);
  REQUIRE(std::ranges::equal(identity.raw(), sample::identity_message()));
}

TEST_CASE("a chunk outlives the trace it came from") {
  for (const Codec codec : {Codec::none, Codec::zstd}) {
    auto chunk = [&] {
      return open(sample::trace(kRun, {.codec = codec, .background = false})).chunk(1).value();
    }();
    const DecodedChunk moved = std::move(chunk);
    REQUIRE(moved.size() == 8);
    REQUIRE(moved[2].getTableKeyCreated().getDataKeys()[1].getWrapped().size() == 60);
  }
}

TEST_CASE("a chunk can be read many times over") {
  const auto chunk = open(sample::trace(kRun)).chunk(1).value();
  std::uint64_t bytes = 0;
  for (int pass = 0; pass < 10'000; ++pass) {
    bytes += chunk[2].getTableKeyCreated().getBlob().size();
  }
  REQUIRE(bytes == 10'000 * 200);
}

TEST_CASE("a trace says in words why it cannot be used") {
  const File file = sample::trace(kRun);
  REQUIRE(open(file).usable(false));
  const auto torn = open(sample::unclosed(file));
  REQUIRE(torn.usable(true));
  REQUIRE(torn.usable(false).error().message ==
          "run.tk is torn: the file ends without a footer after 12 frames and 61 events, at byte " +
              std::to_string(scan(file).good_bytes));
  File damaged = file;
  damaged[300] ^= 4;
  REQUIRE(open(damaged).usable(true).error().message ==
          "run.tk is damaged: bytes are damaged after 0 frames and 0 events, at byte 64; valid "
          "ones follow at byte " +
              std::to_string(scan(file).frames[1].offset));
  REQUIRE(open({}).usable(true).error().message ==
          "run.tk is not a trace: the file does not begin like a trace");
}

TEST_CASE("frames of another kind and beyond the end are refused") {
  const auto trace = open(sample::trace(kRun));
  REQUIRE(trace.chunk(0).error().message == "run.tk: frame 0 holds no events");
  REQUIRE(trace.chunk(12).error().message == "run.tk has no frame 12");
  REQUIRE(open({}).identity().error().message == "run.tk has no identity frame");
}

TEST_CASE("a frame of an unknown codec is named when it is read") {
  auto frames = sample::take_apart(sample::trace(kRun));
  frames[2].header.codec = static_cast<Codec>(77);
  const auto trace = open(sample::put_together(frames));
  REQUIRE(trace.verdict() == Verdict::complete);
  REQUIRE(trace.chunk(1));
  REQUIRE(trace.chunk(2).error().kind == Error::Kind::unsupported);
  REQUIRE(trace.chunk(2).error().message == "run.tk: frame 2 has the unknown codec 77");
}

// With Check::index nothing but the footer is checked at first, so every fault must show when a
// frame is read.
TEST_CASE("every flipped bit shows at the latest when its frame is read") {
  const File file = sample::trace({.events = 12, .snapshot_every = 1, .large = 24});
  const auto good = open(file);
  File flipped = file;
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto trace = open(flipped, Check::index);
    for (std::size_t i = 0; i < trace.frames().size(); ++i) {
      const auto payload = trace.payload(i);
      if (payload && !std::ranges::equal(payload->bytes(), good.payload(i)->bytes())) {
        FAIL("bit " << bit << " changed frame " << i << " unseen");
      }
    }
    flipped[bit / 8] = file[bit / 8];
  }
}

TEST_CASE("a file that cannot be read is an error, with the system's words") {
  const auto missing = TraceFile::open("/nonexistent/run.tk");
  REQUIRE(missing.error().message == "cannot read /nonexistent/run.tk: No such file or directory");
  REQUIRE_FALSE(TraceFile::open("/"));
}

TEST_CASE("an empty file on disk is not a trace") {
  const sample::TempFolder folder;
  sample::write_file(folder / "empty.tk", {});
  REQUIRE(TraceFile::open(folder / "empty.tk").value().verdict() == Verdict::not_a_trace);
}

}  // namespace reader_test
