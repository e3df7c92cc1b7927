// A bug in the middle of a run: the trace so far is closed, and the run goes on from it once the
// bug is gone. No scenario can provoke one, so somebody who looks on breaks a law.
#include "replay/verbs/execution.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "events/reader.h"
#include "model/law.h"
#include "replay/verbs/resume.h"
#include "replay/verbs/run.h"

namespace tablekey::replay::verbs::execution_test {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("tablekey-cli-" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

std::string bytes_in(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct BreaksALaw : Observer {
  void event(const model::State&, events::Event::Reader, std::uint64_t number) override {
    model::law(number != 1000, "there is no thousandth event");
  }
};

const fs::path kScenario = fs::path(TABLEKEY_SOURCE_DIR) / "scenarios/library/caller-removed.yaml";

// Runs the scenario into `path` until the law breaks.
void run_into_a_bug(const fs::path& path) {
  auto file = load_file({.file = kScenario, .set = {}, .seed = {}});
  REQUIRE(file);
  REQUIRE(file->loaded.ok());
  auto scenario = model::ScenarioView::make(file->loaded.scenario());
  REQUIRE(scenario);
  auto writer = events::TraceWriter::create(path, {});
  REQUIRE(writer);
  (*writer)->identity(bytes_of(make_identity({.scenario = file->loaded.scenario(),
                                              .source = file->source,
                                              .source_name = kScenario.filename().string(),
                                              .overrides = {}},
                                             **scenario)));
  Run run(**scenario, **writer, IdentityInput{}.events_per_chunk);
  BreaksALaw bug;
  run.show(bug);
  Audience audience(**scenario);
  Execution execution{**scenario, run, **writer, writer->get(), path, audience};
  ShellChoices quiet;
  quiet.progress = sim::Progress::none;
  CHECK_THROWS_AS(execute(execution, quiet), model::BrokenLaw);
}

TEST_CASE("a bug leaves a trace that is closed, and from which the whole run can be made") {
  const Folder folder;
  const fs::path stopped = folder.path / "stopped.tk";
  run_into_a_bug(stopped);
  {
    const auto trace = events::TraceFile::open(stopped);
    REQUIRE(trace);
    CHECK(trace->verdict() == events::Verdict::complete);
    CHECK(trace->closing() == events::Closing::interrupted);
    CHECK(trace->event_count() == 512);  // the whole chunks before the bug
  }

  std::ostringstream out, err;
  Console console(out, err);
  RunOptions whole;
  whole.scenario.file = kScenario;
  whole.trace = folder.path / "whole.tk";
  whole.shell.progress = sim::Progress::none;
  REQUIRE(run(whole, console) == kExitOk);
  ResumeOptions rest;
  rest.trace = stopped;
  rest.shell.progress = sim::Progress::none;
  REQUIRE(resume(rest, console) == kExitOk);
  CHECK(bytes_in(stopped) == bytes_in(folder.path / "whole.tk"));
}

// The header of the run, and none of its events: as if another build had decided differently.
void write_other_trace_of_the_same_run(const fs::path& path) {
  auto file = load_file({.file = kScenario, .set = {}, .seed = {}});
  REQUIRE(file);
  auto scenario = model::ScenarioView::make(file->loaded.scenario());
  REQUIRE(scenario);
  auto writer = events::TraceWriter::create(path, {});
  REQUIRE(writer);
  (*writer)->identity(bytes_of(make_identity({.scenario = file->loaded.scenario(),
                                              .source = file->source,
                                              .source_name = kScenario.filename().string(),
                                              .overrides = {}},
                                             **scenario)));
  REQUIRE((*writer)->close(events::Closing::finished));
}

TEST_CASE("a trace of the same run is written again only if it comes out the same") {
  const Folder folder;
  const fs::path path = folder.path / "again.tk";
  write_other_trace_of_the_same_run(path);
  const std::string before = bytes_in(path);

  std::ostringstream out, err;
  Console console(out, err);
  RunOptions options;
  options.scenario.file = kScenario;
  options.trace = path;
  options.shell.progress = sim::Progress::none;
  CHECK(run(options, console) == kExitIo);
  CHECK(err.str().find("has this run with another digest") != std::string::npos);
  CHECK(bytes_in(path) == before);
  CHECK(!fs::exists(folder.path / "again.tk.part"));

  options.writer.overwrite = true;
  CHECK(run(options, console) == kExitOk);
  const std::string whole = bytes_in(path);
  CHECK(whole.size() > before.size());
  options.writer.overwrite = false;
  CHECK(run(options, console) == kExitOk);
  CHECK(bytes_in(path) == whole);
}

}  // namespace
}  // namespace tablekey::replay::verbs::execution_test
