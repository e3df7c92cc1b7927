// Goal: measures of cached table keys are what cache-theory.md 1 defines, exactly. Method: worlds
// without chance, one request every 30 s on a connection, and numbers worked out by hand.
//
// With `fixed-connection` and 5m a connection whose first request comes at t loads its key at t,
// t + 300 s, t + 600 s …: a request exactly 300 s after a load is a miss.
#include <catch2/catch.hpp>

#include "replay/metrics/metrics.h"
#include "tests/support/small_scenario.h"

namespace cache_measures_test {

namespace {

using namespace tablekey;
using replay::Met;
using replay::Outcome;
using sim::Duration;
using StepKind = events::KmsOperation;

Outcome outcome_of(test::SmallScenario scenario, const std::string& check) {
  scenario.expect(check);
  const auto view = scenario.view();
  replay::ExpectationSet expectations(*view);
  const auto world = test::run_world(*view, {&expectations});
  const auto outcomes = expectations.finish(world->state());
  REQUIRE(outcomes.size() == 1);
  return outcomes.front();
}

std::string measured(const test::SmallScenario& scenario, const std::string& check) {
  INFO(check);
  const Outcome outcome = outcome_of(scenario, check);
  CHECK(outcome.met == Met::met);
  return outcome.measured;
}

// Requests at 30 s, 60 s …; loads at 30 s and 330 s; DisableKey at 500 s.
test::SmallScenario disabled(Duration at = Duration::seconds(500), std::uint32_t connections = 1) {
  test::SmallOptions options;
  options.connections = connections;
  test::SmallScenario scenario(options);
  scenario.kms_step(at, "disable", StepKind::DISABLE_KEY);
  return scenario;
}

// A call takes 40 s, half of it each way; creation needs four calls. Requests at 190 s, 220 s …:
// the first asks and is answered at 230 s, the second waits for that, the entry lasts until 530 s.
test::SmallScenario slow() {
  test::SmallScenario scenario;
  scenario.set("model.kms.latency", "constant(40s)");
  return scenario;
}

TEST_CASE("the hit ratio counts what was served without waiting") {
  const test::SmallScenario scenario;  // 12 loads among 120 requests
  CHECK(measured(scenario, "hits().ratio == 90%") == "90%");
  CHECK(measured(scenario, "hits(op=GetItem, workload=web).ratio >= 0.9") == "90%");
  CHECK(measured(scenario, "hits(after=60s, before=330s).ratio == 100%") == "100%");
  // Of 120 requests 20 were served, 2 of them misses.
  CHECK(measured(disabled(), "hits().ratio == 15%") == "15%");
  CHECK(measured(slow(), "hits(before=550s).ratio < 84%") == "83.3333%");
  CHECK(measured(slow(), "delayed_hits(before=550s).ratio > 8.33%") == "8.33333%");
}

TEST_CASE("a ratio of nothing is no data, which says why") {
  const Outcome none = outcome_of(test::SmallScenario{}, "hits(op=PutItem).ratio >= 90%");
  CHECK(none.met == Met::no_data);
  CHECK(none.note == "there was no such request");
  const Outcome late = outcome_of(test::SmallScenario{}, "hits(after=2h).ratio >= 90%");
  CHECK(late.note == "the run ended before the moment that after= names");
}

TEST_CASE("requests are told apart by how they had their table's key") {
  CHECK(measured(test::SmallScenario{}, "requests(via=hit).count == 108") == "108");
  CHECK(measured(test::SmallScenario{}, "requests(via=miss).count == 12") == "12");
  CHECK(measured(slow(), "requests(via=delayed, before=550s).count == 1") == "1");
  CHECK(measured(disabled(), "requests(via=miss).count == 2") == "2");
}

TEST_CASE("a rate is over the time that was looked at") {
  const test::SmallScenario scenario;
  CHECK(outcome_of(scenario, "kms.calls(op=Decrypt).rate < 1/s").number == Approx(12.0 / 3600));
  CHECK(outcome_of(scenario, "requests(after=1m, before=11m).rate < 1/s").number ==
        Approx(20.0 / 600));
}

TEST_CASE("a peak is the largest number in any stretch, whose ends are a window apart") {
  const test::SmallScenario scenario;  // 300 s lie between two loads
  CHECK(measured(scenario, "kms.calls(op=Decrypt, window=600s).peak == 2") == "2");
  CHECK(measured(scenario, "kms.calls(op=Decrypt).peak(601s) == 3") == "3");
  CHECK(measured(scenario, "kms.calls(op=Decrypt, window=1s).peak == 1") == "1");
}

TEST_CASE("latency is from arrival to answer") {
  // 40 s of the miss, 10 s of the one that waited, ten hits.
  CHECK(outcome_of(slow(), "latency(before=550s).mean < 5s").number == Approx(50.0 / 12));
  CHECK(measured(slow(), "latency(before=550s).max == 40s") == "40s");
  CHECK(measured(slow(), "latency(before=550s).p50 == 0") == "0s");
  CHECK(measured(slow(), "latency(before=550s, via=delayed).min == 10s") == "10s");
}

TEST_CASE("the age of an authorization is counted from the answer of KMS") {
  const test::SmallScenario scenario;  // 0 s, 30 s … 270 s, twelve times
  CHECK(measured(scenario, "authorization_age().mean == 135s") == "2m15s");
  CHECK(measured(scenario, "authorization_age().max == 270s") == "4m30s");
  CHECK(measured(scenario, "authorization_age().min == 0") == "0s");
  CHECK(outcome_of(scenario, "authorization_age().p90 < 5m").number == Approx(240).epsilon(0.01));
  // The entry of 230 s serves from 250 s to 520 s; who waited is as old as the answer.
  CHECK(measured(slow(), "authorization_age(before=550s).max == 290s") == "4m50s");
  CHECK(measured(slow(), "authorization_age(before=250s).max == 0") == "0s");
}

TEST_CASE("availability is of the requests that arrived in that time") {
  CHECK(measured(disabled(), "availability(after=disable).ratio < 4%") == "3.84615%");  // 4 of 104
  CHECK(measured(disabled(), "availability(before=disable).ratio == 100%") == "100%");
  // The request of 190 s is answered at 230 s and belongs to the time before.
  const Outcome outcome = outcome_of(slow(), "availability(after=195s, before=231s).ratio == 100%");
  CHECK(outcome.note == "1 of 1 requests were served");
}

TEST_CASE("stale serves are counted for each entry") {
  CHECK(measured(disabled(), "stale_serves(after=disable).mean == 4") == "4");
  CHECK(measured(disabled(Duration::seconds(610)), "stale_serves(after=disable).max <= 0.5") ==
        "0");
}

TEST_CASE("entries that hold nothing are windows of nothing") {
  // First requests at 10 s, 20 s and 30 s; only the first was allowed.
  const auto scenario = disabled(Duration::seconds(15), 3);
  CHECK(outcome_of(scenario, "exposure(after=disable).zero > 0").number == Approx(2.0 / 3));
  CHECK(outcome_of(scenario, "exposure(after=disable).mean > 0s").number == Approx(295.0 / 3));
  CHECK(measured(scenario, "fleet_exposure(after=disable).value == 295s") == "4m55s");
  CHECK(measured(scenario, "exposure(after=disable).p50 == 0") == "0s");
}

TEST_CASE("while KMS goes on allowing every entry is exposed") {
  auto scenario = disabled(Duration::seconds(15), 3);
  scenario.set("model.kms.key_state_propagation", "constant(2s)");
  CHECK(measured(scenario, "exposure(after=disable).min == 2s") == "2s");
  CHECK(measured(scenario, "exposure(after=disable).max == 295s") == "4m55s");
  CHECK(measured(scenario, "data_exposure(after=disable).p50 == 0") == "0s");
}

TEST_CASE("connections that share an entry have one window") {
  auto scenario = disabled(Duration::seconds(500), 3);  // requests at 10 s, 20 s …, 500 s
  scenario.set("model.table_key_cache.scope", "principal");
  CHECK(measured(scenario, "kms.calls(op=Decrypt, result=ok).count == 2") == "2");
  CHECK(measured(scenario, "exposure(after=disable).count == 1") == "1");
  CHECK(measured(scenario, "exposure(after=disable).max == 110s") == "1m50s");
  CHECK(measured(scenario, "stale_serves(after=disable).mean == 11") == "11");
  CHECK(measured(scenario, "detection(after=disable).max == 110s") == "1m50s");
  CHECK(measured(scenario, "resident(at=500s).count == 1") == "1");
  CHECK(measured(scenario, "authorization_age(before=310s).max == 290s") == "4m50s");
}

TEST_CASE("any quantile can be asked for") {
  const auto scenario = disabled(Duration::seconds(500), 3);
  CHECK(measured(scenario, "exposure(after=disable).p25 == 110s") == "1m50s");
  CHECK(measured(scenario, "exposure(after=disable).p34 == 120s") == "2m");
  CHECK(measured(scenario, "exposure(after=disable).p66.6 == 120s") == "2m");
  CHECK(measured(scenario, "exposure(after=disable).p66.7 == 130s") == "2m10s");
}

TEST_CASE("a herd is all calls until an entry is there") {
  CHECK(measured(test::SmallScenario{}, "herd().max == 1") == "1");
  CHECK(measured(test::SmallScenario{}, "herd().count == 12") == "12");
  auto scenario = slow();
  scenario.set("model.table_key_cache.coalesce", "false");  // the request of 220 s asks too
  CHECK(measured(scenario, "herd(before=500s).mean == 2") == "2");
  const Outcome denied = outcome_of(disabled(Duration::seconds(15)), "herd().mean <= 1");
  CHECK(denied.met == Met::no_data);
  CHECK(denied.note == "no entry was ever inserted");
}

TEST_CASE("data keys lie unwrapped as long as the table key that unwrapped them, or for good") {
  CHECK(measured(disabled(), "data_keys(at=29s).count == 0") == "0");
  CHECK(measured(disabled(), "data_keys(at=30s).count == 1") == "1");
  CHECK(measured(disabled(), "data_keys(at=629s).count == 1") == "1");
  CHECK(measured(disabled(), "data_keys(at=630s).count == 0") == "0");
  CHECK(measured(disabled(), "data_keys(at=630s, table=Parts).count == 0") == "0");
  auto nodes = disabled();
  nodes.set("model.dynamodb.data_keys.cache", "storage_node");
  CHECK(measured(nodes, "data_keys(at=29s).count == 0") == "0");
  CHECK(measured(nodes, "data_keys(at=629s).count == 1") == "1");
  CHECK(measured(nodes, "data_keys(at=630s).count == 1") == "1");
  CHECK(measured(nodes, "resident(at=630s).count == 0") == "0");
  auto none = disabled();
  none.set("model.table_key_cache.scope", "none");
  CHECK(measured(none, "data_keys(at=disable).count == 0") == "0");
}

TEST_CASE("entries are resident until their time ends") {
  CHECK(measured(disabled(), "resident(at=29s).count == 0") == "0");
  CHECK(measured(disabled(), "resident(at=30s).count == 1") == "1");
  CHECK(measured(disabled(), "resident(at=disable).count == 1") == "1");
  CHECK(measured(disabled(), "resident(at=629s).count == 1") == "1");
  CHECK(measured(disabled(), "resident(at=630s).count == 0") == "0");
  CHECK(measured(disabled(), "resident().count == 0") == "0");
  CHECK(outcome_of(disabled(), "resident(at=2h).count == 0").met == Met::no_data);
}

TEST_CASE("a month costs what its hours cost at the rates of the run") {
  // 11 calls in 3300 s are 8760 a month.
  CHECK(measured(test::SmallScenario{}, "cost(after=30s, before=3330s).month == $1.02628") ==
        "$1.02628");
  CHECK(measured(test::SmallScenario{}, "cost(account=999999999999).month == $0") == "$0.00");
}

TEST_CASE("headroom is the share of a quota that its fullest window left") {
  test::SmallScenario scenario;
  scenario.set("model.kms.quota.symmetric_large", "10/s");
  CHECK(measured(scenario, "quota(after=30s).headroom == 90%") == "90%");
  CHECK(measured(scenario, "quota(region=us-west-2, after=30s).headroom == 90%") == "90%");
  CHECK(measured(scenario, "quota(region=us-east-1).headroom == 100%") == "100%");
}

TEST_CASE("a measure without a limit is measured") {
  const auto scenario = disabled();
  const auto view = scenario.view();
  replay::ExpectationSet expectations;
  const auto add = [&](const std::string& line) {
    expectations.add(scenarios::parse_measure(line).value(), line, line);
  };
  add("exposure(after=disable).mean");
  add("requests(result=failed).first");
  add("requests(op=PutItem).last");
  add("hits().ratio");
  const auto world = test::run_world(*view, {&expectations});
  const auto outcomes = expectations.finish(world->state());
  CHECK(outcomes[0].met == Met::measured);
  CHECK(outcomes[0].number == 130.0);
  CHECK(outcomes[0].samples == 1);
  CHECK(outcomes[1].number == 630.0);
  CHECK(outcomes[2].met == Met::no_data);
  CHECK_FALSE(outcomes[2].number);
  CHECK(outcomes[3].number == 0.15);
  CHECK_FALSE(outcomes[3].fails());
}

}  // namespace

}  // namespace cache_measures_test
