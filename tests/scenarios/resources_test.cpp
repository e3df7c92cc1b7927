// Goal: resources compile to what AWS would make of them: names, ARNs, policies, keys of tables.
// Method: small templates, read back from the compiled scenario.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::resources_test {
namespace {

std::string table_with(const std::string& sse) {
  return kHead +
         "Resources:\n"
         "  K:\n    Type: AWS::KMS::Key\n"
         "  A:\n    Type: AWS::KMS::Alias\n"
         "    Properties: { AliasName: alias/orders, TargetKeyId: !Ref K }\n"
         "  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
         "      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n"
         "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n" +
         sse;
}

events::Key::Reader key_of_table(const Loaded& loaded) {
  return loaded.scenario().getKeys()[loaded.scenario().getTables()[0].getKey()];
}

}  // namespace

TEST_CASE("a table without SSESpecification is under the AWS owned key") {
  for (const char* sse :
       {"", "      SSESpecification: {}\n", "      SSESpecification: { SSEEnabled: false }\n"}) {
    const Loaded loaded(table_with(sse));
    CHECK(key_of_table(loaded).getManager() == events::Key::Manager::OWNED);
  }
}

TEST_CASE("SSE without a key id is the AWS managed key, with the seed's policy") {
  for (const char* sse :
       {"      SSESpecification: { SSEEnabled: true }\n",
        "      SSESpecification: { SSEEnabled: true, SSEType: KMS }\n",
        "      SSESpecification: { SSEType: KMS }\n",
        "      SSESpecification: { SSEType: KMS, KMSMasterKeyId: alias/aws/dynamodb }\n"}) {
    const Loaded loaded(table_with(sse));
    const auto key = key_of_table(loaded);
    CHECK(key.getManager() == events::Key::Manager::AWS);
    CHECK(text(key.getAliases()[0]) == "alias/aws/dynamodb");
    const auto policy = nlohmann::json::parse(text(key.getPolicy()));
    CHECK(policy["Id"] == "auto-dynamodb-1");
    const auto& condition = policy["Statement"][0]["Condition"]["StringEquals"];
    CHECK(condition["kms:CallerAccount"] == "111122223333");
    CHECK(condition["kms:ViaService"] == "dynamodb.eu-west-1.amazonaws.com");
    CHECK(policy["Statement"][1]["Principal"]["AWS"] == "arn:aws:iam::111122223333:root");
  }
}

TEST_CASE("a customer key is found by id, ARN, alias, alias ARN and reference") {
  for (const char* id : {"!Ref K", "!GetAtt K.Arn", "alias/orders", "!Ref A",
                         "arn:aws:kms:eu-west-1:111122223333:alias/orders",
                         "!Sub 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${K}'"}) {
    INFO(id);
    const Loaded loaded(
        table_with("      SSESpecification:\n        SSEEnabled: true\n"
                   "        SSEType: KMS\n        KMSMasterKeyId: " +
                   std::string(id) + "\n"));
    CHECK(text(key_of_table(loaded).getLogicalId()) == "K");
  }
}

TEST_CASE("a key without a policy gets the API's default one") {
  const Loaded loaded(kHead +
                      "account: '012345678901'\nResources: { K: { Type: AWS::KMS::Key } }\n");
  CHECK(text(loaded.scenario().getKeys()[0].getPolicy()) ==
        R"({"Version":"2012-10-17","Id":"key-default-1","Statement":[)"
        R"({"Sid":"Enable IAM User Permissions","Effect":"Allow",)"
        R"("Principal":{"AWS":"arn:aws:iam::012345678901:root"},)"
        R"("Action":"kms:*","Resource":"*"}]})");
}

TEST_CASE("a key id is a UUID of version 4 that follows from the seed unless it is pinned") {
  const std::string source = kHead + "Resources: { K: { Type: AWS::KMS::Key } }\n";
  const std::string id = text(Loaded(source).scenario().getKeys()[0].getKeyId());
  CHECK(id.size() == 36);
  CHECK(id[14] == '4');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  CHECK(text(Loaded(source).scenario().getKeys()[0].getKeyId()) == id);
  LoadOptions other;
  other.seed = 8;
  CHECK(text(Loaded(source, other).scenario().getKeys()[0].getKeyId()) != id);
  const Loaded pinned(kHead + kWorld);
  CHECK(text(pinned.scenario().getKeys()[0].getKeyId()) == "1234abcd-12ab-34cd-56ef-1234567890ab");
}

TEST_CASE("the AWS managed key can be pinned") {
  const Loaded loaded(kHead +
                      "Resources:\n"
                      "  Managed:\n    Type: Tablekey::KMS::AWSManagedKey\n"
                      "    Properties: { Service: dynamodb, KeyId: "
                      "1234abcd-12ab-34cd-56ef-1234567890ab }\n"
                      "  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
                      "      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n"
                      "      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n"
                      "      SSESpecification: { SSEEnabled: true }\n");
  CHECK(loaded.scenario().getKeys().size() == 1);
  CHECK(text(key_of_table(loaded).getKeyId()) == "1234abcd-12ab-34cd-56ef-1234567890ab");
}

TEST_CASE("principals have their path, their pinned id and all policies attached to them") {
  const Loaded loaded(kHead + R"(
Resources:
  App:
    Type: AWS::IAM::Role
    Metadata: { tablekey: { UniqueId: AROAIGDTESTANDEXAMPLE } }
    Properties:
      Path: /service/
      ManagedPolicyArns: [!Ref Shared, arn:aws:iam::aws:policy/AdministratorAccess]
      Policies:
        - PolicyName: inline
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{ Effect: Deny, Action: "kms:*", Resource: "*" }]
  Lead: { Type: AWS::IAM::User, Properties: { UserName: db-lead } }
  Attached:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: attached
      Users: [!Ref Lead]
      PolicyDocument: &allow
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: "kms:*", Resource: "*" }]
  Shared: { Type: AWS::IAM::ManagedPolicy, Properties: { PolicyDocument: *allow } }
)");
  const auto principals = loaded.scenario().getPrincipals();
  REQUIRE(principals.size() == 2);
  CHECK(text(principals[0].getName()) == "App");
  CHECK(text(principals[0].getPath()) == "/service/");
  CHECK(text(principals[0].getUniqueId()) == "AROAIGDTESTANDEXAMPLE");
  std::vector<std::string> names;
  for (auto policy : principals[0].getPolicies()) names.push_back(text(policy.getName()));
  CHECK(names == std::vector<std::string>{"inline", "AdministratorAccess", "Shared"});
  CHECK(principals[1].getKind() == events::Principal::Kind::USER);
  CHECK(text(principals[1].getPolicies()[0].getDocument()) ==
        R"({"Version":"2012-10-17",)"
        R"("Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]})");
}

TEST_CASE("a key policy is the JSON that AWS would keep, with references filled in") {
  const Loaded loaded(kHead + R"(
account: "012345678901"
Resources:
  App: { Type: AWS::IAM::Role, Properties: { RoleName: app, Path: /x/ } }
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Principal: { AWS: [!GetAtt App.Arn, !Ref "AWS::AccountId"] }
          Action: kms:Decrypt
          Resource: "*"
          Condition: { Bool: { aws:SecureTransport: true } }
)");
  CHECK(text(loaded.scenario().getKeys()[0].getPolicy()) ==
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
        R"("Principal":{"AWS":["arn:aws:iam::012345678901:role/x/app","012345678901"]},)"
        R"("Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":)"
        R"({"aws:SecureTransport":"true"}}}})");
}

TEST_CASE("a table has its keys, indexes, stream and items") {
  const Loaded loaded(kHead + R"(
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Metadata: { tablekey: { Copies: 4, Items: 50, ItemSize: 1000, Collection: 5, Create: start } }
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{ AttributeName: id, KeyType: HASH }, { AttributeName: n, KeyType: RANGE }]
      AttributeDefinitions:
        - { AttributeName: id, AttributeType: S }
        - { AttributeName: n, AttributeType: N }
        - { AttributeName: m, AttributeType: B }
      LocalSecondaryIndexes:
        - IndexName: by-m
          KeySchema:
            - { AttributeName: id, KeyType: HASH }
            - { AttributeName: m, KeyType: RANGE }
      GlobalSecondaryIndexes:
        - { IndexName: all-m, KeySchema: [{ AttributeName: m, KeyType: HASH }] }
      StreamSpecification: { StreamViewType: KEYS_ONLY }
)");
  const auto table = loaded.scenario().getTables()[0];
  CHECK(text(table.getName()) == "test-T");
  CHECK(table.getCopies() == 4);
  CHECK(text(table.getHashKey().getType()) == "S");
  CHECK(text(table.getRangeKey().getName()) == "n");
  CHECK(text(table.getLocalIndexes()[0].getName()) == "by-m");
  CHECK(text(table.getGlobalIndexes()[0].getName()) == "all-m");
  CHECK(table.getStream());
  CHECK(table.getItems() == 50);
  CHECK(table.getItemSize() == 1000);
  CHECK(table.getCollection() == 5);
  CHECK(table.getCreated() == loaded.scenario().getStart());
  CHECK(table.getCreator() == events::K_NONE);
}

TEST_CASE("a table is created by whoever uses it first, by the one it names, or by a step") {
  const std::string workload =
      "workload: [{ name: web, principal: App, table: Orders, arrivals: { rate: 1/s } }]\n";
  const Loaded by_workload(kHead + workload + kWorld);
  CHECK(by_workload.scenario().getTables()[0].getCreator() == 0);
  CHECK(by_workload.scenario().getTables()[1].getCreator() == events::K_NONE);
  const Loaded by_step(
      kHead + "timeline: [{ at: 1h, do: dynamodb:CreateTable, table: Orders, as: Lead }]\n" +
      kWorld);
  CHECK(by_step.scenario().getTables()[0].getCreated() == 0);
  CHECK(by_step.scenario().getTables()[1].getCreated() != 0);
  LoadOptions options;
  options.overrides = {{"Resources.Events.Metadata.tablekey.CreatedBy", "!Ref Lead"}};
  const Loaded named(kHead + kWorld, options);
  CHECK(named.scenario().getTables()[1].getCreator() == 1);
}

}  // namespace tablekey::scenarios::testing::resources_test
