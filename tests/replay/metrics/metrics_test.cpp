// Goal: expectations measure what cache-theory.md 1 defines, to the nanosecond. Method: worlds
// without chance, one request every 30 s on a connection, and numbers worked out by hand.
//
// With `fixed-connection` and 5m a connection whose first request comes at t loads its key at t,
// t + 300 s, t + 600 s …: a request exactly 300 s after a load is a miss.
#include "replay/metrics/metrics.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/small_scenario.h"

namespace metrics_test {

namespace {

using namespace tablekey;
using replay::InvariantResult;
using replay::Met;
using replay::Outcome;
using sim::Duration;
using StepKind = events::KmsOperation;

std::vector<Outcome> outcomes_of(const test::SmallScenario& scenario,
                                 const replay::ExpectationSet::Hook& hook = {}) {
  const auto view = scenario.view();
  replay::ExpectationSet expectations(*view);
  const auto world = test::run_world(*view, {&expectations});
  return expectations.finish(world->state(), hook);
}

Outcome outcome_of(test::SmallScenario scenario, const std::string& check) {
  scenario.expect(check);
  const std::vector<Outcome> outcomes = outcomes_of(scenario);
  REQUIRE(outcomes.size() == 1);
  return outcomes.front();
}

std::string measured(const test::SmallScenario& scenario, const std::string& check) {
  return outcome_of(scenario, check).measured;
}

// Requests at 30 s, 60 s …; loads at 30 s and 330 s; DisableKey at 500 s.
test::SmallScenario disabled(const test::SmallOptions& options = {}) {
  test::SmallScenario scenario(options);
  scenario.kms_step(Duration::seconds(500), "disable", StepKind::DISABLE_KEY);
  return scenario;
}

TEST_CASE("requests are counted by result, operation and time") {
  const auto scenario = disabled();
  // 120 in an hour; the load of 630 s is the first that KMS refuses.
  CHECK(measured(scenario, "requests().count == 0") == "120");
  CHECK(measured(scenario, "requests(result=ok).count == 0") == "20");
  CHECK(measured(scenario, "requests(result=failed).count == 0") == "100");
  CHECK(measured(scenario, "requests(result=ValidationException).count == 0") == "100");
  CHECK(measured(scenario, "requests(result=AccessDeniedException).count == 0") == "0");
  CHECK(measured(scenario, "requests(op=GetItem).count == 0") == "120");
  CHECK(measured(scenario, "requests(op=PutItem).count == 0") == "0");
  CHECK(measured(scenario, "requests(before=disable).count == 0") == "16");
  CHECK(measured(scenario, "requests(after=disable, result=ok).count == 0") == "4");
  CHECK(measured(scenario, "requests(after=60s, before=120s).count == 0") == "2");
}

TEST_CASE("requests are counted by workload, table and connection") {
  test::SmallOptions options;
  options.connections = 3;
  const test::SmallScenario scenario(options);
  CHECK(measured(scenario, "requests(workload=web).count == 0") == "360");
  CHECK(measured(scenario, "requests(table=Books).count == 0") == "360");
  CHECK(measured(scenario, "requests(table=BooksTable, connection=2).count == 0") == "120");
}

TEST_CASE("the first and the last of something are moments since the start") {
  const auto scenario = disabled();
  CHECK(measured(scenario, "requests(result=failed).first == 10m30s") == "10m30s");
  CHECK(outcome_of(scenario, "requests(result=failed).first == 10m30s").met == Met::met);
  CHECK(outcome_of(scenario, "requests(result=ok).last < 10m").met == Met::not_met);
  CHECK(outcome_of(scenario, "requests(result=ok).last >= disable").met == Met::met);
}

TEST_CASE("a moment of something that never happened is no data and not met") {
  const Outcome outcome = outcome_of(test::SmallScenario{}, "requests(result=failed).first > 1m");
  CHECK(outcome.met == Met::no_data);
  CHECK(outcome.measured == "never");
  CHECK(outcome.note == "there was no such request");
  CHECK(outcome.fails());
}

TEST_CASE("the largest rate is that of the fullest window counted from the start") {
  const test::SmallScenario scenario;
  CHECK(measured(scenario, "requests().rate.max < 1/s") == "1/s");
  // [0, 60) has one, [60, 120) has two.
  CHECK(outcome_of(scenario, "requests().rate.max(1m) < 1/s").number == Approx(2.0 / 60));
}

TEST_CASE("KMS calls are counted by operation, result, caller, key and table") {
  const auto scenario = disabled();
  CHECK(measured(scenario, "kms.calls(op=Decrypt).count == 0") == "102");
  CHECK(measured(scenario, "kms.calls(op=Decrypt, result=ok).count == 0") == "2");
  CHECK(measured(scenario, "kms.calls(op=Decrypt, result=DisabledException).count == 0") == "100");
  CHECK(measured(scenario, "kms.calls(op=CreateGrant, caller=Admin).count == 0") == "2");
  CHECK(measured(scenario, "kms.calls(caller=dynamodb).count == 0") == "1");  // GenerateDataKey
  CHECK(measured(scenario, "kms.calls(op=Decrypt, table=Books, key=alias/books).count == 0") ==
        "102");
  CHECK(measured(scenario, "kms.calls(op=DisableKey).first == 500s") == "8m20s");
}

TEST_CASE("exposure is the time a cached key outlives the call, to the nanosecond") {
  const auto scenario = disabled();  // loaded at 330 s, usable until 630 s
  CHECK(measured(scenario, "exposure(after=disable).max <= 5m") == "2m10s");
  CHECK(outcome_of(scenario, "exposure(after=disable).max <= 130s").met == Met::met);
  CHECK(outcome_of(scenario, "exposure(after=disable).max < 130s").met == Met::not_met);
  CHECK(measured(scenario, "exposure(after=disable).count == 1") == "1");
}

TEST_CASE("a plain time is a moment to count exposure from") {
  // 400 s after the start nothing happens at all.
  CHECK(measured(disabled(), "exposure(after=400s).max <= 5m") == "3m50s");
}

TEST_CASE("data exposure ends with the last request served, detection with the first refused") {
  const auto scenario = disabled();
  CHECK(measured(scenario, "data_exposure(after=disable).max <= 5m") == "1m40s");  // at 600 s
  CHECK(measured(scenario, "detection(after=disable).max <= 5m") == "2m10s");      // at 630 s
}

TEST_CASE("the statistics of exposure run over the connections") {
  test::SmallOptions options;
  options.connections = 3;  // first requests at 10 s, 20 s, 30 s
  const auto scenario = disabled(options);
  CHECK(measured(scenario, "exposure(after=disable).min <= 5m") == "1m50s");
  CHECK(measured(scenario, "exposure(after=disable).mean <= 5m") == "2m");
  CHECK(measured(scenario, "exposure(after=disable).p50 <= 5m") == "2m");
  CHECK(measured(scenario, "exposure(after=disable).p99.9 <= 5m") == "2m10s");
  CHECK(measured(scenario, "exposure(after=disable).count == 3") == "3");
}

TEST_CASE("time in which KMS still allows counts as exposure") {
  auto scenario = disabled();
  scenario.set("model.kms.key_state_propagation", "constant(200s)");
  // In effect at 700 s; the load of 630 s is allowed and usable until 930 s.
  CHECK(measured(scenario, "exposure(after=disable).max <= 5m") == "7m10s");
  CHECK(measured(scenario, "data_exposure(after=disable).max <= 5m") == "6m40s");
  CHECK(measured(scenario, "detection(after=disable).max <= 5m") == "7m10s");
}

// A call takes 40 s, half of it each way. Creation needs four calls, so the first request comes at
// 190 s; its answer is decided at 210 s and arrives at 230 s.
test::SmallScenario slow(Duration disabled_at) {
  test::SmallScenario scenario;
  scenario.set("model.kms.latency", "constant(40s)");
  scenario.kms_step(disabled_at, "disable", StepKind::DISABLE_KEY);
  return scenario;
}

TEST_CASE("an answer that was under way when KMS began to deny still exposes the key") {
  // Usable from 230 s to 530 s.
  CHECK(measured(slow(Duration::seconds(220)), "exposure(after=disable).max <= 10m") == "5m10s");
}

TEST_CASE("a key counts from the arrival of its answer") {
  // Asked for again at 550 s, there at 590 s: usable until 890 s.
  CHECK(measured(slow(Duration::seconds(600)), "exposure(after=disable).max <= 5m") == "4m50s");
}

TEST_CASE("access that was given back does not prolong the exposure") {
  auto scenario = disabled();
  scenario.kms_step(Duration::seconds(800), "enable", StepKind::ENABLE_KEY);
  CHECK(measured(scenario, "exposure(after=disable).max <= 5m") == "2m10s");
  CHECK(measured(scenario, "data_exposure(after=disable).max <= 5m") == "1m40s");
}

TEST_CASE("access given back before anybody noticed does not prolong the exposure either") {
  auto scenario = disabled();
  scenario.kms_step(Duration::seconds(510), "enable", StepKind::ENABLE_KEY);
  CHECK(measured(scenario, "exposure(after=disable).max <= 5m") == "2m10s");
  CHECK(measured(scenario, "requests(result=failed).count == 0") == "0");
}

TEST_CASE("a busy idle cache keeps the key to the end of the run, which is only a lower bound") {
  test::SmallOptions options;
  options.policy = "idle-connection";
  const Outcome outcome = outcome_of(disabled(options), "exposure(after=disable).max <= 30h");
  CHECK(outcome.met == Met::not_met);
  CHECK(outcome.measured == "at least 51m40s");  // 3600 s - 500 s
  CHECK(outcome.note == "1 of 1 entries still held the key when the run ended");
  CHECK(outcome_of(disabled(options), "exposure(after=disable).max >= 51m40s").met == Met::met);
  const Outcome never = outcome_of(disabled(options), "detection(after=disable).max <= 30h");
  CHECK(never.met == Met::not_met);
  CHECK(never.measured == "at least 51m40s");
}

TEST_CASE("a revocation that leaves the caller its access does not end the exposure") {
  test::SmallScenario scenario;  // the key policy, not the grant, allows Decrypt
  scenario.revoke_step(Duration::seconds(500), "revoke");
  const Outcome outcome = outcome_of(scenario, "exposure(after=revoke).max <= 5m");
  CHECK(outcome.met == Met::not_met);
  CHECK(outcome.measured == "at least 51m40s");
}

TEST_CASE("a policy that denies ends the exposure as a disabled key does") {
  test::SmallScenario scenario;
  scenario.kms_call(Duration::seconds(500), "deny", StepKind::PUT_KEY_POLICY, 0, [](auto call) {
    call.setPolicy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                   R"("Principal":{"AWS":"arn:aws:iam::111122223333:root"},)"
                   R"("Action":"kms:PutKeyPolicy","Resource":"*"}]})");
  });
  CHECK(measured(scenario, "exposure(after=deny).max <= 5m") == "2m10s");
  CHECK(measured(scenario, "detection(after=deny).max <= 5m") == "2m10s");
  CHECK(measured(scenario, "requests(result=AccessDeniedException).first == 1s") == "10m30s");
}

TEST_CASE("a closed connection holds nothing any more") {
  auto scenario = disabled();
  scenario.step(Duration::seconds(545), "close", [](events::Step::Builder step) {
    auto close = step.initCloseConnections();
    close.setWorkload(0);
    close.setShareMillionths(1'000'000);
  });
  CHECK(measured(scenario, "exposure(after=disable).max <= 5m") == "45s");
}

TEST_CASE("where nobody held the key the exposure is nothing, and that is said") {
  test::SmallScenario scenario;
  scenario.change([&](events::Scenario::Builder built) {
    built.getWorkloads()[0].setStops(scenario.at(Duration::seconds(100)));
  });
  scenario.kms_step(Duration::seconds(500), "disable", StepKind::DISABLE_KEY);
  const Outcome outcome = outcome_of(scenario, "exposure(after=disable).max <= 5m");
  CHECK(outcome.met == Met::met);
  CHECK(outcome.number == 0.0);
  CHECK(outcome.note == "1 of 1 entries held no usable key");
  CHECK(measured(scenario, "exposure(after=disable).count == 0") == "0");
  CHECK(measured(scenario, "exposure(after=disable).zero == 100%") == "100%");
  CHECK(measured(scenario, "fleet_exposure(after=disable).value == 0") == "0s");
}

TEST_CASE("where nobody could use a key there is nothing to measure, and that is not met") {
  test::SmallScenario scenario;
  scenario.change([&](events::Scenario::Builder built) {
    built.getWorkloads()[0].setStarts(scenario.at(Duration::seconds(1000)));
  });
  scenario.kms_step(Duration::seconds(500), "disable", StepKind::DISABLE_KEY);
  const Outcome outcome = outcome_of(scenario, "exposure(after=disable).max <= 5m");
  CHECK(outcome.met == Met::no_data);
  CHECK_FALSE(outcome.number);
  CHECK(outcome.note == "no connection was open at that time");
  CHECK(outcome.fails());
}

TEST_CASE("a call that KMS refused revokes nothing") {
  test::SmallScenario scenario;
  scenario.kms_step(Duration::seconds(400), "schedule", StepKind::SCHEDULE_KEY_DELETION);
  scenario.kms_step(Duration::seconds(500), "disable", StepKind::DISABLE_KEY);
  const Outcome outcome = outcome_of(scenario, "exposure(after=disable).max <= 5m");
  CHECK(outcome.met == Met::no_data);
  CHECK(outcome.note == "KMS refused the call that after= names");
  CHECK(measured(scenario, "exposure(after=schedule).max <= 5m") == "3m50s");
}

TEST_CASE("a moment after the end of the run gives no data") {
  test::SmallOptions options;
  options.until = Duration::seconds(100);
  CHECK(outcome_of(disabled(options), "exposure(after=disable).max <= 5m").met == Met::no_data);
  const Outcome outcome = outcome_of(disabled(options), "requests(after=disable).count == 0");
  CHECK(outcome.met == Met::no_data);
  CHECK(outcome.note == "the run ended before the moment that after= names");
}

TEST_CASE("connections on a table under another key are not exposed by this one") {
  auto scenario = disabled();
  scenario.change([](events::Scenario::Builder built) {
    auto keys = built.disownKeys();
    auto both = built.initKeys(2);
    both.setWithCaveats(0, keys.getReader()[0]);
    both.setWithCaveats(1, keys.getReader()[0]);
    both[1].setLogicalId("OtherKey");
    both[1].setKeyId("99999999-12ab-34cd-56ef-1234567890ab");
    both[1].initAliases(0);
    built.getTables()[0].setKey(1);
  });
  const Outcome outcome = outcome_of(scenario, "exposure(after=disable).max <= 5m");
  CHECK(outcome.met == Met::no_data);
}

TEST_CASE("tables and keys are judged by what they are at the end") {
  const auto scenario = disabled();
  CHECK(outcome_of(scenario, "table(Books, at=400s).status == ACTIVE").met == Met::met);
  CHECK(outcome_of(scenario, "table(Books, at=400s).status != ACTIVE").met == Met::not_met);
  const Outcome key = outcome_of(scenario, "key(BooksKey).state == Enabled");
  CHECK(key.met == Met::not_met);
  CHECK(key.measured == "Disabled");
}

TEST_CASE("an invariant is judged by whoever can see the trace, and by nobody is not met") {
  test::SmallScenario scenario;
  scenario.expect("invariant(no_iv_reuse)");
  CHECK(outcomes_of(scenario).front().met == Met::no_data);
  const auto hook = [](scenarios::Invariant invariant) {
    return InvariantResult{true, invariant == scenarios::Invariant::no_iv_reuse, "4 seals"};
  };
  const Outcome outcome = outcomes_of(scenario, hook).front();
  CHECK(outcome.met == Met::met);
  CHECK(outcome.measured == "held");
  CHECK(outcome.note == "4 seals");
}

TEST_CASE("outcomes keep the order, names and severity of their lines") {
  auto scenario = disabled();
  scenario.expect("requests().count > 0", "somebody reads");
  scenario.expect("exposure(after=disable).max <= 1m", "", true);
  const std::vector<Outcome> outcomes = outcomes_of(scenario);
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].name == "somebody reads");
  CHECK(outcomes[0].limit == "> 0");
  CHECK(outcomes[1].met == Met::not_met);
  CHECK_FALSE(outcomes[1].fails());
  CHECK(outcomes[1].line == 101);
  const auto json = replay::json_of(outcomes);
  CHECK(json[1]["value"] == 130.0);
  CHECK(json[1]["unit"] == "s");
  CHECK(json[1]["severity"] == "warn");
  const std::string text = replay::text_of(outcomes);
  CHECK(text.find("not met  2m10s     <= 1m") != std::string::npos);
  CHECK(text.find("(warning only)") != std::string::npos);
}

TEST_CASE("a line that is no check is refused with its place") {
  replay::ExpectationSet expectations;
  const auto added = expectations.add("", "exposure(after=disable).p9x <= 5m");
  REQUIRE_FALSE(added);
  CHECK(added.error().offset == 24);
}

TEST_CASE("a key that is refreshed behind the requests is exposed until its refresh is denied") {
  // Loaded at 30 s; a use at 330 s refreshes it, and one at 630 s is served while KMS denies.
  test::SmallOptions options;
  options.policy = "static-stable";
  const auto scenario = disabled(options);
  CHECK(measured(scenario, "exposure(after=disable).max <= 0") == "2m10s");
  CHECK(measured(scenario, "data_exposure(after=disable).max <= 0") == "2m10s");
  CHECK(measured(scenario, "detection(after=disable).max <= 0") == "2m40s");
  CHECK(measured(scenario, "requests(result=ok).count == 0") == "21");
}

TEST_CASE("a request of two tables exposes the keys of both") {
  test::SmallOptions options;
  options.connections = 0;
  test::SmallScenario scenario(options);
  scenario.change([](events::Scenario::Builder all) {
    auto old = all.disownTables();
    auto tables = all.initTables(2);
    for (unsigned i = 0; i < 2; ++i) tables.setWithCaveats(i, old.get()[0]);
    tables[1].setLogicalId("PagesTable");
    tables[1].setName("Pages");
  });
  for (const std::int64_t minute : {1, 20}) {
    scenario.step(Duration::minutes(minute), minute == 1 ? "read" : "refused",
                  [](events::Step::Builder step) {
                    auto call = step.initRequest();
                    call.setOperation(events::DataOperation::BATCH_GET_ITEM);
                    auto items = call.initItems(2);
                    for (unsigned i = 0; i < 2; ++i) {
                      items[i].setKind(events::ItemCall::Kind::GET);
                      items[i].setTable(i);
                      items[i].setItem(4);
                      items[i].setKey(R"({"id":{"S":"none"}})");
                    }
                  });
  }
  scenario.kms_step(Duration::minutes(2), "disable", StepKind::DISABLE_KEY);
  CHECK(measured(scenario, "requests().count == 0") == "2");
  CHECK(measured(scenario, "requests(table=Pages, result=ok).count == 0") == "1");
  CHECK(measured(scenario, "kms.calls(op=Decrypt, result=ok).count == 0") == "2");
  // Two entries of five minutes, made at 1 min.
  CHECK(measured(scenario, "exposure(after=disable).count == 0") == "2");
  CHECK(measured(scenario, "exposure(after=disable).min <= 0") == "4m");
  CHECK(measured(scenario, "exposure(after=disable, table=Pages).max <= 0") == "4m");
  CHECK(measured(scenario, "detection(after=disable).min <= 0") == "18m");
}

}  // namespace

}  // namespace metrics_test
