// Doing a recorded run again. Goal: an honest trace is equal byte for byte, and any other one is
// answered with the first event and field that differ and with the cause. Method: traces of this
// program under other defaults, and forged ones.
#include "replay/reexecute.h"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "tests/replay/forgery.h"

namespace tablekey::replay::reexecute_test {
namespace {

using events::Event;
using Kind = Divergence::Kind;
using sample::File;

File trace_of(const sample::Scenario& scenario, std::uint64_t turns = sample::kAllTurns) {
  const sample::TempFolder folder;
  sample::record(folder / "run.tk", scenario, turns);
  return sample::read_file(folder / "run.tk");
}

const File& busy_trace() {
  static const File kTrace = trace_of(sample::load(sample::kBusy, 64));
  return kTrace;
}

struct Opened {
  explicit Opened(const File& bytes, const OpenOptions& options = {}) {
    sample::write_file(folder / "run.tk", bytes);
    recorded = std::make_unique<RecordedRun>(RecordedRun::open(folder / "run.tk", options).value());
    report = reexecute(*recorded).value();
  }
  const Divergence& divergence() const { return report.divergence.value(); }
  std::string text() const { return print(report, *recorded, "run.tk"); }
  nlohmann::json json() const {
    return nlohmann::json::parse(print_json(report, *recorded, "run.tk"));
  }
  sample::TempFolder folder;
  std::unique_ptr<RecordedRun> recorded;
  ReexecutionReport report;
};

OpenOptions with_default(const std::string& path, const std::string& value) {
  OpenOptions options;
  options.defaults.push_back({path, value});
  return options;
}

std::uint64_t event_count(const File& trace) { return events::scan(trace).event_count; }

}  // namespace

TEST_CASE("a trace is equal to its re-execution, event by event") {
  const Opened done(busy_trace());
  REQUIRE(done.report.same());
  REQUIRE(done.report.finished);
  REQUIRE(done.report.same_schema);
  REQUIRE(done.report.changed_settings.empty());
  REQUIRE(done.report.events == event_count(busy_trace()));
  REQUIRE(done.text() == fmt::format("replay: all {} events are equal, byte for byte\n",
                                     event_count(busy_trace())));
  REQUIRE(done.json()["same"] == true);
  REQUIRE(done.json()["eventsEqual"] == event_count(busy_trace()));
}

TEST_CASE("a trace with snapshots is equal to its re-execution") {
  const auto scenario = sample::load(sample::busy_reads(250, "9m"));
  REQUIRE(Opened(trace_of(scenario)).report.same());
  // Stopped exactly where the snapshot would have come next.
  REQUIRE(Opened(trace_of(scenario, 65'536)).report.same());
}

TEST_CASE("an interrupted trace is equal as far as it goes") {
  const auto scenario = sample::load(sample::kBusy, 64);
  for (const std::uint64_t stop : {1U, 63U, 64U, 65U, 640U, 1000U}) {
    const Opened done(trace_of(scenario, stop));
    CAPTURE(stop);
    REQUIRE(done.report.same());
    REQUIRE_FALSE(done.report.finished);
    REQUIRE(done.report.events == stop);
    REQUIRE_THAT(done.text(), Catch::Contains("not closed as finished"));
  }
}

TEST_CASE("the good prefix of a torn trace is equal to its re-execution") {
  File torn = busy_trace();
  torn.resize(torn.size() / 2);
  OpenOptions torn_too;
  torn_too.torn_too = true;
  const Opened done(torn, torn_too);
  REQUIRE(done.report.same());
  REQUIRE(done.report.events % 64 == 0);
}

// An old trace under a program whose default latency is another: the first event that had to do
// with KMS is the first to differ, in its latency.
TEST_CASE("another default latency of KMS is named with the first event and field it changed") {
  const Opened done(busy_trace(), with_default("model.kms.latency", "constant(9ms)"));
  const std::uint64_t first = sample::first_event(busy_trace(), Event::TABLE_CREATION_STARTED);
  const Divergence& divergence = done.divergence();
  REQUIRE(divergence.kind == Kind::event);
  REQUIRE(divergence.number == first);
  REQUIRE(divergence.last_common == first - 1);
  REQUIRE(done.report.events == first);
  REQUIRE(divergence.recorded_type == "TableCreationStarted");
  REQUIRE(divergence.replayed_type == "TableCreationStarted");
  REQUIRE(divergence.fields.size() == 1);
  REQUIRE(divergence.fields[0].path == "tableCreationStarted.latency");
  REQUIRE(done.report.changed_settings.size() == 1);

  const std::string text = done.text();
  REQUIRE_THAT(text, Catch::StartsWith(fmt::format(
                         "replay: trace and re-execution differ at event {} (t = ", first)));
  REQUIRE_THAT(text, Catch::Contains("  recorded   ") && Catch::Contains("  now        "));
  REQUIRE_THAT(text, Catch::Contains("first cause: the default of model.kms.latency was "
                                     "lognormal(median=6ms, p99=40ms) when recorded and is "
                                     "constant(9ms) now\n"));
  const auto json = done.json();
  REQUIRE(json["divergence"]["event"] == first);
  REQUIRE(json["divergence"]["fields"][0]["path"] == "tableCreationStarted.latency");
  REQUIRE(json["changedSettings"][0]["path"] == "model.kms.latency");
}

TEST_CASE("another default latency of requests is named with the first request") {
  const Opened done(busy_trace(), with_default("model.dynamodb.request_latency", "constant(5ms)"));
  // Whichever way the first requests went, the first one that was answered.
  const std::uint64_t first = std::min({sample::first_event(busy_trace(), Event::ITEM_READ),
                                        sample::first_event(busy_trace(), Event::ITEM_WRITTEN),
                                        sample::first_event(busy_trace(), Event::ITEMS_READ),
                                        sample::first_event(busy_trace(), Event::REQUEST_FAILED)});
  REQUIRE(done.divergence().number == first);
  REQUIRE(done.divergence().fields.size() == 1);
  REQUIRE_THAT(done.divergence().fields[0].path, Catch::EndsWith(".latency"));
  REQUIRE_THAT(done.text(),
               Catch::Contains("the default of model.dynamodb.request_latency was constant(4ms) "
                               "when recorded and is constant(5ms) now"));
}

TEST_CASE("the settings of an old trace give an equal re-execution where they are asked for") {
  const File old =
      trace_of(sample::load(sample::kBusy, 64, {{"model.kms.latency", "constant(9ms)"}}));
  REQUIRE_FALSE(Opened(old).report.same());
  OpenOptions as_recorded;
  as_recorded.recorded_settings = true;
  REQUIRE(Opened(old, as_recorded).report.same());
}

TEST_CASE("recorded settings of one era are no defaults of the next") {
  std::string source(sample::kBusy);
  source.replace(source.find("seed: 11"), 8,
                 "seed: 11\nprofile: 2018-02\neras: [{at: 10m, profile: 2018-11}]");
  const File trace = trace_of(sample::load(source, 64));
  OpenOptions as_recorded;
  as_recorded.recorded_settings = true;
  REQUIRE(Opened(trace).report.same());
  REQUIRE(Opened(trace, as_recorded).report.same());
}

TEST_CASE("one altered event is found, with its field and what happened before it") {
  const std::uint64_t read = sample::first_event(busy_trace(), Event::ITEM_READ, 400);
  const Opened done(sample::with_event(busy_trace(), read,
                                       [](auto event) { event.getItemRead().setTagLow(0xABCD); }));
  const Divergence& divergence = done.divergence();
  REQUIRE(divergence.kind == Kind::event);
  REQUIRE(divergence.number == read);
  REQUIRE(divergence.fields.size() == 1);
  REQUIRE(divergence.fields[0].path == "itemRead.tagLow");
  REQUIRE_THAT(divergence.fields[0].recorded, Catch::EndsWith("abcd"));
  REQUIRE(divergence.fields[0].replayed != divergence.fields[0].recorded);
  REQUIRE(divergence.last_common == read - 1);
  REQUIRE_FALSE(divergence.last_common_line.empty());
  REQUIRE_THAT(divergence.entity, Catch::StartsWith("connection "));
  REQUIRE(divergence.history.size() == 5);
  REQUIRE_THAT(done.text(), Catch::Contains("first cause: not a setting: the program decides "
                                            "differently than the one that recorded"));
  REQUIRE_THAT(done.text(), Catch::EndsWith("see it again: tablekey replay run.tk\n"));
}

TEST_CASE("an event of another kind is found") {
  const std::uint64_t read = sample::first_event(busy_trace(), Event::ITEM_READ, 400);
  const Opened done(sample::with_event(busy_trace(), read, [](auto event) {
    auto failed = event.initRequestFailed();
    failed.setConnection(0);
    failed.setException(events::Exception::ACCESS_DENIED);
  }));
  REQUIRE(done.divergence().number == read);
  REQUIRE(done.divergence().recorded_type == "RequestFailed");
  REQUIRE(done.divergence().replayed_type == "ItemRead");
}

TEST_CASE("the very first event may be the one that differs") {
  const Opened done(sample::with_event(
      busy_trace(), 0, [](auto event) { event.getRunStarted().setScenario("another"); }));
  REQUIRE(done.divergence().number == 0);
  REQUIRE(done.divergence().fields[0].path == "runStarted.scenario");
  REQUIRE_FALSE(done.divergence().last_common);
  REQUIRE(done.report.events == 0);
}

TEST_CASE("an event that the trace has beyond the end of the run is missing from the run") {
  const auto frames = sample::take_apart(busy_trace());
  const std::uint32_t last = frames.back().header.event_count;
  const std::uint64_t events = event_count(busy_trace());
  const Opened in_the_last_chunk(sample::with_last_chunk(busy_trace(), last + 1));
  REQUIRE(in_the_last_chunk.divergence().kind == Kind::missing);
  REQUIRE(in_the_last_chunk.divergence().number == events);
  REQUIRE(in_the_last_chunk.report.events == events);
  REQUIRE_THAT(in_the_last_chunk.text(),
               Catch::StartsWith("replay: the re-execution ends before event"));
}

TEST_CASE("a whole chunk beyond the end of the run is missing from the run") {
  const std::uint64_t events = event_count(busy_trace());
  const Opened done(sample::with_another_chunk(busy_trace()));
  REQUIRE(done.divergence().kind == Kind::missing);
  REQUIRE(done.divergence().number == events);
  REQUIRE(done.report.events == events);
}

TEST_CASE("an event of the run that a finished trace lacks is extra") {
  const auto frames = sample::take_apart(busy_trace());
  const std::uint32_t last = frames.back().header.event_count;
  const std::uint64_t events = event_count(busy_trace());
  REQUIRE(last > 3);
  const Opened done(sample::with_last_chunk(busy_trace(), last - 3));
  REQUIRE(done.divergence().kind == Kind::extra);
  REQUIRE(done.divergence().number == events - 3);
  REQUIRE(done.report.events == events - 3);
  REQUIRE_THAT(done.text(), Catch::Contains("goes on after the trace's end"));
  REQUIRE(done.json()["divergence"]["kind"] == "extra");
}

TEST_CASE("a snapshot that differs is found though every event is equal") {
  auto frames = sample::take_apart(trace_of(sample::load(sample::busy_reads(250, "5m"))));
  const auto snapshot = std::find_if(frames.begin(), frames.end(), [](const auto& frame) {
    return frame.header.type == events::FrameType::snapshot;
  });
  std::vector<std::uint8_t> state = snapshot->stored;
  // In the last words, the counters: it can still be restored.
  state[state.size() - 8] ^= 1;
  sample::replace(*snapshot, state);
  sample::relink(frames);
  const Opened done(sample::put_together(frames));
  REQUIRE(done.divergence().kind == Kind::snapshot);
  REQUIRE(done.divergence().number == 65'536);
  REQUIRE_THAT(done.text(), Catch::Contains("the state written down differs before event 65536"));
}

TEST_CASE("a trace of another behaviour says so where it differs") {
  const std::uint64_t read = sample::first_event(busy_trace(), Event::ITEM_READ, 400);
  const File other =
      sample::with_identity(busy_trace(), [](auto identity) { identity.setBehaviourVersion(77); });
  REQUIRE(Opened(other).report.same());
  const Opened done(
      sample::with_event(other, read, [](auto event) { event.getItemRead().setLatency(1); }));
  REQUIRE(done.report.recorded_behaviour == 77);
  REQUIRE_THAT(done.text(),
               Catch::Contains(fmt::format("first cause: recorded by behaviour version 77, this "
                                           "is {}",
                                           model::kBehaviourVersion)));
}

TEST_CASE("whoever drives a re-execution may stop it, and what was done is equal") {
  const sample::TempFolder folder;
  sample::write_file(folder / "run.tk", busy_trace());
  const auto recorded = RecordedRun::open(folder / "run.tk").value();
  const auto report = reexecute(recorded, [](sim::Simulation& run) {
                        REQUIRE(run.run_slice(200, sim::Time::max()));
                      }).value();
  REQUIRE(report.events >= 192);
  REQUIRE(report.events <= 200);
}

namespace {

// Four snapshots.
const File& snapshot_trace() {
  static const File kTrace = trace_of(sample::load(sample::busy_reads(500, "10m")));
  return kTrace;
}

ReexecutionReport in_parts(const File& bytes, std::uint32_t threads, std::uint64_t from = 0) {
  const sample::TempFolder folder;
  sample::write_file(folder / "run.tk", bytes);
  const OpenOptions options{.torn_too = true, .by_index = true};
  const auto recorded = RecordedRun::open(folder / "run.tk", options).value();
  return reexecute_parts(folder / "run.tk", options, parts_of(recorded, from), threads).value();
}

}  // namespace

TEST_CASE("parts between snapshots are done again on any number of threads") {
  const std::uint64_t events = event_count(snapshot_trace());
  for (const std::uint32_t threads : {1U, 2U, 4U, 9U}) {
    const auto report = in_parts(snapshot_trace(), threads);
    CAPTURE(threads);
    REQUIRE(report.same());
    REQUIRE(report.events == events);
  }
  const auto late = in_parts(snapshot_trace(), 1, 200'000);
  REQUIRE(late.same());
  REQUIRE(late.events < 200'000);
  REQUIRE(late.events >= events - 200'000);
}

TEST_CASE("the first difference is that of the earliest part") {
  const std::uint64_t early = sample::first_event(snapshot_trace(), Event::ITEM_READ, 80'000);
  const std::uint64_t later = sample::first_event(snapshot_trace(), Event::ITEM_READ, 210'000);
  const auto slower = [](Event::Builder event) {
    event.getItemRead().setLatency(event.getItemRead().getLatency() + 1);
  };
  const File both =
      sample::with_event(sample::with_event(snapshot_trace(), later, slower), early, slower);
  for (const std::uint32_t threads : {1U, 4U}) {
    const auto report = in_parts(both, threads);
    REQUIRE_FALSE(report.same());
    REQUIRE(report.divergence->number == early);
    REQUIRE(report.events == early);
  }
  // What lies before the snapshot is not looked at.
  REQUIRE(in_parts(both, 1, 200'000).divergence->number == later);
}

TEST_CASE("a snapshot that does not come out is a difference of the part that ends with it") {
  auto frames = sample::take_apart(snapshot_trace());
  std::uint64_t at = 0;
  for (auto& frame : frames) {
    if (frame.header.type != events::FrameType::snapshot) continue;
    at = frame.header.first_event;
    auto payload = frame.stored;
    payload[payload.size() / 2] ^= 4;
    sample::replace(frame, payload);
    break;
  }
  sample::relink(frames);
  // The part that begins with it may not even be readable; it comes after the difference.
  const auto report = in_parts(sample::put_together(frames), 1);
  REQUIRE(report.divergence.has_value());
  REQUIRE(report.divergence->kind == Kind::snapshot);
  REQUIRE(report.divergence->number == at);
}

TEST_CASE("an interrupted trace is equal in parts as far as it goes") {
  const auto scenario = sample::load(sample::busy_reads(250, "9m"));
  for (const std::uint64_t stop : {65'536U, 66'000U, 70'000U}) {
    const auto report = in_parts(trace_of(scenario, stop), 2);
    REQUIRE(report.same());
    REQUIRE(report.events == stop);
  }
}

}  // namespace tablekey::replay::reexecute_test
