// Steps that change an identity: who may, what IAM refuses, and when KMS heeds it (kms.md 10).
#include "model/iam_step.h"

#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::iam_step_test {
namespace {

using enum IamOperation;

const std::string kMayEncrypt = policy({statement("Allow", "", R"("kms:Encrypt")")});

struct IamAnswer {
  events::IamError error{};
  std::string message;
  std::int64_t visible_at = 0;
  events::Decider by{};
};

IamAnswer iam_answer(const Play& play, std::size_t step) {
  for (const KeptEvent* kept : play.of(Event::IAM_ANSWERED)) {
    const auto answered = kept->read().getIamAnswered();
    if (answered.getStep() == step) {
      return {answered.getError(), answered.getMessage(), answered.getVisibleAt(),
              answered.getDecidedBy()};
    }
  }
  FAIL("the step has no answer");
  return {};
}

}  // namespace

TEST_CASE("A policy is shown at once and heeded after its delay") {
  Story story = access_story();
  story.set("iam.propagation", "constant(20s)");
  story.step(10, iam_step(PUT_POLICY, kGuest, "use", kMayEncrypt), kAdmin);
  story.step(29, encrypt(0), kGuest);
  story.step(30.001, encrypt(0), kGuest);
  story.step(40, iam_step(DELETE_POLICY, kGuest, "use"), kAdmin);
  story.step(59, encrypt(0), kGuest);
  story.step(60.001, encrypt(0), kGuest);
  Play early(story);
  early.run_to(15);
  CHECK(early.state().principals[kGuest].policies.size() == 1);
  CHECK(early.state().principals[kGuest].effective_policies.empty());
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"-", "AccessDeniedException", "none", "-", "none", "AccessDeniedException"});
}

TEST_CASE("Changes of one identity are heeded in the order in which they were made") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Story story = access_story(400);
    story.seed = seed;
    story.set("iam.propagation", "uniform(0s, 90s)");
    for (int i = 0; i < 8; ++i) {
      const auto operation = i % 2 == 0 ? PUT_POLICY : DELETE_POLICY;
      story.step(10 + i, iam_step(operation, kGuest, "use", i % 2 == 0 ? kMayEncrypt : ""), kAdmin);
    }
    const auto play = lawful(story);
    std::int64_t latest = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      CHECK(iam_answer(*play, i).visible_at >= latest);
      latest = iam_answer(*play, i).visible_at;
    }
    CHECK(play->state().principals[kGuest].policies.empty());
    CHECK(play->state().principals[kGuest].effective_policies.empty());
  }
}

TEST_CASE("A caller needs an identity policy for what it changes, the operator needs none") {
  Story story = access_story();
  const std::string may_put =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PutUserPolicy",)"
      R"("Resource":"arn:aws:iam::111122223333:user/guest"}]})";
  story.step(10, iam_step(PUT_POLICY, kGuest, "use", kMayEncrypt), kGuest);
  story.step(11, iam_step(PUT_POLICY, kGuest, "put", may_put));
  story.step(12, iam_step(PUT_POLICY, kGuest, "use", kMayEncrypt), kGuest);
  story.step(13, iam_step(PUT_POLICY, kApp, "use", kMayEncrypt), kGuest);
  story.step(14, iam_step(DELETE_POLICY, kGuest, "use"), kGuest);
  const auto play = lawful(story);
  using events::IamError;
  CHECK(iam_answer(*play, 0).error == IamError::ACCESS_DENIED);
  CHECK(iam_answer(*play, 0).message ==
        "User: arn:aws:iam::111122223333:user/guest is not authorized to perform: "
        "iam:PutUserPolicy on resource: user guest because no identity-based policy allows the "
        "iam:PutUserPolicy action");
  CHECK(iam_answer(*play, 1).error == IamError::NONE);
  CHECK(iam_answer(*play, 1).by == events::Decider::OPERATOR);
  CHECK(iam_answer(*play, 2).error == IamError::NONE);
  CHECK(iam_answer(*play, 2).by == events::Decider::IDENTITY_POLICY);
  CHECK(iam_answer(*play, 3).error == IamError::ACCESS_DENIED);
  CHECK(iam_answer(*play, 4).error == IamError::ACCESS_DENIED);
  CHECK(play->state().principals[kApp].policies.empty());
}

TEST_CASE("IAM's own refusals name what is not there, what is no policy, what is too long") {
  Story story = access_story();
  const auto padded = [](std::size_t characters) {
    std::string document = kMayEncrypt;
    const std::string open = R"("Sid":")";
    const std::size_t at = document.find(R"({"Effect")") + 1;
    document.insert(
        at, open + std::string(characters - document.size() - open.size() - 2, 'a') + "\",");
    return document;
  };
  REQUIRE(padded(2'048).size() == 2'048);
  story.step(10, iam_step(DELETE_POLICY, kGuest, "none"), kAdmin);
  story.step(11, iam_step(DELETE_PERMISSIONS_BOUNDARY, kApp), kAdmin);
  story.step(12, iam_step(PUT_POLICY, kGuest, "bad", R"({"Statement":[)"), kAdmin);
  story.step(13, iam_step(PUT_POLICY, kGuest, "long", padded(2'049)), kAdmin);
  story.step(14, iam_step(PUT_POLICY, kGuest, "long", padded(2'048)), kAdmin);
  story.step(15, iam_step(PUT_POLICY, kGuest, "more", kMayEncrypt), kAdmin);  // both together
  story.step(16, iam_step(PUT_POLICY, kGuest, "long", kMayEncrypt), kAdmin);
  story.step(17, iam_step(PUT_POLICY, kApp, "long", padded(10'240)), kAdmin);
  story.step(18, iam_step(PUT_POLICY, kApp, "long", padded(10'241)), kAdmin);
  story.step(19, iam_step(PUT_PERMISSIONS_BOUNDARY, kApp, "", padded(6'145)), kAdmin);
  const auto play = lawful(story);
  using enum events::IamError;
  std::vector<events::IamError> errors;
  for (std::size_t i = 0; i < story.steps.size(); ++i) errors.push_back(iam_answer(*play, i).error);
  CHECK(errors == std::vector{NO_SUCH_ENTITY, NO_SUCH_ENTITY, MALFORMED_POLICY_DOCUMENT,
                              LIMIT_EXCEEDED, NONE, LIMIT_EXCEEDED, NONE, NONE, LIMIT_EXCEEDED,
                              LIMIT_EXCEEDED});
  CHECK(iam_answer(*play, 0).message == "The user policy with name none cannot be found.");
  CHECK_THAT(iam_answer(*play, 2).message, Catch::Contains("line 1, column"));
}

TEST_CASE("A permissions boundary limits what identity policies allow") {
  Story story = access_story();
  const std::string describe = policy({statement("Allow", "", R"("kms:DescribeKey")")});
  story.step(10, iam_step(PUT_POLICY, kGuest, "use", kMayEncrypt), kAdmin);
  story.step(11, encrypt(0), kGuest);
  story.step(12, iam_step(PUT_PERMISSIONS_BOUNDARY, kGuest, "", describe), kAdmin);
  story.step(13, encrypt(0), kGuest);
  story.step(14, iam_step(DELETE_PERMISSIONS_BOUNDARY, kGuest), kAdmin);
  story.step(15, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"-", "none", "-", "AccessDeniedException", "-", "none"});
}

TEST_CASE("The sessions of a deleted role are denied once that is heeded, whatever names it") {
  Story story = access_story();
  story.set("iam.propagation", "constant(20s)");
  story.keys[0].policy =
      policy({statement("Allow", root_of(), R"("kms:*")"),
              statement("Allow", R"({"AWS":")" + role_arn("app") + R"("})", R"("kms:Encrypt")")});
  story.step(10, encrypt(0), kApp);
  story.step(11, create_grant(0, {}), kAdmin);
  story.step(12, iam_step(DELETE_PRINCIPAL, kApp), kAdmin);
  story.step(13, iam_step(PUT_POLICY, kApp, "use", kMayEncrypt), kAdmin);
  story.step(31, encrypt(0), kApp);
  story.step(32.001, encrypt(0), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "none", "-", "-", "none", "AccessDeniedException"});
  CHECK(iam_answer(*play, 3).error == events::IamError::NO_SUCH_ENTITY);
  CHECK(iam_answer(*play, 3).message == "The role with name app cannot be found.");
}

TEST_CASE("A caller of another account names an identity of its own account, which is not there") {
  Story story = access_story();
  story.principals.push_back(
      {"partner", PrincipalKind::USER, policy({statement("Allow", "", R"("*")")}), "444455556666"});
  story.step(10, iam_step(PUT_POLICY, kGuest, "use", kMayEncrypt), 3);
  const auto play = lawful(story);
  CHECK(iam_answer(*play, 0).error == events::IamError::NO_SUCH_ENTITY);
}

TEST_CASE("Every operation on an identity has an action for users and for roles") {
  std::vector<std::string_view> actions;
  for (const auto operation : {PUT_POLICY, DELETE_POLICY, PUT_PERMISSIONS_BOUNDARY,
                               DELETE_PERMISSIONS_BOUNDARY, DELETE_PRINCIPAL}) {
    actions.push_back(iam_action(operation, PrincipalKind::ROLE));
    actions.push_back(iam_action(operation, PrincipalKind::USER));
  }
  CHECK(actions == std::vector<std::string_view>{
                       "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:DeleteRolePolicy",
                       "iam:DeleteUserPolicy", "iam:PutRolePermissionsBoundary",
                       "iam:PutUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary",
                       "iam:DeleteUserPermissionsBoundary", "iam:DeleteRole", "iam:DeleteUser"});
}

}  // namespace tablekey::model::tests::iam_step_test
