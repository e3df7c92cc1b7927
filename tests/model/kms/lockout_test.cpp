// The lock-out safety check (kms.md 6.8): whoever puts a policy must be able to put another.
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::lockout_test {
namespace {

constexpr std::string_view kLockout =
    "The new key policy will not allow you to update the key policy in the future.";

std::string only(const std::string& name, const std::string& action) {
  return policy({statement("Allow", user(name), "\"" + action + "\"")});
}

}  // namespace

TEST_CASE(
    "Conformance 17: a policy that locks its author out is refused, and bypassing allows it") {
  Story story = access_story();
  story.step(10, put_policy(0, only("guest", "kms:*")), kAdmin);
  story.step(11, put_policy(0, only("guest", "kms:*"), true), kAdmin);
  story.step(12, put_policy(0, root_policy()), kAdmin);  // now it is locked out
  story.step(13, put_policy(0, only("guest", "kms:PutKeyPolicy")), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"MalformedPolicyDocumentException", "none", "AccessDeniedException", "none"});
  CHECK(answer_to(*play, 0).message == kLockout);
}

TEST_CASE("A root statement is not enough for a caller whose identity policies lack PutKeyPolicy") {
  Story story = access_story();
  story.keys[0].policy = only("guest", "kms:*");
  story.step(10, put_policy(0, root_policy()), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"MalformedPolicyDocumentException"});
  CHECK(answer_to(*play, 0).message == kLockout);
}

TEST_CASE("A Deny in the new policy locks its author out although another statement allows") {
  Story story = access_story();
  story.step(10,
             put_policy(0, policy({statement("Allow", root_of(), R"("kms:*")"),
                                   statement("Deny", user("admin"), R"("kms:Put*")")})),
             kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"MalformedPolicyDocumentException"});
}

TEST_CASE("A grant does not save its author from being locked out") {
  Story story = access_story();
  GrantSpec spec;
  spec.grantee = user_arn("admin");
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, put_policy(0, only("guest", "kms:*")), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "MalformedPolicyDocumentException"});
}

TEST_CASE("The check looks at the conditions of the request that puts the policy") {
  Story story = access_story();
  const auto while_requested = [](const std::string& region) {
    return policy({statement(
        "Allow", user("admin"), R"("kms:*")",
        R"(,"Condition":{"StringEquals":{"aws:RequestedRegion":")" + region + R"("}})")});
  };
  story.step(10, put_policy(0, while_requested("eu-west-1")), kAdmin);
  story.step(11, put_policy(0, while_requested("us-west-2")), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"MalformedPolicyDocumentException", "none"});
}

TEST_CASE("The operator is no principal and cannot be locked out, a setting turns the check off") {
  Story story = access_story();
  story.step(10, put_policy(0, only("guest", "kms:*")));
  CHECK(answers_of(story, *lawful(story)) == Words{"none"});
  story.steps[0].caller = kAdmin;
  story.set("kms.policy.lockout_check", "false");
  CHECK(answers_of(story, *lawful(story)) == Words{"none"});
}

}  // namespace tablekey::model::tests::lockout_test
