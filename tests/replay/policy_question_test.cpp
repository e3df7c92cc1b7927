// Goal: a question of authorization is read in its full and in its short form, and what is wrong
// with it is told with its place and what was meant. Method: one record, and changes of it.
#include "replay/policy_question.h"

#include <catch2/catch.hpp>
#include <string>

namespace tablekey::replay::policy_question_test {
namespace {

constexpr std::string_view kKey =
    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

QuestionRead read(const std::string& text) {
  const auto whole = read_json_text(text);
  REQUIRE(whole);
  return read_question(*whole);
}

PolicyQuestion good(const std::string& text) {
  QuestionRead result = read(text);
  for (const JsonProblem& problem : result.problems.errors) FAIL_CHECK(problem.message);
  return std::move(result.question);
}

JsonProblem first_error(const std::string& text) {
  const QuestionRead result = read(text);
  REQUIRE_FALSE(result.problems.errors.empty());
  return result.problems.errors.front();
}

}  // namespace

TEST_CASE("a whole record is read, with every kind of policy") {
  const std::string allow = R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
      "Action": "kms:*", "Resource": "*"}})";
  const std::string named = R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
      "Principal": "*", "Action": "kms:*", "Resource": "*"}})";
  const PolicyQuestion question = good(
      R"({"id": "x", "kind": "use", "key": {"arn": ")" + std::string(kKey) +
      R"(", "account": "111122223333", "spec": "RSA_2048", "usage": "SIGN_VERIFY"},
      "request": {"principal": {"type": "assumed-role",
          "arn": "arn:aws:sts::111122223333:assumed-role/App/s1", "account": "111122223333",
          "role_arn": "arn:aws:iam::111122223333:role/service/App", "unique_id": "AROAEXAMPLE"},
        "action": "kms:Sign", "resource": ")" +
      std::string(kKey) + R"(",
        "context": {"kms:GrantOperations": ["Sign", "Verify"], "aws:username": "x",
                    "aws:SecureTransport": true, "aws:MultiFactorAuthAge": 12},
        "encryption_context": {"b": "2", "a": "1"}},
      "key_policy": )" +
      named + R"(, "identity_policies": [{"name": "one", "document": )" + allow + "}, " + allow +
      R"(], "boundary": )" + allow + R"(, "session_policies": [)" + allow + R"(], "scps": [)" +
      allow + R"(], "rcps": [)" + named + R"(], "endpoint_policy": )" + named +
      R"(, "grants": [{"GrantId": "g", "GranteePrincipal": "arn:aws:iam::111122223333:root",
          "Operations": ["Sign"]}], "expect": {"kind": "nonsense"}})");
  CHECK(question.kind == "use");
  CHECK(question.key_spec == "RSA_2048");
  CHECK(question.principal_type == model::iam::PrincipalType::assumed_role);
  CHECK(question.role_arn == "arn:aws:iam::111122223333:role/service/App");
  CHECK(question.unique_id == "AROAEXAMPLE");
  REQUIRE(question.context.size() == 4);
  CHECK(question.context[0].multivalued);
  CHECK(question.context_value("AWS:securetransport") == "true");
  CHECK(question.context_value("aws:MultiFactorAuthAge") == "12");
  CHECK(question.encryption_context.size() == 2);
  CHECK(question.key_policy);
  REQUIRE(question.identities.size() == 2);
  CHECK(question.identities[0].name == "one");
  CHECK(question.identities[1].name == "1");
  CHECK((question.boundary && question.endpoint_policy));
  CHECK(question.session_policies.size() == 1);
  CHECK(question.scps.size() == 1);
  CHECK(question.rcps.size() == 1);
  REQUIRE(question.grants);
  CHECK(question.grants->front().key == kKey);
  CHECK(question.grants->front().issuing_account == "111122223333");
}

TEST_CASE("a request alone will do, with its caller as an ARN") {
  const PolicyQuestion question =
      good(R"({"principal": "arn:aws:iam::444455556666:user/bob", "action": "kms:Decrypt",
               "resource": ")" +
           std::string(kKey) + R"("})");
  CHECK(question.principal_type == model::iam::PrincipalType::user);
  CHECK(question.principal_account == "444455556666");
  CHECK(question.key_arn == kKey);
  CHECK(question.key_account == "111122223333");
  CHECK_FALSE(question.grants);
}

TEST_CASE("the type of a caller shows in its ARN") {
  using model::iam::PrincipalType;
  const auto caller = [](const char* arn) {
    return good(R"({"action": "kms:Decrypt", "principal": ")" + std::string(arn) + "\"}");
  };
  CHECK(caller("arn:aws:iam::111122223333:root").principal_type == PrincipalType::root);
  CHECK(caller("arn:aws:iam::111122223333:role/a/B").principal_type == PrincipalType::role);
  CHECK(caller("dynamodb.amazonaws.com").principal_type == PrincipalType::service);
  CHECK(caller("dynamodb.amazonaws.com").principal_account.empty());
  CHECK(caller("arn:aws:sts::111122223333:federated-user/Bob").principal_type ==
        PrincipalType::user);
  const PolicyQuestion session = caller("arn:aws-cn:sts::111122223333:assumed-role/App/s1");
  CHECK(session.principal_type == PrincipalType::assumed_role);
  CHECK(session.role_arn == "arn:aws-cn:iam::111122223333:role/App");
}

TEST_CASE("what is missing or of the wrong kind is told with its path and a remedy") {
  CHECK(first_error("{}").message == "'request' is missing");
  CHECK(first_error("[]").message == "a list where an object belongs");
  CHECK(first_error(R"({"request": 7})").path == "$.request");
  const JsonProblem action = first_error(R"({"request": {"principal": "x.amazonaws.com"}})");
  CHECK(action.message == "'action' is missing");
  CHECK(action.path == "$.request");
  CHECK(action.hint == R"(write "action": "kms:Decrypt")");
  const JsonProblem type = first_error(
      R"({"action": "kms:Decrypt", "principal": {"type": "assumedrole", "arn": "arn:aws:x"}})");
  CHECK(type.message == "'assumedrole' is no type of principal");
  CHECK(type.hint == "did you mean 'assumed-role'?");
  const JsonProblem context = first_error(
      R"({"action": "kms:Decrypt", "principal": "x.com", "context": {"a": {"b": "c"}}})");
  CHECK(context.path == "$.context.a");
  CHECK(context.message == "an object where a text belongs");
}

TEST_CASE("all that is wrong is told at once") {
  const QuestionRead result = read(
      R"({"request": {"principal": {}, "context": {"a": null, "b": []},
          "encryption_context": 1}})");
  std::vector<std::string> paths;
  for (const JsonProblem& problem : result.problems.errors) paths.push_back(problem.path);
  CHECK(paths == std::vector<std::string>{"$.request.principal", "$.request", "$.request.context.a",
                                          "$.request.encryption_context"});
}

TEST_CASE("a misspelt member is passed over with a warning that says what was meant") {
  const QuestionRead result =
      read(R"({"action": "kms:Decrypt", "principal": "x.com", "identity_policy": []})");
  CHECK(result.problems.errors.empty());
  REQUIRE(result.problems.warnings.size() == 1);
  CHECK(result.problems.warnings[0].message == "'identity_policy' has no meaning here");
}

TEST_CASE("a policy that is none is told at the place of its fault in the record") {
  const std::string text =
      R"({"action": "kms:Decrypt", "principal": "x.com", "key_policy": {"Version": "2012-10-17",
          "Statement": [{"Effect": "Dney", "Principal": "*", "Action": "kms:*"}]}})";
  const JsonProblem problem = first_error(text);
  CHECK(problem.path == "$.key_policy.Statement[0].Effect");
  CHECK(problem.message.starts_with("MalformedPolicyDocumentException: "));
  CHECK(text.substr(problem.offset, 6) == "\"Dney\"");
}

TEST_CASE("a policy may stand as a text, as the APIs give it") {
  const PolicyQuestion question = good(
      R"({"action": "kms:Decrypt", "principal": "x.com", "key_policy":
          "{\"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\",)"
      R"( \"Action\": \"kms:*\"}}"})");
  CHECK(question.key_policy);
}

TEST_CASE("grants are read as ListGrants answers them") {
  const PolicyQuestion question = good(
      R"({"action": "kms:Decrypt", "principal": "x.com", "grants": {"Grants": [{"GrantId": "g",
          "KeyId": "k", "IssuingAccount": "arn:aws:iam::1:root", "Name": "",
          "CreationDate": 1568565290.0, "GranteePrincipal": "AROAEXAMPLE",
          "Operations": ["Decrypt"],
          "Constraints": {"EncryptionContextSubset": {"b": "2", "a": "1"},
          "SourceArn": "arn"}}]}})");
  const ListedGrant& grant = question.grants->front();
  CHECK(grant.id == "g");
  CHECK(grant.key == "k");
  CHECK(grant.terms.constraint == model::kms::GrantConstraint::subset);
  CHECK(grant.terms.pairs.front().first == "a");
  CHECK(grant.terms.source_arn == "arn");
}

}  // namespace tablekey::replay::policy_question_test
