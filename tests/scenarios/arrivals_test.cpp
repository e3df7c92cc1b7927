// Goal: every arrival process, and recorded arrivals, compile to what the model takes. Method: one
// workload each, read back.
#include <catch2/catch.hpp>

#include "sim/time.h"
#include "tests/scenarios/loading.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::arrivals_test {
namespace {

using Process = events::Workload::Process;

constexpr std::int64_t kSecond = 1'000'000'000;

LoadOptions with_recordings() {
  LoadOptions options;
  options.read_arrivals = [](std::string_view path) { return read_recording(path); };
  return options;
}

// The tables of the messages' world: Events is a family of three.
Loaded with_workload(const std::string& rest) {
  std::string world = kWorld;
  const std::string items = "Items: 30, Collection: 10";
  world.replace(world.find(items), items.size(), "Copies: 3");
  return Loaded(kHead + "workload:\n  - name: web\n    principal: !Ref App\n" + rest + world,
                with_recordings());
}

Loaded on_orders(const std::string& rest) { return with_workload("    table: Orders\n" + rest); }

}  // namespace

TEST_CASE("shapes of renewal processes arrive where they should") {
  const std::pair<const char*, Process> kinds[] = {
      {"gamma", Process::GAMMA}, {"weibull", Process::WEIBULL}, {"pareto", Process::PARETO}};
  for (const auto& [word, process] : kinds) {
    const Loaded loaded = on_orders(std::string("    connections: 4\n    arrivals: { process: ") +
                                    word + ", rate: 2/s, shape: 2.2 }\n");
    const auto workload = loaded.scenario().getWorkloads()[0];
    CHECK(workload.getProcess() == process);
    CHECK(workload.getShape() == 2.2);
    CHECK(workload.getStages()[0].getRateBegin() == 0.5);
  }
}

TEST_CASE("hyperexponential branches are of one connection and imply the rate") {
  const Loaded loaded = on_orders(
      "    connections: 4\n    arrivals: { process: hyperexponential, shares: [80%, 20%], rates: "
      "[0.2/s, 0.01/s] }\n");
  const auto workload = loaded.scenario().getWorkloads()[0];
  REQUIRE(workload.getBranches().size() == 2);
  CHECK(workload.getBranches()[0].getMillionths() == 800'000);
  CHECK(workload.getBranches()[1].getRate() == 0.01);
  CHECK(workload.getStages()[0].getRateBegin() == Approx(1 / (0.8 / 0.2 + 0.2 / 0.01)));
}

TEST_CASE("phases of a modulated process, and on-off as one of two") {
  const Loaded loaded = on_orders(
      "    arrivals: { process: mmpp, states: [{ rate: 0.1/s, hold: 300s }, { rate: 0.002/s, hold: "
      "900s }] }\n");
  const auto states = loaded.scenario().getWorkloads()[0].getStates();
  REQUIRE(states.size() == 2);
  CHECK(states[0].getRate() == 0.1);
  CHECK(states[1].getHold() == 900 * kSecond);
  CHECK(loaded.scenario().getWorkloads()[0].getStages()[0].getRateBegin() == Approx(0.0265));
  const Loaded bursts = on_orders(
      "    arrivals: { process: on-off, on: { rate: 1/s, hold: 5m }, off: { hold: 1h } }\n");
  const auto workload = bursts.scenario().getWorkloads()[0];
  CHECK(workload.getProcess() == Process::MMPP);
  REQUIRE(workload.getStates().size() == 2);
  CHECK(workload.getStates()[0].getRate() == 1);
  CHECK(workload.getStates()[1].getRate() == 0);
  CHECK(workload.getStates()[1].getHold() == 3600 * kSecond);
}

TEST_CASE("a closed loop, its lives, retries and the size of what it writes") {
  const Loaded loaded = on_orders(
      "    arrivals: { process: closed, think: exponential(mean=5s) }\n    start_spread: 10m\n"
      "    connection_lifetime: { duration: exponential(mean=1h) }\n"
      "    retries: { attempts: 5, base: 50ms, cap: 2s, jitter: 50% }\n"
      "    item_size: exponential(mean=1000)\n");
  const auto workload = loaded.scenario().getWorkloads()[0];
  CHECK(workload.getProcess() == Process::CLOSED);
  CHECK(text(workload.getThink()) == "exponential(mean=5s)");
  CHECK(workload.getStartSpread() == 600 * kSecond);
  CHECK(text(workload.getLifetime()) == "exponential(mean=1h)");
  CHECK(workload.getConnectionLifetime() == 0);
  CHECK(workload.getRetries().getAttempts() == 5);
  CHECK(workload.getRetries().getBase() == kSecond / 20);
  CHECK(workload.getRetries().getCap() == 2 * kSecond);
  CHECK(workload.getRetries().getJitterMillionths() == 500'000);
  CHECK(text(workload.getItemSize()) == "exponential(mean=1000)");
}

TEST_CASE("retries: standard is the SDKs' standard mode, and none is the default") {
  const Loaded loaded = on_orders("    arrivals: { rate: 1/s }\n    retries: standard\n");
  const auto retries = loaded.scenario().getWorkloads()[0].getRetries();
  CHECK(retries.getAttempts() == 3);
  CHECK(retries.getBase() == kSecond);
  CHECK(retries.getCap() == 20 * kSecond);
  CHECK(retries.getJitterMillionths() == 1'000'000);
  const Loaded plain = on_orders("    arrivals: { rate: 1/s }\n");
  CHECK(plain.scenario().getWorkloads()[0].getRetries().getAttempts() == 0);
}

TEST_CASE("a pool has the whole rate") {
  const Loaded loaded = on_orders(
      "    connections: 40\n    arrivals: { process: poisson, rate: 8/s }\n"
      "    pool: { dispatch: most-recent, idle_close: 1m }\n");
  const auto workload = loaded.scenario().getWorkloads()[0];
  CHECK(workload.getPool().getDispatch() == events::Pool::Dispatch::MOST_RECENT);
  CHECK(workload.getPool().getIdleClose() == 60 * kSecond);
  CHECK(workload.getStages()[0].getRateBegin() == 8);
}

TEST_CASE("a daily course peaks a quarter of its period after the start unless told otherwise") {
  const Loaded loaded =
      on_orders("    arrivals: { rate: 1/s }\n    diurnal: { amplitude: 80%, peak: 38h }\n");
  const auto course = loaded.scenario().getWorkloads()[0].getDiurnal();
  CHECK(course.getPeriod() == 24 * 3600 * kSecond);
  CHECK(course.getAmplitudeMillionths() == 800'000);
  CHECK(course.getPeak() == 14 * 3600 * kSecond);
  const Loaded plain =
      on_orders("    arrivals: { rate: 1/s }\n    diurnal: { period: 1h, amplitude: 80% }\n");
  CHECK(plain.scenario().getWorkloads()[0].getDiurnal().getPeak() == 900 * kSecond);
}

TEST_CASE("recorded arrivals are in order of time, with their operations") {
  const Loaded loaded = with_workload("    arrivals: { process: trace, file: orders.csv }\n");
  const auto scenario = loaded.scenario();
  REQUIRE(scenario.getWorkloads().size() == 1);
  const auto workload = scenario.getWorkloads()[0];
  CHECK(workload.getProcess() == Process::TRACE);
  CHECK(text(scenario.getTables()[workload.getTable()].getName()) == "orders");
  CHECK(workload.getPool().getDispatch() == events::Pool::Dispatch::ROUND_ROBIN);
  const auto trace = workload.getTrace();
  CHECK_FALSE(trace.getAbsolute());
  REQUIRE(trace.getTimes().size() == 4);
  CHECK(trace.getTimes()[1] == kSecond * 3 / 2);
  CHECK(trace.getTimes()[3] == 60 * kSecond);
  REQUIRE(trace.getOperations().size() == 4);
  CHECK(trace.getOperations()[1] == events::DataOperation::PUT_ITEM);
  CHECK(trace.getOperations()[2] == events::DataOperation::QUERY);
  CHECK(trace.getOperations()[3] == events::DataOperation::GET_ITEM);
  CHECK(trace.getCopies().size() == 0);
}

TEST_CASE("tables of a recording get a workload each, and dates stay dates") {
  const Loaded loaded = with_workload("    arrivals: { process: trace, file: two-tables.csv }\n");
  const auto workloads = loaded.scenario().getWorkloads();
  REQUIRE(workloads.size() == 2);
  CHECK(text(workloads[0].getName()) == "web");
  CHECK(text(workloads[1].getName()) == "web-Orders");
  CHECK(workloads[0].getTrace().getTimes().size() == 3);
  CHECK(workloads[0].getTrace().getTimes()[0] == kSecond);
  CHECK(workloads[1].getTrace().getTimes()[0] == 3 * kSecond);
  CHECK(workloads[1].getTrace().getOperations().size() == 0);
  const Loaded dated = on_orders("    arrivals: { process: trace, file: dates.csv }\n");
  const auto workload = dated.scenario().getWorkloads()[0];
  CHECK(workload.getTrace().getAbsolute());
  CHECK(workload.getTrace().getTimes()[0] == dated.scenario().getStart() + 3600 * kSecond);
  CHECK(workload.getStarts() == dated.scenario().getStart());
}

TEST_CASE("align: first lets a recording begin with the workload") {
  const Loaded loaded =
      on_orders("    arrivals: { process: trace, file: early.csv, align: first }\n");
  const auto trace = loaded.scenario().getWorkloads()[0].getTrace();
  CHECK_FALSE(trace.getAbsolute());
  CHECK(trace.getTimes()[0] == 0);
  CHECK(trace.getTimes()[1] == 30 * kSecond);
}

TEST_CASE("a CloudTrail file gives its data events, and Decrypts where there are none") {
  const auto times = [](const std::string& rest, const std::string& file = "trail.json") {
    const Loaded loaded =
        on_orders("    arrivals: { process: trace, file: " + file + rest + " }\n");
    std::vector<std::int64_t> found;
    for (const std::int64_t time : loaded.scenario().getWorkloads()[0].getTrace().getTimes()) {
      found.push_back(time - loaded.scenario().getStart() - 600 * kSecond);
    }
    return found;
  };
  // Those of one second are spread over it.
  CHECK(times("") == std::vector<std::int64_t>{0, kSecond / 2, 10 * kSecond});
  CHECK(times(", decrypts: always") ==
        std::vector<std::int64_t>{0, kSecond / 3, kSecond / 3 * 2, 10 * kSecond});
  CHECK(times(", decrypts: never").size() == 3);
  CHECK(times("", "trail.json.gz") == times(""));  // as AWS delivers it
  const Loaded loaded = on_orders("    arrivals: { process: trace, file: trail.json }\n");
  const auto operations = loaded.scenario().getWorkloads()[0].getTrace().getOperations();
  CHECK(operations[1] == events::DataOperation::BATCH_GET_ITEM);
  CHECK(operations[2] == events::DataOperation::PUT_ITEM);
}

TEST_CASE("new words of load are told in sentences") {
  const Loaded loaded = on_orders(
      "    connections: 4\n    arrivals: { process: on-off, on: { rate: 1/s, hold: 5m }, off: { "
      "hold: 1h } }\n    diurnal: { amplitude: 30% }\n    retries: standard\n"
      "    connection_lifetime: { duration: exponential(mean=1h) }\n    start_spread: 10m\n");
  const std::string told = explain(loaded.scenario());
  const std::string sentence =
      "  web: app on orders over 4 connections; requests in phases (1/s for 5m on average, then "
      "nothing for 1h on average), 0.3077/s in all, on average one every 13s on each connection, "
      "30% more and less every 1d, most at 6h; GetItem 100%; all items alike, connections open "
      "within 10m, a new connection after exponential(mean=1h), up to 3 attempts within 1s "
      "doubling "
      "to 20s, 100% of it drawn.\n";
  INFO(told);
  CHECK(told.find(sentence) != std::string::npos);
}

}  // namespace tablekey::scenarios::testing::arrivals_test
