// Goal: a trail that we export is a load that we read: its data events, or where it has none its
// Decrypts, become the requests of another run, second by second. Method: a run's trail is the file
// of a second scenario, whose own trail is compared with the first.
#include <map>

#include "scenarios/load.h"
#include "tests/replay/export/cloudtrail_story.h"

namespace cloudtrail_load_test {

namespace {

using namespace tablekey;
using test::Json;

const std::string kWorld = R"yaml(tablekey: 1
name: load
seed: 5
until: 30m
model:
  kms: { latency: 0s }
  table_key_cache: { policy: idle-connection, ttl: 1m }
Resources:
  App:
    Type: AWS::IAM::Role
    Properties: { RoleName: app }
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*" }]
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      SSESpecification: { SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !Ref Key }
workload:
  - name: web
    principal: App
)yaml";

std::string trail(const std::string& arrivals, bool data_events, const std::string& file) {
  scenarios::LoadOptions options;
  options.read_arrivals = [&](std::string_view) { return file; };
  const scenarios::LoadResult loaded = scenarios::load(kWorld + arrivals, "load.yaml", options);
  INFO(loaded.diagnostics.render(false));
  REQUIRE(loaded.ok());
  std::string document;
  replay::CloudTrailExport cloudtrail([&](std::string_view piece) { document += piece; }, {},
                                      data_events);
  test::run_world(*model::ScenarioView::make(loaded.scenario()).value(), {&cloudtrail});
  cloudtrail.finish();
  return document;
}

const std::string kPoisson =
    "    table: Orders\n    arrivals: { process: poisson, rate: 2/m }\n    from: 5m\n"
    "    operations: { GetItem: 60%, PutItem: 30%, BatchGetItem: 10% }\n";

// How often each operation of a service was called in each second.
std::map<std::string, int> calls(const std::string& document, const std::string& source) {
  std::map<std::string, int> found;
  const Json parsed = Json::parse(document);
  for (const Json& record : parsed["Records"]) {
    if (record["eventSource"] != source) continue;
    const std::string name = record["eventName"];
    if (name == "CreateTable" || name == "CreateKey" || name == "CreateGrant") continue;
    ++found[record["eventTime"].get<std::string>() + " " + name];
  }
  return found;
}

}  // namespace

TEST_CASE("the data events of a trail come again as requests of another run") {
  const std::string first = trail(kPoisson, true, "");
  const auto recorded = calls(first, "dynamodb.amazonaws.com");
  CHECK(recorded.size() > 30);
  const std::string second =
      trail("    arrivals: { process: trace, file: trail.json }\n", true, first);
  CHECK(calls(second, "dynamodb.amazonaws.com") == recorded);
}

TEST_CASE("a trail without data events gives a request for each Decrypt") {
  const std::string first = trail(kPoisson, false, "");
  std::size_t decrypts = 0;
  const Json parsed = Json::parse(first);
  for (const Json& record : parsed["Records"]) {
    decrypts += record["eventName"] == "Decrypt" &&
                record["userIdentity"]["type"] != "AWSService" &&
                record["eventTime"] >= "2026-01-01T00:05:00Z";
  }
  CHECK(decrypts > 5);
  const std::string second =
      trail("    arrivals: { process: trace, file: trail.json }\n    from: 5m\n", true, first);
  std::size_t requests = 0;
  for (const auto& [call, count] : calls(second, "dynamodb.amazonaws.com")) {
    CHECK(call.ends_with("GetItem"));
    requests += static_cast<std::size_t>(count);
  }
  CHECK(requests == decrypts);
}

}  // namespace cloudtrail_load_test
