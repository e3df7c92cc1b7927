// Going on with what an interrupted run left. Goal: wherever it was cut, the finished trace is the
// uninterrupted run's, byte for byte. Method: write a run once, cut it, go on, compare the files.
#include "replay/resume.h"

#include <catch2/catch.hpp>

#include "tests/replay/forgery.h"

namespace tablekey::replay::resume_test {
namespace {

namespace fs = std::filesystem;
using events::Closing;
using sample::File;

// What was cut: a file of its own for every attempt.
class Left {
 public:
  explicit Left(const File& bytes, const std::string& name = "run.tk.part") {
    sample::write_file(folder_ / name, bytes);
  }
  fs::path path(const std::string& name = "run.tk") const { return folder_ / name; }

 private:
  sample::TempFolder folder_;
};

File first_bytes(const File& file, std::uint64_t length) {
  return {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)};
}

File whole_trace(const sample::Scenario& scenario, const events::WriterOptions& options = {}) {
  const sample::TempFolder folder;
  sample::record(folder / "run.tk", scenario, sample::kAllTurns, options);
  return sample::read_file(folder / "run.tk");
}

// Resumes and runs to the end. The trace is then under `path`.
File finish(const fs::path& given, const fs::path& path, bool background = false) {
  auto resumed = resume(given, {.background = background}).value();
  sample::turn(*resumed.run);
  resumed.run->cut();
  resumed.writer->close(Closing::finished).value();
  REQUIRE(resumed.path == path);
  return sample::read_file(path);
}

TraceError refusal(const File& bytes, const std::string& name) {
  const Left left(bytes, name);
  const auto resumed = resume(left.path(name), {});
  REQUIRE_FALSE(resumed);
  REQUIRE(sample::read_file(left.path(name)) == bytes);
  return resumed.error();
}

}  // namespace

TEST_CASE("a run that was killed goes on to the same bytes from every chunk, whole or torn") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const File whole = whole_trace(scenario);
  const auto frames = events::scan(whole).frames;
  REQUIRE(frames.size() > 20);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const std::uint64_t next = i + 1 < frames.size() ? frames[i + 1].offset : whole.size();
    const std::uint64_t middle = frames[i].offset + (next - frames[i].offset) / 2;
    for (const std::uint64_t cut : {frames[i].offset, frames[i].offset + 60, middle, next - 1}) {
      const Left left(first_bytes(whole, cut));
      CAPTURE(i, cut);
      REQUIRE(finish(left.path(), left.path(), i % 4 == 0) == whole);
      REQUIRE_FALSE(fs::exists(left.path("run.tk.part")));
    }
  }
}

// A snapshot comes first 65,536 events into a run.
TEST_CASE("a run that was killed around a snapshot goes on to the same bytes") {
  const auto scenario = sample::load(sample::busy_reads(250, "9m"));
  const File whole = whole_trace(scenario);
  const auto frames = events::scan(whole).frames;
  std::vector<std::uint64_t> cuts = {whole.size() - 1, whole.size() - 40, frames.back().offset + 9};
  std::size_t snapshots = 0;
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
    if (frames[i].type != events::FrameType::snapshot) continue;
    ++snapshots;
    cuts.insert(cuts.end(),
                {frames[i - 1].offset + 1000, frames[i].offset, frames[i].offset + 100,
                 frames[i].offset + 2000, frames[i + 1].offset, frames[i + 1].offset + 5000});
  }
  REQUIRE(snapshots == 2);
  for (const std::uint64_t cut : cuts) {
    const Left left(first_bytes(whole, cut));
    CAPTURE(cut);
    REQUIRE(finish(left.path(), left.path()) == whole);
  }
}

TEST_CASE("a run that was stopped after any number of events goes on to the same bytes") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const File whole = whole_trace(scenario);
  const std::uint64_t events = events::scan(whole).event_count;
  for (std::uint64_t stop = 1; stop < events; stop = stop * 5 / 3 + 1) {
    const sample::TempFolder folder;
    const fs::path path = folder / "run.tk";
    sample::record(path, scenario, stop);
    CAPTURE(stop);
    REQUIRE(finish(path, path) == whole);
    REQUIRE_FALSE(fs::exists(events::part_path(path)));
  }
}

TEST_CASE("a run may be stopped and killed many times before it ends") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const File whole = whole_trace(scenario);
  const sample::TempFolder folder;
  const fs::path path = folder / "run.tk";
  sample::record(path, scenario, 100);
  for (const std::uint64_t stop : {300U, 301U, 640U, 704U}) {
    {
      auto resumed = resume(path, {.background = false}).value();
      sample::turn(*resumed.run, stop);
      // Killed without a close at 301 and 704: the writer is dropped with the last chunk unwritten.
      if (stop != 301 && stop != 704) {
        resumed.run->cut();
        resumed.writer->close(Closing::interrupted).value();
      }
    }
    REQUIRE(fs::exists(path) == (stop != 301 && stop != 704));
  }
  REQUIRE(finish(path, path) == whole);
}

TEST_CASE("what is left is found by the trace's name and by the .part file's") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const File whole = whole_trace(scenario);
  const Left by_trace(first_bytes(whole, whole.size() / 2));
  REQUIRE(finish(by_trace.path(), by_trace.path()) == whole);
  const Left by_part(first_bytes(whole, whole.size() / 2));
  REQUIRE(finish(by_part.path("run.tk.part"), by_part.path()) == whole);
  const Left torn(first_bytes(whole, whole.size() / 2), "run.tk");
  REQUIRE(finish(torn.path(), torn.path()) == whole);
}

// A process may be killed between the footer of a trace and the file's name.
TEST_CASE("a .part file that says finished gets its name") {
  const File whole = whole_trace(sample::load(sample::kBusy, 64));
  const Left left(whole);
  REQUIRE(finish(left.path(), left.path()) == whole);
  REQUIRE_FALSE(fs::exists(left.path("run.tk.part")));
}

TEST_CASE("what was kept and what is run again is told apart") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const sample::TempFolder folder;
  sample::record(folder / "run.tk", scenario, 64 * 5 + 13);
  const auto resumed = resume(folder / "run.tk", {}).value();
  REQUIRE(resumed.events_kept == 64 * 5);
  REQUIRE(resumed.events_dropped == 13);
  REQUIRE(resumed.run->turns() == 64 * 5);
  REQUIRE(resumed.source_name == "sample.yaml");
}

TEST_CASE("a compressed run goes on compressed, to the same chain digest") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const File plain = whole_trace(scenario);
  const File whole = whole_trace(scenario, {.codec = events::Codec::zstd});
  const Left left(first_bytes(whole, whole.size() / 2));
  const File finished = finish(left.path(), left.path());
  REQUIRE(finished == whole);
  REQUIRE(events::scan(finished).chain == events::scan(plain).chain);
}

TEST_CASE("those who look on at a resumed run are shown it from its first event") {
  struct Watching : Observer {
    void event(const model::State&, events::Event::Reader event, std::uint64_t number) override {
      numbers_in_order = numbers_in_order && number == seen++;
      latest = event.getTime();
    }
    std::uint64_t seen = 0;
    std::int64_t latest = 0;
    bool numbers_in_order = true;
  };
  const auto scenario = sample::load(sample::kBusy, 64);
  const sample::TempFolder folder;
  sample::record(folder / "run.tk", scenario, 500);
  Watching watching;
  auto resumed = resume(folder / "run.tk", {}, [&](const model::ScenarioView&) {
                   return std::vector<Observer*>{&watching};
                 }).value();
  REQUIRE(watching.seen == resumed.events_kept);
  sample::turn(*resumed.run);
  REQUIRE(watching.numbers_in_order);
  REQUIRE(watching.seen == resumed.run->turns());
  REQUIRE(watching.latest == resumed.run->now().nanoseconds());
}

TEST_CASE("what cannot go on is refused with its reason and left as it was") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const File whole = whole_trace(scenario);
  const File torn = first_bytes(whole, whole.size() / 2);
  File damaged = torn;
  damaged[damaged.size() / 2] ^= 1;

  const TraceError finished = refusal(whole, "run.tk");
  REQUIRE(finished.kind == TraceError::Kind::unfit);
  REQUIRE_THAT(finished.message, Catch::Contains("nothing to resume"));
  REQUIRE(refusal(damaged, "run.tk").kind == TraceError::Kind::damaged);
  REQUIRE(refusal(File(1000, 7), "run.tk").kind == TraceError::Kind::not_a_trace);
  REQUIRE_FALSE(resume("/nonexistent/run.tk", {}));
}

TEST_CASE("only the program that began a run may go on with it") {
  const File whole = whole_trace(sample::load(sample::kBusy, 64));
  const auto torn = [&](const File& trace) { return first_bytes(trace, trace.size() / 2); };

  const File behaviour = sample::with_identity(
      whole, [](auto identity) { identity.setBehaviourVersion(model::kBehaviourVersion + 1); });
  REQUIRE_THAT(
      refusal(torn(behaviour), "run.tk.part").message,
      Catch::Contains(fmt::format("begun by behaviour version {}, this program has {}",
                                  model::kBehaviourVersion + 1, model::kBehaviourVersion)));

  const File schema =
      sample::with_identity(whole, [](auto identity) { identity.getSchemaDigest()[0] ^= 1; });
  REQUIRE_THAT(refusal(torn(schema), "run.tk.part").message,
               Catch::Contains("another event schema"));

  const File defaults =
      whole_trace(sample::load(sample::kBusy, 64, {{"model.kms.latency", "constant(9ms)"}}));
  const TraceError changed = refusal(torn(defaults), "run.tk.part");
  REQUIRE(changed.kind == TraceError::Kind::unfit);
  REQUIRE_THAT(changed.message, Catch::Contains("the default of model.kms.latency was "
                                                "constant(9ms) when the trace was begun"));
}

}  // namespace tablekey::replay::resume_test
