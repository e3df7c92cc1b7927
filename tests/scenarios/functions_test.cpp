// Goal: intrinsic functions mean what they mean in CloudFormation. Method: a key's description is
// the place where the value of a function is read.
#include <catch2/catch.hpp>

#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::functions_test {
namespace {

const std::string kTemplate = R"(
Parameters:
  Stage: { Type: String, Default: prod }
  Names: { Type: CommaDelimitedList, Default: "a,b,c" }
Mappings:
  Tables: { prod: { name: orders }, test: { name: orders-test } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: !Equals [!Ref Stage, test]
  Both: !And [!Condition IsProd, { Condition: IsTest }]
  Either: { "Fn::Or": [!Condition IsProd, !Condition IsTest] }
  NotTest: !Not [!Condition IsTest]
Resources:
  Role: { Type: AWS::IAM::Role, Properties: { RoleName: !Sub "${Stage}-app" } }
  Only: { Type: AWS::KMS::Key, Condition: IsTest }
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: )";

std::string value_of(const std::string& function) {
  const Loaded loaded(kHead + kTemplate + function + "\n");
  const auto keys = loaded.scenario().getKeys();
  REQUIRE(keys.size() == 1);
  return text(keys[0].getDescription());
}

}  // namespace

TEST_CASE("functions give what CloudFormation gives, in both forms") {
  const std::pair<const char*, const char*> cases[] = {
      {"!Ref Stage", "prod"},
      {"{ Ref: Stage }", "prod"},
      {"!Ref AWS::AccountId", "111122223333"},
      {"!Ref AWS::Region", "eu-west-1"},
      {"!Ref AWS::Partition", "aws"},
      {"!Ref AWS::URLSuffix", "amazonaws.com"},
      {"!Ref AWS::StackName", "test"},
      {"!Ref Role", "prod-app"},
      {"!GetAtt Role.Arn", "arn:aws:iam::111122223333:role/prod-app"},
      {"{ \"Fn::GetAtt\": [Role, Arn] }", "arn:aws:iam::111122223333:role/prod-app"},
      {"!Sub 'x-${Stage}-${!Literal}-${Role.Arn}'",
       "x-prod-${Literal}-arn:aws:iam::111122223333:role/prod-app"},
      {"!Sub ['${a}/${Stage}', { a: !Ref AWS::Region }]", "eu-west-1/prod"},
      {"{ \"Fn::Sub\": '${AWS::Region}' }", "eu-west-1"},
      {"!Join ['-', [a, !Ref Stage, b]]", "a-prod-b"},
      {"!Join [',', !Ref Names]", "a,b,c"},
      {"!Select [1, !Ref Names]", "b"},
      {"!Select ['2', !Split ['.', 'x.y.z']]", "z"},
      {"!If [IsProd, yes, no]", "yes"},
      {"{ \"Fn::If\": [IsTest, yes, no] }", "no"},
      {"!If [Both, yes, no]", "no"},
      {"!If [Either, yes, no]", "yes"},
      {"!If [NotTest, yes, no]", "yes"},
      {"!If [IsTest, a, !Ref AWS::NoValue]", ""},
      {"!FindInMap [Tables, !Ref Stage, name]", "orders"},
      {"!If [IsProd, fine, !ImportValue never]", "fine"},
  };
  for (const auto& [function, expected] : cases) {
    INFO(function);
    CHECK(value_of(function) == expected);
  }
}

TEST_CASE("a parameter is set by an override of its default") {
  LoadOptions options;
  options.overrides = {{"Parameters.Stage.Default", "test"}};
  const Loaded loaded(kHead + kTemplate + "!Ref Stage\n", options);
  CHECK(loaded.scenario().getKeys().size() == 2);
  CHECK(text(loaded.scenario().getPrincipals()[0].getName()) == "test-app");
}

TEST_CASE("resources may refer to each other in a circle as long as names do not") {
  const Loaded loaded(kHead + R"(
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          Effect: Allow
          Principal: { AWS: !GetAtt Role.Arn }
          Action: "kms:*"
          Resource: "*"
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: use
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{ Effect: Allow, Action: "kms:*", Resource: !GetAtt Key.Arn }]
)");
  CHECK(loaded.result().diagnostics.all().empty());
}

TEST_CASE("regions of other partitions have their own ARNs") {
  const Loaded loaded(kHead +
                      "region: cn-north-1\nResources: { K: { Type: AWS::KMS::Key, Properties: "
                      "{ Description: !GetAtt K.Arn } } }\n");
  const std::string arn = text(loaded.scenario().getKeys()[0].getDescription());
  CHECK(arn.starts_with("arn:aws-cn:kms:cn-north-1:111122223333:key/"));
}

TEST_CASE("functions that multiply texts are stopped") {
  std::string source = kHead + "Resources:\n";
  source +=
      "  R0: { Type: AWS::IAM::Role, Properties: { RoleName: " + std::string(1000, 'x') + " } }\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string name = "R" + std::to_string(i), before = "R" + std::to_string(i - 1);
    source += "  " + name + ": { Type: AWS::IAM::Role, Properties: { RoleName: !Sub '${" + before +
              "}${" + before + "}' } }\n";
  }
  const LoadResult result = load(source, "test.yaml");
  CHECK_FALSE(result.ok());
  CHECK(result.diagnostics.all()[0].message == "the functions of this file produce too much text");
}

}  // namespace tablekey::scenarios::testing::functions_test
