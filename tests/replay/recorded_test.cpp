// Traces as the worlds they record. Goal: State at any point is what the run had there, with and
// without a snapshot on the way, and a trace whose snapshots or events are not those of its
// scenario is found out. Method: states of a live run beside folded ones; forged traces.
#include "replay/recorded.h"

#include <catch2/catch.hpp>

#include "events/digest_sink.h"
#include "tests/replay/forgery.h"

namespace tablekey::replay::recorded_test {
namespace {

using sample::File;
using Kind = TraceError::Kind;

File trace_of(const sample::Scenario& scenario, std::uint64_t turns = sample::kAllTurns) {
  const sample::TempFolder folder;
  sample::record(folder / "run.tk", scenario, turns);
  return sample::read_file(folder / "run.tk");
}

// A trace in a file of its own.
struct Opened {
  explicit Opened(const File& bytes, const OpenOptions& options = {}) {
    sample::write_file(folder / "run.tk", bytes);
    recorded = RecordedRun::open(folder / "run.tk", options);
  }
  const RecordedRun* operator->() const { return &recorded.value(); }
  const RecordedRun& operator*() const { return recorded.value(); }
  sample::TempFolder folder;
  std::expected<RecordedRun, TraceError> recorded =
      std::unexpected(TraceError{Kind::unreadable, ""});
};

Kind refusal_kind(const File& bytes) { return Opened(bytes).recorded.error().kind; }

// The states that a run had, by the number of events before them.
std::vector<std::vector<std::uint8_t>> live_states(const sample::Scenario& scenario,
                                                   const std::vector<std::uint64_t>& at) {
  events::DigestSink sink;
  sink.identity(bytes_of(scenario.identity));
  Run run(*scenario.view, sink, scenario.events_per_chunk);
  std::vector<std::vector<std::uint8_t>> states;
  for (const std::uint64_t number : at) {
    sample::turn(run, number);
    states.push_back(run.state().save());
  }
  return states;
}

}  // namespace

TEST_CASE("the state after any number of events is the one that the run had there") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const Opened trace(trace_of(scenario));
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t n = 1; n < trace->file().event_count(); n += 37) numbers.push_back(n);
  numbers.push_back(trace->file().event_count());
  const auto states = live_states(scenario, numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CAPTURE(numbers[i]);
    REQUIRE(trace->state_after(numbers[i]).value().save() == states[i]);
  }
}

TEST_CASE("a state behind a snapshot is the one folded from the start") {
  const auto scenario = sample::load(sample::busy_reads(250, "9m"));
  const Opened trace(trace_of(scenario));
  const std::vector<std::uint64_t> numbers = {65'535, 65'536, 65'537, 70'000, 131'072, 132'000};
  REQUIRE(trace->file().snapshot_before(65'535) == std::nullopt);
  REQUIRE(trace->file().snapshot_before(65'536) != std::nullopt);
  REQUIRE(trace->file().snapshot_before(132'000) != trace->file().snapshot_before(65'536));
  const auto states = live_states(scenario, numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CAPTURE(numbers[i]);
    REQUIRE(trace->state_after(numbers[i]).value().save() == states[i]);
  }
}

TEST_CASE("the state at a time has all that happened at or before it") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const Opened trace(trace_of(scenario));
  const sim::Time at = scenario.view->start + sim::Duration::minutes(16);
  const auto state = trace->state_at(at).value();
  REQUIRE(state.now() <= at);
  REQUIRE(state.agenda().next()->time > at);
  REQUIRE(state.keys[1].state == events::KeyState::DISABLED);
  REQUIRE(trace->state_at(scenario.view->start - sim::Duration::nanoseconds(1)).value().events() ==
          0);
  REQUIRE(trace->state_at(scenario.view->until).value().ended());
}

TEST_CASE("a whole fold comes out at every snapshot and at the end") {
  const auto scenario = sample::load(sample::busy_reads(250, "9m"));
  const Opened trace(trace_of(scenario));
  const auto report = fold_trace(*trace).value();
  REQUIRE(report.events == trace->file().event_count());
  REQUIRE(report.snapshots == 2);
  REQUIRE(report.snapshots_differing == 0);
  REQUIRE_FALSE(report.first_differing);
  REQUIRE(report.ended);
  const auto last = live_states(scenario, {report.events});
  REQUIRE(report.state == crypto::sha256(last[0]));
  const auto stopped = fold_trace(*Opened(trace_of(scenario, 70'000))).value();
  REQUIRE(stopped.events == 70'000);
  REQUIRE_FALSE(stopped.ended);
}

TEST_CASE("a fold shows each event once, with the state it made") {
  struct Watching : Observer {
    void event(const model::State& after, events::Event::Reader, std::uint64_t number) override {
      good = good && number == seen && after.events() == number + 1;
      ++seen;
    }
    std::uint64_t seen = 0;
    bool good = true;
  };
  const Opened trace(trace_of(sample::load(sample::kBusy, 64)));
  Watching whole, part;
  REQUIRE(fold_trace(*trace, {&whole}));
  REQUIRE(trace->fold(333, {&part}));
  REQUIRE(whole.good);
  REQUIRE(whole.seen == trace->file().event_count());
  REQUIRE(part.good);
  REQUIRE(part.seen == 333);
}

TEST_CASE("a snapshot that is not the state at its place is reported with its place") {
  const File whole = trace_of(sample::load(sample::busy_reads(250, "9m")));
  auto frames = sample::take_apart(whole);
  auto second = std::find_if(frames.rbegin(), frames.rend(), [](const auto& frame) {
    return frame.header.type == events::FrameType::snapshot;
  });
  std::vector<std::uint8_t> state = second->stored;
  state[state.size() / 2] ^= 1;
  sample::replace(*second, state);
  sample::relink(frames);
  const Opened trace(sample::put_together(frames));
  const auto report = fold_trace(*trace).value();
  REQUIRE(report.snapshots == 2);
  REQUIRE(report.snapshots_differing == 1);
  REQUIRE(report.first_differing == 131'072);
}

TEST_CASE("a snapshot that cannot be read is an error, not a crash") {
  const File whole = trace_of(sample::load(sample::busy_reads(250, "5m")));
  auto frames = sample::take_apart(whole);
  const auto snapshot = std::find_if(frames.begin(), frames.end(), [](const auto& frame) {
    return frame.header.type == events::FrameType::snapshot;
  });
  const std::vector<std::uint8_t> state = snapshot->stored;
  for (std::size_t length = 0; length < state.size(); length += 1 + state.size() / 50) {
    sample::replace(*snapshot,
                    {state.begin(), state.begin() + static_cast<std::ptrdiff_t>(length)});
    sample::relink(frames);
    const Opened trace(sample::put_together(frames));
    const auto restored = trace->state_after(65'600);
    CAPTURE(length);
    REQUIRE_FALSE(restored);
    REQUIRE(restored.error().kind == Kind::unfit);
  }
}

TEST_CASE("events that cannot be the scenario's are an error, not a crash") {
  const File whole = trace_of(sample::load(sample::kBusy, 64));
  const std::uint64_t read = sample::first_event(whole, events::Event::ITEM_READ, 150);
  const auto unfit = [&](const sample::ChangeEvent& change) {
    const auto report = fold_trace(*Opened(sample::with_event(whole, read, change)));
    REQUIRE_FALSE(report);
    REQUIRE(report.error().kind == Kind::unfit);
    REQUIRE_THAT(report.error().message, Catch::StartsWith("the trace cannot be folded: "));
  };
  unfit([](auto event) { event.getItemRead().setConnection(1'000'000); });
  unfit([](auto event) { event.setTime(event.getTime() + 1); });
  unfit([](auto event) { event.setCause(event.getCause() + 1); });
  unfit([](auto event) { event.getItemRead().setNext(1); });
  unfit([](auto event) { event.initRunStarted(); });
}

TEST_CASE("a trace that does not fit this program is refused when it is opened") {
  const File whole = trace_of(sample::load(sample::kBusy, 64));
  REQUIRE(refusal_kind(sample::with_identity(whole, [](auto identity) {
            identity.initQuirks(1).set(0, "moon-phase");
          })) == Kind::unfit);
  REQUIRE(refusal_kind(sample::with_identity(
              whole, [](auto identity) { identity.setEventsPerChunk(0); })) == Kind::unfit);
  REQUIRE(refusal_kind(sample::with_identity(whole, [](auto identity) {
            identity.getScenario().getSettings();
            identity.getScenario().initSettings(1)[0].setPath("model.no_such_setting");
          })) == Kind::unfit);
}

TEST_CASE("a torn trace is read only where that is asked for, a damaged one never") {
  File torn = trace_of(sample::load(sample::kBusy, 64));
  const std::uint64_t events = events::scan(torn).event_count;
  torn.resize(torn.size() / 2);
  REQUIRE(refusal_kind(torn) == Kind::torn);
  OpenOptions torn_too;
  torn_too.torn_too = true;
  const Opened prefix(torn, torn_too);
  REQUIRE(prefix->file().event_count() < events);
  REQUIRE(fold_trace(*prefix).value().events == prefix->file().event_count());
  File damaged = torn;
  damaged[damaged.size() / 2] ^= 0x10;
  REQUIRE(Opened(damaged, torn_too).recorded.error().kind == Kind::damaged);
  REQUIRE(refusal_kind(File(4096, 1)) == Kind::not_a_trace);
  REQUIRE(RecordedRun::open("/nonexistent/run.tk").error().kind == Kind::unreadable);
}

TEST_CASE("settings whose values are others now are named with both values") {
  const File old =
      trace_of(sample::load(sample::kBusy, 64, {{"model.kms.latency", "constant(9ms)"}}));
  const Opened now(old);
  REQUIRE(now->changed_settings().size() == 1);
  REQUIRE(now->changed_settings()[0].path == "model.kms.latency");
  REQUIRE(now->changed_settings()[0].recorded == "constant(9ms)");
  REQUIRE(now->changed_settings()[0].now ==
          std::string(model::find_setting("model.kms.latency")->standard));
  OpenOptions as_recorded;
  as_recorded.recorded_settings = true;
  REQUIRE(Opened(old, as_recorded)->changed_settings().empty());
  const File unknown = sample::with_identity(
      old, [](auto identity) { identity.getEffective()[0].setPath("model.gone"); });
  REQUIRE(Opened(unknown)->changed_settings()[0].now == "(no such setting)");
}

}  // namespace tablekey::replay::recorded_test
