// Goal: a run costs what kms.md 8.3 says, to the billionth of a dollar. Method: small worlds whose
// hours and requests can be counted by hand. February 2018 has 672 hours, March 744.
#include "replay/metrics/cost.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/replay/table_story.h"

namespace cost_test {

namespace {

using namespace tablekey;
using Operation = events::KmsOperation;
using sim::Duration;

constexpr std::int64_t kDollar = 1'000'000'000;

/// A world of a key and its table, without requests of a workload.
test::SmallScenario quiet(Duration until) {
  test::SmallOptions options;
  options.connections = 0;
  options.until = until;
  return test::SmallScenario(options);
}

std::map<std::string, replay::Bill> bills_of(const test::SmallScenario& scenario) {
  const auto view = scenario.view();
  replay::CostMeter meter;
  const auto world = test::run_world(*view, {&meter});
  return meter.bills(world->state());
}

replay::Bill bill_of(const test::SmallScenario& scenario) {
  const auto bills = bills_of(scenario);
  REQUIRE(bills.size() == 1);
  return bills.at(std::string(test::kAccount));
}

/// To the nearest billionth, as a bill is rounded.
std::int64_t share(std::int64_t hours, std::int64_t of) {
  return (2 * hours * kDollar + of) / (2 * of);
}

std::int64_t keys(const replay::Bill& bill) { return bill.keys.rounded().nanodollars; }

TEST_CASE("a key costs its share of a month, by begun hours") {
  CHECK(keys(bill_of(quiet(Duration::hours(24)))) == share(24, 672));
  CHECK(keys(bill_of(quiet(Duration::minutes(90)))) == share(2, 672));
  // From the 14th to the end of February 15 days, then all of March.
  CHECK(keys(bill_of(quiet(Duration::days(15 + 31)))) == share(15 * 24, 672) + kDollar);
}

TEST_CASE("a key pending deletion costs nothing, unless that is cancelled") {
  test::SmallScenario scheduled = quiet(Duration::hours(48));
  scheduled.kms_step(Duration::hours(10), "", Operation::SCHEDULE_KEY_DELETION);
  CHECK(keys(bill_of(scheduled)) == share(10, 672));
  scheduled.kms_step(Duration::hours(30), "", Operation::CANCEL_KEY_DELETION);
  CHECK(keys(bill_of(scheduled)) == share(48, 672));
}

TEST_CASE("the first two rotations each add the key's fee once more") {
  const auto rotated = [](const char* charged) {
    test::SmallScenario scenario = quiet(Duration::hours(100));
    scenario.set("model.price.rotations_charged", charged);
    scenario.set("model.kms.rotation.on_demand_duration", "0s");
    for (const int hour : {10, 20, 30}) {
      scenario.kms_step(Duration::hours(hour), "", Operation::ROTATE_KEY_ON_DEMAND);
    }
    return keys(bill_of(scenario));
  };
  CHECK(rotated("two") == share(100 + 90 + 80, 672));
  CHECK(rotated("every") == share(100 + 90 + 80 + 70, 672));
  CHECK(rotated("dated") == rotated("every"));  // 2018
}

TEST_CASE("requests cost from the free tier's end on, by their number") {
  test::SmallScenario scenario = quiet(Duration::hours(1));
  scenario.set("model.price.free_requests", "5");
  scenario.change([](events::Scenario::Builder built) { built.getTables()[0].setCreated(0); });
  for (int i = 0; i < 12; ++i) {
    scenario.kms_step(Duration::seconds(10 + i), "", Operation::DESCRIBE_KEY);
  }
  const replay::Bill bill = bill_of(scenario);
  CHECK(bill.free_requests == 5);
  CHECK(bill.charged_requests == 7);
  CHECK(bill.requests.rounded().nanodollars == 7 * 3'000);
  CHECK(bill.total().rounded().nanodollars == keys(bill) + 7 * 3'000);
}

TEST_CASE("the free tier is new each month") {
  test::SmallScenario scenario = quiet(Duration::days(30));
  scenario.set("model.price.free_requests", "1");
  scenario.change([](events::Scenario::Builder built) { built.getTables()[0].setCreated(0); });
  for (const int day : {1, 2, 20, 21}) {
    scenario.kms_step(Duration::days(day), "", Operation::DESCRIBE_KEY);
  }
  CHECK(bill_of(scenario).free_requests == 2);
  CHECK(bill_of(scenario).charged_requests == 2);
}

TEST_CASE("refusals are charged, DryRun too") {
  test::SmallScenario scenario = quiet(Duration::hours(1));
  scenario.set("model.price.free_requests", "0");
  scenario.change([](events::Scenario::Builder built) { built.getTables()[0].setCreated(0); });
  scenario.kms_step(Duration::seconds(10), "", Operation::CANCEL_KEY_DELETION);
  scenario.kms_call(Duration::seconds(20), "", Operation::GENERATE_DATA_KEY, 0, [](auto call) {
    call.setKeySpec("AES_256");
    call.setDryRun(true);
  });
  CHECK(bill_of(scenario).charged_requests == 2);
}

TEST_CASE("AWS managed keys have no monthly fee, AWS owned ones cost nothing at all") {
  for (const auto manager : {events::Key::Manager::AWS, events::Key::Manager::OWNED}) {
    test::SmallScenario scenario = quiet(Duration::hours(1));
    scenario.set("model.price.free_requests", "0");
    scenario.change(
        [=](events::Scenario::Builder built) { built.getKeys()[0].setManager(manager); });
    const auto bills = bills_of(scenario);
    if (manager == events::Key::Manager::OWNED) {
      CHECK(bills.empty());
      continue;
    }
    REQUIRE(bills.size() == 1);
    CHECK(keys(bills.begin()->second) == 0);
    CHECK(bills.begin()->second.charged_requests == 4);  // DescribeKey, 2 grants, the table key
  }
}

TEST_CASE("the account that calls pays, the one that owns the key pays the key") {
  test::SmallScenario scenario = quiet(Duration::hours(1));
  scenario.set("model.price.free_requests", "0");
  scenario.change([](events::Scenario::Builder built) {
    built.getTables()[0].setCreated(0);
    built.getPrincipals()[0].setAccount("444455556666");
  });
  scenario.kms_call(Duration::minutes(1), "", Operation::DESCRIBE_KEY, 0, {}, 0);
  const auto bills = bills_of(scenario);
  REQUIRE(bills.size() == 2);
  CHECK(bills.at("444455556666").charged_requests == 1);
  CHECK(keys(bills.at("444455556666")) == 0);
  CHECK(bills.at("111122223333").charged_requests == 0);
  CHECK(keys(bills.at("111122223333")) == share(1, 672));
}

TEST_CASE("amounts are compared exactly, whatever they are rounded to") {
  replay::Amount third;
  third.add({kDollar}, 1, 672);
  third.add({kDollar}, 1, 744);
  const model::Money rounded = third.rounded();
  CHECK(rounded.nanodollars == 2'832'181);  // 1488095.238… + 1344086.021…
  CHECK(third.compare(rounded) > 0);
  CHECK(third.compare({2'832'182}) < 0);
  replay::Amount whole;
  whole.add({kDollar}, 672, 672);
  CHECK(whole.compare({kDollar}) == 0);
}

TEST_CASE("what DynamoDB asks for by itself is charged to the owner of the key") {
  const auto requests = [](bool stream) {
    test::SmallScenario scenario = test::table_story();
    scenario.change([=](events::Scenario::Builder all) {
      all.getTables()[0].setStream(stream);
      all.getTables()[0].setStreamView("NEW_IMAGE");
    });
    test::update_item(scenario, Duration::minutes(1), "write", "7");
    const replay::Bill bill = bill_of(scenario);
    return bill.free_requests + bill.charged_requests;
  };
  // The stream's job has a copy of the table key of its own.
  CHECK(requests(true) == requests(false) + 1);
}

}  // namespace

}  // namespace cost_test
