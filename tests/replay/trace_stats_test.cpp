// What a trace holds, in numbers. Goal: they are the trace's. Method: a run of everything, counted
// by walking it; an empty beginning; a compressed file.
#include "replay/trace_stats.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "replay/event_text.h"
#include "tests/replay/sample_run.h"

namespace tablekey::replay::trace_stats_test {
namespace {

struct Recorded {
  explicit Recorded(std::uint64_t turns = sample::kAllTurns,
                    events::Codec codec = events::Codec::none,
                    std::string_view source = sample::kBusy) {
    sample::record(folder / "run.tk", sample::load(source, 64), turns, {.codec = codec});
    run = std::make_unique<RecordedRun>(RecordedRun::open(folder / "run.tk").value());
    stats = stats_of(*run).value();
  }
  sample::TempFolder folder;
  std::unique_ptr<RecordedRun> run;
  TraceStats stats;
};

class Counting : public Observer {
 public:
  void event(const model::State&, events::Event::Reader event, std::uint64_t) override {
    ++counts[event_name(event)];
  }
  std::map<std::string, std::uint64_t> counts;
};

}  // namespace

TEST_CASE("the statistics of a trace are what a walk over it counts") {
  const Recorded recorded;
  const TraceStats& stats = recorded.stats;
  Counting counting;
  REQUIRE(recorded.run->fold(recorded.run->file().event_count(), {&counting}).has_value());
  REQUIRE(stats.kinds.size() == counting.counts.size());
  for (const EventKindStats& kind : stats.kinds) {
    REQUIRE(counting.counts.at(kind.type) == kind.count);
    REQUIRE(kind.first <= kind.last);
  }
  REQUIRE(std::ranges::is_sorted(stats.kinds, std::greater(), &EventKindStats::count));
  REQUIRE(std::reduce(stats.slices.begin(), stats.slices.end()) == stats.events);
  REQUIRE(stats.file_bytes == std::filesystem::file_size(recorded.folder / "run.tk"));
  REQUIRE(stats.stored_bytes == stats.event_bytes + stats.snapshot_bytes + stats.identity_bytes);
  const auto json = nlohmann::json::parse(print_json(stats, *recorded.run, "run.tk"));
  REQUIRE(json["events"] == stats.events);
  REQUIRE(json["seed"] == 11);
  const std::string text = print(stats, *recorded.run, "run.tk");
  REQUIRE(text.starts_with("run.tk: busy with seed 11, behaviour version "));
  REQUIRE(text.find("\nevents over time\n") != std::string::npos);
}

TEST_CASE("a trace of one event has its statistics too") {
  const Recorded recorded(1);
  REQUIRE(recorded.stats.events == 1);
  REQUIRE(recorded.stats.slices[0] == 1);
  REQUIRE(recorded.stats.first == recorded.stats.last);
}

TEST_CASE("a compressed trace says how much smaller it is") {
  const Recorded plain, packed(sample::kAllTurns, events::Codec::zstd);
  REQUIRE(packed.stats.compressed);
  REQUIRE(packed.stats.event_bytes == plain.stats.event_bytes);
  REQUIRE(packed.stats.stored_bytes < plain.stats.stored_bytes);
  REQUIRE(print(packed.stats, *packed.run, "x").find("all compressed to ") != std::string::npos);
}

}  // namespace tablekey::replay::trace_stats_test
