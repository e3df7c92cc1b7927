// Goal: steps compile to the right action, time, caller and item. Method: one timeline each, read
// back.
#include <catch2/catch.hpp>

#include "sim/time.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::timeline_test {
namespace {

Loaded with_steps(const std::string& steps) {
  return Loaded(kHead + "timeline:\n" + steps + kWorld);
}

std::int64_t hour(const Loaded& loaded, std::int64_t n) {
  return loaded.scenario().getStart() + sim::Duration::hours(n).count();
}

// The item and value of every data step.
std::vector<std::pair<std::uint32_t, std::string>> items(const Loaded& loaded) {
  std::vector<std::pair<std::uint32_t, std::string>> out;
  for (auto step : loaded.scenario().getSteps()) {
    out.emplace_back(step.getData().getItem(), text(step.getData().getValue()));
  }
  return out;
}

}  // namespace

TEST_CASE("an entry with every becomes a step for each time, both ends included") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: kms:DisableKey, key: Key, id: off }\n"
      "  - { every: 30m, from: 3h, to: 4h, do: kms:EnableKey, key: !Ref Key, id: on }\n");
  const auto steps = loaded.scenario().getSteps();
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].getAt() == hour(loaded, 1));
  CHECK(text(steps[0].getId()) == "off");
  CHECK(steps[0].getLine() == 6);
  CHECK(steps[1].getAt() == hour(loaded, 3));
  CHECK(steps[2].getAt() == hour(loaded, 3) + sim::Duration::minutes(30).count());
  CHECK(steps[3].getAt() == hour(loaded, 4));
  CHECK(steps[3].getLine() == 7);
  CHECK(text(steps[3].getId()) == "on");
}

TEST_CASE("every KMS action compiles to its call") {
  using Kind = events::KmsOperation;
  const std::pair<const char*, Kind> cases[] = {
      {"kms:DisableKey, key: Key", Kind::DISABLE_KEY},
      {"kms:EnableKey, key: Key", Kind::ENABLE_KEY},
      {"kms:ScheduleKeyDeletion, key: Key", Kind::SCHEDULE_KEY_DELETION},
      {"kms:CancelKeyDeletion, key: Key", Kind::CANCEL_KEY_DELETION},
      {"kms:PutKeyPolicy, key: Key, policy: '{}'", Kind::PUT_KEY_POLICY},
      {"kms:RevokeGrant, table: Orders", Kind::REVOKE_GRANT},
      {"kms:RetireGrant, grant: { table: Orders, which: second }", Kind::RETIRE_GRANT},
      {"kms:CreateGrant, table: Orders", Kind::CREATE_GRANT},
      {"kms:Decrypt, table: Orders", Kind::DECRYPT},
      {"kms:GenerateDataKey, key: Key", Kind::GENERATE_DATA_KEY},
      {"kms:Encrypt, key: Key, table: Orders", Kind::ENCRYPT},
      {"kms:DescribeKey, key: Key", Kind::DESCRIBE_KEY},
  };
  for (const auto& [action, kind] : cases) {
    INFO(action);
    const Loaded loaded = with_steps("  - { at: 1h, do: " + std::string(action) + " }\n");
    const auto step = loaded.scenario().getSteps()[0];
    REQUIRE(step.isKms());
    CHECK(step.getKms().getOperation() == kind);
    const auto grant = step.getKms().getGrant();
    if (grant.isOfTable()) CHECK(grant.getOfTable().getKey() == 0);
    if (kind == Kind::DECRYPT) {
      // The key is found through the blob.
      CHECK(step.getKms().getKeyId().isNone());
      CHECK(step.getKms().getBlob().getTable() == 0);
    } else {
      REQUIRE(step.getKms().getKeyId().isArn());
      CHECK(step.getKms().getKeyId().getArn() == 0);
    }
    CHECK(step.getCaller() == events::K_NONE);
  }
}

TEST_CASE("parameters of KMS actions arrive") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: kms:ScheduleKeyDeletion, key: Key, PendingWindowInDays: 7 }\n"
      "  - { at: 1h, do: kms:ScheduleKeyDeletion, key: Key }\n"
      "  - { at: 1h, do: kms:RevokeGrant, key: Key, grant: { grantee: dynamodb.amazonaws.com, "
      "table: "
      "Orders, which: first } }\n"
      "  - { at: 1h, do: kms:DescribeKey, key: Other }\n");
  const auto steps = loaded.scenario().getSteps();
  CHECK(steps[0].getKms().getPendingWindowInDays() == 7);
  CHECK(steps[0].getKms().getHasPendingWindow());
  CHECK_FALSE(steps[1].getKms().getHasPendingWindow());
  const auto grants = steps[2].getKms().getGrant().getOfTable();
  CHECK(grants.getChoice() == events::GrantReference::Choice::FIRST);
  CHECK(grants.getTable() == 0);
  CHECK(steps[2].getKms().getTable() == events::K_NONE);
  CHECK(steps[3].getKms().getTable() == events::K_NONE);
  CHECK(steps[3].getKms().getKeyId().getArn() == 1);
}

TEST_CASE(
    "steps act as a principal, as a session of a role, or as the session an earlier step made") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: kms:DescribeKey, key: Key, as: Lead }\n"
      "  - { at: 1h, do: kms:DescribeKey, key: Key, as: app }\n"
      "  - { at: 1h, do: kms:DescribeKey, key: Key, as: App/night }\n"
      "  - { at: 1h, do: sts:AssumeRole, role: App, session: user01, access_key_id: "
      "AKIAIOSFODNN7EXAMPLE }\n"
      "  - { at: 1h, do: kms:DescribeKey, key: Key, as: user01 }\n"
      "  - { at: 1h, do: kms:DescribeKey, key: Key, as: !Ref App }\n");
  const auto steps = loaded.scenario().getSteps();
  CHECK(steps[0].getCaller() == 1);
  CHECK(steps[1].getCaller() == 0);
  CHECK(text(steps[2].getSession()) == "night");
  REQUIRE(steps[3].isAssumeRole());
  CHECK(text(steps[3].getAssumeRole().getAccessKeyId()) == "AKIAIOSFODNN7EXAMPLE");
  CHECK(steps[4].getCaller() == 0);
  CHECK(text(steps[4].getSession()) == "user01");
  CHECK(steps[5].getCaller() == 0);
  CHECK(text(steps[5].getSession()).empty());
}

TEST_CASE("table actions and closed connections compile") {
  const Loaded loaded(
      kHead +
      "workload: [{ name: web, principal: App, table: Orders, arrivals: { rate: 1/s } }]\n"
      "timeline:\n"
      "  - { at: 1h, do: dynamodb:UpdateTable, table: Orders, key: Other }\n"
      "  - { at: 2h, do: dynamodb:UpdateTable, table: orders, SSESpecification: { Enabled: false } "
      "}\n"
      "  - { at: 3h, do: dynamodb:DeleteTable, table: Orders }\n"
      "  - { at: 3h, do: net:CloseConnections, workload: web, share: 25% }\n"
      "  - { at: 3h, do: net:CloseConnections, workload: web }\n" +
      kWorld);
  const auto scenario = loaded.scenario();
  const auto steps = scenario.getSteps();
  CHECK(steps[0].getUpdateTable().getToKey() == 1);
  CHECK(scenario.getKeys()[steps[1].getUpdateTable().getToKey()].getManager() ==
        events::Key::Manager::OWNED);
  CHECK(steps[2].isDeleteTable());
  CHECK(steps[3].getCloseConnections().getShareMillionths() == 250'000);
  CHECK(steps[4].getCloseConnections().getShareMillionths() == 1'000'000);
}

TEST_CASE(
    "items become canonical DynamoDB JSON, key first, by the table's types and the scalar's "
    "looks") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: dynamodb:PutItem, table: Orders, item: { zip: 01234, id: 007, n: 1.50e1, "
      "b: true, "
      "s: '5', l: [1, { a: x }], set: { NS: [10, 9] }, nothing: ~, typed: { S: 5 } } }\n");
  CHECK(items(loaded)[0].second ==
        R"({"id":{"S":"007"},"b":{"BOOL":true},"l":{"L":[{"N":"1"},{"M":{"a":{"S":"x"}}}]},)"
        R"("n":{"N":"15"},"nothing":{"NULL":true},"s":{"S":"5"},"set":{"NS":["10","9"]},)"
        R"("typed":{"S":"5"},"zip":{"S":"01234"}})");
}

TEST_CASE("numbers are normalised as DynamoDB stores them") {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},      {"-0.0", "0"},     {"007", "7"},          {"1.50", "1.5"}, {"100", "100"},
      {"1e3", "1000"}, {"1E-3", "0.001"}, {"-12.340", "-12.34"}, {"+5", "5"},
  };
  for (const auto& [given, stored] : cases) {
    INFO(given);
    const Loaded loaded = with_steps(
        "  - { at: 1h, do: dynamodb:PutItem, table: Orders, item: { id: a, n: "
        "{ N: " +
        std::string(given) + " } } }\n");
    CHECK(items(loaded)[0].second ==
          R"({"id":{"S":"a"},"n":{"N":")" + std::string(stored) + R"("}})");
  }
}

TEST_CASE("ordinals: generated keys keep theirs, others follow, the same key has the same") {
  const Loaded loaded = with_steps(
      "  - { at: 1h, do: dynamodb:GetItem, table: Events, key: { at: item-00000002, n: 7 } }\n"
      "  - { at: 1h, do: dynamodb:PutItem, table: Events, item: { at: monday, n: 1 } }\n"
      "  - { at: 1h, do: dynamodb:PutItem, table: Events, item: { at: item-00000002, n: 10 } }\n"
      "  - { at: 1h, do: dynamodb:DeleteItem, table: Events, key: { n: 1.0, at: monday } }\n"
      "  - { at: 1h, do: dynamodb:Query, table: Events, key: { at: item-00000001 } }\n"
      "  - { at: 1h, do: dynamodb:Query, table: Events, key: { at: monday } }\n"
      "  - { at: 1h, do: dynamodb:Scan, table: Events }\n"
      "  - { at: 1h, do: dynamodb:GetItem, table: Events, key: { at: item-2, n: 7 } }\n");
  const auto found = items(loaded);
  CHECK(found[0].first == 27);  // 2 * 10 + 7 of 30 items, ten to a partition key
  CHECK(found[1].first == 30);
  CHECK(found[2].first == 31);
  CHECK(found[3].first == 30);
  CHECK(found[3].second == R"({"at":{"S":"monday"},"n":{"N":"1"}})");
  CHECK(found[4].first == 10);
  CHECK(found[5].first == 30);
  CHECK(found[6].first == 0);
  CHECK(found[6].second.empty());
  CHECK(found[7].first == 32);
}

}  // namespace tablekey::scenarios::testing::timeline_test
