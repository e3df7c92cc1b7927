// Goal: workloads compile to rates of one connection, exact shares and absolute times. Method: one
// workload each, read back.
#include <catch2/catch.hpp>

#include "sim/time.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::workload_test {
namespace {

Loaded with_workload(const std::string& rest) {
  return Loaded(kHead +
                "workload:\n  - name: web\n    principal: !Ref App\n    table: !Ref Orders\n" +
                rest + kWorld);
}

}  // namespace

TEST_CASE("a rate is that of the whole workload, split over its connections") {
  const Loaded loaded =
      with_workload("    connections: 40\n    arrivals: { process: poisson, rate: 200/s }\n");
  const auto workload = loaded.scenario().getWorkloads()[0];
  CHECK(workload.getConnections() == 40);
  CHECK(workload.getProcess() == events::Workload::Process::POISSON);
  REQUIRE(workload.getStages().size() == 1);
  CHECK(workload.getStages()[0].getRateBegin() == 5.0);
  CHECK(workload.getStages()[0].getRateEnd() == 5.0);
  CHECK(workload.getStages()[0].getDuration() == 0);
}

TEST_CASE("every is the gap on each connection") {
  const Loaded loaded = with_workload("    connections: 2\n    arrivals: { every: 20s }\n");
  CHECK(loaded.scenario().getWorkloads()[0].getStages()[0].getRateBegin() == 0.05);
  CHECK(loaded.scenario().getWorkloads()[0].getProcess() == events::Workload::Process::CONSTANT);
}

TEST_CASE("stages begin at arrivals.rate, or at nothing, and go on from each target") {
  const std::string stages =
      "    connections: 10\n    stages: [{ duration: 1h, target: 20/s }, { duration: 2h, target: "
      "0/s }]\n";
  const Loaded from_nothing = with_workload(stages);
  const auto first = from_nothing.scenario().getWorkloads()[0].getStages();
  REQUIRE(first.size() == 2);
  CHECK(first[0].getRateBegin() == 0.0);
  CHECK(first[0].getRateEnd() == 2.0);
  CHECK(first[1].getRateBegin() == 2.0);
  CHECK(first[1].getRateEnd() == 0.0);
  CHECK(first[1].getDuration() == sim::Duration::hours(2).count());
  const Loaded from_rate = with_workload(stages + "    arrivals: { rate: 50/s }\n");
  CHECK(from_rate.scenario().getWorkloads()[0].getStages()[0].getRateBegin() == 5.0);
}

TEST_CASE("shares of operations are millionths that add up") {
  const Loaded loaded = with_workload(
      "    arrivals: { rate: 1/s }\n    operations: { Query: 12.5%, GetItem: 80%, PutItem: 7.5% "
      "}\n");
  const auto operations = loaded.scenario().getWorkloads()[0].getOperations();
  REQUIRE(operations.size() == 3);
  CHECK(operations[0].getOperation() == events::DataOperation::GET_ITEM);
  CHECK(operations[0].getMillionths() == 800'000);
  CHECK(operations[1].getMillionths() == 75'000);
  CHECK(operations[2].getMillionths() == 125'000);
  const auto standard = with_workload("    arrivals: { rate: 1/s }\n");
  CHECK(standard.scenario().getWorkloads()[0].getOperations()[0].getMillionths() == 1'000'000);
}

TEST_CASE("the rest of a workload arrives where it should") {
  const Loaded loaded = with_workload(
      "    arrivals: { rate: 1/s }\n    popularity: { zipf: 1.1 }\n    items: 500\n    from: 1h\n"
      "    to: 2026-01-01T02:00:00Z\n    requests: 9\n    session: web-1\n    query_items: 3\n"
      "    connection_lifetime: { requests: 1, duration: 10s }\n");
  const auto scenario = loaded.scenario();
  const auto workload = scenario.getWorkloads()[0];
  CHECK(workload.getPopularity() == events::Workload::Popularity::ZIPF);
  CHECK(workload.getSkew() == 1.1);
  CHECK(scenario.getTables()[0].getItems() == 500);
  CHECK(workload.getStarts() == scenario.getStart() + sim::Duration::hours(1).count());
  CHECK(workload.getStops() == scenario.getStart() + sim::Duration::hours(2).count());
  CHECK(workload.getRequests() == 9);
  CHECK(text(workload.getSession()) == "web-1");
  CHECK(workload.getQueryItems() == 3);
  CHECK(workload.getRequestsPerConnection() == 1);
  CHECK(workload.getConnectionLifetime() == sim::Duration::seconds(10).count());
}

TEST_CASE(
    "a table that a workload uses starts with a hundred items unless something says otherwise") {
  const Loaded loaded = with_workload("    arrivals: { rate: 1/s }\n");
  CHECK(loaded.scenario().getTables()[0].getItems() == 100);
  CHECK(text(loaded.scenario().getWorkloads()[0].getSession()) == "web");
  const Loaded unused(kHead + kWorld);
  CHECK(unused.scenario().getTables()[0].getItems() == 0);
}

TEST_CASE("settings arrive in canonical text, sorted, from nested and dotted keys") {
  const Loaded loaded(kHead + R"(
model:
  table_key_cache: { idle_timeout: 300s, max_age: none }
  kms.latency: { dist: lognormal, median: 6ms, p99: 0.04s }
  kms: { propagation: { dist: uniform, min: 0s, max: 5m }, key_state_propagation: 1s }
  dynamodb.grants_per_table: 1
)" + kWorld);
  std::vector<std::string> settings;
  for (auto setting : loaded.scenario().getSettings()) {
    settings.push_back(text(setting.getPath()) + "=" + text(setting.getValue()));
  }
  CHECK(settings == std::vector<std::string>{"model.dynamodb.grants_per_table=1",
                                             "model.kms.key_state_propagation=constant(1s)",
                                             "model.kms.latency=lognormal(median=6ms, p99=40ms)",
                                             "model.kms.propagation=uniform(0s, 5m)",
                                             "model.table_key_cache.idle_timeout=5m",
                                             "model.table_key_cache.max_age=none"});
}

}  // namespace tablekey::scenarios::testing::workload_test
