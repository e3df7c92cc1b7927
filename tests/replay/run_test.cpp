// Runs into sinks. Goal: the bytes of a trace depend on the scenario and nothing else; State is
// written down where the plan says. Method: one scenario, run in all the ways there are.
#include "replay/run.h"

#include <catch2/catch.hpp>

#include "events/digest_sink.h"
#include "events/schema_digest.h"
#include "tests/replay/sample_run.h"

namespace tablekey::replay::run_test {
namespace {

// What reaches a sink, without its bytes.
class Listing : public events::ChunkSink {
 public:
  void identity(events::Bytes) override {}
  void chunk(events::Bytes, const events::ChunkInfo& info) override {
    chunks.push_back(info.event_count);
  }
  void snapshot(events::Bytes state, std::uint64_t event_number, std::int64_t) override {
    snapshots.emplace_back(event_number, state.size());
  }
  crypto::Digest chain() override { return {}; }
  events::Result<void> status() const override {
    if (full) return events::fail(events::Error::Kind::io, "the disk is full");
    return {};
  }

  std::vector<std::uint32_t> chunks;
  std::vector<std::pair<std::uint64_t, std::size_t>> snapshots;
  bool full = false;
};

class Counting : public Observer {
 public:
  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    in_order = in_order && number == seen && after.events() == number + 1 &&
               event.getTime() == after.now().nanoseconds();
    ++seen;
  }
  std::uint64_t seen = 0;
  bool in_order = true;
};

sample::File recorded(const sample::Scenario& scenario, const events::WriterOptions& options,
                      std::uint64_t slice) {
  const sample::TempFolder folder;
  const auto path = folder / "run.tk";
  auto writer = events::TraceWriter::create(path, options).value();
  writer->identity(bytes_of(scenario.identity));
  Run run(*scenario.view, *writer, scenario.events_per_chunk);
  while (run.run_slice(slice, sim::Time::max())) {
  }
  run.cut();
  writer->close(events::Closing::finished).value();
  return sample::read_file(path);
}

}  // namespace

TEST_CASE("a run is the same bytes in slices of any size, with and without a second thread") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const auto whole = recorded(scenario, {.background = false}, sample::kAllTurns);
  REQUIRE(whole.size() > 100'000);
  REQUIRE(recorded(scenario, {.background = true}, 100'000) == whole);
  REQUIRE(recorded(scenario, {.background = true}, 7) == whole);
  REQUIRE(recorded(sample::load(sample::kBusy, 64), {.background = false}, 1) == whole);
}

TEST_CASE("a run has one chain digest in a file, in a compressed file and without a file") {
  const auto scenario = sample::load(sample::kBusy, 64);
  const auto plain = recorded(scenario, {.background = false}, 1000);
  const auto zstd = recorded(scenario, {.codec = events::Codec::zstd, .background = false}, 1000);
  REQUIRE(zstd.size() < plain.size());
  events::DigestSink digest;
  digest.identity(bytes_of(scenario.identity));
  Run run(*scenario.view, digest, scenario.events_per_chunk);
  sample::turn(run);
  run.cut();
  REQUIRE(events::scan(plain).chain == digest.chain());
  REQUIRE(events::scan(zstd).chain == digest.chain());
}

TEST_CASE("a slice stops at the simulated time that it was given") {
  const auto scenario = sample::load(sample::kBusy);
  events::DigestSink digest;
  digest.identity(bytes_of(scenario.identity));
  Run run(*scenario.view, digest, 512);
  const sim::Time noon = scenario.view->start + sim::Duration::minutes(10);
  REQUIRE(run.run_slice(sample::kAllTurns, noon));
  REQUIRE(run.now() <= noon);
  REQUIRE(run.next_due().value() > noon);
  sample::turn(run);
  REQUIRE(run.now() == scenario.view->until);
  REQUIRE_FALSE(run.next_due());
}

TEST_CASE("observers are shown each event once, in order, with the state it made") {
  const auto scenario = sample::load(sample::kBusy);
  Listing sink;
  Counting first, second;
  Run run(*scenario.view, sink, 512);
  run.show(first);
  sample::turn(run, 600);
  run.show(second);
  sample::turn(run);
  REQUIRE(first.in_order);
  REQUIRE(first.seen == run.turns());
  REQUIRE(second.seen == run.turns() - 600);
}

TEST_CASE("a sink that fails ends the run at the end of the slice") {
  const auto scenario = sample::load(sample::kBusy);
  Listing sink;
  Run run(*scenario.view, sink, 512);
  REQUIRE(run.run_slice(600, sim::Time::max()));
  sink.full = true;
  REQUIRE_FALSE(run.run_slice(600, sim::Time::max()));
  REQUIRE(run.next_due());
}

// The plan: at a chunk border, 65,536 events after the last one, and a sixteenth of its bytes.
TEST_CASE("State is written down at chunk borders, at a bounded share of the trace") {
  const auto scenario = sample::load(sample::busy_reads(250, "9m"), 1000);
  Listing sink;
  Run run(*scenario.view, sink, 1000);
  sample::turn(run, 132'500);
  REQUIRE(sink.snapshots.size() == 2);
  REQUIRE(sink.snapshots[0].first == 66'000);
  REQUIRE(sink.snapshots[1].first == 132'000);
  REQUIRE(sink.chunks == std::vector<std::uint32_t>(132, 1000));
}

TEST_CASE("a large State is written down less often") {
  SnapshotPlan plan;
  REQUIRE_FALSE(plan.due(65'535));
  REQUIRE(plan.due(65'536));
  plan.taken(65'536, std::uint64_t{16} * 1'000'000);
  REQUIRE_FALSE(plan.due(65'536 + 999'999));
  REQUIRE(plan.due(65'536 + 1'000'000));
  REQUIRE_FALSE(SnapshotPlan(65'536, 100).due(131'071));
  REQUIRE(SnapshotPlan(65'536, 100).due(131'072));
}

TEST_CASE("the identity holds all that a replay needs, and every setting as it held") {
  const auto scenario = sample::load(sample::kBusy, 64, {{"model.kms.latency", "constant(9ms)"}});
  std::vector<std::uint64_t> words = scenario.identity;
  const std::size_t length = words.size() * 8;
  const auto decoded =
      events::DecodedIdentity::decode(events::Payload(std::move(words), length)).value();
  const auto identity = decoded.get();
  REQUIRE(identity.getFormatMajor() == events::kFormatMajor);
  REQUIRE(identity.getBehaviourVersion() == model::kBehaviourVersion);
  const auto schema = events::schema_digest();
  REQUIRE(identity.getSchemaDigest() == capnp::Data::Reader(schema.data(), schema.size()));
  REQUIRE(identity.getScenario().getSeed() == 11);
  REQUIRE(std::string_view(identity.getSource().cStr()) == sample::kBusy);
  REQUIRE(identity.getEventsPerChunk() == 64);
  REQUIRE(identity.getEffective().size() == model::settings_table().size());
  std::string latency;
  for (const auto setting : identity.getEffective()) {
    if (std::string_view(setting.getPath().cStr()) == "model.kms.latency") {
      latency = setting.getValue().cStr();
    }
  }
  REQUIRE(latency == "constant(9ms)");
}

}  // namespace tablekey::replay::run_test
