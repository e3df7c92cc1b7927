// CloudTrail's records of clients that encrypt their items by themselves (dynamodb.md 8.1): calls
// of their own, which show what the items' keys are.
#include "tests/replay/export/cloudtrail_story.h"

namespace tablekey::test::cloudtrail_clients_test {
namespace {

using Format = events::ItemEncryptor::Format;

// One item is put and read.
SmallScenario letters(Format format) {
  SmallScenario scenario;
  const auto step = [&](int minutes, const char* id, bool puts) {
    scenario.step(sim::Duration::minutes(minutes), id, [=](events::Step::Builder to) {
      to.setCaller(0);
      auto call = to.initRequest();
      call.setEncryptor(0);
      call.setOperation(puts ? events::DataOperation::PUT_ITEM : events::DataOperation::GET_ITEM);
      auto item = call.initItems(1)[0];
      item.setItem(4);
      item.setKind(puts ? events::ItemCall::Kind::PUT : events::ItemCall::Kind::GET);
      if (puts) item.setValue(R"({"id":{"S":"first"},"text":{"S":"meet me at noon"}})");
      if (!puts) item.setKey(R"({"id":{"S":"first"}})");
    });
  };
  step(10, "write", true);
  step(20, "read", false);
  scenario.change([format](events::Scenario::Builder to) {
    auto encryptor = to.initEncryptors(1)[0];
    encryptor.setLogicalId("Envelope");
    encryptor.setFormat(format);
    encryptor.setProvider(events::ItemEncryptor::Provider::DIRECT_KMS);
    encryptor.initKey().setArn(0);
    encryptor.setSignatures(true);
  });
  return scenario;
}

// The records that are not about the table's own key.
std::vector<Json> own_calls(const Json& records, std::string_view name) {
  std::vector<Json> found;
  for (const Json& record : named(records, name)) {
    if (record.contains("userIdentity") && !record["userIdentity"].contains("invokedBy")) {
      found.push_back(record);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("a client's calls for its items show the table and the items' keys") {
  const Json records = trail_of(letters(Format::ENCRYPTION_CLIENT));
  for (const char* name : {"GenerateDataKey", "Decrypt"}) {
    const std::vector<Json> calls = own_calls(records, name);
    REQUIRE(calls.size() == 1);
    const Json& context = calls[0]["requestParameters"]["encryptionContext"];
    CHECK(context["*aws-kms-table*"] ==
          named(records, "CreateGrant")[0]["requestParameters"]["constraints"]
                                       ["encryptionContextSubset"]["aws:dynamodb:tableName"]);
    CHECK(context["id"] == "first");
    CHECK(context["*amzn-ddb-env-alg*"] == "AES/256");
    CHECK(context.size() == 4);
  }
}

TEST_CASE("a client of the later library sends the key that verifies its item") {
  const Json records = trail_of(letters(Format::DATABASE_ENCRYPTION_SDK));
  const std::vector<Json> made = own_calls(records, "GenerateDataKey");
  const std::vector<Json> opened = own_calls(records, "Decrypt");
  REQUIRE(made.size() == 1);
  REQUIRE(opened.size() == 1);
  const Json& context = made[0]["requestParameters"]["encryptionContext"];
  CHECK(context["aws-crypto-partition-name"] == "id");
  CHECK_FALSE(context["aws-crypto-public-key"].get<std::string>().empty());
  CHECK(opened[0]["requestParameters"]["encryptionContext"] == context);
}

}  // namespace tablekey::test::cloudtrail_clients_test
