// The lists of grants, DynamoDB's own grants among them, and what a grant shows (kms.md 3.3, 5.1).
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::grants_lists_test {
namespace {

using enum events::KmsOperation;

Fill list_grants_to(const std::string& grantee) {
  return call(LIST_GRANTS, 0, [=](events::KmsCall::Builder kms) { kms.setPrincipal(grantee); });
}
Fill list_retirable(const std::string& principal) {
  return call(LIST_RETIRABLE_GRANTS, kNone,
              [=](events::KmsCall::Builder kms) { kms.setPrincipal(principal); });
}

}  // namespace

TEST_CASE("ListGrants shows a page of the grants that exist") {
  Story story = access_story();
  story.set("kms.request_quota", "none");
  for (int i = 0; i < 7; ++i) story.step(10 + i, create_grant(0, {}), kAdmin);
  story.step(20, of_grant(REVOKE_GRANT, 0, 3), kAdmin);
  story.step(21, call(LIST_GRANTS, 0), kAdmin);
  story.step(22, page(LIST_GRANTS, 0, 4), kAdmin);
  story.step(23, page(LIST_GRANTS, 0, 4, "4"), kAdmin);
  story.step(24, page(LIST_GRANTS, 0, 101), kAdmin);
  story.step(25, page(LIST_GRANTS, 0, -1), kAdmin);
  story.step(26, page(LIST_GRANTS, 0, 4, "seven"), kAdmin);
  story.step(27, page(LIST_GRANTS, 0, 4, "7"), kAdmin);
  story.step(28, call(LIST_GRANTS, 0), kGuest);
  const auto play = lawful(story);
  CHECK(listed(*play, 8) == std::pair(6U, false));
  CHECK(listed(*play, 9) == std::pair(4U, true));
  CHECK(listed(*play, 10) == std::pair(2U, false));
  CHECK(answer_to(*play, 11).error == KmsError::VALIDATION);
  CHECK(answer_to(*play, 12).error == KmsError::VALIDATION);
  CHECK(answer_to(*play, 13).error == KmsError::INVALID_MARKER);
  CHECK(answer_to(*play, 14).error == KmsError::INVALID_MARKER);
  CHECK(answer_to(*play, 15).error == KmsError::ACCESS_DENIED);
}

TEST_CASE("ListGrants filters by grantee and by grant id") {
  Story story = access_story();
  GrantSpec to_guest;
  to_guest.grantee = user_arn("guest");
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(11, create_grant(0, to_guest), kAdmin);
  story.step(12, create_grant(0, to_guest), kAdmin);
  story.step(20, list_grants_to(user_arn("guest")), kAdmin);
  story.step(21, list_grants_to(user_arn("nobody")), kAdmin);
  story.step(22, of_grant(LIST_GRANTS, 0, 0), kAdmin);
  story.step(23, of_grant_text(LIST_GRANTS, 0, std::string(64, '0')), kAdmin);
  story.step(24, of_grant_text(LIST_GRANTS, 0, std::string(200, '0')), kAdmin);
  const auto play = lawful(story);
  CHECK(listed(*play, 3).first == 2);
  CHECK(listed(*play, 4).first == 0);
  CHECK(listed(*play, 5).first == 1);
  CHECK(listed(*play, 6).first == 0);
  CHECK(answer_to(*play, 7).error == KmsError::INVALID_GRANT_ID);
}

TEST_CASE("ListRetirableGrants goes across keys and accounts, and asks about the principal alone") {
  Story story = access_story();
  const std::string partner_account = "444455556666";
  story.principals.push_back({"partner", PrincipalKind::USER,
                              policy({statement("Allow", "", R"("kms:*")")}), partner_account});
  story.keys.push_back(
      {.policy = policy({statement("Allow", root_of(partner_account), R"("kms:*")")}),
       .account = partner_account});
  GrantSpec spec;
  spec.retiring = user_arn("guest");
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, create_grant(1, spec), 3);
  story.step(12, create_grant(0, {}), kAdmin);
  story.step(20, list_retirable(user_arn("guest")), kAdmin);
  story.step(21, list_retirable(user_arn("guest")), kGuest);  // no identity policy lets it
  story.step(22, list_retirable(user_arn("guest")), 3);       // of another account
  story.step(23, list_retirable(""), kAdmin);
  story.step(24, list_retirable("guest"), kAdmin);
  const auto play = lawful(story);
  CHECK(listed(*play, 3).first == 2);
  CHECK(answer_to(*play, 4).error == KmsError::ACCESS_DENIED);
  CHECK(answer_to(*play, 5).error == KmsError::ACCESS_DENIED);
  CHECK(answer_to(*play, 6).error == KmsError::VALIDATION);
  CHECK(answer_to(*play, 7).error == KmsError::INVALID_ARN);
}

TEST_CASE("DynamoDB's grants have the terms of the guide and a UUID for a Name") {
  Story story = books();
  story.step(20, list_grants_to("dynamodb.us-west-2.amazonaws.com"));
  const auto play = lawful(story);
  const State& state = play->state();
  REQUIRE(state.grants.size() == 2);
  kms::GrantTerms scratch;
  const kms::GrantTerms& terms = kms::terms_of_grant(state, state.grants[0], scratch);
  CHECK(terms.grantee == "dynamodb.us-west-2.amazonaws.com");
  CHECK(terms.retiring == terms.grantee);
  CHECK(terms.constraint == kms::GrantConstraint::subset);
  CHECK(terms.pairs == Pairs{{"aws:dynamodb:subscriberId", std::string(kAccount)},
                             {"aws:dynamodb:tableName", "Books"}});
  CHECK(terms.operations.size() == 7);
  CHECK_FALSE(terms.operations.contains(kms::GrantOperation::create_grant));
  CHECK(terms.name.size() == 36);
  CHECK(terms.name[14] == '4');
  CHECK(listed(*play, 0).first == 2);
}

TEST_CASE("A step that revokes all of a table's grants stands for one call for each") {
  for (const auto choice :
       {events::GrantReference::Choice::ALL, events::GrantReference::Choice::FIRST,
        events::GrantReference::Choice::SECOND}) {
    Story story = books();
    story.step(20, kms(REVOKE_GRANT, 0, 0, "", 0, choice));
    story.step(21, kms(REVOKE_GRANT, 0, 0));
    story.step(22, kms(REVOKE_GRANT, 0, 0));
    const auto play = lawful(story);
    const auto answers = play->answers(REVOKE_GRANT);
    CHECK(answers.size() == (choice == events::GrantReference::Choice::ALL ? 4 : 3));
    CHECK(play->state().keys[0].live_grants == 0);
    const auto first = answers.front()->read().getKmsAnswered();
    CHECK(first.getGrant() == (choice == events::GrantReference::Choice::SECOND ? 1 : 0));
    CHECK(answers.back()->read().getKmsAnswered().getError() == KmsError::NOT_FOUND);
  }
}

TEST_CASE("A grantee that was deleted is shown by its unique id") {
  Story story = access_story();
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(11, iam_step(IamOperation::DELETE_PRINCIPAL, kApp), kAdmin);
  story.step(12, list_grants_to(role_arn("app")), kAdmin);
  Play before(story);
  before.run_to(10);
  CHECK(kms::shown_principal(before.state(), role_arn("app")) == role_arn("app"));
  const std::string id = before.scenario().principal_ids[kApp];
  story.step(13, list_grants_to(id), kAdmin);
  const auto play = lawful(story);
  CHECK(kms::shown_principal(play->state(), role_arn("app")) == id);
  CHECK(id.starts_with("AROA"));
  CHECK(listed(*play, 2).first == 0);
  CHECK(listed(*play, 3).first == 1);
}

TEST_CASE("Many grants are made, used and ended, and fold and snapshots agree") {
  Story story = access_story(1'000);
  story.set("kms.propagation", "uniform(0s, 40s)");
  for (int i = 0; i < 300; ++i) {
    GrantSpec spec;
    spec.subset = {{"n", std::to_string(i)}};
    if (i % 7 == 0) spec.name = "name-" + std::to_string(i % 14);
    story.step(10 + i, create_grant(0, spec), kAdmin);
  }
  for (std::uint32_t i = 0; i < 300; i += 3) {
    story.step(400 + i, of_grant(REVOKE_GRANT, 0, i), kAdmin);
    story.step(900, encrypt(0, {{"n", std::to_string(i)}}), kApp);
  }
  const auto play = lawful(story);
  CHECK(play->state().grants.size() == 300);
  CHECK(play->state().keys[0].live_grants == 200);
  for (std::size_t i = 300; i < story.steps.size(); i += 2) {
    CHECK(answer_to(*play, i).error == KmsError::NONE);
    CHECK(answer_to(*play, i + 1).error == KmsError::ACCESS_DENIED);
  }
}

}  // namespace tablekey::model::tests::grants_lists_test
