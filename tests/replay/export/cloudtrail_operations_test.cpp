// Goal: each operation's record has the parameters, elements and resources that kms.md 9.4 gives
// it. Method: one call of each on the small world's key, in the field set of 1.05 unless a test is
// about a later one.
#include "tests/replay/export/cloudtrail_story.h"

namespace cloudtrail_operations_test {

namespace {

using namespace tablekey;
using test::named;
using test::quiet_world;
using test::record_of;
using test::trail_of;
using Json = test::Json;
using Operation = events::KmsOperation;
using sim::Duration;

const std::string kArn =
    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const std::string kId = "1234abcd-12ab-34cd-56ef-1234567890ab";

Json object(const std::string& text) { return Json::parse(text); }

/// The record of one call in an otherwise quiet world.
Json call(Operation operation, std::string_view name, test::SmallScenario::FillCall fill = {},
          const std::string& version = "1.05") {
  test::SmallScenario scenario = quiet_world(version);
  return record_of(scenario, operation, name, std::move(fill));
}

void with_context(events::KmsCall::Builder call) {
  auto pairs = call.initEncryptionContext(1);
  pairs[0].setName("purpose");
  pairs[0].setValue("test");
}

/// What all read-only records on a key have in common.
void check_reads(const Json& record) {
  INFO(record.dump(1));
  CHECK(record["responseElements"] == nullptr);
  CHECK(record["readOnly"] == true);
  REQUIRE(record["resources"].size() == 1);
  CHECK(record["resources"][0]["ARN"] == kArn);
  CHECK_FALSE(record.contains("errorCode"));
}

void check_writes(const Json& record) {
  INFO(record.dump(1));
  CHECK(record["readOnly"] == false);
  REQUIRE(record["resources"].size() == 1);
  CHECK(record["resources"][0]["ARN"] == kArn);
  CHECK_FALSE(record.contains("errorCode"));
}

TEST_CASE("Encrypt: context and key, and the algorithm where records have it") {
  const auto fill = [](events::KmsCall::Builder call) {
    with_context(call);
    call.setPlaintext(capnp::Data::Reader(reinterpret_cast<const kj::byte*>("abc"), 3));
  };
  const Json old = call(Operation::ENCRYPT, "Encrypt", fill);
  check_reads(old);
  CHECK(old["requestParameters"] ==
        object(R"({"encryptionContext":{"purpose":"test"},"keyId":")" + kArn + R"("})"));
  const Json modern = call(Operation::ENCRYPT, "Encrypt", fill, "1.11");
  CHECK(modern["requestParameters"]["encryptionAlgorithm"] == "SYMMETRIC_DEFAULT");
  CHECK(modern["additionalEventData"]["keyMaterialId"].get<std::string>().size() == 64);
  CHECK(modern.dump().find("YWJj") == std::string::npos);
}

TEST_CASE("Decrypt and ReEncrypt name keys as they were passed, and ReEncrypt two resources") {
  test::SmallScenario scenario = quiet_world("1.11");
  scenario.kms_call(Duration::seconds(30), "made", Operation::ENCRYPT, 0,
                    [](auto call) { call.setPlaintextBytes(20); });
  const auto of_made = [](events::KmsCall::Builder call) { call.initBlob().setStep(0); };
  scenario.kms_call(Duration::seconds(40), "open", Operation::DECRYPT, events::K_NONE, of_made);
  scenario.kms_call(Duration::seconds(50), "again", Operation::RE_ENCRYPT, events::K_NONE,
                    [&](events::KmsCall::Builder call) {
                      of_made(call);
                      call.initDestinationKeyId().setId(0);
                      auto pairs = call.initDestinationEncryptionContext(1);
                      pairs[0].setName("to");
                      pairs[0].setValue("there");
                    });
  const Json records = trail_of(scenario);
  const Json decrypt = named(records, "Decrypt").back();
  check_reads(decrypt);
  CHECK(decrypt["requestParameters"] == object(R"({"encryptionAlgorithm":"SYMMETRIC_DEFAULT"})"));
  const Json again = named(records, "ReEncrypt").back();
  CHECK(again["requestParameters"] ==
        object(R"({"sourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT","destinationKeyId":")" + kId +
               R"(","destinationEncryptionContext":{"to":"there"},)"
               R"("destinationEncryptionAlgorithm":"SYMMETRIC_DEFAULT"})"));
  CHECK(again["resources"].size() == 2);
  CHECK(again["readOnly"] == true);
  CHECK(again["additionalEventData"].contains("sourceKeyMaterialId"));
  CHECK(again["additionalEventData"].contains("destinationKeyMaterialId"));
}

TEST_CASE("GenerateDataKey says how large a key was wanted") {
  const Json spec = call(Operation::GENERATE_DATA_KEY, "GenerateDataKey",
                         [](auto call) { call.setKeySpec("AES_128"); });
  check_reads(spec);
  CHECK(spec["requestParameters"] == object(R"({"keySpec":"AES_128","keyId":")" + kArn + R"("})"));
  const Json bytes = call(Operation::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
                          "GenerateDataKeyWithoutPlaintext", [](auto call) {
                            call.setHasNumberOfBytes(true);
                            call.setNumberOfBytes(17);
                          });
  check_reads(bytes);
  CHECK(bytes["requestParameters"]["numberOfBytes"] == 17);
}

TEST_CASE("GenerateRandom and the lists of an account have no resources") {
  test::SmallScenario scenario = quiet_world();
  const Json random = record_of(
      scenario, Operation::GENERATE_RANDOM, "GenerateRandom",
      [](auto call) {
        call.setHasNumberOfBytes(true);
        call.setNumberOfBytes(8);
      },
      events::K_NONE);
  CHECK(random["requestParameters"] == nullptr);
  CHECK(random["resources"] == Json::array());
  CHECK(random["readOnly"] == true);
  test::SmallScenario lists = quiet_world();
  const Json keys = record_of(
      lists, Operation::LIST_KEYS, "ListKeys",
      [](auto call) {
        call.setHasLimit(true);
        call.setLimit(7);
      },
      events::K_NONE);
  CHECK(keys["requestParameters"] == object(R"({"limit":7})"));
  CHECK(keys["resources"] == Json::array());
}

TEST_CASE("reading operations on a key record the key and nothing of the answer") {
  const std::vector<std::pair<Operation, std::string>> reads = {
      {Operation::DESCRIBE_KEY, "DescribeKey"},
      {Operation::GET_KEY_ROTATION_STATUS, "GetKeyRotationStatus"},
      {Operation::LIST_GRANTS, "ListGrants"},
      {Operation::LIST_KEY_POLICIES, "ListKeyPolicies"},
      {Operation::LIST_RESOURCE_TAGS, "ListResourceTags"},
  };
  for (const auto& [operation, name] : reads) {
    const Json record = call(operation, name);
    check_reads(record);
    CHECK(record["requestParameters"] == object(R"({"keyId":")" + kArn + R"("})"));
  }
}

TEST_CASE("reading operations record their own parameters") {
  const Json policy = call(Operation::GET_KEY_POLICY, "GetKeyPolicy",
                           [](auto call) { call.setPolicyName("default"); });
  check_reads(policy);
  CHECK(policy["requestParameters"]["policyName"] == "default");
  const Json rotations = call(Operation::LIST_KEY_ROTATIONS, "ListKeyRotations",
                              [](auto call) { call.setIncludeKeyMaterial("ALL_KEY_MATERIAL"); });
  check_reads(rotations);
  CHECK(rotations["requestParameters"]["includeKeyMaterial"] == "ALL_KEY_MATERIAL");
}

TEST_CASE("a key is recorded as it was named: by its id, by an alias") {
  test::SmallScenario scenario = quiet_world();
  scenario.kms_call(Duration::seconds(30), "id", Operation::DESCRIBE_KEY, events::K_NONE,
                    [](auto call) { call.initKeyId().setId(0); });
  scenario.kms_call(Duration::seconds(40), "alias", Operation::DESCRIBE_KEY, events::K_NONE,
                    [](auto call) { call.initKeyId().setText("alias/books"); });
  const std::vector<Json> found = named(trail_of(scenario), "DescribeKey");
  REQUIRE(found.size() >= 2);
  CHECK(found[found.size() - 2]["requestParameters"]["keyId"] == kId);
  CHECK(found.back()["requestParameters"]["keyId"] == "alias/books");
  check_reads(found.back());
}

TEST_CASE("changes of a key without a result name the key once records of them do") {
  const std::vector<std::pair<Operation, std::string>> changes = {
      {Operation::DISABLE_KEY, "DisableKey"},
      {Operation::ENABLE_KEY, "EnableKey"},
      {Operation::ENABLE_KEY_ROTATION, "EnableKeyRotation"},
      {Operation::DISABLE_KEY_ROTATION, "DisableKeyRotation"},
  };
  for (const auto& [operation, name] : changes) {
    const Json old = call(operation, name);
    check_writes(old);
    CHECK(old["requestParameters"] == object(R"({"keyId":")" + kArn + R"("})"));
    CHECK(old["responseElements"] == nullptr);
    const Json later = call(operation, name, {}, "1.08");
    CHECK(later["responseElements"] == object(R"({"keyId":")" + kArn + R"("})"));
  }
}

TEST_CASE("changes of a key record what they change") {
  const Json described = call(Operation::UPDATE_KEY_DESCRIPTION, "UpdateKeyDescription",
                              [](auto call) { call.setDescription("for books"); });
  check_writes(described);
  CHECK(described["requestParameters"]["description"] == "for books");
  const Json rotation = call(Operation::ENABLE_KEY_ROTATION, "EnableKeyRotation", [](auto call) {
    call.setHasRotationPeriod(true);
    call.setRotationPeriodInDays(180);
  });
  CHECK(rotation["requestParameters"]["rotationPeriodInDays"] == 180);
  const Json tagged = call(Operation::TAG_RESOURCE, "TagResource", [](auto call) {
    auto tags = call.initTags(1);
    tags[0].setName("team");
    tags[0].setValue("books");
  });
  check_writes(tagged);
  CHECK(tagged["requestParameters"]["tags"] == object(R"([{"tagKey":"team","tagValue":"books"}])"));
  const Json untagged = call(Operation::UNTAG_RESOURCE, "UntagResource",
                             [](auto call) { call.initTagKeys(1).set(0, "team"); });
  CHECK(untagged["requestParameters"]["tagKeys"] == object(R"(["team"])"));
}

TEST_CASE("PutKeyPolicy records the document as one string") {
  const std::string policy(test::kOpenPolicy);
  const Json record =
      call(Operation::PUT_KEY_POLICY, "PutKeyPolicy", [&](auto call) { call.setPolicy(policy); });
  check_writes(record);
  CHECK(record["requestParameters"]["policyName"] == "default");
  CHECK(record["requestParameters"]["policy"] == policy);
  CHECK(record["requestParameters"]["bypassPolicyLockoutSafetyCheck"] == false);
}

TEST_CASE("scheduling and cancelling a key's deletion record what KMS answered") {
  test::SmallScenario scenario = quiet_world("1.08");
  scenario.kms_call(Duration::minutes(1), "", Operation::SCHEDULE_KEY_DELETION, 0, [](auto call) {
    call.setHasPendingWindow(true);
    call.setPendingWindowInDays(7);
  });
  scenario.kms_step(Duration::minutes(2), "", Operation::CANCEL_KEY_DELETION);
  const Json records = trail_of(scenario);
  const Json scheduled = named(records, "ScheduleKeyDeletion").front();
  check_writes(scheduled);
  CHECK(scheduled["responseElements"] ==
        object(R"({"keyId":")" + kArn +
               R"(","keyState":"PendingDeletion","deletionDate":"Feb 21, 2018, 12:01:00 AM",)"
               R"("pendingWindowInDays":7})"));
  const Json cancelled = named(records, "CancelKeyDeletion").front();
  check_writes(cancelled);
  CHECK(cancelled["responseElements"] == object(R"({"keyId":")" + kArn + R"("})"));
}

TEST_CASE("CreateGrant keeps the order of its operations and shows no token") {
  const Json record = call(
      Operation::CREATE_GRANT, "CreateGrant",
      [](events::KmsCall::Builder call) {
        auto terms = call.initGrantTerms();
        terms.setGranteePrincipal("arn:aws:iam::111122223333:role/Admin");
        terms.setRetiringPrincipal("arn:aws:iam::111122223333:root");
        auto operations = terms.initOperations(2);
        operations.set(0, "Encrypt");
        operations.set(1, "Decrypt");
        terms.setConstraint(events::GrantTerms::Constraint::EQUALS);
        auto pairs = terms.initPairs(1);
        pairs[0].setName("purpose");
        pairs[0].setValue("test");
        terms.setName("one");
      },
      "1.11");
  check_writes(record);
  const Json& asked = record["requestParameters"];
  CHECK(asked["operations"] == object(R"(["Encrypt","Decrypt"])"));
  CHECK(asked["constraints"] == object(R"({"encryptionContextEquals":{"purpose":"test"}})"));
  CHECK(asked["granteePrincipal"] == "arn:aws:iam::111122223333:role/Admin");
  CHECK(asked["retiringPrincipal"] == "arn:aws:iam::111122223333:root");
  CHECK(asked["name"] == "one");
  CHECK(record["responseElements"]["grantId"].get<std::string>().size() == 64);
  CHECK(record["responseElements"]["keyId"] == kArn);
  CHECK(record.dump().find("oken") == std::string::npos);
}

TEST_CASE("operations on aliases have the key and the alias for resources") {
  test::SmallScenario scenario = quiet_world();
  scenario.kms_call(Duration::minutes(1), "", Operation::CREATE_ALIAS, 0,
                    [](auto call) { call.setAliasName("alias/shelf"); });
  scenario.kms_call(Duration::minutes(2), "", Operation::UPDATE_ALIAS, 0,
                    [](auto call) { call.setAliasName("alias/shelf"); });
  scenario.kms_call(Duration::minutes(3), "", Operation::DELETE_ALIAS, events::K_NONE,
                    [](auto call) { call.setAliasName("alias/shelf"); });
  const Json records = trail_of(scenario);
  for (const char* name : {"CreateAlias", "UpdateAlias", "DeleteAlias"}) {
    const Json record = named(records, name).front();
    INFO(record.dump(1));
    CHECK_FALSE(record.contains("errorCode"));
    CHECK(record["requestParameters"]["aliasName"] == "alias/shelf");
    CHECK(record["requestParameters"].contains("targetKeyId") == (name[0] != 'D'));
    CHECK(record["responseElements"] == nullptr);
    REQUIRE(record["resources"].size() == 2);
    CHECK(record["resources"][0]["ARN"] == kArn);
    CHECK(record["resources"][1]["ARN"] == "arn:aws:kms:us-west-2:111122223333:alias/shelf");
    CHECK(record["resources"][1]["type"] == "AWS::KMS::Key");
  }
}

/// A key that a step makes.
void add_made_key(test::SmallScenario& scenario) {
  scenario.change([](events::Scenario::Builder built) {
    auto keys = built.disownKeys();
    auto both = built.initKeys(2);
    both.setWithCaveats(0, keys.getReader()[0]);
    auto made = both[1];
    made.setLogicalId("Made");
    made.setKeyId("abcdabcd-0000-4000-8000-1234567890ab");
    made.setManager(events::Key::Manager::CUSTOMER);
    made.setAccount(std::string(test::kAccount));
    made.setRegion(std::string(test::kRegion));
    made.setPolicy(std::string(test::kOpenPolicy));
    made.setDescription("fresh");
    made.setByStep(true);
  });
}

TEST_CASE("CreateKey fills in the defaults and answers with the key's metadata") {
  test::SmallScenario scenario = quiet_world("1.11");
  add_made_key(scenario);
  const Json record = record_of(
      scenario, Operation::CREATE_KEY, "CreateKey",
      [](auto call) {
        call.setNewKey(1);
        call.setDescription("fresh");
      },
      events::K_NONE);
  INFO(record.dump(1));
  CHECK(
      record["requestParameters"] ==
      object(R"({"description":"fresh","origin":"AWS_KMS","bypassPolicyLockoutSafetyCheck":false,)"
             R"("keySpec":"SYMMETRIC_DEFAULT","customerMasterKeySpec":"SYMMETRIC_DEFAULT",)"
             R"("keyUsage":"ENCRYPT_DECRYPT","multiRegion":false})"));
  const Json& made = record["responseElements"]["keyMetadata"];
  CHECK(made["aWSAccountId"] == "111122223333");
  CHECK(made["creationDate"] == "Feb 14, 2018, 12:01:00 AM");
  CHECK(made["enabled"] == true);
  CHECK(made["keyState"] == "Enabled");
  CHECK(made["keyManager"] == "CUSTOMER");
  CHECK(made["encryptionAlgorithms"] == object(R"(["SYMMETRIC_DEFAULT"])"));
  CHECK(made["currentKeyMaterialId"].get<std::string>().size() == 64);
  CHECK(record["resources"][0]["ARN"] == made["arn"]);
  CHECK(record["readOnly"] == false);
}

TEST_CASE("RotateKeyOnDemand is a call, and the rotation KMS's own act") {
  test::SmallScenario scenario = quiet_world("1.11");
  scenario.kms_step(Duration::minutes(1), "", Operation::ROTATE_KEY_ON_DEMAND);
  const Json records = trail_of(scenario);
  const Json asked = named(records, "RotateKeyOnDemand").front();
  check_writes(asked);
  CHECK(asked["responseElements"] == object(R"({"keyId":")" + kArn + R"("})"));
  const Json rotated = named(records, "RotateKey").front();
  INFO(rotated.dump(1));
  CHECK(rotated["eventType"] == "AwsServiceEvent");
  CHECK(rotated["userIdentity"] ==
        object(R"({"accountId":"111122223333","invokedBy":"AWS Internal"})"));
  CHECK(rotated["sourceIPAddress"] == "AWS Internal");
  CHECK(rotated["requestParameters"] == nullptr);
  CHECK_FALSE(rotated.contains("requestID"));
  const Json& details = rotated["serviceEventDetails"];
  CHECK(details["rotationType"] == "ON_DEMAND");
  CHECK(details["keyOrigin"] == "AWS_KMS");
  CHECK(details["keyId"] == kId);
  CHECK(details["previousKeyMaterialId"] != details["currentKeyMaterialId"]);
}

TEST_CASE("RevokeGrant and RetireGrant answer like the other changes") {
  test::SmallScenario scenario = quiet_world("1.08");
  scenario.revoke_step(Duration::minutes(1), "", events::GrantReference::Choice::FIRST);
  const Json revoked = named(trail_of(scenario), "RevokeGrant").front();
  check_writes(revoked);
  CHECK(revoked["requestParameters"]["keyId"] == kArn);
  CHECK(revoked["requestParameters"]["grantId"].get<std::string>().size() == 64);
  CHECK(revoked["responseElements"] == object(R"({"keyId":")" + kArn + R"("})"));
}

}  // namespace

}  // namespace cloudtrail_operations_test
