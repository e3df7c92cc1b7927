// Goal: grants and policies together decide as kms.md 5 and 6.3 say, and the answer says why.
// Method: small questions in JSON, one rule each.
#include "replay/policy_answer.h"

#include <catch2/catch.hpp>
#include <string>

#include "replay/policy_text.h"

namespace tablekey::replay::policy_answer_test {
namespace {

constexpr const char* kKey = "arn:aws:kms:us-west-2:111122223333:key/k";

struct Parts {
  std::string principal = R"("arn:aws:iam::111122223333:user/alice")";
  std::string action = "kms:Decrypt";
  std::string request = {};   ///< Further members of the request.
  std::string policies = {};  ///< Further members of the record.
  std::string grants = R"([{"GrantId": "g1", "GranteePrincipal":
      "arn:aws:iam::111122223333:user/alice", "Operations": ["Decrypt", "CreateGrant"],
      "IssuingAccount": "arn:aws:iam::111122223333:root"}])";
};

constexpr const char* kDelegating = R"({"Statement": [{"Sid": "Root", "Effect": "Allow",
    "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]})";
constexpr const char* kAllowAll =
    R"({"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]})";
constexpr const char* kAllowNothing =
    R"({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})";
constexpr const char* kDenyAll =
    R"({"Statement": [{"Sid": "No", "Effect": "Deny", "Action": "kms:*", "Resource": "*"}]})";

std::string in(const char* member, const std::string& document) {
  return std::string(", \"") + member + "\": " + document;
}

struct Answered {
  explicit Answered(const Parts& parts) {
    const std::string text = R"({"request": {"principal": )" + parts.principal +
                             R"(, "action": ")" + parts.action + R"(", "resource": ")" + kKey +
                             "\"" + parts.request + R"(}, "key_policy": )" + kDelegating +
                             parts.policies + R"(, "grants": )" + parts.grants + "}";
    QuestionRead read = read_question(read_json_text(text).value());
    for (const JsonProblem& problem : read.problems.errors) FAIL_CHECK(problem.message);
    question = std::move(read.question);
    result = answer(question);
  }
  Answered(const Answered&) = delete;

  std::string why() const { return reason_text(question, result); }
  std::size_t grants() const { return result.allowing().size(); }

  PolicyQuestion question;
  PolicyAnswer result;
};

Parts retiring(const std::string& principal, const std::string& terms) {
  Parts parts;
  parts.principal = principal;
  parts.action = "kms:RetireGrant";
  parts.grants = R"([{"GrantId": "g1", "IssuingAccount": "arn:aws:iam::111122223333:root",
      "Operations": ["Decrypt"], )" +
                 terms + "}]";
  return parts;
}

constexpr const char* kAlice = R"("arn:aws:iam::111122223333:user/alice")";
constexpr const char* kRoot = R"("arn:aws:iam::111122223333:root")";
constexpr const char* kToBob = R"("GranteePrincipal": "arn:aws:iam::111122223333:user/bob")";

}  // namespace

TEST_CASE("a grant allows what no policy does, and is named") {
  const Answered one{Parts{}};
  CHECK(one.result.allowed());
  CHECK(one.grants() == 1);
  CHECK(one.why() == "grant g1 allows kms:Decrypt");
}

TEST_CASE("a Deny in any policy beats a grant") {
  const Answered bounded{Parts{.policies = in("boundary", kDenyAll)}};
  CHECK(bounded.grants() == 0);
  CHECK(bounded.why() == "statement 0 'No' of boundary denies kms:Decrypt");
  for (const char* member : {"identity_policies", "session_policies", "scps"}) {
    const Answered one{Parts{.policies = in(member, std::string("[") + kDenyAll + "]")}};
    CHECK_FALSE(one.result.allowed());
  }
}

TEST_CASE("an SCP must let a grant pass, boundary and session policy are not asked") {
  const std::string list = std::string("[") + kAllowNothing + "]";
  CHECK_FALSE(Answered{Parts{.policies = in("scps", list)}}.result.allowed());
  CHECK(Answered{Parts{.policies = in("boundary", kAllowNothing)}}.result.allowed());
  CHECK(Answered{Parts{.policies = in("session_policies", list)}}.result.allowed());
}

TEST_CASE("where a policy allows, the grants that would do too are still told") {
  const Answered one{
      Parts{.policies = in("identity_policies", std::string("[") + kAllowAll + "]")}};
  CHECK(one.result.allowed());
  CHECK(one.grants() == 1);
  CHECK(one.why() == "statement 0 of identity:0 allows kms:Decrypt");
}

TEST_CASE("without a grant that fits, what is missing is named") {
  const Answered one{Parts{.action = "kms:Encrypt"}};
  CHECK(one.why() == "no identity-based policy allows kms:Encrypt, and no grant does");
  CHECK(grant_text(one.result, one.result.grants[0]) == "does not fit: Operations");
  CHECK(aws_denial_text(one.question, one.result) ==
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Encrypt on "
        "resource: arn:aws:kms:us-west-2:111122223333:key/k because no identity-based policy "
        "allows the kms:Encrypt action");
}

TEST_CASE("under a grant no grant of more can be made, under a policy any") {
  const auto creating = [](const char* operation) {
    return std::string(R"(, "grant": {"GranteePrincipal": "arn:aws:iam::111122223333:user/bob",
        "Operations": [")") +
           operation + "\"]}";
  };
  const auto allowed = [&](const char* operation, const std::string& policies) {
    return Answered{
        Parts{.action = "kms:CreateGrant", .request = creating(operation), .policies = policies}}
        .result.allowed();
  };
  const std::string all = in("identity_policies", std::string("[") + kAllowAll + "]");
  CHECK(allowed("Decrypt", ""));
  CHECK_FALSE(allowed("Encrypt", ""));
  CHECK_FALSE(allowed("ScheduleKeyDeletion", ""));
  CHECK(allowed("Encrypt", all));
}

TEST_CASE("the right to retire comes from the grant: policies only deny") {
  const std::string all = in("identity_policies", std::string("[") + kAllowAll + "]");
  Parts parts = retiring(kAlice, kToBob);
  CHECK(Answered{parts}.why() == "no grant of the key gives the caller the right to retire it");
  parts = retiring(R"("arn:aws:iam::444455556666:user/bob")", kToBob);
  parts.policies = all;  // another account's IAM gives no right
  CHECK_FALSE(Answered{parts}.result.allowed());
  parts = retiring(kRoot, kToBob);
  CHECK(Answered{parts}.why() == "grant g1 allows kms:RetireGrant (issuing account)");
  parts.policies = in("scps", std::string("[") + kAllowNothing + "]");
  CHECK_FALSE(Answered{parts}.result.allowed());
}

TEST_CASE("the issuing account may delegate the right in IAM, and a Deny takes it away") {
  Parts parts = retiring(kAlice, kToBob);
  parts.policies = in("identity_policies", std::string("[") + kAllowAll + "]");
  CHECK(Answered{parts}.why() ==
        "grant g1 allows kms:RetireGrant (delegated by an identity policy)");
  parts.policies += in("boundary", kAllowNothing);
  CHECK_FALSE(Answered{parts}.result.allowed());
  parts = retiring(kRoot, kToBob);
  parts.policies = in("scps", std::string("[") + kDenyAll + "]");
  CHECK(Answered{parts}.result.explanation.decision.kind ==
        model::iam::DecisionKind::explicit_deny);
}

TEST_CASE("a resource control policy does not reach RetireGrant") {
  Parts parts = retiring(kRoot, kToBob);
  parts.policies = in("rcps", R"([{"Statement": [{"Effect": "Deny", "Principal": "*",
      "Action": "kms:*", "Resource": "*"}]}])");
  CHECK(Answered{parts}.result.allowed());
  parts.action = "kms:Decrypt";
  CHECK_FALSE(Answered{parts}.result.allowed());
}

TEST_CASE("without grants RetireGrant is what the policies say") {
  QuestionRead read =
      read_question(read_json_text(R"({"principal": "arn:aws:iam::111122223333:user/alice",
          "action": "kms:RetireGrant", "resource": "arn:aws:kms:us-west-2:111122223333:key/k"})")
                        .value());
  CHECK_FALSE(answer(read.question).retire);
}

TEST_CASE("an operation on no key is decided by the caller's own side") {
  QuestionRead read = read_question(
      read_json_text(std::string(R"({"principal": "arn:aws:iam::111122223333:user/alice",
          "action": "kms:ListKeys", "resource": "*", "identity_policies": [)") +
                     kAllowAll + "]}")
          .value());
  CHECK(answer(read.question).allowed());
}

TEST_CASE("the whole answer for a person") {
  const Answered one{Parts{.action = "kms:Encrypt", .policies = in("boundary", kAllowNothing)}};
  CHECK(answer_text(one.question, one.result) ==
        "Deny: no identity-based policy allows kms:Encrypt, and no grant does\n"
        "  kms:Encrypt of arn:aws:kms:us-west-2:111122223333:key/k by "
        "arn:aws:iam::111122223333:user/alice\n"
        "  User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Encrypt on "
        "resource: arn:aws:kms:us-west-2:111122223333:key/k because no identity-based policy "
        "allows the kms:Encrypt action\n"
        "\n"
        "key-policy\n"
        "  0 'Root' Allow: applies (account)\n"
        "boundary\n"
        "  0 Allow: does not: Action: wants \"s3:*\", request has \"kms:Encrypt\"\n"
        "grants\n"
        "  g1: does not fit: Operations\n");
}

}  // namespace tablekey::replay::policy_answer_test
