// The checks of kms.md 13 about who may do what, each named by its number.
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::conformance_access_test {
namespace {

const std::string kHead =
    "User: arn:aws:iam::111122223333:user/guest is not authorized to perform: ";

std::string tail(const Play& play, const std::string& action, const std::string& why) {
  return kHead + action + " on resource: " + play.state().key_arn(0) + " because no " + why +
         " policy allows the " + action + " action";
}

Fill describe(std::uint32_t key = 0) { return call(KmsOperation::DESCRIBE_KEY, key); }

std::vector<KmsError> errors(const Story& story, const Play& play) {
  std::vector<KmsError> found;
  for (std::size_t i = 0; i < story.steps.size(); ++i) {
    found.push_back(answer_to(play, i).error);
  }
  return found;
}
using Errors = std::vector<KmsError>;
constexpr KmsError kOk = KmsError::NONE, kDenied = KmsError::ACCESS_DENIED;

}  // namespace

TEST_CASE(
    "Conformance 8 and 9: key policy and identity policy, which is missing and which denies") {
  Story story = access_story();
  story.step(1, encrypt(0), kGuest);
  story.step(2, iam_step(IamOperation::PUT_POLICY, kGuest, "own",
                         policy({statement("Allow", "", R"("kms:Encrypt")")})));
  story.step(3, encrypt(0), kGuest);
  story.step(4, put_policy(0, policy({statement("Allow", root_of(), R"("kms:*")"),
                                      statement("Deny", user("guest"), R"("kms:Encrypt")")})));
  story.step(5, encrypt(0), kGuest);
  story.step(6, put_policy(0, policy({statement("Allow", user("admin"), R"("kms:*")")})));
  story.step(7, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).message == tail(*play, "kms:Encrypt", "identity-based"));
  CHECK(answer_to(*play, 2).error == kOk);
  CHECK(answer_to(*play, 4).error == kDenied);
  CHECK(answer_to(*play, 4).message == kHead +
                                           "kms:Encrypt on resource: " + play->state().key_arn(0) +
                                           " with an explicit deny in a resource-based policy");
  CHECK(answer_to(*play, 6).message == tail(*play, "kms:Encrypt", "resource-based"));
}

TEST_CASE("Conformance 10: a key that opens through DynamoDB only") {
  Story story = access_story();
  const std::string through =
      R"(,"Condition":{"StringEquals":{"kms:ViaService":"dynamodb.us-west-2.amazonaws.com"}})";
  story.keys[0].policy = policy({statement("Allow", user("guest"), R"("kms:*")", through),
                                 statement("Allow", user("admin"), R"("kms:*")")});
  story.step(1, describe(), kGuest);
  story.step(2,
             call(KmsOperation::DESCRIBE_KEY, 0,
                  [](events::KmsCall::Builder kms) { kms.setViaService("dynamodb"); }),
             kGuest);
  const auto play = lawful(story);
  CHECK(errors(story, *play) == Errors{kDenied, kOk});
}

TEST_CASE("Conformance 11: inside the propagation window a grant counts with its token only") {
  Story story = access_story();
  story.set("kms.propagation", "constant(30s)");
  story.step(1, create_grant(0, {.grantee = user_arn("guest")}), kAdmin);
  story.step(5, encrypt(0), kGuest).step(6, encrypt(0, {}, 0), kGuest);
  story.step(40, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(errors(story, *play) == Errors{kOk, kDenied, kOk, kOk});
}

TEST_CASE("Conformance 12: a Subset constraint wants its pairs, and DescribeKey has none") {
  Story story = access_story();
  story.step(1,
             create_grant(0, {.grantee = user_arn("guest"),
                              .operations = {"Encrypt", "DescribeKey"},
                              .subset = {{"A", "1"}}}),
             kAdmin);
  story.step(2, encrypt(0, {{"A", "1"}, {"B", "2"}}), kGuest).step(3, encrypt(0), kGuest);
  story.step(4, describe(), kGuest);
  const auto play = lawful(story);
  CHECK(errors(story, *play) == Errors{kOk, kOk, kDenied, kOk});
}

TEST_CASE("Conformance 13: a grant made twice under one Name is one grant with two tokens") {
  Story story = access_story();
  const GrantSpec spec{.grantee = user_arn("guest"), .name = "once"};
  story.step(1, create_grant(0, spec), kAdmin).step(2, create_grant(0, spec), kAdmin);
  story.step(3, call(KmsOperation::LIST_GRANTS, 0), kAdmin);
  const auto play = lawful(story);
  CHECK(play->state().results[0].grant == play->state().results[1].grant);
  CHECK(play->state().results[0].token != play->state().results[1].token);
  CHECK(listed(*play, 2).first == 1);
}

TEST_CASE("Conformance 14: a child grant is as strict as its parent, or is not made") {
  Story story = access_story();
  const std::vector<std::string> operations = {"Encrypt", "CreateGrant"};
  story.step(
      1,
      create_grant(
          0, {.grantee = user_arn("guest"), .operations = operations, .subset = {{"A", "1"}}}),
      kAdmin);
  story.step(2, create_grant(0, {.operations = {"Encrypt"}, .equals = {{"A", "1"}}}), kGuest);
  story.step(3, create_grant(0, {.operations = {"Encrypt"}}), kGuest);
  const auto play = lawful(story);
  CHECK(errors(story, *play) == Errors{kOk, kOk, kDenied});
}

TEST_CASE("Conformance 15: a grantee may not retire what does not list RetireGrant") {
  Story story = access_story();
  story.step(1, create_grant(0, {.grantee = user_arn("guest")}), kAdmin);
  story.step(2, of_grant(KmsOperation::RETIRE_GRANT, 0, 0), kGuest);
  story.step(3, of_grant(KmsOperation::REVOKE_GRANT, 0, 0), kAdmin);
  const auto play = lawful(story);
  CHECK(errors(story, *play) == Errors{kOk, kDenied, kOk});
}

TEST_CASE("Conformance 17: a policy that locks its author out wants the bypass") {
  Story story = access_story();
  const std::string without = policy({statement("Allow", user("guest"), R"("kms:*")")});
  story.step(1, put_policy(0, without), kAdmin).step(2, put_policy(0, without, true), kAdmin);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).error == KmsError::MALFORMED_POLICY_DOCUMENT);
  CHECK(answer_to(*play, 0).message ==
        "The new key policy will not allow you to update the key policy in the future.");
  CHECK(answer_to(*play, 1).error == kOk);
}

}  // namespace tablekey::model::tests::conformance_access_test
