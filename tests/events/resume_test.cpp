// A run that was interrupted anywhere and goes on leaves the file of the run that was not.
#include <catch2/catch.hpp>

#include "events/reader.h"
#include "events/writer.h"
#include "tests/events/sample.h"

namespace resume_test {

using namespace tablekey::events;
using sample::File;
namespace fs = std::filesystem;

namespace {

constexpr sample::Shape kRun{.events = 61, .snapshot_every = 2, .large = 200};

// What a simulation does to go on: keep whole chunks, continue after their last event.
Result<void> go_on(const fs::path& source, const fs::path& path, std::uint64_t keep,
                   const WriterOptions& options) {
  std::uint64_t events = 0;
  {
    const auto trace = TraceFile::open(source);
    if (!trace) return std::unexpected(trace.error());
    for (const IndexEntry& frame : trace->frames().first(keep)) events += frame.event_count;
  }
  auto writer = TraceWriter::resume(source, path, keep, options);
  if (!writer) return std::unexpected(writer.error());
  // A snapshot that is due at the cut and was not kept is written first.
  const std::uint64_t chunks = events / sample::kChunkEvents;
  const bool due = chunks > 0 && chunks % kRun.snapshot_every == 0;
  const auto kept_type = [&] {
    const Scan full = scan(sample::trace(kRun));
    return full.frames[keep - 1].type;
  };
  if (due && kept_type() == FrameType::events) {
    (*writer)->snapshot(sample::noise(chunks, 101), events, sample::time_of(events - 1));
  }
  Recorder recorder(sample::kChunkEvents, events, **writer);
  sample::run(recorder, **writer, kRun);
  return (*writer)->close(Closing::finished);
}

}  // namespace

TEST_CASE("a run cut at every frame and every byte goes on to the same file") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const File whole = sample::trace(kRun);
  for (std::size_t length = 500; length < whole.size(); length += 37) {
    const File cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    sample::write_file(part_path(path), cut);
    const std::uint64_t keep = TraceFile::open(part_path(path)).value().full_frames(8);
    if (keep == 0) continue;
    CAPTURE(length, keep);
    REQUIRE(go_on(part_path(path), path, keep, {.background = length % 2 == 0}));
    REQUIRE(sample::read_file(path) == whole);
    REQUIRE_FALSE(fs::exists(part_path(path)));
    fs::remove(path);
  }
}

TEST_CASE("an interrupted and closed run goes on from every frame to the same file") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const File whole = sample::trace(kRun);
  const File interrupted = sample::trace({.events = 45, .snapshot_every = 2, .large = 200},
                                         {.background = false}, Closing::interrupted);
  const std::uint64_t full = TraceFile::from_bytes(interrupted, "memory").full_frames(8);
  REQUIRE(full == 8);  // identity, five chunks, two snapshots; the short sixth chunk is dropped
  for (std::uint64_t keep = 1; keep <= full; ++keep) {
    sample::write_file(path, interrupted);
    CAPTURE(keep);
    REQUIRE(go_on(path, path, keep, {}));
    REQUIRE(sample::read_file(path) == whole);
    fs::remove(path);
  }
}

TEST_CASE("a compressed run goes on to the same digest") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const WriterOptions options{.codec = Codec::zstd};
  const File whole = sample::trace(kRun, options);
  sample::write_file(part_path(path), sample::unclosed(whole));
  REQUIRE(go_on(part_path(path), path, 5, options));
  REQUIRE(scan(sample::read_file(path)).chain == scan(whole).chain);
}

TEST_CASE("a run that goes on and is killed again leaves a torn trace that can go on") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  sample::write_file(path, sample::trace({.events = 45, .snapshot_every = 2, .large = 200},
                                         {.background = false}, Closing::interrupted));
  {
    const auto dropped = TraceWriter::resume(path, path, 3, {}).value();
    REQUIRE_FALSE(fs::exists(path));
  }
  REQUIRE(TraceFile::open(part_path(path)).value().verdict() == Verdict::torn);
  REQUIRE(go_on(part_path(path), path, 3, {}));
  REQUIRE(sample::read_file(path) == sample::trace(kRun));
}

// Closing syncs the file before it gets its name, which takes long enough to be killed in between.
TEST_CASE("a run killed between its footer and its name goes on to the same file") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const File whole = sample::trace(kRun);
  sample::write_file(part_path(path), whole);
  REQUIRE(go_on(part_path(path), path, 11, {}));
  REQUIRE(sample::read_file(path) == whole);
}

TEST_CASE("what cannot go on is refused and left as it was") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const auto refused = [&](const File& file, std::uint64_t keep) {
    sample::write_file(path, file);
    const auto writer = TraceWriter::resume(path, path, keep, {});
    REQUIRE_FALSE(writer);
    REQUIRE(sample::read_file(path) == file);
    return writer.error();
  };
  const File interrupted = sample::trace({}, {.background = false}, Closing::interrupted);
  File damaged = interrupted;
  damaged[400] ^= 1;
  REQUIRE(refused(sample::trace(), 1).message ==
          path.string() + " is finished: there is nothing to resume");
  REQUIRE(refused(damaged, 1).kind == Error::Kind::damaged);
  REQUIRE(refused(File(100, 7), 1).kind == Error::Kind::not_a_trace);
  REQUIRE(refused(interrupted, 0).kind == Error::Kind::usage);
  REQUIRE(refused(interrupted, 99).kind == Error::Kind::usage);
  sample::write_file(part_path(path), {1});
  REQUIRE(refused(interrupted, 1).kind == Error::Kind::exists);
}

TEST_CASE("a run does not go on into a name that is taken") {
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  const File torn = sample::unclosed(sample::trace());
  sample::write_file(part_path(path), torn);
  sample::write_file(path, {1, 2, 3});
  const auto writer = TraceWriter::resume(part_path(path), path, 1, {});
  REQUIRE_FALSE(writer);
  REQUIRE(writer.error().kind == Error::Kind::exists);
  REQUIRE(sample::read_file(part_path(path)) == torn);
}

}  // namespace resume_test
