// A repair keeps exactly the good prefix, proves it by reading it again, and never touches its
// input.
#include "events/repair.h"

#include <catch2/catch.hpp>

#include "events/verify.h"
#include "tests/events/sample.h"

namespace repair_test {

using namespace tablekey::events;
using sample::File;
namespace fs = std::filesystem;

namespace {

constexpr sample::Shape kRun{.events = 29, .snapshot_every = 2, .large = 24};

}  // namespace

TEST_CASE("a trace torn at any byte is repaired to its longest whole prefix") {
  const sample::TempFolder folder;
  const File whole = sample::trace(kRun);
  for (std::size_t length = kSuperblockSize; length < whole.size(); length += 29) {
    const File cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    sample::write_file(folder / "torn.tk", cut);
    const Scan before = scan(cut);
    const auto report = repair(folder / "torn.tk", folder / "new.tk", true);
    CAPTURE(length);
    if (before.frames.empty()) {
      REQUIRE_FALSE(report);
      continue;
    }
    REQUIRE(report->before == Verdict::torn);
    REQUIRE(report->events_kept == before.event_count);
    REQUIRE(report->bytes_kept == before.good_bytes);
    REQUIRE(report->bytes_lost == length - before.good_bytes);
    const Scan after = scan(sample::read_file(folder / "new.tk"));
    REQUIRE(after.verdict == Verdict::complete);
    REQUIRE(after.closing == Closing::interrupted);
    REQUIRE(after.frames == before.frames);
    REQUIRE(sample::read_file(folder / "torn.tk") == cut);
    REQUIRE_FALSE(fs::exists(folder / "new.tk.repair"));
  }
}

TEST_CASE("a damaged trace keeps what comes before the damage, and says what it lost") {
  const sample::TempFolder folder;
  File file = sample::trace(kRun);
  const Scan good = scan(file);
  file[good.frames[3].offset + 200] ^= 0x10;
  sample::write_file(folder / "damaged.tk", file);
  const auto report = repair(folder / "damaged.tk", folder / "new.tk", false).value();
  REQUIRE(report.before == Verdict::damaged);
  REQUIRE(report.frames_kept == 3);
  REQUIRE(report.events_kept == 16);
  REQUIRE(report.events_lost == 13);
  REQUIRE(report.bytes_kept + report.bytes_lost == file.size());
  REQUIRE(verify(folder / "new.tk", 2).value().findings.empty());
}

TEST_CASE("damage that only a leaf shows is not carried into the repaired trace") {
  const sample::TempFolder folder;
  auto frames = sample::take_apart(sample::trace(kRun));
  frames[2].stored.back() ^= 1;
  sample::write_file(folder / "edited.tk", sample::put_together(frames));
  const auto report = repair(folder / "edited.tk", folder / "new.tk", false).value();
  REQUIRE(report.events_kept == 8);
  REQUIRE(report.events_lost == 21);
  REQUIRE(verify(folder / "new.tk", 2).value().findings.empty());
}

TEST_CASE("a repaired trace goes on like an interrupted one") {
  const sample::TempFolder folder;
  const File whole = sample::trace(kRun);
  const auto cut = static_cast<std::ptrdiff_t>(scan(whole).frames[4].offset + 200);
  const File torn(whole.begin(), whole.begin() + cut);
  sample::write_file(folder / "run.tk.part", torn);
  REQUIRE(repair(folder / "run.tk.part", folder / "run.tk", false));
  const std::uint64_t keep = TraceFile::open(folder / "run.tk").value().full_frames(8);
  REQUIRE(keep == 4);  // identity, two chunks, a snapshot
  fs::remove(folder / "run.tk.part");
  auto writer = TraceWriter::resume(folder / "run.tk", folder / "run.tk", keep, {}).value();
  Recorder recorder(sample::kChunkEvents, 16, *writer);
  sample::run(recorder, *writer, kRun);
  REQUIRE(writer->close(Closing::finished));
  REQUIRE(sample::read_file(folder / "run.tk") == whole);
}

TEST_CASE("what needs no repair, or is beyond it, is refused") {
  const sample::TempFolder folder;
  const auto refused = [&](const File& file) {
    sample::write_file(folder / "in.tk", file);
    const auto report = repair(folder / "in.tk", folder / "out.tk", false);
    REQUIRE_FALSE(report);
    REQUIRE_FALSE(fs::exists(folder / "out.tk"));
    return report.error().kind;
  };
  const File whole = sample::trace(kRun);
  REQUIRE(refused(whole) == Error::Kind::usage);
  REQUIRE(refused(File(whole.begin(), whole.begin() + 100)) == Error::Kind::damaged);
  REQUIRE(refused({}) == Error::Kind::not_a_trace);
  REQUIRE_FALSE(repair(folder / "missing.tk", folder / "out.tk", false));
}

TEST_CASE("a repair never changes its input, whatever names it is given") {
  const sample::TempFolder folder;
  const File torn = sample::unclosed(sample::trace(kRun));
  for (const std::string name : {"run.tk", "run.tk.repair", "run.tk.part"}) {
    const fs::path input = folder / name;
    sample::write_file(input, torn);
    const auto report = repair(input, folder / "run.tk", true);
    REQUIRE(sample::read_file(input) == torn);
    REQUIRE(report.has_value() == (name == "run.tk.part"));
    fs::remove(input);
  }
}

TEST_CASE("a repair does not overwrite unless asked") {
  const sample::TempFolder folder;
  sample::write_file(folder / "torn.tk", sample::unclosed(sample::trace(kRun)));
  sample::write_file(folder / "new.tk", {1, 2, 3});
  REQUIRE(repair(folder / "torn.tk", folder / "new.tk", false).error().kind == Error::Kind::exists);
  REQUIRE(sample::read_file(folder / "new.tk") == File{1, 2, 3});
  REQUIRE(repair(folder / "torn.tk", folder / "new.tk", true));
}

}  // namespace repair_test
