// Who and what there is: roles with policies, keys with policies, tables, an encryptor.
#include <fmt/format.h>

#include "replay/explore/draft.h"

namespace tablekey::replay::explore {
namespace {

constexpr std::string_view kStatements = R"({{ Version: "2012-10-17", Statement: [{}] }})";
constexpr std::string_view kAllowAll = R"({ Effect: Allow, Action: "kms:*", Resource: "*" })";
constexpr std::string_view kUse =
    R"(["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", )"
    R"("kms:DescribeKey", "kms:CreateGrant"])";
constexpr std::string_view kViaDynamoDb =
    "Condition: { StringEquals: { kms:ViaService: dynamodb.eu-west-1.amazonaws.com } }";

std::string document(const std::string& statements) {
  return fmt::format(fmt::runtime(kStatements), statements);
}

std::string root_statement() {
  return R"({ Effect: Allow, Principal: { AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root" }, )"
         R"(Action: "kms:*", Resource: "*" })";
}

void draw_roles(Draft& draft, Dice& dice) {
  const std::uint64_t others = dice.between(1, 2);
  for (std::uint64_t i = 0; i <= others; ++i) {
    draft.roles.push_back(i == 0 ? "Admin" : fmt::format("Role{}", i));
  }
  for (const std::string& role : draft.roles) {
    Part part{Section::resource, role, {{"Type", "AWS::IAM::Role", true}}};
    part.fields.push_back({"Properties.RoleName", fmt::format("the-{}", role), true});
    std::vector<std::string> needs;
    const bool admin = role == "Admin";
    const std::string policy =
        admin || dice.chance(50) ? allow_all() : identity_policy(dice, draft, needs);
    if (!policy.empty()) {
      Field field =
          needing("Properties.Policies",
                  fmt::format("[{{ PolicyName: own, PolicyDocument: {} }}]", policy), needs);
      if (policy != allow_all()) {
        field.simpler = {fmt::format("[{{ PolicyName: own, PolicyDocument: {} }}]", allow_all())};
      }
      part.fields.push_back(std::move(field));
    }
    draft.story.parts.push_back(std::move(part));
  }
}

void draw_keys(Draft& draft, Dice& dice) {
  for (const DraftKey& key : draft.keys) {
    Part part{Section::resource, key.name, {{"Type", "AWS::KMS::Key", true}}};
    if (key.imported) {
      part.fields.push_back({"Properties.Origin", "EXTERNAL"});
      part.fields.push_back({"Metadata.tablekey.Material", "m1"});
    }
    if (key.multi_region) part.fields.push_back({"Properties.MultiRegion", "true"});
    if (!key.imported && dice.chance(15)) {
      part.fields.push_back({"Properties.EnableKeyRotation", "true"});
    }
    if (dice.chance(45)) {
      std::vector<std::string> needs;
      const std::string policy = key_policy(dice, draft, needs);
      part.fields.push_back(needing("Properties.KeyPolicy", policy, needs));
    }
    draft.story.parts.push_back(std::move(part));
  }
}

void draw_shape(Part& part, DraftTable& table, Dice& dice) {
  const bool global_index = dice.chance(30);
  const bool local_index = table.ranged && dice.chance(30);
  std::string schema = "{ AttributeName: id, KeyType: HASH }";
  std::string attributes = "{ AttributeName: id, AttributeType: S }";
  if (table.ranged) {
    schema += ", { AttributeName: line, KeyType: RANGE }";
    attributes += ", { AttributeName: line, AttributeType: S }";
  }
  if (global_index || local_index) {
    attributes += ", { AttributeName: customer, AttributeType: S }";
  }
  part.fields.push_back({"Properties.KeySchema", "[" + schema + "]", true});
  part.fields.push_back({"Properties.AttributeDefinitions", "[" + attributes + "]", true});
  if (global_index) {
    part.fields.push_back({"Properties.GlobalSecondaryIndexes",
                           "[{ IndexName: by-customer, KeySchema: [{ AttributeName: customer, "
                           "KeyType: HASH }], Projection: { ProjectionType: ALL } }]"});
  }
  if (local_index) {
    part.fields.push_back({"Properties.LocalSecondaryIndexes",
                           "[{ IndexName: by-line, KeySchema: [{ AttributeName: id, KeyType: HASH "
                           "}, { AttributeName: customer, KeyType: RANGE }], Projection: { "
                           "ProjectionType: KEYS_ONLY } }]"});
  }
}

void draw_encryption(Part& part, DraftTable& table, Draft& draft, Dice& dice) {
  if (table.global) {
    part.fields.push_back(
        {"Properties.SSESpecification", "{ SSEEnabled: true, SSEType: KMS }", true});
    part.fields.push_back(needing(
        "Properties.Replicas",
        "[{ Region: eu-west-1, SSESpecification: { KMSMasterKeyId: !GetAtt Key1.Arn } }, { Region: "
        "us-east-1, SSESpecification: { KMSMasterKeyId: !GetAtt FarKey.Arn } }]",
        {"Key1", "FarKey"}, true));
    table.key = "Key1";
    return;
  }
  // Before customer managed keys a table could have DynamoDB's own alone.
  const bool old = draft.profile.starts_with("2018") && dice.chance(85);
  const std::uint64_t kind = dice.below(old ? 2 : 10);
  if (kind == 0) return;  // the AWS owned key
  if (kind == 1) {
    part.fields.push_back({"Properties.SSESpecification", "{ SSEEnabled: true }"});
    return;
  }
  table.key = dice.of(draft.keys).name;
  part.fields.push_back(
      needing("Properties.SSESpecification",
              fmt::format("{{ SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt {}.Arn }}",
                          table.key),
              {table.key}));
}

void draw_table(DraftTable& table, Draft& draft, Dice& dice) {
  Part part{Section::resource, table.name, {}};
  part.fields.push_back(
      {"Type", table.global ? "AWS::DynamoDB::GlobalTable" : "AWS::DynamoDB::Table", true});
  part.fields.push_back({"Properties.TableName", table.name, true});
  part.fields.push_back({"Properties.BillingMode", "PAY_PER_REQUEST", true});
  draw_shape(part, table, dice);
  draw_encryption(part, table, draft, dice);
  if (table.stream) {
    part.fields.push_back(
        {"Properties.StreamSpecification", "{ StreamViewType: NEW_AND_OLD_IMAGES }", table.global});
  }
  if (table.recovery && !table.global) {
    part.fields.push_back(
        {"Properties.PointInTimeRecoverySpecification", "{ PointInTimeRecoveryEnabled: true }"});
  }
  if (dice.chance(20)) {
    part.fields.push_back(
        {"Properties.TimeToLiveSpecification", "{ AttributeName: expires, Enabled: true }"});
    part.fields.push_back({"Metadata.tablekey.ItemLifetime", dice.pick({"10m", "30m"})});
  }
  table.items = dice.chance(25) ? 0 : dice.between(1, 30);
  if (table.items != 0) {
    part.fields.push_back(
        {"Metadata.tablekey.Items", std::to_string(table.items), true, {"1", "5"}});
  }
  if (table.ranged) part.fields.push_back({"Metadata.tablekey.Collection", "5"});
  if (dice.chance(30))
    part.fields.push_back({"Metadata.tablekey.ItemSize", dice.pick({"100", "1500"})});
  part.fields.push_back(needing("Metadata.tablekey.CreatedBy", "Admin", {"Admin"}));
  draft.story.parts.push_back(std::move(part));
}

void draw_encryptor(Draft& draft, Dice& dice) {
  if (!dice.chance(20)) return;
  draft.encryptor = "Envelope";
  Part part{
      Section::resource, draft.encryptor, {{"Type", "Tablekey::DynamoDB::ItemEncryptor", true}}};
  part.fields.push_back(
      {"Properties.Format", dice.pick({"EncryptionClient", "DatabaseEncryptionSdk"}), true});
  if (dice.chance(70)) {
    const std::string& key = dice.of(draft.keys).name;
    part.fields.push_back({"Properties.Provider", "DirectKms", true});
    part.fields.push_back(
        needing("Properties.KeyId", fmt::format("!GetAtt {}.Arn", key), {key}, true));
  } else {
    part.fields[1].value = "EncryptionClient";
    part.fields.push_back({"Properties.Provider", "Static", true});
    part.fields.push_back({"Properties.KeyName", "pen", true});
  }
  part.fields.push_back({"Properties.DefaultAction", "ENCRYPT_AND_SIGN", true});
  draft.story.parts.push_back(std::move(part));
}

}  // namespace

std::string allow_all() { return document(std::string(kAllowAll)); }

std::string identity_policy(Dice& dice, const Draft& draft, std::vector<std::string>& needs) {
  const std::string all(kAllowAll);
  switch (dice.below(6)) {
    case 0:
      return {};
    case 1:
      return document(
          fmt::format(R"({{ Effect: Allow, Action: {}, Resource: "*", {} }})", kUse, kViaDynamoDb));
    case 2: {
      const std::string& key = dice.of(draft.keys).name;
      needs.push_back(key);
      return document(fmt::format(
          "{}, {{ Effect: Deny, Action: kms:Decrypt, Resource: !GetAtt {}.Arn }}", all, key));
    }
    case 3:
      return document(
          R"({ Effect: Allow, Action: ["kms:Decrypt", "kms:DescribeKey"], Resource: "*" })");
    case 4: {
      const std::string& table = dice.of(draft.tables).name;
      return document(fmt::format(
          R"({}, {{ Effect: Deny, Action: "kms:*", Resource: "*", Condition: {{ StringEquals: )"
          R"({{ "kms:EncryptionContext:aws:dynamodb:tableName": {} }} }} }})",
          all, table));
    }
    default: {
      const std::string& key = dice.of(draft.keys).name;
      needs.push_back(key);
      return document(
          fmt::format("{{ Effect: Allow, Action: {}, Resource: !GetAtt {}.Arn }}", kUse, key));
    }
  }
}

std::string key_policy(Dice& dice, const Draft& draft, std::vector<std::string>& needs) {
  const std::string& role = dice.of(draft.roles);
  const std::string root = root_statement();
  needs.push_back(role);
  switch (dice.below(4)) {
    case 0:
      return document(fmt::format(
          R"({}, {{ Effect: Deny, Principal: {{ AWS: !GetAtt {}.Arn }}, Action: kms:Decrypt, )"
          R"(Resource: "*" }})",
          root, role));
    case 1:
      return document(
          fmt::format(R"({}, {{ Effect: Allow, Principal: {{ AWS: !GetAtt {}.Arn }}, Action: {}, )"
                      R"(Resource: "*", {} }})",
                      root, role, kUse, kViaDynamoDb));
    case 2:
      needs.push_back("Admin");
      return document(fmt::format(
          R"({{ Effect: Allow, Principal: {{ AWS: [!GetAtt {}.Arn, !GetAtt Admin.Arn] }}, )"
          R"(Action: "kms:*", Resource: "*" }})",
          role));
    default:
      return document(fmt::format(R"({}, {{ Effect: Deny, Principal: {{ AWS: !GetAtt {}.Arn }}, )"
                                  R"(Action: [kms:Decrypt, kms:Encrypt], Resource: "*", {} }})",
                                  root, role, kViaDynamoDb));
  }
}

void draw_resources(Draft& draft) {
  Dice dice(draft.seed, "resources");
  const std::uint64_t keys = dice.between(1, 3);
  for (std::uint64_t i = 1; i <= keys; ++i) {
    DraftKey key{fmt::format("Key{}", i)};
    key.imported = dice.chance(12);
    key.multi_region = !key.imported && dice.chance(12);
    draft.keys.push_back(key);
  }
  const bool modern = draft.profile == "2023-02" || draft.profile == "current";
  const std::uint64_t tables = dice.between(1, 3);
  for (std::uint64_t i = 1; i <= tables; ++i) {
    DraftTable table{fmt::format("Table{}", i), {}};
    table.ranged = dice.chance(40);
    table.global = i == 1 && modern && dice.chance(25);
    table.stream = table.global || dice.chance(30);
    table.recovery = dice.chance(35);
    draft.tables.push_back(table);
  }
  draw_roles(draft, dice);
  draw_keys(draft, dice);
  if (draft.tables.front().global) {
    Part part{Section::resource, "FarKey", {{"Type", "AWS::KMS::Key", true}}};
    part.fields.push_back({"Metadata.tablekey.Region", "us-east-1", true});
    draft.story.parts.push_back(std::move(part));
  }
  for (DraftTable& table : draft.tables) draw_table(table, draft, dice);
  draw_encryptor(draft, dice);
}

}  // namespace tablekey::replay::explore
