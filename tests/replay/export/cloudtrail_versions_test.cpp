// Goal: a record has the fields of its version and no others (kms.md 9.1), whose default is that of
// its time; records that are too long are cut; trails of several accounts are told apart.
#include "replay/export/cloudtrail_record.h"
#include "tests/replay/export/cloudtrail_story.h"

namespace cloudtrail_versions_test {

namespace {

using namespace tablekey;
using test::named;
using test::quiet_world;
using test::record_of;
using test::trail_of;
using Json = test::Json;
using Operation = events::KmsOperation;
using sim::Duration;

Json disable_in(const std::string& version) {
  test::SmallScenario scenario = quiet_world(version);
  return record_of(scenario, Operation::DISABLE_KEY, "DisableKey");
}

std::vector<std::string> names_of(const Json& record) {
  std::vector<std::string> names;
  for (const auto& [name, value] : record.items()) names.push_back(name);
  return names;
}

TEST_CASE("each version has its fields in the order of the guides") {
  const std::vector<std::string> early = {
      "eventVersion",      "userIdentity",     "eventTime",       "eventSource",
      "eventName",         "awsRegion",        "sourceIPAddress", "userAgent",
      "requestParameters", "responseElements", "requestID",       "eventID",
      "readOnly",          "resources",        "eventType",       "recipientAccountId"};
  CHECK(names_of(disable_in("1.02")) == early);
  CHECK(names_of(disable_in("1.05")) == early);
  std::vector<std::string> late = early;
  late.insert(late.end() - 1, "managementEvent");
  late.push_back("eventCategory");
  late.push_back("tlsDetails");
  CHECK(names_of(disable_in("1.08")) == late);
  CHECK(names_of(disable_in("1.11")) == late);
  CHECK_FALSE(disable_in("1.02")["resources"][0].contains("type"));
  CHECK(disable_in("1.05")["resources"][0]["type"] == "AWS::KMS::Key");
}

TEST_CASE("unless told otherwise, records are of the version of their time") {
  const model::Settings settings = model::Settings::defaults();
  const auto version = [&](const char* time) {
    return replay::cloudtrail::manner_at(settings, sim::parse_time(time).value().nanoseconds())
        .version;
  };
  CHECK(version("2014-11-05T00:00:00Z") == "1.02");
  CHECK(version("2018-02-14T00:15:15Z") == "1.05");
  CHECK(version("2022-12-01T00:00:00Z") == "1.08");
  CHECK(version("2026-01-01T00:00:00Z") == "1.11");
}

TEST_CASE("throttled and malformed requests are recorded unless that is off") {
  for (const bool logged : {true, false}) {
    test::SmallScenario scenario = quiet_world();
    scenario.set("model.cloudtrail.log_throttled", logged ? "true" : "false");
    scenario.kms_call(Duration::minutes(1), "", Operation::SCHEDULE_KEY_DELETION, 0, [](auto call) {
      call.setHasPendingWindow(true);
      call.setPendingWindowInDays(3);
    });
    const auto found = named(trail_of(scenario), "ScheduleKeyDeletion");
    REQUIRE(found.size() == (logged ? 1U : 0U));
    if (logged) CHECK(found[0]["errorCode"] == "ValidationException");
  }
}

TEST_CASE("records that are not delivered before the end are missing") {
  test::SmallScenario scenario = quiet_world();
  scenario.kms_step(Duration::minutes(1), "", Operation::DISABLE_KEY);
  scenario.kms_step(Duration::minutes(58), "", Operation::ENABLE_KEY);
  scenario.set("model.cloudtrail.delivery_delay", "5m");
  const Json records = trail_of(scenario);
  CHECK(named(records, "DisableKey").size() == 1);
  CHECK(named(records, "EnableKey").empty());
}

TEST_CASE("dates inside elements are American, with twelve hours") {
  const auto date = [](const char* time) {
    return replay::cloudtrail::element_date(sim::parse_time(time).value().nanoseconds());
  };
  CHECK(date("2021-04-12T18:58:30Z") == "Apr 12, 2021, 6:58:30 PM");
  CHECK(date("2018-02-04T00:00:09Z") == "Feb 4, 2018, 12:00:09 AM");
  CHECK(date("2018-12-31T12:05:00Z") == "Dec 31, 2018, 12:05:00 PM");
}

TEST_CASE("what is too long is cut between characters, the longest text first") {
  CHECK(replay::cloudtrail::capped("abc", 3) == "abc");
  CHECK(replay::cloudtrail::capped("ab\xc3\xa9", 3) == "ab");
  Json element = {{"keyId", "short"}, {"policy", std::string(5000, 'x')}};
  replay::cloudtrail::cap_element(element, 1000);
  CHECK(element.dump().size() <= 1000);
  CHECK(element["keyId"] == "short");
  Json numbers = Json::array();
  for (int i = 0; i < 1000; ++i) numbers.push_back(i);
  replay::cloudtrail::cap_element(numbers, 100);
  CHECK(numbers == nullptr);
}

/// The key belongs to another account than the role that uses it.
test::SmallScenario two_accounts() {
  test::SmallScenario scenario = quiet_world();
  scenario.change([](events::Scenario::Builder built) {
    auto principal = built.getPrincipals()[0];
    principal.setAccount("444455556666");
    auto policies = principal.initPolicies(1);
    policies[0].setName("all");
    policies[0].setDocument(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*",)"
        R"("Resource":"*"}]})");
    auto table = built.getTables()[0];
    table.setCreated(0);
  });
  return scenario;
}

TEST_CASE("a call on another account's key is in both trails, the caller's copy first") {
  test::SmallScenario scenario = two_accounts();
  scenario.kms_call(Duration::minutes(1), "", Operation::DESCRIBE_KEY, 0, {}, 0);
  const Json records = trail_of(scenario);
  const std::vector<Json> copies = named(records, "DescribeKey");
  REQUIRE(copies.size() == 2);
  CHECK(copies[0]["recipientAccountId"] == "444455556666");
  CHECK(copies[0]["userIdentity"]["type"] == "AssumedRole");
  CHECK(copies[1]["recipientAccountId"] == "111122223333");
  CHECK(copies[1]["userIdentity"] ==
        Json::parse(R"({"type":"AWSAccount","principalId":"AROAIGDTESTANDEXAMPLE:tablekey",)"
                    R"("accountId":"444455556666"})"));
  CHECK(copies[0]["sharedEventID"] == copies[1]["sharedEventID"]);
  CHECK(copies[0]["requestID"] == copies[1]["requestID"]);
  CHECK(copies[0]["eventID"] != copies[1]["eventID"]);
  const Json own = trail_of(scenario, "111122223333");
  REQUIRE(named(own, "DescribeKey").size() == 1);
  CHECK(named(own, "DescribeKey")[0] == copies[1]);
}

TEST_CASE("a denied call on another account's key is in the caller's trail alone") {
  test::SmallScenario scenario = two_accounts();
  scenario.kms_call(Duration::minutes(1), "", Operation::DISABLE_KEY, 0, {}, 0);
  const std::vector<Json> copies = named(trail_of(scenario), "DisableKey");
  REQUIRE(copies.size() == 1);
  CHECK(copies[0]["recipientAccountId"] == "444455556666");
  CHECK(copies[0]["errorCode"] == "AccessDenied");
  CHECK_FALSE(copies[0].contains("sharedEventID"));
}

}  // namespace

}  // namespace cloudtrail_versions_test
