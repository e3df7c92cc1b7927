// Goal: the two key policies that the guide prints decide as the guide says in words.
#include "tests/model/iam/seed_policies.h"

#include <catch2/catch.hpp>

#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::seed_policies_test {
namespace {

constexpr std::string_view kAllowKms = R"({"Version": "2012-10-17", "Statement":
    {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}})";

/// db-lead asks, through DynamoDB of that Region.
void through_dynamodb(RequestFixture& request, std::string_view region) {
  request.with("kms:CallerAccount", kTestAccount)
      .with("kms:ViaService", "dynamodb." + std::string(region) + ".amazonaws.com");
}

}  // namespace

TEST_CASE("the customer managed key serves db-lead through DynamoDB of any Region") {
  const Policy policy = policy_of(kCustomerKeyPolicy);
  const auto region = GENERATE("us-west-2", "eu-central-1");
  const auto action = GENERATE("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo",
                               "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
                               "kms:DescribeKey", "kms:CreateGrant");
  RequestFixture request;
  request.user("db-lead").action(action);
  through_dynamodb(request, region);
  const Decision decision = decide(request.get(), &policy);
  CHECK(decision.allowed());
  CHECK(decision.by == DecidedBy::key_policy);
  CHECK(decision.key_statement == 0);
}

TEST_CASE("the customer managed key refuses db-lead's direct calls") {
  const Policy policy = policy_of(kCustomerKeyPolicy);
  RequestFixture request;
  request.user("db-lead").with("kms:CallerAccount", kTestAccount);
  const Explanation why = explain(request.get(), {.key_policy = &policy});
  CHECK(why.decision.kind == DecisionKind::implicit_deny);
  CHECK(!why.decision.key_policy_allows);
  REQUIRE(why.statements.size() == 3);
  CHECK(why.statements[0].failed == Element::condition);
  CHECK(why.statements[0].failed_operator == "StringLike");
  CHECK(why.statements[0].failed_key == "kms:ViaService");
  CHECK(why.statements[1].failed == Element::principal);
}

TEST_CASE("the customer managed key refuses others, and identity policies cannot widen it") {
  const Policy policy = policy_of(kCustomerKeyPolicy);
  const Policy identity = policy_of(kAllowKms, PolicyKind::identity);
  RequestFixture request;
  request.user("mallory");
  through_dynamodb(request, "us-west-2");
  CHECK(!decide(request.get(), &policy, {&identity}).allowed());
  request.root();
  CHECK(!decide(request.get(), &policy).allowed());
}

TEST_CASE("the customer managed key does not serve db-lead through another service") {
  const Policy policy = policy_of(kCustomerKeyPolicy);
  RequestFixture request;
  request.user("db-lead").with("kms:ViaService", "s3.us-west-2.amazonaws.com");
  CHECK(!decide(request.get(), &policy).allowed());
}

TEST_CASE("sessions of db-team may look and revoke grants but not decrypt") {
  const Policy policy = policy_of(kCustomerKeyPolicy);
  RequestFixture request;
  request.session("db-team", "user01");
  const auto allowed = [&](std::string_view action) {
    return decide(request.action(action).get(), &policy).allowed();
  };
  CHECK(allowed("kms:RevokeGrant"));
  CHECK(allowed("kms:DescribeKey"));
  CHECK(allowed("kms:GetKeyPolicy"));
  CHECK(allowed("kms:ListGrants"));
  CHECK(!allowed("kms:Decrypt"));
  CHECK(!allowed("kms:CreateGrant"));
  CHECK(!allowed("kms:RetireGrant"));
}

TEST_CASE("DynamoDB itself may describe either key but use neither") {
  const Policy policy = policy_of(GENERATE(kCustomerKeyPolicy, kManagedKeyPolicy));
  RequestFixture request;
  request.service("dynamodb.amazonaws.com");
  CHECK(decide(request.action("kms:DescribeKey").get(), &policy).key_statement == 2);
  CHECK(decide(request.get(), &policy).allowed());
  CHECK(!decide(request.action("kms:Decrypt").get(), &policy).allowed());
  request.service("s3.amazonaws.com");
  CHECK(!decide(request.action("kms:DescribeKey").get(), &policy).allowed());
}

TEST_CASE("the AWS managed key serves everyone in the account through DynamoDB of its Region") {
  const Policy policy = policy_of(kManagedKeyPolicy);
  RequestFixture here;
  through_dynamodb(here.user("db-lead"), "us-west-2");
  CHECK(decide(here.get(), &policy).allowed());
  CHECK(decide(here.session("Admin", "user01").get(), &policy).allowed());
  RequestFixture elsewhere;
  through_dynamodb(elsewhere.user("db-lead"), "eu-central-1");
  CHECK(!decide(elsewhere.get(), &policy).allowed());
  RequestFixture direct;
  direct.with("kms:CallerAccount", kTestAccount);
  CHECK(!decide(direct.get(), &policy).allowed());
}

TEST_CASE("the AWS managed key does not serve another account, whatever its policies say") {
  const Policy policy = policy_of(kManagedKeyPolicy);
  const Policy identity = policy_of(kAllowKms, PolicyKind::identity);
  RequestFixture request;
  request.user("eve", "444455556666")
      .with("kms:CallerAccount", "444455556666")
      .with("kms:ViaService", "dynamodb.us-west-2.amazonaws.com");
  CHECK(!decide(request.get(), &policy, {&identity}).allowed());
}

TEST_CASE("the account may revoke grants of the AWS managed key where its own policies say so") {
  const Policy policy = policy_of(kManagedKeyPolicy);
  const Policy identity = policy_of(kAllowKms, PolicyKind::identity);
  RequestFixture request;
  request.action("kms:RevokeGrant");
  const Decision without = decide(request.get(), &policy);
  CHECK(!without.allowed());
  CHECK(without.key_policy_allows);
  const Decision with = decide(request.get(), &policy, {&identity});
  CHECK(with.allowed());
  CHECK(with.by == DecidedBy::identity_policy);
  CHECK(with.key_statement == 1);
  CHECK(decide(request.root().get(), &policy).by == DecidedBy::account_root);
  CHECK(!decide(request.action("kms:Decrypt").get(), &policy).allowed());
}

}  // namespace tablekey::model::iam::seed_policies_test
