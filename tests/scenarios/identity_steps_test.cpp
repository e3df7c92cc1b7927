// Goal: steps on identities and faults, and resources of every kind, compile to what they say.
// Method: small scenarios, read back.
#include <catch2/catch.hpp>

#include "sim/time.h"
#include "tests/scenarios/loading.h"

namespace tablekey::scenarios::testing::identity_steps_test {
namespace {

using IamOperation = events::Step::IamOperation;

const std::string kBoundary = R"(  Fence:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement: { Effect: Allow, Action: 'kms:*', Resource: '*' }
)";

Loaded with(const std::string& steps, const std::string& resources = "") {
  const std::string timeline = steps.empty() ? "" : "timeline:\n" + steps;
  return Loaded(kHead + timeline + kWorld + resources);
}

}  // namespace

TEST_CASE("iam steps put and delete policies, boundaries and identities") {
  const Loaded loaded = with(
      "  - { at: 1h, do: iam:PutRolePolicy, RoleName: !Ref App, PolicyName: p, PolicyDocument: { "
      "Version: 2012-10-17, Statement: [] } }\n"
      "  - { at: 1h, do: iam:DeleteUserPolicy, UserName: Lead, PolicyName: p }\n"
      "  - { at: 1h, do: iam:AttachRolePolicy, RoleName: App, PolicyArn: !Ref Fence }\n"
      "  - { at: 1h, do: iam:DetachRolePolicy, RoleName: App, PolicyArn: !Ref Fence }\n"
      "  - { at: 1h, do: iam:PutRolePermissionsBoundary, RoleName: App, PermissionsBoundary: Fence "
      "}\n"
      "  - { at: 1h, do: iam:DeleteRolePermissionsBoundary, RoleName: App, as: Lead }\n"
      "  - { at: 1h, do: iam:DeleteUser, UserName: Lead }\n",
      kBoundary);
  const IamOperation expected[] = {IamOperation::PUT_POLICY,
                                   IamOperation::DELETE_POLICY,
                                   IamOperation::PUT_POLICY,
                                   IamOperation::DELETE_POLICY,
                                   IamOperation::PUT_PERMISSIONS_BOUNDARY,
                                   IamOperation::DELETE_PERMISSIONS_BOUNDARY,
                                   IamOperation::DELETE_PRINCIPAL};
  const auto steps = loaded.scenario().getSteps();
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    REQUIRE(steps[i].isIam());
    CHECK(steps[i].getIam().getOperation() == expected[i]);
  }
  CHECK(steps[0].getIam().getPrincipal() == 0);
  CHECK(steps[1].getIam().getPrincipal() == 1);
  CHECK(text(steps[2].getIam().getPolicy().getName()) == "Fence");
  CHECK(text(steps[2].getIam().getPolicy().getDocument()).find("kms:*") != std::string::npos);
  CHECK(steps[3].getIam().getPolicy().getDocument().size() == 0);
  CHECK(text(steps[4].getIam().getPolicy().getDocument()).find("kms:*") != std::string::npos);
  CHECK(steps[5].getCaller() == 1);
}

TEST_CASE("a session may have a policy and tags") {
  const Loaded loaded = with(
      "  - { at: 1h, do: sts:AssumeRole, role: App, session: night, Tags: { team: blue }, Policy: "
      "{ "
      "Version: 2012-10-17, Statement: { Effect: Allow, Action: 'kms:Decrypt', Resource: '*' } } "
      "}\n");
  const auto assume = loaded.scenario().getSteps()[0].getAssumeRole();
  CHECK(text(assume.getPolicy()).find("kms:Decrypt") != std::string::npos);
  CHECK(text(assume.getTags()[0].getName()) == "team");
}

TEST_CASE("the account's root user may act") {
  const Loaded loaded = with("  - { at: 1h, do: kms:DescribeKey, KeyId: Key, as: root }\n");
  const auto scenario = loaded.scenario();
  const auto caller = scenario.getPrincipals()[scenario.getSteps()[0].getCaller()];
  CHECK(caller.getKind() == events::Principal::Kind::ROOT);
  CHECK(text(caller.getAccount()) == "111122223333");
}

TEST_CASE("faults arrive with what they leave open filled in") {
  const Loaded loaded = with(
      "  - { at: 1h, do: fault:KmsOutage, duration: 10m, error: KeyUnavailableException, share: "
      "50% "
      "}\n"
      "  - { at: 1h, do: fault:KmsLatency, latency: 2s }\n"
      "  - { at: 1h, do: fault:KmsNeighbour, duration: 1m, rate: 9990/s }\n"
      "  - { at: 1h, do: fault:CustomKeyStore, store: Store, error: USER_LOCKED_OUT }\n",
      "  Store:\n    Type: Tablekey::KMS::CustomKeyStore\n");
  const auto steps = loaded.scenario().getSteps();
  const auto outage = steps[0].getFault();
  CHECK(outage.getKind() == events::Fault::Kind::OUTAGE);
  CHECK(outage.getError() == events::KmsError::KEY_UNAVAILABLE);
  CHECK(outage.getShareMillionths() == 500'000);
  CHECK(outage.getDuration() == sim::Duration::minutes(10).count());
  CHECK(steps[1].getFault().getLatency() == sim::Duration::seconds(2).count());
  CHECK(steps[1].getFault().getDuration() == 0);
  const auto neighbour = steps[2].getFault();
  CHECK(neighbour.getRate() == 9990);
  CHECK(text(neighbour.getOperation()) == "Decrypt");
  CHECK(text(neighbour.getAccount()) == "111122223333");
  CHECK(text(neighbour.getRegion()) == "eu-west-1");
  CHECK(steps[3].getFault().getStore() == 0);
  CHECK(steps[3].getFault().getStoreError() == events::ConnectionError::USER_LOCKED_OUT);
}

TEST_CASE("keys: spec, usage, origin, rotation, tags, material, store, account and Region") {
  const Loaded loaded = with("", R"(
  Rsa:
    Type: AWS::KMS::Key
    Properties: { KeySpec: RSA_2048, KeyUsage: SIGN_VERIFY, Tags: [{ Key: a, Value: b }] }
  Turning:
    Type: AWS::KMS::Key
    Properties: { EnableKeyRotation: true, RotationPeriodInDays: 90 }
  Imported:
    Type: AWS::KMS::Key
    Properties: { Origin: EXTERNAL }
    Metadata: { tablekey: { Material: first } }
  Hsm:
    Type: AWS::KMS::Key
    Metadata: { tablekey: { CustomKeyStore: !Ref Store } }
  Far:
    Type: AWS::KMS::Key
    Metadata: { tablekey: { AccountId: 444455556666, Region: us-east-1 } }
  Store:
    Type: Tablekey::KMS::CustomKeyStore
    Metadata: { tablekey: { Connected: false } }
)");
  const auto keys = loaded.scenario().getKeys();
  const std::uint32_t first = 2;  // behind the two of the world
  CHECK(keys[first].getSpec() == events::KeySpec::RSA2048);
  CHECK(keys[first].getUsage() == events::KeyUsage::SIGN_VERIFY);
  CHECK(text(keys[first].getTags()[0].getValue()) == "b");
  CHECK(keys[first + 1].getRotationPeriodInDays() == 90);
  CHECK(keys[first + 2].getOrigin() == events::Origin::EXTERNAL);
  CHECK(keys[first + 2].getMaterial() == 0);
  CHECK(keys[first + 3].getOrigin() == events::Origin::AWS_CLOUD_HSM);
  CHECK(keys[first + 3].getStore() == 0);
  CHECK(text(keys[first + 4].getAccount()) == "444455556666");
  CHECK(text(keys[first + 4].getRegion()) == "us-east-1");
  CHECK_FALSE(loaded.scenario().getCustomKeyStores()[0].getConnected());
}

TEST_CASE("a replica key is a key of its primary's set") {
  const Loaded loaded = with("", R"(
  Primary:
    Type: AWS::KMS::Key
    Properties: { MultiRegion: true }
  Replica:
    Type: AWS::KMS::ReplicaKey
    Properties: { PrimaryKeyArn: !GetAtt Primary.Arn }
    Metadata: { tablekey: { Region: us-east-1 } }
)");
  const auto keys = loaded.scenario().getKeys();
  CHECK(text(keys[2].getKeyId()).starts_with("mrk-"));
  CHECK(text(keys[3].getKeyId()) == text(keys[2].getKeyId()));
  CHECK(keys[3].getPrimary() == 2);
  CHECK(text(keys[3].getRegion()) == "us-east-1");
}

TEST_CASE("boundaries, tags, groups and accounts of principals") {
  const Loaded loaded = with("", kBoundary + R"(
  Far:
    Type: AWS::IAM::Role
    Properties: { PermissionsBoundary: !Ref Fence, Tags: [{ Key: team, Value: blue }] }
    Metadata: { tablekey: { AccountId: 444455556666 } }
  Crew:
    Type: AWS::IAM::Group
    Properties: { ManagedPolicyArns: [!Ref Fence] }
  Anna:
    Type: AWS::IAM::User
    Properties:
      Groups: [!Ref Crew]
      PermissionsBoundary: arn:aws:iam::aws:policy/AdministratorAccess
)");
  const auto principals = loaded.scenario().getPrincipals();
  CHECK(text(principals[2].getBoundary()).find("kms:*") != std::string::npos);
  CHECK(text(principals[2].getTags()[0].getValue()) == "blue");
  CHECK(text(principals[2].getAccount()) == "444455556666");
  REQUIRE(principals[3].getPolicies().size() == 1);
  CHECK(text(principals[3].getPolicies()[0].getName()) == "Fence");
  CHECK(principals[3].getBoundary().size() != 0);
}

TEST_CASE("organisation policies stand for each account that they name, or for all") {
  const Loaded loaded = with("", R"(
  Scp:
    Type: AWS::Organizations::Policy
    Properties:
      Name: no-deletion
      Type: SERVICE_CONTROL_POLICY
      TargetIds: ['111122223333', '444455556666']
      Content: { Version: 2012-10-17, Statement: { Effect: Allow, Action: '*', Resource: '*' } }
  Rcp:
    Type: AWS::Organizations::Policy
    Properties:
      Name: ours
      Type: RESOURCE_CONTROL_POLICY
      TargetIds: [r-abcd]
      Content:
        Version: 2012-10-17
        Statement: { Effect: Allow, Principal: '*', Action: '*', Resource: '*' }
)");
  const auto policies = loaded.scenario().getOrganizationPolicies();
  REQUIRE(policies.size() == 3);
  CHECK(text(policies[1].getAccount()) == "444455556666");
  CHECK(policies[2].getKind() == events::OrganizationPolicy::Kind::RESOURCE_CONTROL);
  CHECK(policies[2].getAccount().size() == 0);
}

}  // namespace tablekey::scenarios::testing::identity_steps_test
