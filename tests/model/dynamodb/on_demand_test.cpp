// OnDemandThroughput: a table in on-demand mode takes so many units a second, and no more.
#include "model/dynamodb/on_demand.h"

#include "tests/model/clients/request_steps.h"
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::on_demand_test {
namespace {

using events::Exception;

// Reads or writes of 100-byte items, twenty a second for twenty seconds.
Story busy(Operation operation, std::uint32_t reads, std::uint32_t writes) {
  Story story = books(60);
  also(story, [=](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setOnDemandReads(reads);
    scenario.getTables()[0].setOnDemandWrites(writes);
  });
  WorkloadSpec clients{.name = "clients"};
  clients.stages = {{1e6, 20, 20}};
  clients.starts = 10;
  clients.stops = 30;
  clients.operations = {{operation, 1'000'000}};
  story.workloads.push_back(clients);
  return story;
}

std::size_t throttled(const Play& play) {
  std::size_t found = 0;
  for (const KeptEvent* kept : play.of(Event::REQUEST_FAILED)) {
    CHECK(kept->read().getRequestFailed().getException() == Exception::THROTTLING);
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("a table takes as many read units a second as its OnDemandThroughput says") {
  // An eventually consistent read of a small item takes half a unit.
  const auto limited = lawful(busy(Operation::GET_ITEM, 4, 0));
  CHECK(limited->of(Event::ITEM_READ).size() >= 8 * 20);
  CHECK(limited->of(Event::ITEM_READ).size() <= 8 * 21 + 2);
  CHECK(throttled(*limited) + limited->of(Event::ITEM_READ).size() >= 399);
  CHECK(throttled(*lawful(busy(Operation::GET_ITEM, 0, 1))) == 0);
  CHECK(throttled(*lawful(busy(Operation::GET_ITEM, 10, 0))) == 0);
}

TEST_CASE("a table takes as many write units a second as its OnDemandThroughput says") {
  const auto limited = lawful(busy(Operation::PUT_ITEM, 0, 5));
  CHECK(limited->of(Event::ITEM_WRITTEN).size() >= 5 * 20);
  CHECK(limited->of(Event::ITEM_WRITTEN).size() <= 5 * 21 + 2);
  CHECK(throttled(*limited) > 200);
  CHECK(throttled(*lawful(busy(Operation::PUT_ITEM, 1, 0))) == 0);
  CHECK(throttled(*lawful(busy(Operation::PUT_ITEM, 1, 20))) == 0);
}

TEST_CASE("units that nobody used can be used for as long as the setting says") {
  Story story = busy(Operation::PUT_ITEM, 0, 5);
  story.set("dynamodb.on_demand_burst", "6s");
  const auto play = lawful(story);
  // Thirty units were kept, and twenty seconds bring a hundred more.
  CHECK(play->of(Event::ITEM_WRITTEN).size() >= 128);
  CHECK(play->of(Event::ITEM_WRITTEN).size() <= 132);
}

TEST_CASE("what a provisioned table says of on-demand throughput limits nothing") {
  Story story = busy(Operation::PUT_ITEM, 0, 1);
  also(story, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setProvisioned(true);
    scenario.getTables()[0].setReadCapacity(100);
    scenario.getTables()[0].setWriteCapacity(100);
  });
  CHECK(throttled(*lawful(story)) == 0);
}

TEST_CASE("a request with all its parameters, and a transaction, are throttled in AWS's words") {
  Story story = books(60);
  also(story, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setOnDemandWrites(1);
    scenario.getTables()[0].setOnDemandReads(1);
  });
  const std::string value = R"({"id":{"S":"a"},"text":{"S":")" + std::string(4000, 'x') + R"("}})";
  const auto put = request(Operation::PUT_ITEM, {{ItemKind::PUT, 10, value}});
  story.step(10, put, 0).step(11, put, 0);
  story.step(12, request(Operation::TRANSACT_WRITE_ITEMS, {{ItemKind::PUT, 10, value}}), 0);
  story.step(13, request(Operation::GET_ITEM, {{ItemKind::GET, 10, id("a")}}), 0);
  story.step(20, put, 0);
  const auto play = lawful(story);
  CHECK(answered(*play, 0).getException() == Exception::NONE);
  CHECK(answered(*play, 1).getException() == Exception::THROTTLING);
  CHECK(message_of(answered(*play, 1)) ==
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index "
        "(TableWriteMaxOnDemandThroughputExceeded)");
  CHECK(answered(*play, 2).getException() == Exception::TRANSACTION_CANCELED);
  CHECK(message_of(answered(*play, 2)).find("ThrottlingError") != std::string::npos);
  CHECK(answered(*play, 3).getException() == Exception::NONE);
  CHECK(answered(*play, 4).getException() == Exception::NONE);
}

TEST_CASE("an UpdateTable changes the limit, and a provisioned table refuses it") {
  Story story = busy(Operation::PUT_ITEM, 0, 1);
  const auto limit = [](std::uint32_t writes) {
    return update([=](events::TableCall::Builder call) {
      call.setHasOnDemandThroughput(true);
      call.setOnDemandWrites(writes);
    });
  };
  story.step(5, limit(100), 0);
  CHECK(throttled(*lawful(story)) == 0);
  Story provisioned = busy(Operation::PUT_ITEM, 0, 0);
  also(provisioned, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setProvisioned(true);
    scenario.getTables()[0].setReadCapacity(100);
    scenario.getTables()[0].setWriteCapacity(100);
  });
  provisioned.step(5, limit(1), 0);
  const auto play = lawful(provisioned);
  const auto refused = play->of(Event::CONTROL_ANSWERED);
  REQUIRE(refused.size() == 1);
  CHECK(std::string(refused[0]->read().getControlAnswered().getMessage().cStr()) ==
        "One or more parameter values were invalid: OnDemandThroughput cannot be specified when "
        "BillingMode is PROVISIONED");
}

TEST_CASE("units are paid for at the rate of the limit, from what the burst leaves") {
  const sim::Time now = sim::Time::from_nanoseconds(at_seconds(100));
  const sim::Duration second = sim::Duration::seconds(1);
  CHECK(paid_until({}, 4, 4, second, now) == now);
  CHECK(paid_until(now, 10, 4, second, now) - now == sim::Duration::nanoseconds(2'500'000'000));
  CHECK(paid_until(now, 1, 3, second, now) - now == sim::Duration::nanoseconds(333'333'334));
  CHECK(paid_until(now + second, 4, 4, second, now) - now == second * 2);
}

}  // namespace tablekey::model::tests::on_demand_test
