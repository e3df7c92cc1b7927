// Goal: the export reproduces the three sample records of "How Amazon DynamoDB uses AWS KMS" field
// by field, in their key order, and the other records of the trail as kms.md 9 lays them down.
// Method: the story that the samples tell, with their account, key, role and times; what AWS makes
// up (ids of requests, events and grants) is blanked on both sides.
#include "replay/export/cloudtrail.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/load.h"
#include "tests/support/small_scenario.h"

namespace cloudtrail_test {

namespace {

using namespace tablekey;
using Json = nlohmann::ordered_json;
using sim::Duration;
using StepKind = events::KmsOperation;

constexpr std::string_view kGenerateDataKey = R"json({
  "eventVersion": "1.05",
  "userIdentity": {
    "type": "AWSService",
    "invokedBy": "dynamodb.amazonaws.com"
  },
  "eventTime": "2018-02-14T00:15:17Z",
  "eventSource": "kms.amazonaws.com",
  "eventName": "GenerateDataKey",
  "awsRegion": "us-west-2",
  "sourceIPAddress": "dynamodb.amazonaws.com",
  "userAgent": "dynamodb.amazonaws.com",
  "requestParameters": {
    "encryptionContext": {
      "aws:dynamodb:tableName": "Services",
      "aws:dynamodb:subscriberId": "111122223333"
    },
    "keySpec": "AES_256",
    "keyId": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  },
  "responseElements": null,
  "requestID": "229386c1-111c-11e8-9e21-c11ed5a52190",
  "eventID": "e3c436e9-ebca-494e-9457-8123a1f5e979",
  "readOnly": true,
  "resources": [
    {
      "ARN": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "accountId": "111122223333",
      "type": "AWS::KMS::Key"
    }
  ],
  "eventType": "AwsApiCall",
  "recipientAccountId": "111122223333",
  "sharedEventID": "bf915fa6-6ceb-4659-8912-e36b69846aad"
})json";

constexpr std::string_view kDecrypt = R"json({
  "eventVersion": "1.05",
  "userIdentity": {
    "type": "AssumedRole",
    "principalId": "AROAIGDTESTANDEXAMPLE:user01",
    "arn": "arn:aws:sts::111122223333:assumed-role/Admin/user01",
    "accountId": "111122223333",
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "sessionContext": {
      "attributes": {
        "mfaAuthenticated": "false",
        "creationDate": "2018-02-14T16:42:15Z"
      },
      "sessionIssuer": {
        "type": "Role",
        "principalId": "AROAIGDT3HGFQZX4RY6RU",
        "arn": "arn:aws:iam::111122223333:role/Admin",
        "accountId": "111122223333",
        "userName": "Admin"
      }
    },
    "invokedBy": "dynamodb.amazonaws.com"
  },
  "eventTime": "2018-02-14T16:42:39Z",
  "eventSource": "kms.amazonaws.com",
  "eventName": "Decrypt",
  "awsRegion": "us-west-2",
  "sourceIPAddress": "dynamodb.amazonaws.com",
  "userAgent": "dynamodb.amazonaws.com",
  "requestParameters": {
    "encryptionContext": {
      "aws:dynamodb:tableName": "Books",
      "aws:dynamodb:subscriberId": "111122223333"
    }
  },
  "responseElements": null,
  "requestID": "11cab293-11a6-11e8-8386-13160d3e5db5",
  "eventID": "b7d16574-e887-4b5b-a064-bf92f8ec9ad3",
  "readOnly": true,
  "resources": [
    {
      "ARN": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "accountId": "111122223333",
      "type": "AWS::KMS::Key"
    }
  ],
  "eventType": "AwsApiCall",
  "recipientAccountId": "111122223333"
})json";

constexpr std::string_view kCreateGrant = R"json({
  "eventVersion": "1.05",
  "userIdentity": {
    "type": "AssumedRole",
    "principalId": "AROAIGDTESTANDEXAMPLE:user01",
    "arn": "arn:aws:sts::111122223333:assumed-role/Admin/user01",
    "accountId": "111122223333",
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "sessionContext": {
      "attributes": {
        "mfaAuthenticated": "false",
        "creationDate": "2018-02-14T00:12:02Z"
      },
      "sessionIssuer": {
        "type": "Role",
        "principalId": "AROAIGDTESTANDEXAMPLE",
        "arn": "arn:aws:iam::111122223333:role/Admin",
        "accountId": "111122223333",
        "userName": "Admin"
      }
    },
    "invokedBy": "dynamodb.amazonaws.com"
  },
  "eventTime": "2018-02-14T00:15:15Z",
  "eventSource": "kms.amazonaws.com",
  "eventName": "CreateGrant",
  "awsRegion": "us-west-2",
  "sourceIPAddress": "dynamodb.amazonaws.com",
  "userAgent": "dynamodb.amazonaws.com",
  "requestParameters": {
    "keyId": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "retiringPrincipal": "dynamodb.us-west-2.amazonaws.com",
    "constraints": {
      "encryptionContextSubset": {
        "aws:dynamodb:tableName": "Books",
        "aws:dynamodb:subscriberId": "111122223333"
      }
    },
    "granteePrincipal": "dynamodb.us-west-2.amazonaws.com",
    "operations": [
      "DescribeKey",
      "GenerateDataKey",
      "Decrypt",
      "Encrypt",
      "ReEncryptFrom",
      "ReEncryptTo",
      "RetireGrant"
    ]
  },
  "responseElements": {
    "grantId": "5c5cd4a3d68e65e77795f5ccc2516dff057308172b0cd107c85b5215c6e48bde"
  },
  "requestID": "2192b82a-111c-11e8-a528-f398979205d8",
  "eventID": "a03d65c3-9fee-4111-9816-8bf96b73df01",
  "readOnly": false,
  "resources": [
    {
      "ARN": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "accountId": "111122223333",
      "type": "AWS::KMS::Key"
    }
  ],
  "eventType": "AwsApiCall",
  "recipientAccountId": "111122223333"
})json";

Json exported(const model::ScenarioView& scenario) {
  std::string document;
  replay::CloudTrailExport cloudtrail([&](std::string_view piece) { document += piece; });
  test::run_world(scenario, {&cloudtrail});
  cloudtrail.finish();
  Json parsed = Json::parse(document);
  CHECK(parsed["Records"].size() == cloudtrail.records());
  return parsed["Records"];
}

Json exported(const test::SmallScenario& scenario) { return exported(*scenario.view()); }

/// The scenario that the program is shipped with.
Json exported_books() {
  std::ifstream file(std::string(TABLEKEY_SOURCE_DIR) + "/scenarios/library/books.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const scenarios::LoadResult loaded = scenarios::load(text, "books.yaml");
  REQUIRE(loaded.ok());
  return exported(*model::ScenarioView::make(loaded.scenario()).value());
}

/// The records of an operation, in order.
std::vector<Json> named(const Json& records, std::string_view name) {
  std::vector<Json> found;
  for (const Json& record : records) {
    if (record["eventName"] == name) found.push_back(record);
  }
  return found;
}

Json first_about(const Json& records, std::string_view name, std::string_view table) {
  for (const Json& record : named(records, name)) {
    if (record.dump().find('"' + std::string(table) + '"') != std::string::npos) return record;
  }
  return nullptr;
}

/// What AWS makes up, blanked.
Json blanked(Json record) {
  for (const char* made_up : {"requestID", "eventID", "sharedEventID"}) {
    if (record.contains(made_up)) record[made_up] = "";
  }
  if (record["responseElements"].is_object()) record["responseElements"]["grantId"] = "";
  // The sample of Decrypt shows another unique id for the role than for its session, and than the
  // sample of CreateGrant shows.
  if (record["eventName"] == "Decrypt") {
    record["userIdentity"]["sessionContext"]["sessionIssuer"]["principalId"] = "";
  }
  return record;
}

void by_user01(events::Step::Builder step) {
  step.setCaller(0);
  step.setSession("user01");
}

void assume_role(test::SmallScenario& scenario, Duration at) {
  scenario.step(at, "", [](events::Step::Builder step) {
    auto assume = step.initAssumeRole();
    assume.setPrincipal(0);
    assume.setSessionName("user01");
    assume.setAccessKeyId("AKIAIOSFODNN7EXAMPLE");
  });
}

void create_table(test::SmallScenario& scenario, Duration at, std::uint32_t table) {
  scenario.step(at, "", [=](events::Step::Builder step) {
    by_user01(step);
    step.initCreateTable().setTable(table);
  });
}

/// The samples' story: user01 opens a session, makes the tables Books and Services, comes back in
/// the afternoon and reads a book.
test::SmallScenario seed_story() {
  test::SmallOptions options;
  options.until = Duration::hours(24);
  options.connections = 0;
  test::SmallScenario scenario(options);
  scenario.set("model.dynamodb.table_key_delay", "2s");
  scenario.change([](events::Scenario::Builder built) {
    auto tables = built.disownTables();
    auto both = built.initTables(2);
    for (unsigned i = 0; i < 2; ++i) {
      both.setWithCaveats(i, tables.getReader()[0]);
      both[i].setCreated(0);
    }
    both[1].setLogicalId("ServicesTable");
    both[1].setName("Services");
  });
  assume_role(scenario, Duration::minutes(12) + Duration::seconds(2));
  create_table(scenario, Duration::minutes(15) + Duration::seconds(15), 0);
  create_table(scenario, Duration::minutes(15) + Duration::seconds(15), 1);
  const Duration afternoon = Duration::hours(16) + Duration::minutes(42);
  assume_role(scenario, afternoon + Duration::seconds(15));
  scenario.step(afternoon + Duration::seconds(39), "", [](events::Step::Builder step) {
    by_user01(step);
    auto data = step.initData();
    data.setTable(0);
    data.setOperation(events::DataOperation::GET_ITEM);
    data.setItem(0);
  });
  return scenario;
}

TEST_CASE("the sample records of the seed come out field by field in their key order") {
  const Json records = exported(seed_story());
  const Json generate = first_about(records, "GenerateDataKey", "Services");
  const Json decrypt = first_about(records, "Decrypt", "Books");
  const Json grant = first_about(records, "CreateGrant", "Books");
  CHECK(blanked(generate).dump(1) == blanked(Json::parse(kGenerateDataKey)).dump(1));
  CHECK(blanked(decrypt).dump(1) == blanked(Json::parse(kDecrypt)).dump(1));
  CHECK(blanked(grant).dump(1) == blanked(Json::parse(kCreateGrant)).dump(1));
}

TEST_CASE("the bundled books.yaml gives the sample records of the seed") {
  const Json records = exported_books();
  for (const std::string_view sample : {kGenerateDataKey, kDecrypt, kCreateGrant}) {
    const Json wanted = Json::parse(sample);
    const std::string text = blanked(wanted).dump(1);
    std::size_t equal = 0;
    for (const Json& record : records) equal += blanked(record).dump(1) == text ? 1U : 0U;
    // DynamoDB makes two grants for a table (dynamodb.md 5.1), which differ in their ids alone.
    CHECK(equal == (wanted["eventName"] == "CreateGrant" ? 2U : 1U));
  }
}

TEST_CASE("identifiers that AWS makes up have its form, differ, and repeat with the seed") {
  const Json records = exported(seed_story());
  std::set<std::string> ids;
  std::size_t made = 0;
  for (const Json& record : records) {
    for (const char* field : {"eventID", "sharedEventID"}) {
      if (!record.contains(field)) continue;
      const auto id = record[field].get<std::string>();
      CHECK(id.size() == 36);
      CHECK(id[14] == '4');
      ids.insert(id);
      ++made;
    }
  }
  CHECK(ids.size() == made);
  CHECK(records == exported(seed_story()));
}

TEST_CASE("a refused call is recorded with its error and without response") {
  test::SmallScenario scenario;
  scenario.kms_step(Duration::seconds(40), "disable", StepKind::DISABLE_KEY);
  const Json records = exported(scenario);
  const std::vector<Json> decrypts = named(records, "Decrypt");
  const Json& failed = decrypts.back();
  CHECK(failed["errorCode"] == "DisabledException");
  CHECK(failed["errorMessage"] ==
        "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is disabled.");
  CHECK(failed["responseElements"] == nullptr);
  CHECK(failed["resources"].size() == 1);
  std::vector<std::string> order;
  for (const auto& [key, value] : failed.items()) order.push_back(key);
  CHECK(order[7] == "userAgent");
  CHECK(order[8] == "errorCode");
  CHECK(order[9] == "errorMessage");
  CHECK(order[10] == "requestParameters");
}

TEST_CASE("a denial is recorded as AccessDenied") {
  test::SmallScenario scenario;
  scenario.change([](events::Scenario::Builder built) {
    built.getKeys()[0].setPolicy(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",)"
        R"("Action":["kms:DescribeKey","kms:CreateGrant"],"Resource":"*"}]})");
  });
  scenario.kms_call(Duration::seconds(50), "", StepKind::DISABLE_KEY, 0, {}, 0);
  const Json records = exported(scenario);
  REQUIRE_FALSE(named(records, "Decrypt").empty());
  const Json decrypt = named(records, "Decrypt").front();
  CHECK(decrypt["errorCode"] == "AccessDenied");
  CHECK(decrypt["errorMessage"].get<std::string>().starts_with("The ciphertext refers to a"));
  const Json disable = named(records, "DisableKey").front();
  CHECK(disable["errorCode"] == "AccessDenied");
  CHECK(disable["errorMessage"] ==
        "User: arn:aws:sts::111122223333:assumed-role/Admin/tablekey is not authorized to perform: "
        "kms:DisableKey on resource: "
        "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no "
        "resource-based policy allows the kms:DisableKey action");
}

TEST_CASE("what nobody in particular does is done by the account's root user") {
  test::SmallScenario scenario;
  scenario.kms_step(Duration::seconds(40), "disable", StepKind::DISABLE_KEY);
  const Json record = named(exported(scenario), "DisableKey").front();
  CHECK(record["userIdentity"].dump() ==
        R"({"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root",)"
        R"("accountId":"111122223333"})");
  CHECK(record["requestParameters"]["keyId"] ==
        "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
  CHECK(record["responseElements"] == nullptr);
  CHECK(record["readOnly"] == false);
  CHECK_FALSE(record.contains("sharedEventID"));
}

TEST_CASE("deletion of a key is scheduled by a call and done by KMS itself") {
  test::SmallOptions options;
  options.until = Duration::days(8);
  options.rate = 1.0 / 3600;
  test::SmallScenario scenario(options);
  scenario.kms_call(Duration::hours(16), "", StepKind::SCHEDULE_KEY_DELETION, 0, [](auto call) {
    call.setHasPendingWindow(true);
    call.setPendingWindowInDays(7);
  });
  const Json records = exported(scenario);
  const Json scheduled = named(records, "ScheduleKeyDeletion").front();
  CHECK(scheduled["requestParameters"]["pendingWindowInDays"] == 7);
  CHECK(scheduled["responseElements"]["keyState"] == "PendingDeletion");
  CHECK(scheduled["responseElements"]["deletionDate"] == "Feb 21, 2018, 4:00:00 PM");
  const Json deleted = named(records, "DeleteKey").front();
  CHECK(deleted["eventType"] == "AwsServiceEvent");
  CHECK(deleted["userIdentity"].dump() ==
        R"({"accountId":"111122223333","invokedBy":"AWS Internal"})");
  CHECK(deleted["eventTime"] == "2018-02-21T16:00:00Z");
  CHECK_FALSE(deleted.contains("requestID"));
}

TEST_CASE("revoking names the grant in the request, retiring beside it") {
  test::SmallScenario scenario;
  scenario.set("model.dynamodb.delete_table", "constant(5s)");
  scenario.set("model.dynamodb.grants_per_table", "2");
  scenario.revoke_step(Duration::seconds(40), "", events::GrantReference::Choice::FIRST);
  scenario.step(Duration::seconds(50), "",
                [](events::Step::Builder step) { step.initDeleteTable().setTable(0); });
  const Json records = exported(scenario);
  const std::vector<Json> created = named(records, "CreateGrant");
  REQUIRE(created.size() == 2);
  REQUIRE(named(records, "RevokeGrant").size() == 1);
  CHECK(named(records, "RevokeGrant")[0]["requestParameters"]["grantId"] ==
        created[0]["responseElements"]["grantId"]);
  REQUIRE(named(records, "RetireGrant").size() == 1);
  const Json retired = named(records, "RetireGrant")[0];
  CHECK(retired["requestParameters"] == nullptr);
  CHECK(retired["additionalEventData"]["grantId"] == created[1]["responseElements"]["grantId"]);
  CHECK(retired["userIdentity"]["type"] == "AWSService");
}

TEST_CASE("calls on an AWS owned key leave no record") {
  test::SmallScenario scenario;
  scenario.change([](events::Scenario::Builder built) {
    built.getKeys()[0].setManager(events::Key::Manager::OWNED);
  });
  // DynamoDB's own record of the CreateTable is the only one.
  const auto records = exported(scenario);
  REQUIRE(records.size() == 1);
  CHECK(records[0]["eventName"] == "CreateTable");
}

TEST_CASE("no grant token, no plaintext and no ciphertext stands in a record") {
  const std::string text = exported(seed_story()).dump();
  for (const char* secret :
       {"grantToken", "GrantToken", "plaintext", "Plaintext", "ciphertextBlob", "CiphertextBlob"}) {
    CHECK(text.find(secret) == std::string::npos);
  }
}

}  // namespace

}  // namespace cloudtrail_test
