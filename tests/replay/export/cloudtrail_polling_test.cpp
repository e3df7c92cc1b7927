// Goal: a cache that asks KMS about the state of its key is seen in the trail as what it is: a
// DescribeKey of DynamoDB's own, read-only, one for each that reached KMS. Method: the records of
// worlds that poll, beside their events.
#include "replay/event_text.h"
#include "replay/query.h"
#include "tests/replay/export/cloudtrail_story.h"
#include "tests/replay/export/exported.h"

namespace cloudtrail_polling_test {

namespace {

using namespace tablekey;
using namespace tablekey::replay;
using test::export_text;
using test::ExportedRun;
using test::Json;

struct Polls : Observer {
  std::vector<Json> events;
  void event(const model::State& after, events::Event::Reader event,
             std::uint64_t number) override {
    if (event.isKeyPolled()) events.push_back(event_json(after, event, number));
  }
};

std::string request_id(const Json& event) {
  const std::string hex =
      event["requestHigh"].get<std::string>() + event["requestLow"].get<std::string>();
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

TEST_CASE("each poll of a key's state is a DescribeKey of the service in the trail") {
  const auto run = ExportedRun::bundled("polling-sees-the-key-alone");
  Polls polls;
  REQUIRE(show_events(run.recorded(), {}, polls).has_value());
  REQUIRE(polls.events.size() > 1000);
  std::map<std::string, Json> by_request;
  const Json trail = Json::parse(export_text(run.recorded(), "cloudtrail"));
  for (const Json& record : trail["Records"]) {
    if (record["eventName"] == "DescribeKey") by_request[record["requestID"]] = record;
  }
  for (const Json& poll : polls.events) {
    const auto found = by_request.find(request_id(poll));
    REQUIRE(found != by_request.end());
    const Json& record = found->second;
    CHECK(record["userIdentity"] ==
          Json({{"type", "AWSService"}, {"invokedBy", "dynamodb.amazonaws.com"}}));
    CHECK(record["readOnly"] == true);
    CHECK(record["managementEvent"] == true);
    CHECK(record["eventType"] == "AwsApiCall");
    CHECK(record["responseElements"] == nullptr);
    CHECK(record["requestParameters"] == Json({{"keyId", poll["keyArn"]}}));
    CHECK(record["resources"][0]["ARN"] == poll["keyArn"]);
    CHECK(record["eventTime"] == poll["at"].get<std::string>().substr(0, 19) + "Z");
    CHECK_FALSE(record.contains("errorCode"));
  }
}

TEST_CASE("a poll about a key that DynamoDB may no longer use is a denied DescribeKey") {
  std::string source(sample::kBusy);
  source.insert(source.find("workload:"),
                "model:\n  table_key_cache: { poll_interval: 30s, idle_timeout: 10m }\n");
  const ExportedRun run(source);
  Polls polls;
  REQUIRE(show_events(run.recorded(), {}, polls).has_value());
  std::map<std::string, Json> by_request;
  const Json trail = Json::parse(export_text(run.recorded(), "cloudtrail"));
  for (const Json& record : trail["Records"]) {
    if (record["eventName"] == "DescribeKey") by_request[record["requestID"]] = record;
  }
  std::size_t denied = 0;
  for (const Json& poll : polls.events) {
    if (poll["error"] == "ok") continue;
    ++denied;
    const auto found = by_request.find(request_id(poll));
    REQUIRE(found != by_request.end());
    CHECK(found->second["errorCode"] == "AccessDenied");
  }
  CHECK(denied > 0);
}

}  // namespace

}  // namespace cloudtrail_polling_test
