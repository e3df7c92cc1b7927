// Goal: calls of DynamoDB compile to what their parameters say. Method: a scenario of every
// operation as a whole, then what each kind of parameter becomes.
#include <catch2/catch.hpp>

#include <set>

#include "model/dynamodb/names.h"
#include "model/scenario.h"
#include "scenarios/dynamodb_operations.h"
#include "tests/scenarios/loading.h"
#include "tests/scenarios/message_cases.h"

namespace tablekey::scenarios::testing::dynamodb_steps_test {
namespace {

const std::string kAt = "timeline:\n  - { at: 1h, ";

events::Step::Reader only_step(const Loaded& loaded) { return loaded.scenario().getSteps()[0]; }

}  // namespace

TEST_CASE("a scenario of every operation of DynamoDB is one that the model takes") {
  const std::string path =
      std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/every_dynamodb_operation.yaml";
  const LoadResult result = load(read_file(path), "every_dynamodb_operation.yaml");
  INFO(result.diagnostics.render(false));
  REQUIRE(result.ok());
  CHECK(result.diagnostics.warnings() == 0);
  std::set<std::string> seen;
  for (auto step : result.scenario().getSteps()) {
    using model::dynamodb::operation_name;
    if (step.isControl()) seen.emplace(operation_name(step.getControl().getOperation()));
    if (step.isRequest()) seen.emplace(operation_name(step.getRequest().getOperation()));
    if (step.isCreateTable()) seen.insert("CreateTable");
    if (step.isDeleteTable()) seen.insert("DeleteTable");
  }
  CHECK(seen.size() == table_operations().size() + data_operations().size());
  const auto view = model::ScenarioView::make(result.scenario());
  if (!view) FAIL(view.error());
}

TEST_CASE("every operation of the schema is a row, once") {
  std::set<std::string_view> names;
  for (const auto* rows : {&table_operations(), &data_operations()}) {
    for (const DynamoDbOperationRow& row : *rows) {
      CHECK(names.insert(row.name).second);
      CHECK(find_dynamodb_operation(row.name) == &row);
    }
  }
  for (std::uint16_t i = 0; i <= 30; ++i) {
    const auto name = model::dynamodb::operation_name(static_cast<events::TableOperation>(i));
    CHECK(names.contains("dynamodb:" + std::string(name)));
  }
}

TEST_CASE("a request without options is the short form, any other the whole call") {
  const Loaded plain(kHead + kWorld + kAt +
                     "do: dynamodb:GetItem, TableName: orders, Key: { id: a } }\n");
  CHECK(only_step(plain).isData());
  const Loaded whole(
      kHead + kWorld + kAt +
      "do: dynamodb:GetItem, table: Orders, key: { id: a }, ConsistentRead: true }\n");
  REQUIRE(only_step(whole).isRequest());
  const auto item = only_step(whole).getRequest().getItems()[0];
  CHECK(text(item.getKey()) == R"({"id":{"S":"a"}})");
  CHECK(item.getConsistentRead());
  CHECK(item.getItem() == only_step(plain).getData().getItem());
}

TEST_CASE("a request whose answer a check asks for is recorded with all that it returned") {
  const Loaded loaded(kHead + kWorld +
                      "timeline:\n"
                      "  - { at: 1h, id: a, do: dynamodb:Scan, table: Orders }\n"
                      "  - { at: 2h, id: b, do: dynamodb:Scan, table: Orders }\n"
                      "  - { at: 3h, id: c, do: dynamodb:GetItem, table: Orders, key: { id: x } }\n"
                      "  - { at: 4h, id: d, do: dynamodb:Scan, table: Orders }\n"
                      "expect:\n"
                      "  - returned(a) == 0\n"
                      "  - { name: equal, check: \"same(b, c).result\" }\n"
                      "  - outcome(d) == success\n");
  const auto steps = loaded.scenario().getSteps();
  CHECK(steps[0].isRequest());
  CHECK(steps[1].isRequest());
  REQUIRE(steps[2].isRequest());
  CHECK(text(steps[2].getRequest().getItems()[0].getKey()) == R"({"id":{"S":"x"}})");
  CHECK(steps[3].isData());
}

TEST_CASE("a put carries its key as well as its item") {
  const Loaded loaded(kHead + kWorld + kAt +
                      "do: dynamodb:PutItem, table: Events, item: { n: 3, at: x, more: true }, "
                      "ReturnValues: ALL_OLD }\n");
  const auto item = only_step(loaded).getRequest().getItems()[0];
  CHECK(text(item.getKey()) == R"({"at":{"S":"x"},"n":{"N":"3"}})");
  CHECK(text(item.getValue()) == R"({"at":{"S":"x"},"n":{"N":"3"},"more":{"BOOL":true}})");
  CHECK(text(item.getReturnValues()) == "ALL_OLD");
}

TEST_CASE("values of expressions are canonical whatever form they have in the file") {
  const Loaded loaded(kHead + kWorld + kAt +
                      "do: dynamodb:Scan, table: Orders, FilterExpression: 'n IN (:b, :a)', "
                      "ExpressionAttributeValues: { ':b': { N: 010 }, ':a': text } }\n");
  const auto call = only_step(loaded).getRequest();
  CHECK(text(call.getValues()) == R"({":a":{"S":"text"},":b":{"N":"10"}})");
  CHECK(text(call.getFilter()) == "n IN (:b, :a)");
}

TEST_CASE("a switch to a key by its ARN is the short form, by any other form the whole call") {
  const auto update = [](const std::string& specification) {
    return kHead + kWorld + kAt + "do: dynamodb:UpdateTable, table: Orders, " + specification +
           " }\n";
  };
  const Loaded by_arn(update(
      "SSESpecification: { Enabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Other.Arn }"));
  CHECK(only_step(by_arn).isUpdateTable());
  const Loaded off(update("SSESpecification: { Enabled: false }"));
  CHECK(only_step(off).isUpdateTable());
  const Loaded by_id(
      update("SSESpecification: { Enabled: true, SSEType: KMS, KMSMasterKeyId: !Ref Other }"));
  REQUIRE(only_step(by_id).isControl());
  CHECK(only_step(by_id).getControl().getSse().getKmsMasterKeyId().isId());
  const Loaded more(update("key: Other, TableClass: STANDARD"));
  REQUIRE(only_step(more).isControl());
  CHECK(only_step(more).getControl().getSse().getKmsMasterKeyId().isArn());
}

TEST_CASE("a restore makes a table that has its source's numbering, and its own key") {
  const Loaded loaded(
      kHead + kWorld +
      "workload: [{ name: web, principal: App, table: again, arrivals: { rate: 1/s } }]\n" +
      "timeline:\n"
      "  - { at: 1h, do: dynamodb:CreateBackup, id: saved, table: Orders, BackupName: b }\n"
      "  - { at: 1h, do: dynamodb:PutItem, table: Orders, item: { id: a } }\n"
      "  - { at: 2h, id: again, do: dynamodb:RestoreTableFromBackup, BackupArn: !GetAtt "
      "saved.BackupArn, TargetTableName: orders-2, SSESpecificationOverride: { Enabled: false } }\n"
      "  - { at: 3h, do: dynamodb:GetItem, table: orders-2, key: { id: a } }\n");
  const auto steps = loaded.scenario().getSteps();
  const auto restore = steps[2].getControl();
  CHECK(restore.getBackup().getStep() == 0);
  const auto made = loaded.scenario().getTables()[restore.getTarget()];
  CHECK(text(made.getName()) == "orders-2");
  CHECK(text(made.getLogicalId()) == "again");
  CHECK(made.getByStep());
  CHECK(made.getSpace() == 0);
  CHECK(loaded.scenario().getKeys()[made.getKey()].getManager() == events::Key::Manager::OWNED);
  CHECK(steps[3].getData().getItem() == steps[1].getData().getItem());
  CHECK(loaded.scenario().getWorkloads()[0].getTable() == restore.getTarget());
}

TEST_CASE("a replica that a step makes is a table of its Region") {
  const Loaded loaded(kHead + kWorld + kAt +
                      "do: dynamodb:UpdateTable, table: Orders, ReplicaUpdates: [{ Create: { "
                      "RegionName: us-east-1 } }] }\n");
  const auto change = only_step(loaded).getControl().getReplicaChanges()[0];
  const auto replica = loaded.scenario().getTables()[change.getTable()];
  CHECK(text(replica.getLogicalId()) == "Orders.us-east-1");
  CHECK(text(replica.getRegion()) == "us-east-1");
  CHECK(replica.getByStep());
  CHECK(replica.getCreated() == 0);
}

TEST_CASE("a replica that a step makes under a customer key needs no AWS managed key") {
  const Loaded loaded(
      kHead + kWorld +
      "  Away:\n    Type: AWS::KMS::Key\n    Metadata: { tablekey: { Region: us-east-1 } }\n" +
      kAt +
      "do: dynamodb:UpdateTable, table: Orders, ReplicaUpdates: [{ Create: { RegionName: "
      "us-east-1, KMSMasterKeyId: !GetAtt Away.Arn } }] }\n"
      "  - { at: 2h, do: dynamodb:Scan, table: Orders.us-east-1 }\n");
  const auto change = only_step(loaded).getControl().getReplicaChanges()[0];
  const auto keys = loaded.scenario().getKeys();
  const auto replica = loaded.scenario().getTables()[change.getTable()];
  CHECK(text(keys[replica.getKey()].getLogicalId()) == "Away");
  for (const auto key : keys) {
    const bool managed = key.getManager() == events::Key::Manager::AWS;
    CHECK_FALSE((managed && key.getRegion() == "us-east-1"));
  }
  CHECK(explain(loaded.scenario()).find("dynamodb:Scan on orders (us-east-1)") !=
        std::string::npos);
}

TEST_CASE("a switch of a replica to the AWS managed key needs one in every Region of its group") {
  const Loaded loaded(kHead + kWorld + kAt +
                      "do: dynamodb:UpdateTable, table: Orders, ReplicaUpdates: [{ Create: { "
                      "RegionName: us-east-1 } }] }\n"
                      "  - { at: 2h, do: dynamodb:UpdateTable, table: Orders, SSESpecification: { "
                      "Enabled: true } }\n");
  std::set<std::string> regions;
  for (const auto key : loaded.scenario().getKeys()) {
    if (key.getManager() == events::Key::Manager::AWS) regions.insert(text(key.getRegion()));
  }
  CHECK(regions.contains("us-east-1"));
  CHECK(regions.size() == 2);
}

TEST_CASE("an index that a step makes is one of the table's, though not from its creation") {
  const Loaded loaded(
      kHead + kWorld + kAt +
      "do: dynamodb:UpdateTable, table: Orders, AttributeDefinitions: [{ AttributeName: x, "
      "AttributeType: N }], GlobalSecondaryIndexUpdates: [{ Create: { IndexName: byX, KeySchema: "
      "[{ AttributeName: x, KeyType: HASH }] } }] }\n");
  const auto index = loaded.scenario().getTables()[0].getGlobalIndexes()[0];
  CHECK(text(index.getName()) == "byX");
  CHECK(index.getByStep());
  CHECK(only_step(loaded).getControl().getIndexChanges()[0].getIndex() == 0);
}

TEST_CASE("explain tells every call of DynamoDB") {
  const std::string path =
      std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/every_dynamodb_operation.yaml";
  const LoadResult result = load(read_file(path), "every_dynamodb_operation.yaml");
  REQUIRE(result.ok());
  const std::string told = explain(result.scenario());
  for (const auto* rows : {&table_operations(), &data_operations()}) {
    for (const DynamoDbOperationRow& row : *rows) {
      INFO(row.name);
      CHECK(told.find(row.name) != std::string::npos);
    }
  }
  CHECK(told.find("dynamodb:UpdateItem on Books, Update Books") != std::string::npos);
  CHECK(told.find("Create replica in us-west-2 under alias/aws/dynamodb") != std::string::npos);
}

}  // namespace tablekey::scenarios::testing::dynamodb_steps_test
