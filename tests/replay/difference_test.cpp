// Comparing two traces. Goal: the first difference is named, with its fields, causes and last
// common event, whether an event changed, is missing or was added, and hardly anything is read for
// it. Method: forged traces that differ in one known place.
#include "replay/difference.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/replay/forgery.h"

namespace tablekey::replay::difference_test {
namespace {

using events::Event;
using Kind = TraceDifference::Kind;
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

// Three snapshots, 200,000 events in chunks of 512.
const File& long_trace() {
  static const File kTrace = trace_of(sample::load(sample::busy_reads(250, "14m")));
  return kTrace;
}

struct Compared {
  Compared(const File& first, const File& second) {
    sample::write_file(folder / "a.tk", first);
    sample::write_file(folder / "b.tk", second);
    const OpenOptions by_index{.by_index = true};
    a = std::make_unique<RecordedRun>(RecordedRun::open(folder / "a.tk", by_index).value());
    b = std::make_unique<RecordedRun>(RecordedRun::open(folder / "b.tk", by_index).value());
    found = compare_traces(*a, *b).value();
  }
  std::string text() const { return print(found, {a.get(), b.get()}, {"a.tk", "b.tk"}); }
  nlohmann::json json() const {
    return nlohmann::json::parse(print_json(found, {a.get(), b.get()}, {"a.tk", "b.tk"}));
  }
  sample::TempFolder folder;
  std::unique_ptr<RecordedRun> a, b;
  TraceDifference found;
};

// The trace with `count` events from `number` on left out.
File without(const File& trace, std::uint64_t number, std::uint32_t count) {
  auto frames = sample::take_apart(trace);
  const auto [frame, index] = sample::find_event(frames, number);
  const auto chunk = sample::chunk_of(*frame);
  capnp::MallocMessageBuilder message(1 << 20);
  auto list = message.initRoot<events::Chunk>().initEvents(chunk.size() - count);
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    list.setWithCaveats(i, chunk[i < index ? i : i + count]);
  }
  frame->header.event_count -= count;
  sample::replace(*frame, sample::bytes_of_message(message));
  bool later = false;
  for (auto& other : frames) {
    if (later) other.header.first_event -= count;
    later = later || &other == frame;
  }
  sample::relink(frames);
  return sample::put_together(frames);
}

}  // namespace

TEST_CASE("two copies of a trace are equal") {
  const Compared same(busy_trace(), busy_trace());
  REQUIRE(same.found.kind == Kind::none);
  REQUIRE(same.found.headers.empty());
  REQUIRE(same.found.chunks_read.a == 0);
  REQUIRE(same.json()["eventsEqual"] == true);
}

TEST_CASE("one late field is found by reading two chunks of each at most") {
  const std::uint64_t number = sample::first_event(long_trace(), Event::ITEM_READ, 190'123);
  const File changed = sample::with_event(long_trace(), number, [](Event::Builder event) {
    event.getItemRead().setLatency(event.getItemRead().getLatency() + 1);
  });
  const Compared differ(long_trace(), changed);
  REQUIRE(differ.found.kind == Kind::changed);
  REQUIRE(differ.found.number == number);
  REQUIRE(differ.found.fields.size() == 1);
  REQUIRE(differ.found.fields[0].path == "itemRead.latency");
  REQUIRE(differ.found.last_common == number - 1);
  REQUIRE(differ.found.event.a->cause == differ.found.event.b->cause);
  REQUIRE_FALSE(differ.found.entity.empty());
  REQUIRE(differ.found.chunks_read.a <= 2);
  REQUIRE(differ.found.chunks_read.b <= 2);
  // 2^9 frames hold them all; one digest more says that the chunk itself differs.
  REQUIRE(differ.found.digests_compared <= 11);
}

// What tests/bench/traces shows: a million events of each trace.
TEST_CASE("one late field of a million events", "[.million]") {
  const File whole = trace_of(sample::load(sample::busy_reads(1'250, "14m")));
  const std::uint64_t events = events::scan(whole).event_count;
  REQUIRE(events >= 1'000'000);
  const std::uint64_t number = sample::first_event(whole, Event::ITEM_READ, events - 1'000);
  const File changed = sample::with_event(whole, number, [](Event::Builder event) {
    event.getItemRead().setLatency(event.getItemRead().getLatency() + 1);
  });
  const Compared differ(whole, changed);
  REQUIRE(differ.found.number == number);
  REQUIRE(differ.found.chunks_read.a <= 2);
  REQUIRE(differ.found.chunks_read.b <= 2);
  REQUIRE(differ.found.digests_compared <= 13);
  WARN(events << " events: event " << number << " found by " << differ.found.digests_compared
              << " digests and " << differ.found.chunks_read.a << " + "
              << differ.found.chunks_read.b << " chunks");
}

TEST_CASE("a difference at every place of a chunk is found") {
  for (const std::uint64_t at : {0U, 1U, 62U, 63U, 64U, 65U, 127U, 128U, 500U}) {
    const File changed = sample::with_event(
        busy_trace(), at, [](Event::Builder event) { event.setTime(event.getTime() + 1); });
    const Compared differ(busy_trace(), changed);
    CAPTURE(at);
    REQUIRE(differ.found.kind == Kind::changed);
    REQUIRE(differ.found.number == at);
    REQUIRE(differ.found.fields.size() == 1);
    REQUIRE(differ.found.fields[0].path == "time");
    REQUIRE(differ.found.last_common.has_value() == (at > 0));
    REQUIRE(differ.found.chunks_read.a <= 2);
  }
}

TEST_CASE("under other headers every chunk's digest is compared") {
  const std::uint64_t number = sample::first_event(long_trace(), Event::ITEM_READ, 100'000);
  File changed = sample::with_event(long_trace(), number, [](Event::Builder event) {
    event.getItemRead().setItem(event.getItemRead().getItem() ^ 1U);
  });
  changed = sample::with_identity(changed, [](auto identity) { identity.setBranch(9); });
  const Compared differ(long_trace(), changed);
  REQUIRE(differ.found.number == number);
  REQUIRE(differ.found.fields.size() == 1);
  REQUIRE(differ.found.chunks_read.a <= 2);
  REQUIRE(differ.found.headers.size() == 1);
  REQUIRE(differ.found.headers[0].path == "branch");
  const Compared same(long_trace(),
                      sample::with_identity(long_trace(), [](auto id) { id.setBranch(9); }));
  REQUIRE(same.found.kind == Kind::none);
  REQUIRE(same.found.headers.size() == 1);
}

TEST_CASE("events that one trace lacks are told apart from events that changed") {
  const std::uint64_t number = sample::first_event(busy_trace(), Event::ITEM_READ, 300);
  for (const std::uint32_t count : {1U, 3U}) {
    const Compared missing(busy_trace(), without(busy_trace(), number, count));
    CAPTURE(count);
    REQUIRE(missing.found.kind == Kind::only_a);
    REQUIRE(missing.found.number == number);
    REQUIRE(missing.found.only_count == count);
    REQUIRE(missing.found.only.size() == count);
    const Compared extra(without(busy_trace(), number, count), busy_trace());
    REQUIRE(extra.found.kind == Kind::only_b);
    REQUIRE(extra.found.only_count == count);
    REQUIRE(extra.found.only == missing.found.only);
  }
}

TEST_CASE("a trace that ends earlier is said to") {
  const auto scenario = sample::load(sample::kBusy, 64);
  for (const std::uint64_t stop : {64U, 100U, 640U}) {
    const Compared shorter(trace_of(scenario, stop), busy_trace());
    CAPTURE(stop);
    REQUIRE(shorter.found.kind == Kind::a_ends);
    REQUIRE(shorter.found.number == stop);
    REQUIRE_FALSE(shorter.found.event.a.has_value());
    REQUIRE(shorter.found.event.b.has_value());
    REQUIRE(shorter.found.last_common == stop - 1);
    const Compared longer(busy_trace(), trace_of(scenario, stop));
    REQUIRE(longer.found.kind == Kind::b_ends);
  }
}

TEST_CASE("chunks of other lengths hold the same events") {
  const Compared same(busy_trace(), trace_of(sample::load(sample::kBusy, 100)));
  REQUIRE(same.found.kind == Kind::none);
  REQUIRE(same.found.events.a == same.found.events.b);
}

TEST_CASE("a state that was written down otherwise is a difference of its own") {
  auto frames = sample::take_apart(long_trace());
  const auto snapshot = std::ranges::find_if(
      frames, [](const auto& frame) { return frame.header.type == events::FrameType::snapshot; });
  REQUIRE(snapshot != frames.end());
  auto payload = snapshot->stored;
  payload.back() ^= 1;
  sample::replace(*snapshot, payload);
  sample::relink(frames);
  const Compared differ(long_trace(), sample::put_together(frames));
  REQUIRE(differ.found.kind == Kind::snapshot);
  REQUIRE(differ.found.number == snapshot->header.first_event);
}

TEST_CASE("the report says what differs in the headers too") {
  std::string other(sample::kBusy);
  other.replace(other.find("at: 15m"), 7, "at: 16m");
  const Compared differ(busy_trace(), trace_of(sample::load(other, 64)));
  REQUIRE(differ.found.kind != Kind::none);
  const auto step =
      std::ranges::find(differ.found.headers, "scenario.steps[3].at", &FieldDifference::path);
  REQUIRE(step != differ.found.headers.end());
  REQUIRE(step->recorded == "2026-01-01T00:15:00Z");
  REQUIRE(step->replayed == "2026-01-01T00:16:00Z");
  const std::string text = differ.text();
  for (const std::string_view part :
       {"diff: ", "  A  a.tk  seed 11", "last common event ",
        "the headers differ:", "tablekey explain a.tk --event ", "scenario.steps[3].at"}) {
    CAPTURE(part, text);
    REQUIRE(text.find(part) != std::string::npos);
  }
  // The first difference is the step, not something before it.
  REQUIRE(differ.found.event.a->type == "KmsAnswered");
}

}  // namespace tablekey::replay::difference_test
