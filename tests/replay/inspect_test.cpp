// Goal: inspect shows what State holds, in names, and never key material. Method: a small world
// stopped at moments whose state is known.
#include "replay/inspect.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/dynamodb/items/ordered_key.h"
#include "replay/event_fields.h"
#include "tests/replay/table_story.h"

namespace inspect_test {

namespace {

using namespace tablekey;
using Json = nlohmann::ordered_json;
using StepKind = events::KmsOperation;

/// Runs until the first event after a time.
std::unique_ptr<model::World> world_at(const model::ScenarioView& scenario, sim::Duration time) {
  constexpr std::array<std::uint8_t, 8> kNoIdentity{};
  events::DigestSink sink;
  sink.identity(kNoIdentity);
  events::Recorder recorder(512, 0, sink);
  auto world = std::make_unique<model::World>(scenario);
  while (world->next_due() && *world->next_due() <= scenario.start + time) {
    (void)world->turn(recorder);
    recorder.commit();
  }
  return world;
}

test::SmallOptions three_connections() {
  test::SmallOptions options;
  options.connections = 3;
  return options;
}

Json inspected(const model::State& state, const replay::InspectOptions& options = {}) {
  return Json::parse(replay::inspect_json(state, options));
}

TEST_CASE("inspect shows what a table has beyond its keys") {
  test::SmallScenario scenario = test::table_story();
  scenario.change([](events::Scenario::Builder all) {
    auto table = all.getTables()[0];
    table.setStream(true);
    table.setStreamView("NEW_IMAGE");
    table.setPointInTimeRecovery(true);
    table.setDeletionProtection(true);
  });
  test::update_item(scenario, sim::Duration::minutes(1), "write", "7");
  test::control(scenario, sim::Duration::minutes(2), "save", events::TableOperation::CREATE_BACKUP,
                [](events::TableCall::Builder call) { call.setBackupName("copy"); });
  const auto view = scenario.view();
  const auto world = world_at(*view, sim::Duration::minutes(10));
  const Json document = inspected(world->state());
  const Json& table = document["tables"][0];
  INFO(table.dump(2));
  CHECK(table["sseDescription"]["status"] == "ENABLED");
  CHECK(table["sseDescription"]["kmsMasterKeyArn"].get<std::string>().ends_with(test::kKeyId));
  CHECK(table["deletionProtection"] == true);
  REQUIRE(table["streams"].size() == 1);
  CHECK(table["streams"][0]["status"] == "ENABLED");
  CHECK(table["streams"][0]["records"] == 1);
  CHECK(table["streams"][0]["shards"].size() == 1);
  CHECK(table["pointInTimeRecovery"]["recoveryPeriodInDays"] == 35);
  REQUIRE(document["backups"].size() == 1);
  CHECK(document["backups"][0]["name"] == "copy");
  CHECK(document["backups"][0]["status"] == "AVAILABLE");
  CHECK(document["backups"][0]["key"] == "BooksKey");
  const std::string text = replay::inspect_text(world->state());
  INFO(text);
  CHECK(text.find("SSE ENABLED arn:aws:kms:") != std::string::npos);
  CHECK(text.find("stream ENABLED NEW_IMAGE, 1 records in 1 shards") != std::string::npos);
  CHECK(text.find("can be restored from ") != std::string::npos);
  CHECK(text.find("table key of the service for streams until ") != std::string::npos);
  CHECK_FALSE(document.contains("leakedSortKeys"));
}

TEST_CASE("the leakage report tells each sort key that metadata has or had") {
  test::SmallScenario scenario = test::table_story();
  scenario.change([](events::Scenario::Builder all) {
    auto table = all.getTables()[0];
    table.initRangeKey().setName("page");
    table.getRangeKey().setType("N");
  });
  const auto view = scenario.view();
  const auto world = world_at(*view, sim::Duration::minutes(1));
  model::State state = model::State::restore(*view, world->state().save());
  CHECK(Json::parse(replay::leakage_json(state))["sortKeys"].empty());
  model::StoredBoundary stored;
  stored.hash = 0x1234;
  const std::string seven =
      model::items::ordered(model::items::AttributeValue(model::items::Number::parse("7").value()));
  stored.sort.assign(seven.begin(), seven.end());
  stored.since = view->start;
  state.boundaries.push_back(stored);
  const Json report = Json::parse(replay::leakage_json(state));
  CHECK(report["format"] == "tablekey.leakage/1");
  REQUIRE(report["sortKeys"].size() == 1);
  CHECK(report["sortKeys"][0]["attribute"] == "page");
  CHECK(report["sortKeys"][0]["value"]["N"] == "7");
  CHECK(report["sortKeys"][0]["partitionKeyHash"] == "0000000000001234");
  const std::string text = replay::leakage_text(state);
  CHECK(text.find("Books  page = 7  partition key hash 0000000000001234") != std::string::npos);
  CHECK(text.find("still there") != std::string::npos);
  const std::vector<replay::UnwrappedDataKey> keys = {{0, 0}};
  const Json unwrapped = Json::parse(replay::leakage_json(state, {}, keys));
  CHECK(unwrapped["dataKeysKept"] == "with_table_key");
  REQUIRE(unwrapped["unwrappedDataKeys"].size() == 1);
  CHECK(unwrapped["unwrappedDataKeys"][0]["table"] == "Books");
  CHECK(unwrapped["unwrappedDataKeys"][0]["structure"] == "partition#0");
  CHECK(replay::leakage_text(state, {}, keys).find("Books  partition#0") != std::string::npos);
  CHECK(Json::parse(replay::leakage_json(state, {"Nothing"}))["sortKeys"].empty());
}

TEST_CASE("inspect shows keys, grants, tables and who holds the table key until when") {
  const auto view = test::SmallScenario(three_connections()).view();
  const auto world = world_at(*view, sim::Duration::seconds(40));
  const Json document = inspected(world->state());
  CHECK(document["format"] == "tablekey.inspect/1");
  CHECK(document["keys"][0]["logicalId"] == "BooksKey");
  CHECK(document["keys"][0]["keyState"] == "Enabled");
  CHECK(document["keys"][0]["grants"] == 2);
  CHECK(document["grants"].size() == 2);
  const Json& table = document["tables"][0];
  CHECK(table["name"] == "Books");
  CHECK(table["status"] == "ACTIVE");
  CHECK(table["items"] == 4);
  CHECK(table["tableKeys"][0]["underKey"] == "BooksKey");
  CHECK(table["dataKeys"].size() == 2);
  CHECK(table["dataKeys"][1]["structure"] == "gsi/by-author");
  CHECK(table["dataKeys"][1]["tableKeyVersion"] == 1);
  const Json& holders = table["plaintextTableKey"];
  CHECK(holders["connections"] == 3);
  CHECK(holders["usableUntilFirst"] == "2018-02-14T00:05:10Z");
  CHECK(holders["usableUntilLast"] == "2018-02-14T00:05:30Z");
  CHECK(holders["byWorkload"]["web"] == 3);
  CHECK(document["connections"]["open"] == 3);
}

TEST_CASE("inspect tells what a key is from what requests still see") {
  test::SmallScenario scenario;
  scenario.set("model.kms.key_state_propagation", "constant(60s)");
  scenario.kms_step(sim::Duration::seconds(100), "disable", StepKind::DISABLE_KEY);
  const auto view = scenario.view();
  const auto world = world_at(*view, sim::Duration::seconds(120));
  const Json key = inspected(world->state())["keys"][0];
  CHECK(key["keyState"] == "Disabled");
  CHECK(key["effectiveState"] == "Enabled");
  CHECK(key["changesPending"][0]["visibleAt"] == "2018-02-14T00:02:40Z");
  const std::string text = replay::inspect_text(world->state());
  CHECK(text.find("BooksKey  Disabled (requests still see Enabled)") != std::string::npos);
  CHECK(text.find("key state to Disabled takes effect at 2018-02-14T00:02:40Z") !=
        std::string::npos);
}

TEST_CASE("an expired key has no holder") {
  test::SmallScenario scenario;
  scenario.change([&](events::Scenario::Builder built) {
    built.getWorkloads()[0].setStops(scenario.at(sim::Duration::seconds(40)));
  });
  const auto view = scenario.view();
  const auto world = test::run_world(*view);
  const Json holders = inspected(world->state())["tables"][0]["plaintextTableKey"];
  CHECK(holders["connections"] == 0);
  CHECK(replay::inspect_text(world->state()).find("no connection may use it") != std::string::npos);
}

TEST_CASE("what is usable is judged at the moment that was asked for") {
  test::SmallScenario scenario;
  scenario.change([&](events::Scenario::Builder built) {
    built.getWorkloads()[0].setStops(scenario.at(sim::Duration::seconds(40)));
  });
  const auto view = scenario.view();
  const auto world = world_at(*view, sim::Duration::seconds(40));
  const auto holders_at = [&](sim::Duration since_start) {
    const Json document = inspected(world->state(), {{}, view->start + since_start});
    return document["tables"][0]["plaintextTableKey"]["connections"];
  };
  CHECK(holders_at(sim::Duration::seconds(329)) == 1);  // loaded at 30 s
  CHECK(holders_at(sim::Duration::seconds(330)) == 0);
}

TEST_CASE("inspect of one table shows that table, its key and its grants") {
  test::SmallScenario scenario;
  scenario.change([](events::Scenario::Builder built) { built.getTables()[0].setCopies(3); });
  const auto view = scenario.view();
  const auto world = test::run_world(*view, {}, 60);
  CHECK(inspected(world->state())["tables"].size() == 3);
  CHECK(inspected(world->state(), {"Books-1"})["tables"].size() == 1);
  CHECK(inspected(world->state(), {"Books-1"})["tables"][0]["name"] == "Books-1");
  CHECK(inspected(world->state(), {"Books-1"})["grants"].size() == 2);
  CHECK(inspected(world->state(), {"BooksTable"})["tables"].size() == 3);
  CHECK(replay::tables_named(world->state(), "Books-2") == std::vector<std::uint32_t>{2});
  CHECK(replay::tables_named(world->state(), "Books-3").empty());
  CHECK(replay::table_names(world->state()) == std::vector<std::string>{"Books", "BooksTable"});
}

TEST_CASE("what is pending is counted by kind with the time of the next") {
  const auto view = test::SmallScenario(three_connections()).view();
  const auto world = world_at(*view, sim::Duration::seconds(40));
  const Json pending = inspected(world->state())["pending"];
  bool requests = false;
  for (const Json& kind : pending) {
    if (kind["action"] != "data request") continue;
    requests = true;
    CHECK(kind["count"] == 3);
  }
  CHECK(requests);
}

TEST_CASE("inspect shows no key bytes, plain or wrapped") {
  const auto view = test::SmallScenario(three_connections()).view();
  const auto world = world_at(*view, sim::Duration::seconds(40));
  const std::string shown =
      replay::inspect_json(world->state()) + replay::inspect_text(world->state());
  std::size_t secrets = 0;
  world->vault().for_each_secret(world->state(), [&](std::span<const std::uint8_t> secret) {
    ++secrets;
    CHECK(shown.find(replay::hex(secret.data(), secret.size())) == std::string::npos);
  });
  CHECK(secrets >= 4);  // backing key, table key, two data keys
  for (const model::DataKey& key : world->state().tables[0].data_keys) {
    CHECK(shown.find(replay::hex(key.wrapped.data(), 16)) == std::string::npos);
  }
}

}  // namespace

}  // namespace inspect_test
