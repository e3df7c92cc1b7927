// Goal: whole CloudFormation and SAM templates load and give every table something to do. Method:
// the corpus, both included and pasted, where it exists; and for each feature a small template of
// our own.
#include <catch2/catch.hpp>

#include <filesystem>
#include <map>

#include "model/scenario.h"
#include "tests/scenarios/loading.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::templates_test {
namespace {

const std::string kOpening = "tablekey: 1\nuntil: 1h\nname: demo\n";
const std::string kKeys =
    "KeySchema: [{ AttributeName: id, KeyType: HASH }], "
    "AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]";

LoadResult load_with(const std::string& opening, const std::string& included) {
  LoadOptions options;
  options.read_include = [&](std::string_view) { return included; };
  return load(opening + "include: template.yaml\n", "demo.yaml", options);
}

std::map<std::string, std::string> corpus() {
  std::map<std::string, std::string> files;
  const std::filesystem::path folder = std::string(TABLEKEY_SHARED_DIR) + "/corpus/cfn";
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".md")) files[name] = read_file(entry.path().string());
  }
  return files;
}

std::uint32_t tables_that_work(const LoadResult& result) {
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  const auto scenario = result.scenario();
  const auto view = model::ScenarioView::make(scenario);
  if (!view) FAIL(view.error());
  CHECK(scenario.getTables().size() >= 1);
  CHECK(scenario.getWorkloads().size() == scenario.getTables().size());
  return scenario.getTables().size();
}

}  // namespace

TEST_CASE("every real template loads as an include, with a default workload on each table") {
  const auto files = corpus();
  if (files.empty()) {
    WARN("skipped: no corpus");
    return;
  }
  for (const auto& [name, text] : files) {
    INFO(name);
    (void)tables_that_work(load_with(kOpening + "workload: default\n", text));
  }
}

TEST_CASE("every real YAML template loads with our head above it") {
  for (const auto& [name, text] : corpus()) {
    if (name.ends_with(".json")) continue;
    INFO(name);
    std::string pasted = text;
    if (pasted.starts_with("---\n")) pasted.erase(0, 4);
    (void)tables_that_work(load(kOpening + "workload: default\n" + pasted, "demo.yaml"));
  }
}

TEST_CASE("a template that is JSON with tabs loads") {
  const std::string json =
      "{\n\t\"Resources\": {\n\t\t\"T\": {\n\t\t\t\"Type\": \"AWS::DynamoDB::Table\",\n"
      "\t\t\t\"Properties\": {\n\t\t\t\t\"KeySchema\": [{\"AttributeName\": \"id\", "
      "\"KeyType\": \"HASH\"}],\n\t\t\t\t\"AttributeDefinitions\": [{\"AttributeName\": \"id\", "
      "\"AttributeType\": \"S\"}]\n\t\t\t}\n\t\t}\n\t}\n}\n";
  CHECK(tables_that_work(load_with(kOpening + "workload: default\n", json)) == 1);
}

TEST_CASE("a parameter has the value that the scenario gives, else its default, else its name") {
  const std::string included =
      "Parameters:\n  Name: { Type: String }\n"
      "  Key: { Type: String, Default: id }\n"
      "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
      "      TableName: !Sub 'the-${Name}'\n"
      "      KeySchema: [{ AttributeName: !Ref Key, KeyType: HASH }]\n"
      "      AttributeDefinitions: "
      "[{ AttributeName: !Ref Key, AttributeType: S }]\n";
  const auto named = [&](const std::string& given) {
    const LoadResult result = load_with(kOpening + given, included);
    INFO(result.diagnostics.render(false));
    REQUIRE(result.ok());
    const auto table = result.scenario().getTables()[0];
    return text(table.getName()) + "/" + text(table.getHashKey().getName());
  };
  CHECK(named("") == "the-Name/id");
  CHECK(named("parameters: { Name: orders }\n") == "the-orders/id");
  CHECK(named("parameters: { Name: orders, Key: order }\n") == "the-orders/order");
}

TEST_CASE("a key from elsewhere is one that stands for it, the same wherever it is named") {
  const std::string sse =
      ", SSESpecification: { SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !ImportValue keys }";
  const std::string included = "Resources:\n  A: { Type: AWS::DynamoDB::Table, Properties: { " +
                               kKeys + sse +
                               " } }\n  B: { Type: AWS::DynamoDB::Table, "
                               "Properties: { " +
                               kKeys + sse + " } }\n";
  const LoadResult result = load_with(kOpening, included);
  REQUIRE(result.ok());
  const auto tables = result.scenario().getTables();
  CHECK(tables[0].getKey() == tables[1].getKey());
  const auto key = result.scenario().getKeys()[tables[0].getKey()];
  CHECK(key.getManager() == events::Key::Manager::CUSTOMER);
  CHECK(tables[0].getSse().getKmsMasterKeyId().getArn() == tables[0].getKey());
}

TEST_CASE("types that are not simulated are noted once a file, with their counts") {
  const std::string included =
      "Resources:\n  A: { Type: AWS::S3::Bucket }\n  B: { Type: AWS::SNS::Topic }\n"
      "  C: { Type: AWS::S3::Bucket }\n";
  const LoadResult result = load_with(kOpening, included);
  REQUIRE(result.diagnostics.all().size() == 1);
  CHECK(result.diagnostics.all()[0].message ==
        "3 resources are not simulated and are ignored: AWS::S3::Bucket (2), AWS::SNS::Topic");
}

TEST_CASE("loops stand for what they produce") {
  const std::string included =
      "Transform: AWS::LanguageExtensions\n"
      "Parameters: { Names: { Type: CommaDelimitedList, Default: 'a,b-c' } }\n"
      "Resources:\n  Fn::ForEach::Tables:\n    - Name\n    - !Ref Names\n"
      "    - Table&{Name}:\n        Type: AWS::DynamoDB::Table\n"
      "        Properties: { TableName: !Sub 'all-${Name}', " +
      kKeys + " }\n";
  const LoadResult result = load_with(kOpening, included);
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  REQUIRE(result.scenario().getTables().size() == 2);
  CHECK(text(result.scenario().getTables()[0].getLogicalId()) == "Tablea");
  CHECK(text(result.scenario().getTables()[1].getLogicalId()) == "Tablebc");
  CHECK(text(result.scenario().getTables()[1].getName()) == "all-b-c");
}

TEST_CASE("SAM's simple table has the key that SAM gives it, and what Globals say") {
  const std::string included =
      "Transform: AWS::Serverless-2016-10-31\n"
      "Globals: { SimpleTable: { SSESpecification: { SSEEnabled: true } } }\n"
      "Resources:\n  A: { Type: AWS::Serverless::SimpleTable }\n"
      "  B:\n    Type: AWS::Serverless::SimpleTable\n    Properties:\n"
      "      PrimaryKey: { Name: n, Type: Number }\n"
      "      SSESpecification: { SSEEnabled: false }\n";
  const LoadResult result = load_with(kOpening, included);
  REQUIRE(result.ok());
  const auto tables = result.scenario().getTables();
  const auto keys = result.scenario().getKeys();
  CHECK(text(tables[0].getHashKey().getName()) == "id");
  CHECK(text(tables[0].getHashKey().getType()) == "S");
  CHECK(keys[tables[0].getKey()].getManager() == events::Key::Manager::AWS);
  CHECK(text(tables[1].getHashKey().getType()) == "N");
  CHECK(keys[tables[1].getKey()].getManager() == events::Key::Manager::OWNED);
}

TEST_CASE("a global table is one table in each Region, with its own key and one numbering") {
  const std::string included =
      "Resources:\n  G:\n    Type: AWS::DynamoDB::GlobalTable\n    Properties:\n"
      "      TableName: everywhere\n      SSESpecification: { SSEEnabled: true, SSEType: KMS }\n"
      "      Replicas: [{ Region: us-east-1 }, { Region: eu-west-1, TableClass: STANDARD }]\n"
      "      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n"
      "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n";
  const LoadResult result = load_with(kOpening, included);
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  const auto tables = result.scenario().getTables();
  REQUIRE(tables.size() == 2);
  CHECK(text(tables[0].getLogicalId()) == "G");
  CHECK(tables[0].getRegion().size() == 0);
  CHECK(text(tables[1].getLogicalId()) == "G.us-east-1");
  CHECK(text(tables[1].getRegion()) == "us-east-1");
  CHECK(tables[1].getSpace() == 0);
  CHECK(tables[0].getGlobalTable() == 1);
  CHECK(tables[1].getGlobalTable() == 1);
  const auto key = result.scenario().getKeys()[tables[1].getKey()];
  CHECK(key.getManager() == events::Key::Manager::AWS);
  CHECK(text(key.getRegion()) == "us-east-1");
}

TEST_CASE("a global table under customer keys makes no AWS managed key") {
  const std::string included =
      "Resources:\n  Home: { Type: AWS::KMS::Key }\n"
      "  Away: { Type: AWS::KMS::Key, Metadata: { tablekey: { Region: us-east-1 } } }\n"
      "  G:\n    Type: AWS::DynamoDB::GlobalTable\n    Properties:\n"
      "      TableName: everywhere\n      SSESpecification: { SSEEnabled: true, SSEType: KMS }\n"
      "      Replicas:\n"
      "        - { Region: eu-west-1, SSESpecification: { KMSMasterKeyId: !GetAtt Home.Arn } }\n"
      "        - { Region: us-east-1, SSESpecification: { KMSMasterKeyId: !GetAtt Away.Arn } }\n"
      "      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n"
      "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n";
  const LoadResult result = load_with(kOpening, included);
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  for (const auto key : result.scenario().getKeys()) {
    CHECK(key.getManager() == events::Key::Manager::CUSTOMER);
  }
}

TEST_CASE("a table has all the properties that a template gives it") {
  const std::string included =
      "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n"
      "    Metadata: { tablekey: { Region: us-east-1, AccountId: '444455556666', "
      "ItemLifetime: 2d } }\n    Properties:\n"
      "      KeySchema: [{ AttributeName: id, KeyType: HASH }, "
      "{ AttributeName: at, KeyType: RANGE }]\n"
      "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }, "
      "{ AttributeName: at, AttributeType: N }]\n"
      "      ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 8 }\n"
      "      StreamSpecification: { StreamViewType: OLD_IMAGE }\n"
      "      TimeToLiveSpecification: { AttributeName: gone, Enabled: true }\n"
      "      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, "
      "RecoveryPeriodInDays: 5 }\n"
      "      DeletionProtectionEnabled: true\n      TableClass: STANDARD_INFREQUENT_ACCESS\n"
      "      ContributorInsightsSpecification: { Enabled: true }\n"
      "      Tags: [{ Key: a, Value: b }]\n"
      "      GlobalSecondaryIndexes: [{ IndexName: g, KeySchema: [{ AttributeName: at, "
      "KeyType: HASH }], Projection: { ProjectionType: INCLUDE, NonKeyAttributes: [x] } }]\n"
      "      LocalSecondaryIndexes: [{ IndexName: l, KeySchema: [{ AttributeName: id, "
      "KeyType: HASH }, { AttributeName: at, KeyType: RANGE }], "
      "Projection: { ProjectionType: KEYS_ONLY } }]\n";
  const LoadResult result = load_with(kOpening, included);
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  const auto table = result.scenario().getTables()[0];
  CHECK(text(table.getRegion()) == "us-east-1");
  CHECK(text(table.getAccount()) == "444455556666");
  CHECK(table.getProvisioned());
  CHECK(table.getReadCapacity() == 7);
  CHECK(table.getWriteCapacity() == 8);
  CHECK(text(table.getStreamView()) == "OLD_IMAGE");
  CHECK(text(table.getTimeToLive()) == "gone");
  CHECK(table.getGeneratedTtl() == sim::Duration::hours(48).count());
  CHECK(table.getPointInTimeRecovery());
  CHECK(table.getRecoveryPeriodInDays() == 5);
  CHECK(table.getDeletionProtection());
  CHECK(text(table.getTableClass()) == "STANDARD_INFREQUENT_ACCESS");
  CHECK(table.getContributorInsights());
  CHECK(text(table.getTags()[0].getValue()) == "b");
  const auto index = table.getGlobalIndexes()[0];
  CHECK(index.getProjection() == events::SecondaryIndex::Projection::INCLUDE);
  CHECK(text(index.getNonKeyAttributes()[0]) == "x");
  CHECK(table.getLocalIndexes()[0].getProjection() ==
        events::SecondaryIndex::Projection::KEYS_ONLY);
  // The key that DynamoDB owns is that of the table's own place.
  CHECK(text(result.scenario().getKeys()[table.getKey()].getRegion()) == "us-east-1");
}

TEST_CASE("encryption goes as it is written, and a refused one leaves the table under no key") {
  const auto sse_of = [&](const std::string& specification) {
    const LoadResult result =
        load_with(kOpening,
                  "Resources:\n  K: { Type: AWS::KMS::Key }\n  T: { Type: AWS::DynamoDB::Table, "
                  "Properties: { " +
                      kKeys + ", SSESpecification: " + specification + " } }\n");
    INFO(result.diagnostics.render(false));
    REQUIRE(result.ok());
    const auto sse = result.scenario().getTables()[0].getSse();
    const auto key = result.scenario().getKeys()[result.scenario().getTables()[0].getKey()];
    return text(sse.getSseType()) + (sse.getEnabled() ? " on " : " off ") +
           std::to_string(static_cast<int>(sse.getKmsMasterKeyId().which())) + " " +
           std::to_string(static_cast<int>(key.getManager()));
  };
  CHECK(sse_of("{ SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt K.Arn }") ==
        "KMS on 1 0");
  CHECK(sse_of("{ SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !Ref K }") == "KMS on 2 0");
  CHECK(sse_of("{ SSEEnabled: true }") == " on 0 1");
  CHECK(sse_of("{ SSEEnabled: true, SSEType: AES256 }") == "AES256 on 0 2");
  CHECK(sse_of("{ SSEEnabled: true, KMSMasterKeyId: !GetAtt K.Arn }") == " on 1 2");
}

}  // namespace tablekey::scenarios::testing::templates_test
