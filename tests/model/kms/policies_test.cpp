// Key policies as operations: read, listed, put, and refused (kms.md 3.2, 6.7), and what a put
// policy then decides (kms.md 6.3).
#include "model/kms/policy_check.h"

#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::policies_test {
namespace {

using enum events::KmsOperation;

Fill get_policy(const std::string& name) {
  return call(GET_KEY_POLICY, 0, [=](events::KmsCall::Builder kms) { kms.setPolicyName(name); });
}

Fill through_dynamodb(Fill fill) {
  return [fill](events::Step::Builder step) {
    fill(step);
    step.getKms().setViaService("dynamodb");
  };
}

}  // namespace

TEST_CASE("A key has one policy, named default") {
  Story story = access_story();
  story.step(10, get_policy(""), kAdmin);
  story.step(11, get_policy("default"), kAdmin);
  story.step(12, get_policy("other"), kAdmin);
  story.step(13, get_policy("no name"), kAdmin);
  story.step(14, get_policy(std::string(129, 'a')), kAdmin);
  story.step(15, page(LIST_KEY_POLICIES, 0, 0), kAdmin);
  story.step(16, page(LIST_KEY_POLICIES, 0, 1'001), kAdmin);
  story.step(17, get_policy(""), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "NotFoundException",
                                          "ValidationException", "ValidationException", "none",
                                          "ValidationException", "AccessDeniedException"});
  CHECK(listed(*play, 5) == std::pair(1U, false));
}

TEST_CASE("Conformance 8: under a root-only key policy identity policies decide") {
  Story story = access_story();
  const std::string allow = policy({statement("Allow", "", R"("kms:Encrypt")")});
  const std::string deny = policy({statement("Deny", "", R"("kms:Encrypt")")});
  story.step(10, encrypt(0), kGuest);
  story.step(11, iam_step(IamOperation::PUT_POLICY, kGuest, "use", allow), kAdmin);
  story.step(12, encrypt(0), kGuest);
  story.step(13, iam_step(IamOperation::PUT_POLICY, kGuest, "no", deny), kAdmin);
  story.step(14, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"AccessDeniedException", "-", "none", "-", "AccessDeniedException"});
  CHECK(message_of(*play, 0) ==
        "User: arn:aws:iam::111122223333:user/guest is not authorized to perform: kms:Encrypt on "
        "resource: " +
            play->state().key_arn(0) +
            " because no identity-based policy allows the kms:Encrypt action");
  CHECK(message_of(*play, 4).ends_with("with an explicit deny in an identity-based policy"));
}

TEST_CASE(
    "Conformance 9: an identity policy alone does not open a key whose policy lacks the account") {
  Story story = access_story();
  story.keys[0].policy = policy({statement("Allow", user("guest"), R"("kms:*")")});
  story.step(10, encrypt(0), kAdmin);
  story.step(11, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"AccessDeniedException", "none"});
  CHECK(message_of(*play, 0).ends_with(
      "because no resource-based policy allows the kms:Encrypt action"));
}

TEST_CASE("Conformance 10: a policy with kms:ViaService opens a key through the service only") {
  Story story = access_story();
  story.keys[0].policy = policy({statement(
      "Allow", user("guest"), R"("kms:*")",
      R"(,"Condition":{"StringEquals":{"kms:ViaService":"dynamodb.us-west-2.amazonaws.com"}})")});
  story.step(10, encrypt(0), kGuest);
  story.step(11, through_dynamodb(encrypt(0)), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"AccessDeniedException", "none"});
}

TEST_CASE("Conformance 16: Decrypt with another KeyId than the blob's is IncorrectKeyException") {
  Story story = access_story();
  story.keys.push_back({.policy = root_policy()});
  story.step(10, encrypt(0), kAdmin);
  story.step(11, call(DECRYPT, 1, [](events::KmsCall::Builder kms) { kms.initBlob().setStep(0); }),
             kAdmin);
  story.step(12, call(DECRYPT, 0, [](events::KmsCall::Builder kms) { kms.initBlob().setStep(0); }),
             kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "IncorrectKeyException", "none"});
  CHECK(message_of(*play, 1) ==
        "The key ID in the request does not identify a CMK that can perform this operation.");
}

TEST_CASE("A policy that is none is malformed, and the message says where") {
  Story story = access_story();
  story.step(10, put_policy(0, "{"), kAdmin);
  story.step(11,
             put_policy(0, policy({R"({"Effect":"Permit","Principal":"*","Action":"kms:*",)"
                                   R"("Resource":"*"})"})),
             kAdmin);
  story.step(12, put_policy(0, policy({statement("Allow", "", R"("kms:*")")})), kAdmin);
  story.step(13, put_policy(0, ""), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"MalformedPolicyDocumentException", "MalformedPolicyDocumentException",
              "MalformedPolicyDocumentException", "ValidationException"});
  CHECK_THAT(message_of(*play, 1), Catch::Contains("$.Statement[0].Effect"));
  CHECK_THAT(message_of(*play, 1), Catch::Contains("line 1, column "));
  CHECK(play->state().keys[0].policy == root_policy());
}

TEST_CASE("A policy has at most so many bytes, and only characters up to U+00FF") {
  Story story = access_story();
  const std::string good = root_policy();
  story.step(10, put_policy(0, good + std::string(32'768 - good.size(), ' ')), kAdmin);
  story.step(11, put_policy(0, good + std::string(32'769 - good.size(), ' ')), kAdmin);
  story.step(12, put_policy(0, std::string(131'073, ' ')), kAdmin);
  const auto with_id = [&](const std::string& id) {
    return R"({"Id":")" + id + "\"," + good.substr(1);
  };
  story.step(13, put_policy(0, with_id("\xc3\xbf")), kAdmin);  // U+00FF
  story.step(14, put_policy(0, with_id("\xc4\x80")), kAdmin);  // U+0100
  story.step(15, put_policy(0, good + "\v"), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "LimitExceededException", "ValidationException",
                                          "none", "ValidationException", "ValidationException"});
  story.set("kms.policy.max_bytes", "40000");
  story.steps.resize(2);
  CHECK(answers_of(story, *lawful(story)) == Words{"none", "none"});
}

TEST_CASE("A policy names no principal of the scenario's that does not exist") {
  Story story = access_story();
  const auto naming = [](const std::string& principal) {
    return policy({statement("Allow", root_of(), R"("kms:*")"),
                   statement("Allow", R"({"AWS":[")" + principal + R"("]})", R"("kms:Encrypt")")});
  };
  const Words fine = {user_arn("guest"),
                      role_arn("app"),
                      "arn:aws:sts::111122223333:assumed-role/app/anyone",
                      "arn:aws:iam::999988887777:user/unknown",  // of whom the scenario is silent
                      "444455556666",
                      "*"};
  const Words wrong = {user_arn("nobody"), role_arn("guest"),
                       "arn:aws:sts::111122223333:assumed-role/nobody/anyone"};
  double at = 10;
  for (const auto& one : fine) story.step(at++, put_policy(0, naming(one)), kAdmin);
  for (const auto& one : wrong) story.step(at++, put_policy(0, naming(one)), kAdmin);
  const auto play = lawful(story);
  for (std::size_t i = 0; i < fine.size(); ++i) {
    INFO(fine[i]);
    CHECK(answer_to(*play, i).error == KmsError::NONE);
  }
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    INFO(wrong[i]);
    const Answer answer = answer_to(*play, fine.size() + i);
    CHECK(answer.error == KmsError::MALFORMED_POLICY_DOCUMENT);
    CHECK_THAT(answer.message, Catch::StartsWith("Policy contains a statement with one or more "
                                                 "invalid principals."));
    CHECK_THAT(answer.message, Catch::Contains("$.Statement[1].Principal.AWS[0]"));
  }
  story.set("kms.policy.check_principal_exists", "false");
  CHECK(answers_of(story, *lawful(story)) == Words(story.steps.size(), "none"));
}

TEST_CASE("A principal that was deleted can no more be named") {
  Story story = access_story();
  const std::string naming =
      policy({statement("Allow", root_of(), R"("kms:*")"),
              statement("Allow", R"({"AWS":")" + role_arn("app") + R"("})", R"("kms:Encrypt")")});
  story.step(10, put_policy(0, naming), kAdmin);
  story.step(11, iam_step(IamOperation::DELETE_PRINCIPAL, kApp), kAdmin);
  story.step(12, put_policy(0, naming), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "-", "MalformedPolicyDocumentException"});
  // What was put names a unique id now.
  const std::string shown = kms::shown_policy(play->state(), play->state().keys[0].policy);
  const std::string id = play->scenario().principal_ids[kApp];
  std::string expected = naming;
  expected.replace(expected.find(role_arn("app")), role_arn("app").size(), id);
  CHECK(shown == expected);
  CHECK(kms::shown_policy(play->state(), root_policy()) == root_policy());
}

TEST_CASE("The policy of an AWS managed key is not its account's to change") {
  Story story = access_story();
  story.keys[0].manager = Manager::AWS;
  story.keys[0].policy = std::string(iam::kManagedKeyPolicy);
  story.step(10, put_policy(0, root_policy()), kAdmin);
  story.step(11, get_policy(""), kAdmin);
  story.step(12, create_grant(0, {}), kAdmin);
  story.step(13, put_policy(0, root_policy()));  // nor the operator's
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"UnsupportedOperationException", "none",
                                          "AccessDeniedException",
                                          "UnsupportedOperationException"});
}

TEST_CASE("A put policy decides from when it is seen") {
  Story story = access_story();
  story.set("kms.propagation", "constant(20s)");
  story.step(10,
             put_policy(0, policy({statement("Allow", root_of(), R"("kms:*")"),
                                   statement("Allow", user("guest"), R"("kms:Encrypt")")})),
             kAdmin);
  story.step(29, encrypt(0), kGuest);
  story.step(30.001, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "AccessDeniedException", "none"});
}

}  // namespace tablekey::model::tests::policies_test
