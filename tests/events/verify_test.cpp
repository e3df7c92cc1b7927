// What the walk does not look at: leaves, contents, times. All faults here have every CRC and link
// right, as an edit by hand with the right tool would have.
#include "events/verify.h"

#include <catch2/catch.hpp>

#include "tests/events/sample.h"

namespace verify_test {

using namespace tablekey::events;
using sample::File;

namespace {

constexpr sample::Shape kRun{.events = 61, .snapshot_every = 2, .large = 60};

VerifyReport check(const File& file, unsigned threads = 2) {
  return verify(TraceFile::from_bytes(file, "run.tk"), threads);
}

VerifyReport check(const std::vector<sample::ForgedFrame>& frames) {
  return check(sample::put_together(frames));
}

}  // namespace

TEST_CASE("a sound trace has no findings") {
  for (const Codec codec : {Codec::none, Codec::zstd}) {
    const File file = sample::trace(kRun, {.codec = codec, .background = false});
    const VerifyReport report = check(file);
    REQUIRE(report.findings.empty());
    REQUIRE(report.verdict == Verdict::complete);
    REQUIRE(report.closing == Closing::finished);
    REQUIRE(report.frames == 12);
    REQUIRE(report.events == 61);
    REQUIRE(report.snapshots == 3);
    REQUIRE(report.chain == scan(file).chain);
    REQUIRE(report.file_bytes == file.size());
  }
}

TEST_CASE("the forge gives back the trace that it was given") {
  const File file = sample::trace(kRun);
  auto frames = sample::take_apart(file);
  sample::relink(frames);
  REQUIRE(check(frames).findings.empty());
  REQUIRE(scan(sample::put_together(frames)).chain == scan(file).chain);
}

TEST_CASE("an edited payload with repaired CRC is found by its leaf, in any frame") {
  const auto frames = sample::take_apart(sample::trace(kRun));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto edited = frames;
    edited[i].stored.back() ^= 1;
    CAPTURE(i);
    REQUIRE(scan(sample::put_together(edited)).verdict == Verdict::complete);
    const VerifyReport report = check(edited);
    REQUIRE(report.verdict == Verdict::damaged);
    REQUIRE_FALSE(report.closing);
    REQUIRE(report.frames == i);
    REQUIRE(report.findings == std::vector<std::string>{fmt::format(
                                   "frame {}: its content does not have the digest that its "
                                   "header says",
                                   i)});
  }
}

TEST_CASE("an edited payload with repaired leaf and no new links is found by the chain") {
  auto frames = sample::take_apart(sample::trace(kRun));
  frames[3].stored.back() ^= 1;
  frames[3].header.leaf = tablekey::crypto::sha256(frames[3].stored);
  const VerifyReport report = check(frames);
  REQUIRE(report.verdict == Verdict::damaged);
  REQUIRE(report.frames == 3);
}

TEST_CASE("times that are not those of the events are found") {
  auto frames = sample::take_apart(sample::trace(kRun));
  SECTION("in the header of a chunk") {
    frames[2].header.last_time += 1;
    sample::relink(frames);
    const VerifyReport report = check(frames);
    REQUIRE(report.findings.at(0) ==
            "frame 2: the times in its header are not those of its events");
  }
  SECTION("in the order of chunks") {
    // The second chunk's events, renumbered, before the first's.
    std::swap(frames[1].stored, frames[2].stored);
    std::swap(frames[1].header, frames[2].header);
    frames[1].header.first_event = 0;
    frames[2].header.first_event = 8;
    sample::relink(frames);
    const VerifyReport report = check(frames);
    REQUIRE(report.findings.at(0) == "frame 2: it begins before the chunk before it ends");
  }
  REQUIRE(check(frames).verdict == Verdict::damaged);
}

TEST_CASE("a chunk that holds another number of events than its header says is found") {
  auto frames = sample::take_apart(sample::trace({.events = 24, .snapshot_every = 0}));
  frames[3].header.event_count = 7;
  sample::relink(frames);
  REQUIRE(check(frames).findings.at(0) == "frame 3: a chunk holds 8 events where its frame says 7");
}

TEST_CASE("a frame that this program cannot read is not called damaged") {
  auto frames = sample::take_apart(sample::trace(kRun));
  frames[2].header.codec = static_cast<Codec>(77);
  const VerifyReport report = check(frames);
  REQUIRE(report.verdict == Verdict::complete);
  REQUIRE(report.findings ==
          std::vector<std::string>{"frame 2: run.tk: frame 2 has the unknown codec 77"});
}

TEST_CASE("findings do not depend on the number of threads") {
  auto frames = sample::take_apart(sample::trace({.events = 400}));
  for (std::size_t i = 1; i < frames.size(); i += 3) frames[i].stored.front() ^= 1;
  const File file = sample::put_together(frames);
  const auto alone = check(file, 1).findings;
  REQUIRE(alone.size() > 10);
  for (const unsigned threads : {0U, 2U, 7U, 300U}) REQUIRE(check(file, threads).findings == alone);
}

TEST_CASE("a torn trace is verified as far as it goes") {
  const VerifyReport report = check(sample::unclosed(sample::trace(kRun)));
  REQUIRE(report.verdict == Verdict::torn);
  REQUIRE(report.events == 61);
  REQUIRE(report.findings.size() == 1);
}

}  // namespace verify_test
