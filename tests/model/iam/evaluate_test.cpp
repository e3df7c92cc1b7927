// Goal: the decision procedure of kms.md 6.3, step by step, and the explanation beside it.
#include "model/iam/evaluate.h"

#include <catch2/catch.hpp>

#include "model/iam/denial.h"
#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::evaluate_test {
namespace {

/// A key policy of one statement with that principal, effect and condition.
Policy key_policy(std::string_view principal, std::string_view effect = "Allow",
                  std::string_view condition = "{}") {
  std::string text = R"({"Version": "2012-10-17", "Statement": {"Effect": ")";
  text.append(effect).append(R"(", "Principal": )").append(principal);
  text.append(R"(, "Action": "kms:*", "Resource": "*", "Condition": )").append(condition);
  return policy_of(text.append("}}"));
}

Policy identity_policy(std::string_view effect = "Allow", std::string_view action = "kms:*",
                       std::string_view resource = "*") {
  std::string text = R"({"Version": "2012-10-17", "Statement": {"Effect": ")";
  text.append(effect).append(R"(", "Action": ")").append(action).append(R"(", "Resource": ")");
  return policy_of(text.append(resource).append("\"}}"), PolicyKind::identity);
}

constexpr std::string_view kRoot = R"({"AWS": "arn:aws:iam::111122223333:root"})";
constexpr std::string_view kForeigner = R"({"AWS": "arn:aws:iam::444455556666:user/bob"})";

class OneGrant : public GrantSource {
 public:
  explicit OneGrant(std::string_view action) : action_(action) {}
  std::optional<std::uint64_t> allowing_grant(const Request& request) const override {
    if (request.action != action_) return std::nullopt;
    return 7;
  }

 private:
  std::string_view action_;
};

}  // namespace

TEST_CASE("a key policy of the root statement leaves the decision to the account's policies") {
  const Policy key = GENERATE_COPY(key_policy(kRoot), key_policy(R"({"AWS": "111122223333"})"));
  const Policy allow = identity_policy();
  RequestFixture request;
  const Decision without = decide(request.get(), &key);
  CHECK(without.kind == DecisionKind::implicit_deny);
  CHECK(without.key_policy_allows);
  const Decision with = decide(request.get(), &key, {&allow});
  CHECK(with.by == DecidedBy::identity_policy);
  CHECK(with.identity_policy == 0);
  CHECK(with.identity_statement == 0);
  CHECK(with.key_statement == 0);
  request.user("bob", "444455556666");
  CHECK(!decide(request.get(), &key, {&allow}).key_policy_allows);
}

TEST_CASE("a Deny anywhere wins over every Allow and over grants") {
  const Policy open = key_policy("\"*\"");
  const Policy closed = key_policy(kRoot, "Deny");
  const Policy allow = identity_policy();
  const Policy deny = identity_policy("Deny", "kms:Decrypt");
  const OneGrant grant("kms:Decrypt");
  RequestFixture request;
  const Decision by_identity = decide(request.get(), &open, {&allow, &deny}, &grant);
  CHECK(by_identity.kind == DecisionKind::explicit_deny);
  CHECK(by_identity.by == DecidedBy::identity_policy);
  CHECK(by_identity.identity_policy == 1);
  const Decision by_key = decide(request.get(), &closed, {&allow}, &grant);
  CHECK(by_key.kind == DecisionKind::explicit_deny);
  CHECK(by_key.by == DecidedBy::key_policy);
  CHECK(decide(request.action("kms:Encrypt").get(), &open, {&allow, &deny}).allowed());
}

TEST_CASE("of several statements that would decide the same the first is named") {
  const Policy key = policy_of(R"({"Statement": [
      {"Effect": "Allow", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"},
      {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"},
      {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"},
      {"Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*"},
      {"Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*"}]})");
  const Policy allow = identity_policy();
  RequestFixture request;
  const Decision allowed = decide(request.get(), &key, {&allow, &allow});
  CHECK(allowed.key_statement == 1);
  CHECK(allowed.identity_policy == 0);
  CHECK(decide(request.action("kms:Sign").get(), &key).key_statement == 3);
}

TEST_CASE("a key without a policy is open to grants only") {
  const Policy allow = identity_policy();
  const OneGrant grant("kms:Decrypt");
  RequestFixture request;
  CHECK(!decide(request.get(), nullptr, {&allow}).allowed());
  const Decision granted = decide(request.get(), nullptr, {}, &grant);
  CHECK(granted.by == DecidedBy::grant);
  CHECK(granted.grant == 7);
  CHECK(!decide(request.action("kms:Encrypt").get(), nullptr, {}, &grant).allowed());
}

TEST_CASE("another account needs an Allow on both sides, or a grant") {
  const Policy named = GENERATE_COPY(key_policy(kForeigner), key_policy("\"*\""),
                                     key_policy(R"({"AWS": "444455556666"})"));
  const Policy allow = identity_policy();
  const OneGrant grant("kms:Decrypt");
  RequestFixture request;
  request.user("bob", "444455556666");
  const Decision one_side = decide(request.get(), &named);
  CHECK(one_side.kind == DecisionKind::implicit_deny);
  CHECK(one_side.key_policy_allows);
  CHECK(decide(request.get(), &named, {&allow}).by == DecidedBy::identity_policy);
  CHECK(!decide(request.get(), nullptr, {&allow}).allowed());
  CHECK(decide(request.get(), &named, {}, &grant).by == DecidedBy::grant);
}

TEST_CASE("a foreign account's root user needs the key policy only") {
  const Policy named = key_policy(R"({"AWS": "arn:aws:iam::444455556666:root"})");
  RequestFixture request;
  CHECK(decide(request.root("444455556666").get(), &named).by == DecidedBy::account_root);
  CHECK(!decide(request.root().get(), &named).allowed());
}

TEST_CASE("the root user has no power over a key whose policy does not name the account") {
  const Policy key = key_policy(R"({"AWS": "arn:aws:iam::111122223333:user/alice"})");
  RequestFixture request;
  CHECK(decide(request.get(), &key).allowed());
  CHECK(!decide(request.root().get(), &key).allowed());
}

TEST_CASE("a role's name reaches its sessions, a session's name only that session") {
  const Policy role = key_policy(R"({"AWS": "arn:aws:iam::111122223333:role/a/App"})");
  const Policy session = key_policy(R"({"AWS": "arn:aws:sts::111122223333:assumed-role/App/s1"})");
  RequestFixture request;
  request.session("App", "s1").raw().principal.role_arn = "arn:aws:iam::111122223333:role/a/App";
  CHECK(decide(request.get(), &role).allowed());
  CHECK(decide(request.get(), &session).allowed());
  request.session("App", "s2");
  CHECK(!decide(request.get(), &role).allowed());
  CHECK(!decide(request.get(), &session).allowed());
}

TEST_CASE("a principal is matched by the unique id that a stored policy holds") {
  const Policy stored = policy_of(R"({"Statement": {"Effect": "Allow", "Resource": "*",
      "Principal": {"AWS": "AROAIGDTESTANDEXAMPLE"}, "Action": "kms:*"}})",
                                  PolicyKind::key, PolicyRules::stored);
  RequestFixture request;
  request.session("App", "s1");
  CHECK(!decide(request.get(), &stored).allowed());
  request.raw().principal.unique_id = "AROAIGDTESTANDEXAMPLE";
  CHECK(decide(request.get(), &stored).allowed());
  request.raw().principal.unique_id = "AROAIGDTESTANDEXAMPLF";
  CHECK(!decide(request.get(), &stored).allowed());
}

TEST_CASE("an account of another partition is another account") {
  const Policy key = key_policy(R"({"AWS": "arn:aws-cn:iam::111122223333:root"})");
  const Policy allow = identity_policy();
  RequestFixture request;
  CHECK(!decide(request.get(), &key, {&allow}).allowed());
}

TEST_CASE("NotPrincipal exempts only who is listed with role and account") {
  const auto denied = [](std::string_view list, RequestFixture& request) {
    std::string text = R"({"Statement": {"Effect": "Deny", "Resource": "*", "Action": "kms:*",
        "NotPrincipal": {"AWS": )";
    const Policy key = policy_of(text.append(list).append("}}}"));
    return decide(request.get(), &key).kind == DecisionKind::explicit_deny;
  };
  RequestFixture request;
  CHECK(denied(R"("arn:aws:iam::111122223333:user/alice")", request));
  CHECK(denied(R"("111122223333")", request));
  CHECK(!denied(R"(["arn:aws:iam::111122223333:user/alice", "111122223333"])", request));
  CHECK(!denied(R"("*")", request));
  CHECK(!denied(R"("111122223333")", request.root()));
  request.session("App", "s1");
  CHECK(denied(R"(["arn:aws:iam::111122223333:role/App", "111122223333"])", request));
  CHECK(denied(R"(["arn:aws:sts::111122223333:assumed-role/App/s1", "111122223333"])", request));
  CHECK(!denied(R"(["arn:aws:iam::111122223333:role/App", "111122223333",
      "arn:aws:sts::111122223333:assumed-role/App/s1"])",
                request));
}

TEST_CASE("an operation without a key is decided by identity policies alone") {
  const Policy open = key_policy("\"*\"");
  const Policy allow = identity_policy("Allow", "kms:ListKeys");
  const Policy on_keys = identity_policy("Allow", "kms:ListKeys", "arn:aws:kms:*:*:key/*");
  RequestFixture request;
  request.action("kms:ListKeys").raw().scope = Scope::account;
  request.raw().resource = "*";
  CHECK(decide(request.get(), nullptr, {&allow}).allowed());
  CHECK(!decide(request.get(), &open).allowed());
  CHECK(!decide(request.get(), nullptr, {&on_keys}).allowed());
  CHECK(decide(request.root().get(), nullptr).by == DecidedBy::account_root);
}

TEST_CASE("Resource patterns stand for parts of the key's ARN") {
  const Policy key = key_policy(kRoot);
  RequestFixture request;
  const auto allowed = [&](std::string_view resource) {
    const Policy identity = identity_policy("Allow", "kms:*", resource);
    return decide(request.get(), &key, {&identity}).allowed();
  };
  CHECK(allowed("*"));
  CHECK(allowed("arn:aws:kms:*:111122223333:key/*"));
  CHECK(allowed("arn:aws:kms:us-west-?:*:key/1234abcd-*"));
  CHECK(allowed("arn:aws:kms"));
  CHECK(allowed("arn:*:kms:*"));
  CHECK(!allowed("arn:aws:kms:*:key/*"));
  CHECK(!allowed("arn:aws:kms:*:444455556666:key/*"));
  CHECK(!allowed("arn:aws:s3:::*"));
  CHECK(!allowed("arn:aws:kms:us-west-2:111122223333:alias/*"));
}

TEST_CASE("variables in a Resource have a meaning behind the fifth colon only") {
  const Policy key = key_policy(kRoot);
  RequestFixture request;
  request.with("aws:PrincipalTag/keyid", "1234abcd-12ab-34cd-56ef-1234567890ab")
      .with("aws:PrincipalAccount", kTestAccount);
  const auto allowed = [&](std::string_view resource) {
    const Policy identity = identity_policy("Allow", "kms:*", resource);
    return decide(request.get(), &key, {&identity}).allowed();
  };
  CHECK(allowed("arn:aws:kms:us-west-2:111122223333:key/${aws:PrincipalTag/keyid}"));
  CHECK(!allowed("arn:aws:kms:us-west-2:111122223333:key/${aws:PrincipalTag/other}"));
  CHECK(!allowed("arn:aws:kms:us-west-2:${aws:PrincipalAccount}:key/*"));
}

TEST_CASE("a statement without Resource or Action is accepted in a key policy and does nothing") {
  const std::string_view head = R"({"Statement": {"Effect": "Allow", "Principal": "*", )";
  const auto rest = GENERATE(R"("Action": "kms:*"}})", R"("Resource": "*"}})", R"("Sid": "x"}})");
  const Policy key = policy_of(std::string(head).append(rest));
  RequestFixture request;
  CHECK(!decide(request.get(), &key).key_policy_allows);
}

TEST_CASE("an explanation lists every statement with the first element that failed") {
  const Policy key = policy_of(R"({"Version": "2012-10-17", "Statement": [
      {"Sid": "a", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
       "Action": "kms:*", "Resource": "*"},
      {"Sid": "b", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"},
      {"Sid": "c", "Effect": "Allow", "Principal": "*", "Action": "kms:*",
       "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"},
      {"Sid": "d", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
       "Condition": {"StringEquals": {"aws:username": "alice"},
                     "BoolIfExists": {"aws:SecureTransport": "true"}}},
      {"Sid": "e", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*",
       "Resource": "*"}]})");
  const Policy identity = identity_policy("Allow", "kms:Encrypt");
  const Policy* identities[] = {&identity};
  RequestFixture request;
  request.with("aws:username", "alice").with("aws:SecureTransport", "false");
  const Explanation why = explain(request.get(), {.key_policy = &key, .identities = identities});
  REQUIRE(why.statements.size() == 6);
  CHECK(why.statements[0].failed == Element::principal);
  CHECK(failure_text(why.statements[0]) ==
        "Principal: wants \"s3.amazonaws.com\", request has "
        "\"arn:aws:iam::111122223333:user/alice\"");
  CHECK(failure_text(why.statements[1]) ==
        "Action: wants \"kms:Encrypt\", request has \"kms:Decrypt\"");
  CHECK(failure_text(why.statements[3]) ==
        "Condition BoolIfExists aws:SecureTransport: wants \"true\", request has \"false\"");
  CHECK(failure_text(why.statements[4]).empty());
  CHECK(why.statements[1].failed == Element::action);
  CHECK(why.statements[1].effect == Effect::deny);
  CHECK(why.statements[2].failed == Element::resource);
  CHECK(why.statements[3].failed == Element::condition);
  CHECK(why.statements[3].failed_operator == "BoolIfExists");
  CHECK(why.statements[3].failed_key == "aws:SecureTransport");
  CHECK(why.statements[4].matched);
  CHECK(why.statements[4].via == Via::account);
  CHECK(why.statements[4].sid == "e");
  CHECK(why.statements[5].identity_policy == 0);
  CHECK(why.statements[5].via == Via::identity);
  CHECK(why.statements[5].failed == Element::action);
  CHECK(why.decision.kind == DecisionKind::implicit_deny);
}

TEST_CASE("a denial says what was missing, and before 2021 did not") {
  const Policy root = key_policy(kRoot);
  const Policy other = key_policy(kForeigner);
  const Policy deny = identity_policy("Deny");
  const Policy deny_all = key_policy("\"*\"", "Deny");
  RequestFixture request;
  const Request& asked = request.get();
  const std::string head =
      "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Decrypt on "
      "resource: arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const auto text = [&](const Decision& decision) {
    return denial_text(DenialStyle::modern, asked, decision);
  };
  CHECK(text(decide(asked, &root)) ==
        head + " because no identity-based policy allows the kms:Decrypt action");
  CHECK(text(decide(asked, &other)) ==
        head + " because no resource-based policy allows the kms:Decrypt action");
  CHECK(text(decide(asked, &root, {&deny})) ==
        head + " with an explicit deny in an identity-based policy");
  CHECK(text(decide(asked, &deny_all)) ==
        head + " with an explicit deny in a resource-based policy");
  RequestFixture listing;
  listing.action("kms:ListKeys").raw().scope = Scope::account;
  CHECK(denial_text(DenialStyle::modern, listing.get(), decide(listing.get(), nullptr))
            .ends_with(" because no identity-based policy allows the kms:ListKeys action"));
  CHECK(denial_text(DenialStyle::classic, asked, decide(asked, &root)) == head);
}

}  // namespace tablekey::model::iam::evaluate_test
