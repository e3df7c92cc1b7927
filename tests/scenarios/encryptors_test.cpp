// Goal: clients that encrypt items compile to what their properties say, and explain tells them.
// Method: one scenario with a client of every kind, each looked at.
#include <catch2/catch.hpp>

#include "model/scenario.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::encryptors_test {
namespace {

const std::string kClients = kHead + R"(
timeline:
  - { at: 1h, do: dynamodb:PutItem, table: Orders, as: Lead, encryptor: Recent, item: { id: a } }
  - { at: 2h, do: tablekey:NewMaterialVersion, as: Lead, encryptor: Recent }
  - at: 3h
    do: dynamodb:TransactGetItems
    as: App
    encryptor: Pair
    TransactItems: [{ Get: { TableName: orders, Key: { id: a } } }]
  - { at: 4h, do: dynamodb:GetItem, table: Keys, key: { N: pens, V: 0 } }
)" + kWorld + R"(
  Direct:
    Type: Tablekey::DynamoDB::ItemEncryptor
    Properties:
      Provider: DirectKms
      KeyId: !Ref Other
      Format: DatabaseEncryptionSdk
      Signatures: true
      Actions: { id: SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT }
  Recent:
    Type: Tablekey::DynamoDB::ItemEncryptor
    Properties:
      Provider: MostRecent
      KeyId: !GetAtt Other.Arn
      KeyName: pens
      KeyStore: !Ref Keys
      CacheTtl: 5m
      CacheCapacity: 3
      Actions: { note: DO_NOTHING }
  Pair:
    Type: Tablekey::DynamoDB::ItemEncryptor
    Properties:
      Provider: Wrapped
      KeyName: pens
      WrappingAlgorithm: RSA/ECB/OAEPWithSHA-256AndMGF1Padding
      DefaultAction: SIGN_ONLY
  Plain:
    Type: Tablekey::DynamoDB::ItemEncryptor
    Properties: { Provider: Wrapped, KeyName: pens }
  Fixed:
    Type: Tablekey::DynamoDB::ItemEncryptor
    Properties: { Provider: Static, KeyName: pens }
  Keys:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: keys
      KeySchema: [{ AttributeName: N, KeyType: HASH }, { AttributeName: V, KeyType: RANGE }]
      AttributeDefinitions:
        - { AttributeName: N, AttributeType: S }
        - { AttributeName: V, AttributeType: N }
)";

}  // namespace

TEST_CASE("a caching client has its key store, its time to live and its capacity") {
  const Loaded loaded(kClients);
  const auto recent = loaded.scenario().getEncryptors()[1];
  CHECK(recent.getProvider() == events::ItemEncryptor::Provider::MOST_RECENT);
  CHECK(text(loaded.scenario().getTables()[recent.getKeyStore()].getName()) == "keys");
  CHECK(recent.getTtl() == 300'000'000'000);
  CHECK(recent.getCapacity() == 3);
  CHECK(text(loaded.scenario().getEncryptors()[2].getWrapping()).starts_with("RSA/"));
  CHECK(loaded.scenario().getEncryptors()[2].getKeyStore() == events::K_NONE);
}

TEST_CASE("a new version of a material is a request to its key store") {
  const Loaded loaded(kClients);
  const auto call = loaded.scenario().getSteps()[1].getRequest();
  CHECK(call.getOperation() == events::DataOperation::PUT_ITEM);
  CHECK(call.getItems().size() == 0);
  CHECK(call.getTable() == loaded.scenario().getEncryptors()[1].getKeyStore());
}

TEST_CASE("the versions of a material are items of the key store, one more for each new version") {
  const Loaded loaded(kClients);
  const auto made = model::ScenarioView::make(loaded.scenario());
  REQUIRE(made);
  const model::ScenarioView& view = **made;
  REQUIRE(view.material_items[1].size() == 2);
  const auto& family = view.families[loaded.scenario().getEncryptors()[1].getKeyStore()];
  CHECK(family.item_key(view.material_items[1][0]) == R"({"N":{"S":"pens"},"V":{"N":"0"}})");
  CHECK(family.item_key(view.material_items[1][1]) == R"({"N":{"S":"pens"},"V":{"N":"1"}})");
  // A step that names the record names the same item.
  CHECK(loaded.scenario().getSteps()[3].getData().getItem() == view.material_items[1][0]);
  CHECK(view.material_items[0].empty());
  REQUIRE(view.providers.size() == 1);
  CHECK(view.providers[0].encryptor == 1);
  CHECK(view.provider_of(1, view.providers[0].identity) == 0);
}

TEST_CASE("a workload's encryptor reaches its clients, and each caller is one client") {
  const Loaded loaded(kClients + R"(
workload:
  - { name: web, principal: Lead, table: Orders, arrivals: { rate: 1/s }, encryptor: Recent }
  - { name: own, principal: Lead, table: Orders, arrivals: { rate: 1/s }, encryptor: !Ref Direct }
  - { name: bare, principal: Lead, table: Orders, arrivals: { rate: 1/s } }
)");
  const auto workloads = loaded.scenario().getWorkloads();
  CHECK(workloads[0].getEncryptor() == 1);
  CHECK(workloads[1].getEncryptor() == 0);
  CHECK(workloads[2].getEncryptor() == events::K_NONE);
  const auto made = model::ScenarioView::make(loaded.scenario());
  REQUIRE(made);
  CHECK((*made)->workloads[0].encryptor == 1);
  CHECK((*made)->provider_of(1, 1 + (*made)->workloads[0].identity) == 0);
  CHECK((*made)->providers.size() == 1);  // Lead's steps and connections are one client
  const std::string told = explain(loaded.scenario());
  for (const std::string part :
       {"GetItem 100%, through encryptor Recent, in a table that starts without items, which it "
        "could not read; all items alike.\n",
        "GetItem 100%; all items alike.\n"}) {
    INFO(told);
    CHECK(told.find(part) != std::string::npos);
  }
}

TEST_CASE("explain tells how each client encrypts") {
  const Loaded loaded(kClients);
  const std::string told = explain(loaded.scenario());
  for (const std::string sentence :
       {"  Encryptor Direct, the Database Encryption SDK with signatures: a data key of KMS for "
        "each item, under Other; attributes are encrypted and signed, id is signed, and part of "
        "the encryption context.\n",
        "  Encryptor Recent, the DynamoDB Encryption Client: a key for each item, wrapped with the "
        "most recent version of 'pens' in table keys, whose records are under Other; each client "
        "keeps 3 versions at most, and looks for a newer one after 5m; attributes are encrypted "
        "and signed, note is left alone.\n",
        "  Encryptor Pair, the DynamoDB Encryption Client: a key for each item, wrapped with the "
        "RSA key 'pens' by OAEP; attributes are signed only.\n",
        "  Encryptor Plain, the DynamoDB Encryption Client: a key for each item, wrapped with the "
        "AES key 'pens'; attributes are encrypted and signed.\n",
        "  Encryptor Fixed, the DynamoDB Encryption Client: the fixed keys 'pens' for all items; "
        "attributes are encrypted and signed.\n",
        "Lead: tablekey:NewMaterialVersion of 'pens' in keys, through encryptor Recent\n",
        ", through encryptor Pair\n"}) {
    INFO(sentence);
    CHECK(told.find(sentence) != std::string::npos);
  }
}

TEST_CASE("an iterator is taken from the step that got it, and its stream with it") {
  const Loaded loaded(kHead + R"(
timeline:
  - at: 1h
    id: it
    do: dynamodb:GetShardIterator
    table: Streamed
    ShardIteratorType: TRIM_HORIZON
    Shard: 1
  - { at: 2h, id: page, do: dynamodb:GetRecords, ShardIterator: !GetAtt it.ShardIterator, Limit: 2 }
  - { at: 3h, id: next, do: dynamodb:GetRecords, ShardIterator: "${page.NextShardIterator}" }
  - { at: 4h, id: old, do: dynamodb:GetRecords, table: Streamed, ShardIteratorType: TRIM_HORIZON }
  - { at: 5h, do: dynamodb:GetRecords, table: Streamed, ShardIterator: old }
  - at: 5h
    do: dynamodb:GetShardIterator
    table: Streamed
    ShardIteratorType: AFTER_SEQUENCE_NUMBER
    SequenceNumber: !GetAtt page.SequenceNumber
  - { at: 5h, id: out, do: dynamodb:ExportTableToPointInTime, table: Streamed, S3Bucket: b }
  - { at: 6h, do: dynamodb:DescribeExport, ExportArn: !GetAtt out.ExportArn }
)" + kWorld + R"(
  Streamed:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: streamed
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
)");
  const auto steps = loaded.scenario().getSteps();
  const auto call = [&](unsigned step) { return steps[step].getRequest(); };
  CHECK(call(0).getShard() == 1);
  CHECK(call(1).getIteratorOfStep() == 1);
  CHECK(call(1).getTable() == call(0).getTable());
  CHECK(call(1).getLimit() == 2);
  CHECK(call(2).getSequenceOfStep() == 2);
  CHECK(call(2).getIteratorOfStep() == 0);
  CHECK(call(2).getTable() == call(0).getTable());
  CHECK(call(4).getSequenceOfStep() == 4);
  CHECK(call(5).getIterator() == events::DataCall::IteratorType::AFTER_SEQUENCE_NUMBER);
  CHECK(call(5).getSequenceOfStep() == 2);
  CHECK(steps[7].getControl().getBackup().getStep() == 6);
}

}  // namespace tablekey::scenarios::testing::encryptors_test
