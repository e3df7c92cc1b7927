// Goal: a document that kms.md 6.7 refuses is refused, with the exception, the path and the place;
// what it accepts is accepted. Method: one fault at a time in an otherwise sound policy.
#include "model/iam/policy.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/model/iam/request_fixture.h"

namespace tablekey::model::iam::policy_test {
namespace {

/// A key policy of one statement with these elements beside the Effect.
std::string key_document(std::string_view elements) {
  return std::string(R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", )")
      .append(elements)
      .append("}]}");
}

PolicyError refusal(std::string_view text, PolicyKind kind = PolicyKind::key,
                    PolicyOptions options = {}) {
  const auto policy = Policy::compile(text, kind, options);
  INFO(text);
  REQUIRE(!policy);
  return policy.error();
}

bool accepted(std::string_view text, PolicyKind kind = PolicyKind::key,
              PolicyRules rules = PolicyRules::put) {
  return Policy::compile(text, kind, {.rules = rules}).has_value();
}

std::string key_with_principal(std::string_view principal) {
  return key_document(
      std::string(R"("Action": "kms:*", "Resource": "*", "Principal": )").append(principal));
}

std::string key_with_condition(std::string_view block) {
  return key_document(
      std::string(R"("Action": "kms:*", "Resource": "*", "Principal": "*", "Condition": )")
          .append(block));
}

std::string identity_document(std::string_view action, std::string_view resource) {
  return std::string(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": )")
      .append(action)
      .append(R"(, "Resource": )")
      .append(resource)
      .append("}}");
}

}  // namespace

TEST_CASE("a compiled policy tells its Id, its statements and whom it names") {
  const Policy policy = policy_of(R"({"Id": "p", "Statement": [
      {"Sid": "first one", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal":
       {"AWS": ["arn:aws:iam::111122223333:user/a", "*", "444455556666"], "Service": "s3.x"}},
      {"Effect": "Deny", "NotAction": "kms:*", "NotResource": "*",
       "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/b"}}]})");
  CHECK(policy.kind() == PolicyKind::key);
  CHECK(policy.id() == "p");
  REQUIRE(policy.statement_count() == 2);
  CHECK(policy.sid(0) == "first one");
  CHECK(policy.sid(1).empty());
  CHECK(policy.effect(1) == Effect::deny);
  CHECK(policy.aws_principals() ==
        std::vector<std::string_view>{"arn:aws:iam::111122223333:user/a", "444455556666",
                                      "arn:aws:iam::111122223333:role/b"});
}

TEST_CASE("a refusal names the exception, the path and the place of the value") {
  const PolicyError error = refusal("{\n  \"Statement\": [\n    {\"Effect\": \"allow\"}\n  ]\n}");
  CHECK(exception_name(error.fault) == "MalformedPolicyDocumentException");
  CHECK(error.path == "$.Statement[0].Effect");
  CHECK(error.line == 3);
  CHECK(error.column == 16);
  CHECK(error.offset == 34);
  CHECK(error.print() ==
        "The Effect must be \"Allow\" or \"Deny\". (at $.Statement[0].Effect, line 3, column 16)");
}

TEST_CASE("broken JSON is refused where it breaks") {
  const PolicyError error = refusal("{\"Version\": \"2012-10-17\",\n \"Statement\": [}");
  CHECK(error.path == "$.Statement[0]");
  CHECK(error.line == 2);
  CHECK(error.column == 16);
}

TEST_CASE("unknown, repeated and misshapen elements are refused with their path") {
  struct Row {
    std::string text, path;
  };
  const auto row = GENERATE(
      Row{"[]", "$"}, Row{"\"x\"", "$"}, Row{"{}", "$"}, Row{R"({"Statement": []})", "$.Statement"},
      Row{R"({"Statement": "x"})", "$.Statement"}, Row{R"({"Statement": [[]]})", "$.Statement[0]"},
      Row{R"({"Version": null, "Statement": []})", "$.Version"},
      Row{R"({"Version": "2012-10-18", "Statement": []})", "$.Version"},
      Row{R"({"Id": 1, "Statement": []})", "$.Id"},
      Row{R"({"Extra": 1, "Statement": []})", "$.Extra"},
      Row{key_document(R"("Actions": "kms:*")"), "$.Statement[0].Actions"},
      Row{key_document(R"("Sid": 1)"), "$.Statement[0].Sid"},
      Row{key_document(R"("Effect": "Deny")"), "$.Statement[0].Effect"},
      Row{key_document(R"("Action": "kms:*", "Resource": "*")"), "$.Statement[0]"},
      Row{key_document(R"("Principal": "*", "Action": "kms:*", "NotAction": "kms:*")"),
          "$.Statement[0].NotAction"},
      Row{key_document(R"("Principal": "*", "NotPrincipal": "*")"), "$.Statement[0].NotPrincipal"},
      Row{key_document(R"("Principal": "*", "Action": ["kms:*", null])"),
          "$.Statement[0].Action[1]"},
      Row{key_document(R"("Principal": "*", "Action": {})"), "$.Statement[0].Action"},
      Row{key_document(R"("Principal": "*", "Resource": ["*", "x"])"),
          "$.Statement[0].Resource[1]"},
      Row{key_with_condition("[]"), "$.Statement[0].Condition"},
      Row{key_with_condition(R"({"StringEquals": []})"), "$.Statement[0].Condition.StringEquals"},
      Row{key_with_condition(R"({"StringMatches": {"a:b": "c"}})"),
          "$.Statement[0].Condition.StringMatches"},
      Row{key_with_condition(R"({"StringEquals": {"a:b": ["c", {}]}})"),
          "$.Statement[0].Condition.StringEquals.a:b[1]"},
      Row{key_with_condition(R"({"StringEquals": {"a:b": null}})"),
          "$.Statement[0].Condition.StringEquals.a:b"},
      Row{key_with_condition(R"({"DateLessThan": {"a:b": "soon"}})"),
          "$.Statement[0].Condition.DateLessThan.a:b"});
  const PolicyError error = refusal(row.text);
  CHECK(error.fault == PolicyFault::malformed);
  CHECK(error.path == row.path);
}

TEST_CASE("principals have the forms that AWS knows") {
  const auto good = GENERATE(
      R"("*")", R"({"AWS": "*"})", R"({"AWS": "111122223333"})",
      R"({"AWS": ["arn:aws:iam::111122223333:root", "arn:aws-cn:iam::111122223333:role/a/b"]})",
      R"({"AWS": "arn:aws:sts::111122223333:assumed-role/App/s1"})",
      R"({"AWS": "arn:aws:sts::111122223333:federated-user/bob"})",
      R"({"Service": ["a.amazonaws.com", "b.amazonaws.com"], "Federated": "x.com"})",
      R"({"CanonicalUser": "79a59df900b949e5"})");
  INFO(good);
  CHECK(accepted(key_with_principal(good)));
}

TEST_CASE("principals of other forms are refused") {
  const auto bad = GENERATE(
      R"("")", R"("x")", R"(["*"])", "{}", "null", R"({"AWS": ""})", R"({"AWS": []})",
      R"({"AWS": {}})", R"({"aws": "*"})", R"({"User": "*"})", R"({"AWS": "11112222333"})",
      R"({"AWS": "arn:aws:iam::111122223333:role/App*"})",
      R"({"AWS": "arn:aws:iam::111122223333:group/a"})",
      R"({"AWS": "arn:xyz:iam::111122223333:root"})", R"({"AWS": "arn:aws:iam::1:root"})",
      R"({"AWS": "arn:aws:iam:us-west-2:111122223333:root"})",
      R"({"AWS": "arn:aws:iam::111122223333:user/"})",
      R"({"AWS": "arn:aws:sts::111122223333:assumed-role/App"})",
      R"({"AWS": "arn:aws:s3::111122223333:root"})", R"({"AWS": "AROAIGDTESTANDEXAMPLE"})");
  const PolicyError error = refusal(key_with_principal(bad));
  CHECK(error.fault == PolicyFault::malformed);
  CHECK(error.path.starts_with("$.Statement[0].Principal"));
}

TEST_CASE("identity policies name no principal and are held to IAM's forms") {
  const auto identity = PolicyKind::identity;
  CHECK(accepted(identity_document(R"("kms:*")", R"("*")"), identity));
  CHECK(accepted(identity_document(R"(["*", "kms:De?rypt"])", R"(["arn:aws:kms:*", "*"])"),
                 identity));
  for (const auto action : {R"("")", R"("Decrypt")", R"(":Decrypt")", R"("kms:")", R"("a:b:c")",
                            R"("k s:x")", "[]", "{}"}) {
    INFO(action);
    CHECK(!accepted(identity_document(action, R"("*")"), identity));
  }
  for (const auto resource : {R"("x")", R"("")", R"("arn:xyz:kms:::k")", R"("arn")", "[]",
                              R"("arn:aws:iam:::bucket")", "null"}) {
    INFO(resource);
    CHECK(!accepted(identity_document(R"("kms:*")", resource), identity));
  }
  CHECK(!accepted(key_with_principal("\"*\""), identity));
  CHECK(!accepted(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
      "Action": "kms:*"}})",
                  identity));
  CHECK(!accepted(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
      "Resource": "*"}})",
                  identity));
  CHECK(refusal(R"({"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*",
      "Resource": "*"}})",
                identity)
            .path == "$.Version");
}

TEST_CASE("actions name one vendor, and resources are ARNs of one vendor") {
  const auto refused = [](std::string_view action, std::string_view resource) {
    return refusal(identity_document(action, resource), PolicyKind::identity).message;
  };
  CHECK(refused(R"("k*:x")", R"("*")") == "Vendor k* is not valid");
  CHECK(accepted(identity_document(R"(["*:x", "a-b.c: odd name "])", R"("*")"),
                 PolicyKind::identity));
  const auto resource = [&](std::string_view text) {
    return refused(R"("kms:*")", std::string("\"").append(text).append("\""));
  };
  CHECK(resource("key") == "Resource key must be in ARN format or \"*\".");
  CHECK(resource("arn:xyz:kms") ==
        "Partition \"xyz\" is not valid for resource \"arn:xyz:kms:*:*:*\".");
  for (const auto vendor : {"arn:aws", "arn:aws:*", "arn:aws:k?s:::key/*"}) {
    CHECK(resource(vendor) ==
          "Resource vendor must be fully qualified and cannot contain regexes.");
  }
  for (const auto torn : {"arn:aws::key", "arn:aws::::key", "arn:aws:kms::key/1"}) {
    CHECK(resource(torn) == "The policy failed legacy parsing");
  }
  CHECK(resource("arn:aws:iam:us-west-2::user/a").ends_with("cannot contain region information."));
  CHECK(resource("arn:aws:s3:us-west-2::bucket").ends_with("can not contain region information."));
  CHECK(resource("arn:aws:iam:::bucket").starts_with("IAM resource path must either be"));
  for (const auto good :
       {"arn:*:kms:*:*:key/*", "arn:aws:kms", "arn:aws:iam::*:user/${aws:username}",
        "arn:aws:s3:us-west-2:111122223333:accesspoint/a", "arn:aws:iam:::*",
        "arn:aws:kms:us-west-2::key/1"}) {
    INFO(good);
    CHECK(accepted(identity_document(R"("kms:*")", std::string("\"").append(good).append("\"")),
                   PolicyKind::identity));
  }
}

TEST_CASE("dates are put more generously than they are compared") {
  const auto puts = [](std::string_view date) {
    std::string block = R"({"DateLessThan": {"aws:CurrentTime": )";
    return accepted(key_with_condition(block.append(date).append("}}")));
  };
  for (const auto good :
       {R"("2024-03-05T12:00:00Z")", R"("2024-03-05")", R"("2024-02-30T00:00:00Z")", R"("01T")",
        R"("2016-12-13t2:00:00.593194+23")", R"("2016-12-13T21:20:37.593194-00:30")",
        R"("-292275054")", R"("9223372036854775807")", "1518567315", "[]"}) {
    INFO(good);
    CHECK(puts(good));
  }
  for (const auto bad :
       {R"("soon")", R"("")", R"("T")", R"("1e9")", R"("05/03/2024")", R"("2024-02-32T00:00:00Z")",
        R"("234-13")", R"("2024-03-05T12:00:61Z")", R"("2024-03-05T24:00Z")", R"("-292275055-01")",
        R"("2016-12-13t2:00:00.593194+1")", R"("2016-12-13t2:00:00.1999999999+10:59")",
        R"("9223372036854775808")", R"("2024-03-05T12:00:00Z+01:00")", "true", "{}"}) {
    INFO(bad);
    CHECK(!puts(bad));
  }
}

TEST_CASE("Sids are plain and unique in an identity policy, free in a key policy") {
  const auto two = [](std::string_view sid, std::string_view rest) {
    std::string one = R"({"Effect": "Allow", "Action": "*", "Resource": "*", "Sid": ")";
    one.append(sid).append("\"").append(rest).append("}");
    return std::string(R"({"Version": "2012-10-17", "Statement": [)")
        .append(one)
        .append(",")
        .append(one)
        .append("]}");
  };
  CHECK(accepted(two("a b", R"(, "Principal": "*")"), PolicyKind::key));
  CHECK(refusal(two("a", ""), PolicyKind::identity).path == "$.Statement[1].Sid");
  CHECK(refusal(two("a.b", ""), PolicyKind::identity).path == "$.Statement[0].Sid");
  CHECK(accepted(two("", ""), PolicyKind::identity));
}

TEST_CASE("ForAllValues over a single-valued key is refused in a key policy") {
  const auto key = GENERATE("kms:EncryptionContext:a", "aws:RequestTag/b");
  std::string block = R"({"ForAllValues:StringEquals": {")";
  const std::string text = key_with_condition(block.append(key).append(R"(": "c"}})"));
  CHECK(refusal(text).message.starts_with("OverlyPermissiveCondition"));
  CHECK(accepted(text, PolicyKind::key, PolicyRules::stored));
  CHECK(accepted(
      key_with_condition(R"({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "c"}})")));
}

TEST_CASE("size is counted in bytes for a key policy and without white space for an identity's") {
  const auto sized = [](std::string_view document, std::size_t size) {
    return std::string(document).append(std::string(size - document.size(), ' '));
  };
  const std::string key = key_with_principal("\"*\"");
  CHECK(accepted(sized(key, 32'768)));
  const PolicyError error = refusal(sized(key, 32'769));
  CHECK(error.fault == PolicyFault::too_large);
  CHECK(exception_name(error.fault) == "LimitExceededException");
  CHECK(accepted(sized(key, 131'072), PolicyKind::key, PolicyRules::stored));
  CHECK(!accepted(sized(key, 131'073), PolicyKind::key, PolicyRules::stored));
  const std::string identity = identity_document(R"("kms:*")", R"("*")");
  CHECK(accepted(sized(identity, 100'000), PolicyKind::identity));
  CHECK(refusal(identity, PolicyKind::identity, {.size_max = 50}).fault == PolicyFault::too_large);
  const auto user = PolicyOptions{.size_max = kUserPolicyCharactersMax};
  const std::string sid(kUserPolicyCharactersMax - policy_characters(identity) - 9, 'x');
  const auto with_sid = [&](std::string_view letters) {
    return identity_document(R"("kms:*", "Sid": ")" + sid + std::string(letters) + "\"", R"("*")");
  };
  CHECK(policy_characters(with_sid("")) == kUserPolicyCharactersMax);
  CHECK(Policy::compile(with_sid(""), PolicyKind::identity, user));
  CHECK(exception_name(refusal(with_sid("x"), PolicyKind::identity, user).fault,
                       PolicyKind::identity) == "LimitExceeded");
  std::string actions = "[\"kms:*\"";
  for (int i = 0; i < 1'300; ++i) actions += ",\"kms:*\"";
  CHECK(refusal(identity_document(actions.append("]"), R"("*")"), PolicyKind::identity).fault ==
        PolicyFault::too_large);
}

TEST_CASE("characters beyond U+00FF are refused as such, control characters as broken JSON") {
  const auto with_sid = [](std::string_view sid) {
    return key_document(std::string(R"("Principal": "*", "Sid": ")").append(sid).append("\""));
  };
  CHECK(accepted(with_sid("x\xc3\xa9y")));
  const PolicyError error = refusal(with_sid("x\xe2\x80\x94y"));
  CHECK(error.fault == PolicyFault::forbidden_character);
  CHECK(exception_name(error.fault) == "ValidationException");
  CHECK(error.column == 88);
  CHECK(error.path == "$.Statement[0].Sid");
  CHECK(exception_name(error.fault, PolicyKind::identity) == "ValidationError");
  CHECK(refusal(with_sid("x\x07y")).fault == PolicyFault::malformed);
}

TEST_CASE("a stored document is held to no more than evaluation needs") {
  const auto stored = PolicyRules::stored;
  CHECK(
      accepted(key_with_principal(R"({"AWS": "AROAIGDTESTANDEXAMPLE"})"), PolicyKind::key, stored));
  CHECK(accepted(key_with_principal(R"({"AWS": "arn:aws:iam::111122223333:role/App*"})"),
                 PolicyKind::key, stored));
  CHECK(accepted(R"({"Statement": [{"Effect": "Deny", "Sid": "a.b", "Action": "x"},
      {"Effect": "Allow", "Sid": "a.b", "Resource": "y"}]})",
                 PolicyKind::identity, stored));
  CHECK(!accepted(R"({"Statement": {"Effect": "allow"}})", PolicyKind::identity, stored));
  CHECK(!accepted(R"({"Statement": {"Effect": "Allow"}})", PolicyKind::key, stored));
}

TEST_CASE("copies of a policy share what was compiled") {
  const Policy policy = policy_of(key_with_principal("\"*\""));
  const Policy copy = policy;
  CHECK(&copy.compiled() == &policy.compiled());
}

}  // namespace tablekey::model::iam::policy_test
