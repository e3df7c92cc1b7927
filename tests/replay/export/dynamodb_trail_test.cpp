// Goal: DynamoDB's own records have the form of the guide's samples, one for each call, and data
// events only where a trail asks for them. Method: a small world's trail, record by record.
#include <set>

#include "tests/replay/export/cloudtrail_story.h"
#include "tests/replay/table_story.h"

namespace dynamodb_trail_test {

namespace {

using namespace tablekey;
using test::Json;
using Operation = events::TableOperation;
using sim::Duration;

std::vector<Json> of_dynamodb(const Json& records) {
  std::vector<Json> found;
  for (const Json& record : records) {
    if (record["eventSource"] == "dynamodb.amazonaws.com") found.push_back(record);
  }
  return found;
}

Json with_data_events(const test::SmallScenario& scenario) {
  const auto view = scenario.view();
  std::string document;
  replay::CloudTrailExport cloudtrail([&](std::string_view piece) { document += piece; }, {}, true);
  test::run_world(*view, {&cloudtrail});
  cloudtrail.finish();
  return Json::parse(document)["Records"];
}

std::vector<std::string> keys_of(const Json& record) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : record.items()) keys.push_back(key);
  return keys;
}

TEST_CASE("a CreateTable has one record, with the table as it was asked for and made") {
  test::SmallScenario scenario = test::quiet_world();
  scenario.change([](events::Scenario::Builder all) {
    auto sse = all.getTables()[0].initSse();
    sse.setGiven(true);
    sse.setHasEnabled(true);
    sse.setEnabled(true);
    sse.setSseType("KMS");
    sse.initKmsMasterKeyId().setArn(0);
  });
  const Json records = test::trail_of(scenario);
  const auto made = test::named(records, "CreateTable");
  REQUIRE(made.size() == 1);
  const Json& record = made.front();
  CHECK(keys_of(record) ==
        std::vector<std::string>{
            "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
            "sourceIPAddress", "userAgent", "requestParameters", "responseElements", "requestID",
            "eventID", "readOnly", "resources", "eventType", "apiVersion", "recipientAccountId"});
  CHECK(record["eventSource"] == "dynamodb.amazonaws.com");
  CHECK(record["apiVersion"] == "2012-08-10");
  CHECK(record["userIdentity"]["type"] == "AssumedRole");
  CHECK_FALSE(record["userIdentity"].contains("invokedBy"));
  CHECK(record["readOnly"] == false);
  CHECK(record["requestID"].get<std::string>().size() == 52);
  CHECK(record["resources"][0]["type"] == "AWS::DynamoDB::Table");
  CHECK(record["resources"][0]["ARN"] == "arn:aws:dynamodb:us-west-2:111122223333:table/Books");
  const Json& asked = record["requestParameters"];
  CHECK(asked["tableName"] == "Books");
  CHECK(asked["keySchema"][0] == Json({{"attributeName", "id"}, {"keyType", "HASH"}}));
  CHECK(asked["sSESpecification"]["sSEType"] == "KMS");
  CHECK(asked["sSESpecification"]["kMSMasterKeyId"].get<std::string>().ends_with(test::kKeyId));
  const Json& answered = record["responseElements"]["tableDescription"];
  CHECK(answered["tableStatus"] == "CREATING");
  CHECK(answered["sSEDescription"]["status"] == "ENABLED");
  CHECK(answered["creationDateTime"] == "Feb 14, 2018, 12:00:00 AM");
}

TEST_CASE("a CreateTable that KMS does not admit has one record, which says so") {
  test::SmallScenario scenario = test::quiet_world();
  scenario.change([](events::Scenario::Builder all) { all.getKeys()[0].setEnabled(false); });
  const auto made = test::named(test::trail_of(scenario), "CreateTable");
  REQUIRE(made.size() == 1);
  CHECK(made[0]["errorCode"] == "ValidationException");
  CHECK(made[0]["errorMessage"].get<std::string>().starts_with("KMS key disabled error: "));
  CHECK(made[0]["responseElements"].is_null());
  CHECK(made[0]["requestParameters"]["tableName"] == "Books");
}

TEST_CASE("calls of the control plane are recorded with what they passed and got") {
  test::SmallScenario scenario = test::quiet_world();
  test::control(scenario, Duration::minutes(1), "look", Operation::DESCRIBE_TABLE);
  test::control(scenario, Duration::minutes(2), "save", Operation::CREATE_BACKUP,
                [](events::TableCall::Builder call) { call.setBackupName("copy"); });
  test::control(scenario, Duration::minutes(3), "live", Operation::UPDATE_TIME_TO_LIVE,
                [](events::TableCall::Builder call) {
                  call.setTtlAttribute("until");
                  call.setTtlEnabled(true);
                });
  test::control(scenario, Duration::minutes(4), "nothing", Operation::DESCRIBE_TABLE, {},
                events::K_NONE);
  scenario.step(Duration::minutes(5), "drop",
                [](events::Step::Builder step) { step.initDeleteTable().setTable(0); });
  const Json records = test::trail_of(scenario);
  const auto looked = test::named(records, "DescribeTable");
  REQUIRE(looked.size() == 2);
  CHECK(looked[0]["readOnly"] == true);
  CHECK(looked[0]["responseElements"].is_null());
  CHECK(looked[0]["requestParameters"] == Json({{"tableName", "Books"}}));
  CHECK(looked[0]["userIdentity"]["type"] == "Root");
  CHECK(looked[1]["errorCode"] == "ResourceNotFoundException");
  CHECK(looked[1]["requestParameters"]["tableName"] == "Nothing");
  CHECK_FALSE(looked[1].contains("resources"));
  const auto saved = test::named(records, "CreateBackup");
  REQUIRE(saved.size() == 1);
  const Json& backup = saved[0]["responseElements"]["backupDetails"];
  CHECK(backup["backupName"] == "copy");
  CHECK(backup["backupStatus"] == "CREATING");
  CHECK(backup["backupArn"].get<std::string>().starts_with(
      "arn:aws:dynamodb:us-west-2:111122223333:table/Books/backup/"));
  const auto live = test::named(records, "UpdateTimeToLive");
  REQUIRE(live.size() == 1);
  CHECK(live[0]["responseElements"]["timeToLiveSpecification"]["attributeName"] == "until");
  const auto dropped = test::named(records, "DeleteTable");
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0]["responseElements"]["tableDescription"]["tableStatus"] == "DELETING");
}

TEST_CASE("a restore is recorded with what it overrides, and only that") {
  test::SmallScenario scenario = test::quiet_world();
  test::control(scenario, Duration::minutes(2), "save", Operation::CREATE_BACKUP,
                [](events::TableCall::Builder call) { call.setBackupName("copy"); });
  test::control(
      scenario, Duration::minutes(3), "again", Operation::RESTORE_TABLE_FROM_BACKUP,
      [](events::TableCall::Builder call) {
        call.initBackup().setText("none");
        call.setTarget(0);
        call.setHasBillingMode(true);
        call.setHasOnDemandThroughput(true);
        call.setOnDemandReads(7);
        call.setHasLocalIndexOverride(true);
        call.setHasGlobalIndexOverride(true);
        auto index = call.initGlobalIndexOverride(1)[0];
        index.setName("byGenre");
        index.initHashKey().setName("genre");
      },
      events::K_NONE);
  const auto restored = test::named(test::trail_of(scenario), "RestoreTableFromBackup");
  REQUIRE(restored.size() == 1);
  const Json& asked = restored[0]["requestParameters"];
  CHECK(asked["billingModeOverride"] == "PAY_PER_REQUEST");
  CHECK(asked["onDemandThroughputOverride"] == Json({{"maxReadRequestUnits", 7}}));
  CHECK(asked["localSecondaryIndexOverride"] == Json::array());
  CHECK(asked["globalSecondaryIndexOverride"][0]["indexName"] == "byGenre");
  CHECK_FALSE(asked.contains("provisionedThroughputOverride"));
  CHECK_FALSE(asked.contains("sSESpecificationOverride"));
}

TEST_CASE("an UpdateTable that changes the key is recorded when KMS has admitted it") {
  test::SmallScenario scenario = test::quiet_world();
  scenario.change([](events::Scenario::Builder all) {
    auto old = all.disownKeys();
    auto keys = all.initKeys(2);
    keys.setWithCaveats(0, old.get()[0]);
    keys.setWithCaveats(1, old.get()[0]);
    keys[1].setLogicalId("Second");
    keys[1].setKeyId("2234abcd-12ab-34cd-56ef-1234567890ab");
    keys[1].initAliases(0);
  });
  scenario.step(Duration::minutes(5), "switch", [](events::Step::Builder step) {
    step.initUpdateTable().setTable(0);
    step.getUpdateTable().setToKey(1);
  });
  const auto changed = test::named(test::trail_of(scenario), "UpdateTable");
  REQUIRE(changed.size() == 1);
  CHECK(changed[0]["requestParameters"]["sSESpecification"]["kMSMasterKeyId"]
            .get<std::string>()
            .ends_with("key/2234abcd-12ab-34cd-56ef-1234567890ab"));
  const Json& shown = changed[0]["responseElements"]["tableDescription"]["sSEDescription"];
  CHECK(shown["status"] == "UPDATING");
  CHECK(shown["kMSMasterKeyArn"].get<std::string>().ends_with(test::kKeyId));
}

TEST_CASE("requests for items are recorded only where a trail asks for them") {
  test::SmallScenario scenario;
  test::update_item(scenario, Duration::minutes(1), "write", "7");
  test::update_item(scenario, Duration::minutes(2), "no", "8", "n > :n");
  const Json without = test::trail_of(scenario);
  CHECK(test::named(without, "GetItem").empty());
  CHECK(test::named(without, "UpdateItem").empty());
  const Json records = with_data_events(scenario);
  CHECK(records.size() == without.size() + 122);  // a read every 30 s of an hour, two updates
  const auto reads = test::named(records, "GetItem");
  REQUIRE_FALSE(reads.empty());
  CHECK(reads[0]["eventCategory"] == "Data");
  CHECK(reads[0]["managementEvent"] == false);
  CHECK(reads[0]["readOnly"] == true);
  CHECK(reads[0]["userIdentity"]["type"] == "AssumedRole");
  CHECK(reads[0]["requestParameters"]["key"]["id"].get<std::string>().starts_with("item-"));
  const auto writes = test::named(records, "UpdateItem");
  REQUIRE(writes.size() == 2);
  CHECK(writes[0]["requestParameters"]["key"] == Json({{"id", "given"}}));
  CHECK(writes[0]["requestParameters"]["updateExpression"] == "SET n = :n");
  CHECK(writes[0].dump().find("\"7\"") == std::string::npos);  // values are not logged
  CHECK(writes[1]["errorCode"] == "ConditionalCheckFailedException");
}

TEST_CASE("a table in another account and Region has its records there") {
  test::SmallScenario scenario = test::quiet_world();
  scenario.change([](events::Scenario::Builder all) {
    all.getTables()[0].setAccount("444455556666");
    all.getTables()[0].setRegion("eu-west-1");
    all.getTables()[0].setCreator(events::K_NONE);
    all.getKeys()[0].setAccount("444455556666");
    all.getKeys()[0].setRegion("eu-west-1");
  });
  const auto found = of_dynamodb(test::trail_of(scenario));
  REQUIRE(found.size() == 1);
  CHECK(found[0]["recipientAccountId"] == "444455556666");
  CHECK(found[0]["awsRegion"] == "eu-west-1");
  CHECK(found[0]["userIdentity"]["accountId"] == "444455556666");
  CHECK(of_dynamodb(test::trail_of(scenario, "111122223333")).empty());
}

TEST_CASE("each record of DynamoDB has ids of its own") {
  test::SmallScenario scenario;
  std::set<std::string> requests, ids;
  std::size_t records = 0;
  for (const Json& record : of_dynamodb(with_data_events(scenario))) {
    requests.insert(record["requestID"].get<std::string>());
    ids.insert(record["eventID"].get<std::string>());
    ++records;
  }
  CHECK(records > 100);
  CHECK(requests.size() == records);
  CHECK(ids.size() == records);
}

}  // namespace

}  // namespace dynamodb_trail_test
