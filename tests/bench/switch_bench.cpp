// What a switch of keys costs as a table grows: tables of one partition to ten thousand, each with
// a data key of its own, are moved to another key. Every data key is unwrapped under the old table
// key and wrapped under the new one, for real; the time should be linear in their number.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "tests/replay/sample_run.h"
#include "tests/support/small_scenario.h"

namespace tablekey {
namespace {

namespace sample = replay::sample;
using Clock = std::chrono::steady_clock;

// Provisioned throughput makes the partitions, a thousand write units each; all have split long
// before the switch.
std::string table_of(std::int64_t partitions) {
  return fmt::format(R"(tablekey: 1
seed: 3
until: 31d
Resources:
  A: {{ Type: AWS::KMS::Key }}
  B: {{ Type: AWS::KMS::Key }}
  Orders:
    Type: AWS::DynamoDB::Table
    Metadata: {{ tablekey: {{ Items: {items}, ItemSize: 100 }} }}
    Properties:
      TableName: Orders
      BillingMode: PROVISIONED
      ProvisionedThroughput: {{ ReadCapacityUnits: 1, WriteCapacityUnits: {units} }}
      KeySchema: [{{ AttributeName: id, KeyType: HASH }}]
      AttributeDefinitions: [{{ AttributeName: id, AttributeType: S }}]
      SSESpecification: {{ SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt A.Arn }}
timeline:
  - {{ at: 30d, do: dynamodb:UpdateTable, table: Orders, key: !Ref B }}
)",
                     fmt::arg("items", 20 * partitions),
                     fmt::arg("units", partitions * 1000 - 999));
}

// Items are data keys that a switch re-wraps. Counters: how many, microseconds of the whole switch,
// nanoseconds of one.
void sse_switch(benchmark::State& state) {
  const sample::Scenario scenario = sample::load(table_of(state.range(0)));
  std::uint64_t keys = 0;
  double seconds = 0;
  for (auto _ : state) {
    events::DigestSink sink;
    sink.identity(std::array<std::uint8_t, 8>{});
    events::Recorder recorder(512, 0, sink);
    model::World world(*scenario.view);
    bool switching = false;
    double spent = 0;
    std::uint64_t rewrapped = 0;
    while (world.next_due()) {
      const auto begin = Clock::now();
      const events::Event::Reader event = world.turn(recorder);
      const bool first = event.isSseSwitchStarted(), last = event.isSseSwitchCompleted();
      if (event.isDataKeysRewrapped())
        rewrapped += event.getDataKeysRewrapped().getDataKeys().size();
      recorder.commit();
      switching = switching || first;
      if (switching) spent += std::chrono::duration<double>(Clock::now() - begin).count();
      if (last) break;
    }
    if (rewrapped < static_cast<std::uint64_t>(state.range(0))) std::abort();
    keys += rewrapped;
    seconds += spent;
    state.SetIterationTime(spent);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(keys));
  state.counters["data_keys"] = static_cast<double>(keys) / static_cast<double>(state.iterations());
  state.counters["us"] = seconds / static_cast<double>(state.iterations()) * 1e6;
  state.counters["ns_each"] = seconds / static_cast<double>(keys) * 1e9;
}

BENCHMARK(sse_switch)
    ->Name("model/sse_switch")
    ->RangeMultiplier(10)
    ->Range(1, 10'000)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tablekey
