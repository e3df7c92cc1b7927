// Goal: permissions boundary, session policies, SCPs, RCPs and endpoint policies are consulted at
// the steps of kms.md 6.3, and a denial names the kind of policy that denied or did not allow.
// Method: one policy set that allows, and one limiting policy at a time that lacks the Allow or
// holds a Deny.
#include <catch2/catch.hpp>

#include "model/iam/denial.h"
#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::limits_test {
namespace {

std::string statement(std::string_view effect, std::string_view action, std::string_view rest) {
  return std::string(R"({"Version": "2012-10-17", "Statement": {"Effect": ")")
      .append(effect)
      .append(R"(", "Action": ")")
      .append(action)
      .append(R"(", "Resource": "*")")
      .append(rest)
      .append("}}");
}

Policy plain(std::string_view effect, std::string_view action) {
  return policy_of(statement(effect, action, ""), PolicyKind::identity);
}

Policy naming(std::string_view principal, std::string_view effect = "Allow",
              std::string_view action = "kms:*") {
  return policy_of(statement(effect, action, std::string(R"(, "Principal": )").append(principal)));
}

struct SomeGrant : GrantSource {
  std::optional<std::uint64_t> allowing_grant(const Request&) const override { return 7; }
};

const Policy kRootNamed = naming(R"({"AWS": "111122223333"})");
const Policy kRoleNamed = naming(R"({"AWS": "arn:aws:iam::111122223333:role/App"})");
const Policy kSessionNamed = naming(R"({"AWS": "arn:aws:sts::111122223333:assumed-role/App/s1"})");
const Policy kEveryoneNamed = naming("\"*\"");
const Policy kUserNamed = naming(R"({"AWS": "arn:aws:iam::111122223333:user/alice"})");
const Policy kAllow = plain("Allow", "kms:*");
const Policy kAllowOther = plain("Allow", "kms:Encrypt");
const Policy kDeny = plain("Deny", "kms:Decrypt");
const Policy* const kAllowList[] = {&kAllow};
const Policy* const kAllowOtherList[] = {&kAllowOther};
const Policy* const kDenyList[] = {&kAllow, &kDeny};
const SomeGrant kGrant;

/// The set with one policy of that kind: `allowing` (and no more) Encrypt.
PolicySet lacking(PolicyType type, PolicySet set) {
  static const Policy open_to_encrypt = naming("\"*\"", "Allow", "kms:Encrypt");
  static const Policy* const rcps[] = {&open_to_encrypt};
  if (type == PolicyType::boundary) set.boundary = &kAllowOther;
  if (type == PolicyType::session) set.session_policies = kAllowOtherList;
  if (type == PolicyType::service_control) set.scps = kAllowOtherList;
  if (type == PolicyType::resource_control) set.rcps = rcps;
  if (type == PolicyType::endpoint) set.endpoint_policy = &open_to_encrypt;
  return set;
}

void check_lacks(const Decision& decision, PolicyType type) {
  CHECK(decision.kind == DecisionKind::implicit_deny);
  CHECK(decision.by == DecidedBy::nothing);
  CHECK(decision.lacking == type);
}

std::string tail(const Request& request, const Decision& decision) {
  const std::string text = denial_text(DenialStyle::modern, request, decision);
  return text.substr(text.find("1234567890ab") + 13);
}

}  // namespace

TEST_CASE("boundary and session policy narrow what the account's policies and role names allow") {
  const auto type = GENERATE(PolicyType::boundary, PolicyType::session);
  RequestFixture request;
  request.session("App", "s1");
  const Request& asked = request.get();
  const auto with_key = [&](const Policy& key) {
    return evaluate(asked, lacking(type, {.key_policy = &key, .identities = kAllowList}));
  };
  check_lacks(with_key(kRootNamed), type);
  check_lacks(with_key(kRoleNamed), type);
  CHECK(with_key(kSessionNamed).by == DecidedBy::key_policy);
  CHECK(with_key(kEveryoneNamed).by == DecidedBy::key_policy);
  request.user("alice");
  CHECK(with_key(kUserNamed).by == DecidedBy::key_policy);
  request.action("kms:Encrypt").session("App", "s1");
  CHECK(with_key(kRoleNamed).by == DecidedBy::key_policy);
  CHECK(with_key(kRootNamed).by == DecidedBy::identity_policy);
}

TEST_CASE("beside a role's name the caller's own name is not subject to its boundary") {
  const Policy both = policy_of(R"({"Statement": [
      {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"},
       "Action": "kms:*", "Resource": "*"},
      {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]})");
  RequestFixture request;
  request.session("App", "s1");
  PolicySet set{.key_policy = &both};
  CHECK(evaluate(request.get(), set).key_statement == 0);
  set.boundary = &kAllowOther;
  CHECK(evaluate(request.get(), set).key_statement == 1);
}

TEST_CASE("another account's caller needs its boundary and session policy to allow") {
  const auto type = GENERATE(PolicyType::boundary, PolicyType::session);
  const Policy named = naming(R"({"AWS": "arn:aws:iam::444455556666:user/bob"})");
  RequestFixture request;
  request.user("bob", "444455556666");
  const PolicySet set{.key_policy = &named, .identities = kAllowList};
  CHECK(evaluate(request.get(), set).allowed());
  check_lacks(evaluate(request.get(), lacking(type, set)), type);
}

TEST_CASE("service and resource control policies must allow whatever else does") {
  const auto type = GENERATE(PolicyType::service_control, PolicyType::resource_control);
  RequestFixture request;
  for (const Policy* key : {&kRootNamed, &kUserNamed, &kEveryoneNamed}) {
    const PolicySet set{.key_policy = key, .identities = kAllowList, .grants = &kGrant};
    check_lacks(evaluate(request.get(), lacking(type, set)), type);
  }
  const PolicySet root = lacking(type, {.key_policy = &kRootNamed});
  check_lacks(evaluate(request.root().get(), root), type);
}

TEST_CASE("services are exempt from service control policies only") {
  RequestFixture request;
  request.service("dynamodb.amazonaws.com");
  const PolicySet set{.key_policy = &kEveryoneNamed, .scps = kDenyList};
  CHECK(evaluate(request.get(), set).allowed());
  check_lacks(evaluate(request.get(), lacking(PolicyType::resource_control, set)),
              PolicyType::resource_control);
}

TEST_CASE("a grant needs no Allow of boundary and session policy, but none may deny") {
  RequestFixture request;
  PolicySet set{.key_policy = &kRootNamed, .grants = &kGrant};
  set.boundary = &kAllowOther;
  set.session_policies = kAllowOtherList;
  set.scps = kAllowList;
  CHECK(evaluate(request.get(), set).by == DecidedBy::grant);
  set.boundary = &kDeny;
  CHECK(evaluate(request.get(), set).kind == DecisionKind::explicit_deny);
}

TEST_CASE("an endpoint policy denies by its Deny only") {
  RequestFixture request;
  const PolicySet set{.key_policy = &kUserNamed};
  CHECK(evaluate(request.get(), lacking(PolicyType::endpoint, set)).allowed());
}

TEST_CASE("one Allow among several session or service control policies is enough") {
  const Policy* const both[] = {&kAllowOther, &kAllow};
  RequestFixture request;
  PolicySet set{.key_policy = &kRootNamed, .identities = kAllowList};
  set.session_policies = both;
  set.scps = both;
  CHECK(evaluate(request.get(), set).allowed());
}

TEST_CASE("a Deny of each kind of policy wins and is named with its statement") {
  const Policy denying = naming("\"*\"", "Deny");
  const Policy* const rcps[] = {&kEveryoneNamed, &denying};
  RequestFixture request;
  const Request& asked = request.get();
  struct Row {
    PolicySet set;
    PolicyType type;
    std::uint32_t policy;
    std::string tail;
  };
  const PolicySet base{.key_policy = &kUserNamed, .identities = kAllowList, .grants = &kGrant};
  std::vector<Row> rows(6, {base, PolicyType::boundary, 0, ""});
  rows[0].set.boundary = &kDeny;
  rows[0].tail = "a permissions boundary";
  rows[1] = {base, PolicyType::session, 1, "a session policy"};
  rows[1].set.session_policies = kDenyList;
  rows[2] = {base, PolicyType::service_control, 1, "a service control policy"};
  rows[2].set.scps = kDenyList;
  rows[3] = {base, PolicyType::resource_control, 1, "a resource control policy"};
  rows[3].set.rcps = rcps;
  rows[4] = {base, PolicyType::endpoint, 0, "a VPC endpoint policy"};
  rows[4].set.endpoint_policy = &denying;
  rows[5] = {base, PolicyType::identity, 1, "an identity-based policy"};
  rows[5].set.identities = kDenyList;
  for (const Row& row : rows) {
    INFO(row.tail);
    const Decision decision = evaluate(asked, row.set);
    CHECK(decision.kind == DecisionKind::explicit_deny);
    CHECK(decision.by == (row.type == PolicyType::identity ? DecidedBy::identity_policy
                                                           : DecidedBy::limiting_policy));
    CHECK(decision.type == row.type);
    CHECK(decision.policy == row.policy);
    CHECK(decision.statement == 0);
    CHECK(decision.key_policy_allows);
    CHECK(tail(asked, decision) == "with an explicit deny in " + row.tail);
  }
}

TEST_CASE("the text of a denial names the kind of policy that does not allow") {
  RequestFixture request;
  const Request& asked = request.get();
  const PolicySet set{.key_policy = &kRootNamed, .identities = kAllowList};
  for (const auto& [type, words] : std::vector<std::pair<PolicyType, std::string>>{
           {PolicyType::boundary, "permissions boundary"},
           {PolicyType::session, "session policy"},
           {PolicyType::service_control, "service control policy"},
           {PolicyType::resource_control, "resource control policy"}}) {
    CHECK(tail(asked, evaluate(asked, lacking(type, set))) ==
          "because no " + words + " allows the kms:Decrypt action");
  }
}

TEST_CASE("an operation without a key asks no resource control policy") {
  RequestFixture request;
  request.action("kms:ListKeys").raw().scope = Scope::account;
  request.raw().resource = "*";
  const PolicySet set{.identities = kAllowList};
  CHECK(evaluate(request.get(), lacking(PolicyType::resource_control, set)).allowed());
  check_lacks(evaluate(request.get(), lacking(PolicyType::boundary, set)), PolicyType::boundary);
  check_lacks(evaluate(request.get(), lacking(PolicyType::service_control, set)),
              PolicyType::service_control);
}

TEST_CASE("an explanation lists the statements of every kind of policy that could have spoken") {
  RequestFixture request;
  PolicySet set{.key_policy = &kRootNamed, .identities = kDenyList};
  set.boundary = &kAllowOther;
  set.scps = kAllowList;
  const Explanation why = explain(request.get(), set);
  REQUIRE(why.statements.size() == 5);
  CHECK(why.statements[0].type == PolicyType::key);
  CHECK(why.statements[0].identity_policy == kNoStatement);
  CHECK(why.statements[2].type == PolicyType::identity);
  CHECK(why.statements[2].identity_policy == 1);
  CHECK(why.statements[3].type == PolicyType::boundary);
  CHECK(why.statements[3].wanted == std::vector<std::string_view>{"kms:Encrypt"});
  CHECK(why.statements[4].type == PolicyType::service_control);
  CHECK(explain(request.root().get(), set).statements.size() == 2);
}

TEST_CASE("what did not match is told with the policy's values and the request's") {
  const Policy key = policy_of(R"({"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Principal": "*", "NotAction": ["kms:Decrypt", "kms:Sign"],
       "Resource": "*"},
      {"Effect": "Allow", "Principal": "*", "Action": "kms:*"},
      {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition":
       {"StringLike": {"KMS:ViaService": ["s3.*", "${aws:username}"]}}},
      {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition":
       {"ForAnyValue:NumericLessThan": {"aws:TagKeys": 7}}}]})");
  RequestFixture request;
  request.with_many("aws:TagKeys", {"a", "b"});
  const Explanation why = explain(request.get(), {.key_policy = &key});
  REQUIRE(why.statements.size() == 4);
  CHECK(failure_text(why.statements[0]) ==
        "NotAction: excludes \"kms:Decrypt\", \"kms:Sign\", request has \"kms:Decrypt\"");
  CHECK(failure_text(why.statements[1]) == "Resource: the statement has none");
  CHECK(failure_text(why.statements[2]) ==
        "Condition StringLike KMS:ViaService: wants one of \"s3.*\", \"${aws:username}\", request "
        "has nothing");
  CHECK(failure_text(why.statements[3]) ==
        "Condition ForAnyValue:NumericLessThan aws:TagKeys: wants \"7\", request has \"a\", \"b\"");
}

}  // namespace tablekey::model::iam::limits_test
