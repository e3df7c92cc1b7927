// Goal: every record that the bundled scenarios leave has the shape that kms.md 9 lays down.
// Method: a JSON Schema (cloudtrail.schema.json beside this file, draft-07) and a small reader of
// it; and records that are wrong in one thing, which the schema must refuse.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "tests/replay/export/exported.h"
#include "tests/replay/export/json_schema.h"

namespace cloudtrail_schema_test {

namespace {

using namespace tablekey;
using test::ExportedRun;
using test::JsonSchema;
using Json = JsonSchema::Json;

JsonSchema schema() {
  std::ifstream in(std::string(TABLEKEY_SOURCE_DIR) +
                   "/tests/replay/export/cloudtrail.schema.json");
  REQUIRE(in);
  return JsonSchema(Json::parse(in));
}

// Records alike in everything that the schema looks at need to be checked once.
std::string kind_of(const Json& record) {
  std::string kind;
  for (const char* name : {"eventSource", "eventName", "errorCode", "eventVersion", "eventType"}) {
    kind += record.value(name, "-") + "/";
  }
  for (const auto& [name, value] : record.items()) kind += name + (value.is_null() ? "0 " : " ");
  for (const auto& [name, value] : record["userIdentity"].items()) kind += name + " ";
  return kind;
}

TEST_CASE("every record of the bundled scenarios is one by its schema") {
  const JsonSchema records = schema();
  std::set<std::string> kinds, operations;
  for (const char* name : {"books",
                           "archived-after-seven-days",
                           "caller-removed",
                           "disable-key-idle",
                           "grant-revoked-active-table",
                           "retries-ride-out",
                           "revoke-grant",
                           "revoked-during-outage",
                           "round-robin-cliff",
                           "short-connections",
                           "asymmetric-key",
                           "cancel-deletion",
                           "client-side-encryption",
                           "cross-account-key",
                           "custom-store-disconnect",
                           "disable-key-fixed",
                           "enable-key-heals",
                           "encrypted-by-the-era",
                           "global-table-regional-keys",
                           "key-lost-while-creating",
                           "kms-outage",
                           "on-demand-rotation-limit",
                           "policy-lockout",
                           "polling-sees-the-key-alone",
                           "replica-key-lost",
                           "resent-key-costs-quota",
                           "restore-under-another-key",
                           "rotation-never-revokes",
                           "shared-item-keys",
                           "split-leaks-sort-key",
                           "stalled-switch",
                           "switch-key"}) {
    INFO(name);
    const auto run = ExportedRun::bundled(name);
    replay::ExportChoices choices;
    choices.data_events = true;
    const Json trail = Json::parse(test::export_text(run.recorded(), "cloudtrail", choices));
    for (const Json& record : trail["Records"]) {
      if (!kinds.insert(kind_of(record)).second) continue;
      INFO(record.dump());
      CHECK(records.error("record", record) == "");
      operations.insert(record["eventName"]);
    }
  }
  CHECK(kinds.size() > 80);
  for (const char* operation :
       {"CreateGrant", "Decrypt", "DescribeKey", "DisableKey", "GenerateDataKey", "PutKeyPolicy",
        "RetireGrant", "RotateKey", "CreateTable", "GetItem", "PutItem"}) {
    INFO(operation);
    CHECK(operations.contains(operation));
  }
}

TEST_CASE("the schema of records refuses what is wrong with one") {
  const JsonSchema records = schema();
  const auto run = ExportedRun::bundled("books");
  const Json trail = Json::parse(test::export_text(run.recorded(), "cloudtrail"));
  Json decrypt, grant;
  for (const Json& record : trail["Records"]) {
    if (record["eventName"] == "Decrypt" && !record.contains("errorCode")) decrypt = record;
    if (record["eventName"] == "CreateGrant") grant = record;
  }
  REQUIRE(records.error("record", decrypt).empty());
  REQUIRE(records.error("record", grant).empty());
  const auto refused = [&](Json record, const char* place, const Json& value) {
    INFO(place << " = " << value.dump());
    record[Json::json_pointer(place)] = value;
    CHECK_FALSE(records.error("record", record).empty());
  };
  refused(decrypt, "/readOnly", false);
  refused(decrypt, "/eventTime", "2018-02-14T00:30:00.001Z");
  refused(decrypt, "/responseElements", Json::object());
  refused(decrypt, "/requestParameters/plaintext", "c2VjcmV0");
  refused(decrypt, "/errorCode", "AccessDeniedException");
  refused(decrypt, "/userIdentity/type", "AWSService");
  refused(decrypt, "/managementEvent", true);
  refused(decrypt, "/requestID", "none");
  refused(grant, "/responseElements/grantId", "abc");
  refused(grant, "/requestParameters/grantTokens", Json::array({"token"}));
  refused(grant, "/recipientAccountId", "1111");
  Json without = decrypt;
  without.erase("eventID");
  CHECK_FALSE(records.error("record", without).empty());
}

}  // namespace

}  // namespace cloudtrail_schema_test
