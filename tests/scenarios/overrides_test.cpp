// Goal: what a restore overrides compiles to the indexes and limits that it names. Method: a table
// with a sort key and indexes of both kinds, restored in several ways.
#include <catch2/catch.hpp>

#include "scenarios/load.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::overrides_test {
namespace {

const std::string kShelf =
    "tablekey: 1\nseed: 1\nuntil: 4h\nResources:\n"
    "  Books:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: Books\n"
    "      BillingMode: PAY_PER_REQUEST\n"
    "      KeySchema: [{ AttributeName: id, KeyType: HASH }, { AttributeName: at, KeyType: RANGE "
    "}]\n"
    "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }, { AttributeName: at, "
    "AttributeType: N }, { AttributeName: genre, AttributeType: S }]\n"
    "      LocalSecondaryIndexes: [{ IndexName: byGenre, KeySchema: [{ AttributeName: id, KeyType: "
    "HASH }, { AttributeName: genre, KeyType: RANGE }], Projection: { ProjectionType: ALL } }]\n"
    "      GlobalSecondaryIndexes: [{ IndexName: genres, KeySchema: [{ AttributeName: genre, "
    "KeyType: HASH }], Projection: { ProjectionType: KEYS_ONLY } }]\n"
    "timeline:\n  - { at: 1h, do: dynamodb:CreateBackup, id: saved, table: Books, BackupName: b "
    "}\n";

std::string restore(const std::string& more, const std::string& at = "2h") {
  return "  - { at: " + at +
         ", do: dynamodb:RestoreTableFromBackup, BackupArn: !GetAtt saved.BackupArn, "
         "TargetTableName: Again" +
         more + " }\n";
}

const std::string kGenres =
    "{ IndexName: genres, KeySchema: [{ AttributeName: genre, KeyType: HASH }], Projection: { "
    "ProjectionType: KEYS_ONLY } }";

}  // namespace

TEST_CASE("a restore names the global indexes that it makes, and its limits") {
  const Loaded loaded(kShelf + restore(", GlobalSecondaryIndexOverride: [" + kGenres +
                                       "], OnDemandThroughputOverride: { MaxReadRequestUnits: 50 "
                                       "}, BillingModeOverride: PAY_PER_REQUEST"));
  const auto call = loaded.scenario().getSteps()[1].getControl();
  CHECK(call.getHasGlobalIndexOverride());
  CHECK_FALSE(call.getHasLocalIndexOverride());
  REQUIRE(call.getGlobalIndexOverride().size() == 1);
  const auto index = call.getGlobalIndexOverride()[0];
  CHECK(std::string(index.getName().cStr()) == "genres");
  CHECK(std::string(index.getHashKey().getType().cStr()) == "S");
  CHECK(index.getProjection() == events::SecondaryIndex::Projection::KEYS_ONLY);
  CHECK(call.getHasOnDemandThroughput());
  CHECK(call.getOnDemandReads() == 50);
  CHECK(call.getOnDemandWrites() == 0);
  const auto made = loaded.scenario().getTables()[call.getTarget()];
  CHECK(made.getLocalIndexes().size() == 1);
  CHECK(made.getGlobalIndexes().size() == 1);
  const std::string told = explain(loaded.scenario());
  CHECK(told.find("global indexes genres, at most 50 read units") != std::string::npos);
}

TEST_CASE("a table has the limits of its OnDemandThroughput, and an UpdateTable changes them") {
  const std::string limited =
      "tablekey: 1\nseed: 1\nuntil: 4h\nResources:\n"
      "  Books:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: Books\n"
      "      BillingMode: PAY_PER_REQUEST\n"
      "      OnDemandThroughput: { MaxReadRequestUnits: 40, MaxWriteRequestUnits: 20 }\n"
      "      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n"
      "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n"
      "timeline:\n  - { at: 1h, do: dynamodb:UpdateTable, table: Books, OnDemandThroughput: { "
      "MaxWriteRequestUnits: 30 } }\n";
  const Loaded loaded(limited);
  CHECK(loaded.scenario().getTables()[0].getOnDemandReads() == 40);
  CHECK(loaded.scenario().getTables()[0].getOnDemandWrites() == 20);
  const auto call = loaded.scenario().getSteps()[0].getControl();
  CHECK(call.getHasOnDemandThroughput());
  CHECK(call.getOnDemandReads() == 0);
  CHECK(call.getOnDemandWrites() == 30);
  CHECK(explain(loaded.scenario()).find("UpdateTable Books, at most 30 write units") !=
        std::string::npos);
}

TEST_CASE("a restore names the local indexes that it makes, of its source's") {
  const Loaded none(kShelf + restore(", LocalSecondaryIndexOverride: []"));
  const auto call = none.scenario().getSteps()[1].getControl();
  CHECK(call.getHasLocalIndexOverride());
  CHECK(call.getLocalIndexOverride().size() == 0);
  // Each restore into the name decides for itself which of them it makes.
  CHECK(none.scenario().getTables()[call.getTarget()].getLocalIndexes().size() == 1);
  CHECK(explain(none.scenario()).find("local indexes none") != std::string::npos);
}

TEST_CASE("a table that is restored may have an index that a step makes at its source") {
  const Loaded loaded(
      kShelf +
      "  - { at: 30m, do: dynamodb:UpdateTable, table: Books, GlobalSecondaryIndexUpdates: [{ "
      "Create: { IndexName: later, KeySchema: [{ AttributeName: at, KeyType: HASH }] } }] }\n" +
      restore(""));
  const auto made = loaded.scenario().getTables()[1].getGlobalIndexes();
  REQUIRE(made.size() == 2);
  CHECK(std::string(made[1].getName().cStr()) == "later");
}

}  // namespace tablekey::scenarios::testing::overrides_test
