// Grants in the world (kms.md 5): made, used, listed, retired, revoked, by steps of the timeline.
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::grants_test {
namespace {

using enum events::KmsOperation;

constexpr std::string_view kDryRun =
    "The request would have succeeded, but the DryRun option is set.";

/// Who may use a key that leaves everything to grants: nobody but by them.
Story granted_story(double until = 100) { return access_story(until); }

}  // namespace

TEST_CASE("Conformance 11: a new grant counts inside the propagation window only with its token") {
  Story story = granted_story();
  story.set("kms.propagation", "constant(30s)");
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(20, encrypt(0), kApp);
  story.step(21, encrypt(0, {}, 0), kApp);
  story.step(39, encrypt(0), kApp);
  story.step(40, encrypt(0), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "AccessDeniedException", "none", "AccessDeniedException", "none"});
}

TEST_CASE(
    "Conformance 12: a Subset constraint wants its pairs in the context, and not of DescribeKey") {
  Story story = granted_story();
  GrantSpec spec;
  spec.operations = {"Encrypt", "DescribeKey"};
  spec.subset = {{"A", "1"}};
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(20, encrypt(0, {{"A", "1"}, {"B", "2"}}), kApp);
  story.step(21, encrypt(0), kApp);
  story.step(22, encrypt(0, {{"a", "1"}}), kApp);
  story.step(23, call(DESCRIBE_KEY, 0), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "none", "AccessDeniedException", "AccessDeniedException", "none"});
}

TEST_CASE(
    "Conformance 13: an equal CreateGrant of the same Name gives the same grant and a fresh "
    "token") {
  Story story = granted_story();
  GrantSpec spec;
  spec.name = "reader";
  story.step(10, create_grant(0, spec), kAdmin);
  std::swap(spec.operations[0], spec.operations[1]);
  story.step(11, create_grant(0, spec), kAdmin);
  spec.operations = {"Encrypt"};
  story.step(12, create_grant(0, spec), kAdmin);  // other parameters: another grant
  spec.name.clear();
  story.step(13, create_grant(0, spec), kAdmin);  // without a Name every call makes one
  story.step(14, create_grant(0, spec), kAdmin);
  story.step(15, call(LIST_GRANTS, 0), kAdmin);
  const auto play = lawful(story);
  const State& state = play->state();
  CHECK(answers_of(story, *play) == Words(6, "none"));
  REQUIRE(state.grants.size() == 4);
  CHECK(state.results[0].grant == state.results[1].grant);
  CHECK(state.results[0].token == 0);
  CHECK(state.results[1].token == 1);
  CHECK(state.grants[0].tokens == 2);
  CHECK(state.keys[0].live_grants == 4);
  CHECK(listed(*play, 5) == std::pair(4U, false));
}

TEST_CASE("A Name is free again once its grant has ended, and belongs to one key") {
  Story story = granted_story();
  story.keys.push_back({.policy = root_policy()});
  GrantSpec spec;
  spec.name = "reader";
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, create_grant(1, spec), kAdmin);
  story.step(12, of_grant(REVOKE_GRANT, 0, 0), kAdmin);
  story.step(13, create_grant(0, spec), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words(4, "none"));
  CHECK(play->state().grants.size() == 3);
  CHECK(play->state().results[3].grant == 2);
}

TEST_CASE("Conformance 14: a child grant is no less strict than its parent") {
  Story story = granted_story();
  GrantSpec parent;
  parent.operations = {"Encrypt", "CreateGrant"};
  parent.subset = {{"A", "1"}};
  story.step(10, create_grant(0, parent), kAdmin);
  GrantSpec child;
  child.grantee = user_arn("guest");
  child.operations = {"Encrypt"};
  child.equals = {{"A", "1"}};
  story.step(11, create_grant(0, child), kApp);
  child.equals.clear();
  story.step(12, create_grant(0, child), kApp);
  child.subset = {{"A", "1"}};
  child.operations = {"Decrypt"};
  story.step(13, create_grant(0, child), kApp);
  story.step(14, encrypt(0, {{"A", "1"}}), kGuest);
  // The parent goes; what it made stays (kms.md 5.5).
  story.step(15, of_grant(REVOKE_GRANT, 0, 0), kAdmin);
  story.step(16, encrypt(0, {{"A", "1"}}), kGuest);
  story.step(17, encrypt(0, {{"A", "1"}}), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "AccessDeniedException",
                                          "AccessDeniedException", "none", "none", "none",
                                          "AccessDeniedException"});
}

TEST_CASE("Conformance 15: a grantee retires its grant only if that is among the operations") {
  Story story = granted_story();
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(11, of_grant(RETIRE_GRANT, 0, 0), kApp);
  story.step(12, of_grant(REVOKE_GRANT, 0, 0), kApp);
  story.step(13, of_grant(REVOKE_GRANT, 0, 0), kAdmin);
  GrantSpec retirable;
  retirable.operations = {"Encrypt", "RetireGrant"};
  story.step(14, create_grant(0, retirable), kAdmin);
  story.step(15, of_grant(RETIRE_GRANT, 0, 4), kApp);
  GrantSpec of_guest;
  of_guest.retiring = user_arn("guest");
  story.step(16, create_grant(0, of_guest), kAdmin);
  story.step(17, of_grant(RETIRE_GRANT, kNone, 6, true), kGuest);
  story.step(18, encrypt(0), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "AccessDeniedException", "AccessDeniedException",
                                          "none", "none", "none", "none", "none",
                                          "AccessDeniedException"});
  CHECK(play->state().keys[0].live_grants == 0);
}

TEST_CASE("Grant tokens that are malformed are refused, and unknown ones count as absent") {
  Story story = granted_story();
  story.set("kms.propagation", "constant(50s)");
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(11, encrypt(0, {}, kNone, "no token"), kApp);
  story.step(12, encrypt(0, {}, kNone, kms::grant_token(std::string(64, 'a'), 0)), kApp);
  story.step(13, of_grant_text(RETIRE_GRANT, kNone, "no token", true), kAdmin);
  story.step(14, of_grant_text(RETIRE_GRANT, kNone, kms::grant_token("unknown", 0), true), kAdmin);
  story.step(15,
             call(ENCRYPT, 0,
                  [](events::KmsCall::Builder kms) {
                    kms.setPlaintextBytes(1);
                    kms.initGrantTokens(11);
                    for (auto token : kms.getGrantTokens()) token.setText("x");
                  }),
             kApp);
  Play play(story);
  play.run();
  CHECK(answers_of(story, play) == Words{"none", "InvalidGrantTokenException",
                                         "AccessDeniedException", "InvalidGrantTokenException",
                                         "InvalidGrantTokenException", "ValidationException"});
}

TEST_CASE("A token as text is that of the grant, whichever of its tokens it is") {
  Story story = granted_story();
  story.set("kms.propagation", "constant(90s)");
  GrantSpec spec;
  spec.name = "reader";
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, create_grant(0, spec), kAdmin);
  Play first(story);
  first.run();
  const std::string id = kms::grant_id_text(first.state().grants.at(0).id);
  story.step(12, encrypt(0, {}, kNone, kms::grant_token(id, 0)), kApp);
  story.step(13, encrypt(0, {}, kNone, kms::grant_token(id, 1)), kApp);
  story.step(14, encrypt(0, {}, kNone, kms::grant_token(id, 2)), kApp);  // never issued
  story.step(15, of_grant_text(REVOKE_GRANT, 0, id), kAdmin);
  const auto play = lawful(story);
  CHECK(kms::grant_id_text(play->state().grants.at(0).id) == id);
  CHECK(answers_of(story, *play) ==
        Words{"none", "none", "none", "none", "AccessDeniedException", "none"});
}

TEST_CASE("RetireGrant names its grant by token, or by key ARN and grant id") {
  Story story = granted_story();
  GrantSpec spec;
  spec.retiring = user_arn("guest");
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, call(RETIRE_GRANT), kGuest);
  story.step(12,
             call(RETIRE_GRANT, kNone,
                  [](events::KmsCall::Builder kms) {
                    kms.initKeyId().setId(0);
                    kms.initGrant().setStep(0);
                  }),
             kGuest);
  story.step(13, of_grant(RETIRE_GRANT, 0, 0, true), kGuest);  // both
  story.step(14, of_grant_text(RETIRE_GRANT, 0, std::string(129, 'a')), kGuest);
  story.step(15, of_grant_text(RETIRE_GRANT, 0, std::string(64, 'a')), kGuest);
  story.step(16, of_grant(RETIRE_GRANT, 0, 0), kGuest);
  story.step(17, of_grant(RETIRE_GRANT, 0, 0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "ValidationException", "InvalidArnException",
                                          "ValidationException", "InvalidGrantIdException",
                                          "NotFoundException", "none", "NotFoundException"});
}

TEST_CASE("RevokeGrant takes a key id or ARN and a grant id of that key, never a token") {
  Story story = granted_story();
  story.keys.push_back({.policy = root_policy()});
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(11, of_grant(REVOKE_GRANT, 0, 0, true), kAdmin);
  story.step(12, of_grant(REVOKE_GRANT, 1, 0), kAdmin);  // another key's
  story.step(13,
             call(REVOKE_GRANT, kNone,
                  [](events::KmsCall::Builder kms) {
                    kms.initKeyId().setId(0);
                    kms.initGrant().setStep(0);
                  }),
             kAdmin);
  story.step(14, of_grant(REVOKE_GRANT, 0, 0), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "ValidationException", "NotFoundException", "none", "NotFoundException"});
}

TEST_CASE(
    "What a grant may not say is refused before the key is looked at or for the key it is on") {
  Story story = granted_story();
  GrantSpec spec;
  spec.operations = {};
  story.step(10, create_grant(0, spec), kAdmin);
  spec.operations = {"Sign"};  // no operation of a symmetric key
  story.step(11, create_grant(0, spec), kAdmin);
  spec = {};
  spec.grantee = "arn:aws:iam::111122223333:group/readers";
  story.step(12, create_grant(0, spec), kAdmin);
  spec = {};
  spec.grantee = "dynamodb.us-west-2.amazonaws.com";  // only services may name services so
  story.step(13, create_grant(0, spec), kAdmin);
  story.step(14, call(CREATE_GRANT, 0), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"ValidationException", "ValidationException",
                                          "InvalidArnException", "InvalidArnException",
                                          "ValidationException"});
  CHECK(play->state().grants.empty());
}

TEST_CASE("A key carries no more grants than its limit, which ended ones do not count against") {
  Story story = granted_story();
  story.set("kms.grants_per_key_max", "2");
  GrantSpec named;
  named.name = "n";
  story.step(10, create_grant(0, named), kAdmin);
  story.step(11, create_grant(0, {}), kAdmin);
  story.step(12, create_grant(0, {}), kAdmin);
  story.step(13, create_grant(0, named), kAdmin);  // there already: no new one
  story.step(14, of_grant(REVOKE_GRANT, 0, 1), kAdmin);
  story.step(15, create_grant(0, {}), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "none", "LimitExceededException", "none", "none", "none"});
}

TEST_CASE(
    "A principal that does not exist is accepted as grantee unless a setting says otherwise") {
  for (const bool checked : {false, true}) {
    Story story = granted_story();
    story.set("kms.grants.check_principal_exists", checked ? "true" : "false");
    GrantSpec spec;
    spec.grantee = role_arn("nobody");
    story.step(10, create_grant(0, spec), kAdmin);
    spec = {};
    spec.retiring = user_arn("nobody");
    story.step(11, create_grant(0, spec), kAdmin);
    spec.retiring = "arn:aws:iam::999988887777:user/unknown";  // the scenario says nothing of them
    story.step(12, create_grant(0, spec), kAdmin);
    const auto play = lawful(story);
    const std::string word = checked ? "InvalidArnException" : "none";
    CHECK(answers_of(story, *play) == Words{word, word, "none"});
  }
}

TEST_CASE("DryRun of a grant operation changes nothing and tells what would have happened") {
  Story story = granted_story();
  GrantSpec spec;
  spec.retiring = user_arn("guest");
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, create_grant(0, spec, true), kAdmin);
  story.step(12, of_grant(RETIRE_GRANT, 0, 0, false, true), kGuest);
  story.step(13, of_grant(REVOKE_GRANT, 0, 0, false, true), kAdmin);
  story.step(14, of_grant(REVOKE_GRANT, 0, 0, false, true), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "DryRunOperationException",
                                          "DryRunOperationException", "DryRunOperationException",
                                          "AccessDeniedException"});
  CHECK(answer_to(*play, 1).message == kDryRun);
  CHECK(play->state().keys[0].live_grants == 1);
}

TEST_CASE("A grant ends in every state of its key, and begins only on an enabled one") {
  Story story = granted_story();
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(11, create_grant(0, {}), kAdmin);
  story.step(12, create_grant(0, {}), kAdmin);
  story.step(13, kms(DISABLE_KEY, 0), kAdmin);
  story.step(14, create_grant(0, {}), kAdmin);
  story.step(15, of_grant(REVOKE_GRANT, 0, 0), kAdmin);
  story.step(16, kms(SCHEDULE_KEY_DELETION, 0, kNone, "", 7), kAdmin);
  story.step(17, create_grant(0, {}), kAdmin);
  story.step(18, of_grant(REVOKE_GRANT, 0, 1), kAdmin);
  story.step(19, call(LIST_GRANTS, 0), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "none", "none", "DisabledException",
                                          "none", "none", "KMSInvalidStateException", "none",
                                          "none"});
  CHECK(listed(*play, 9) == std::pair(1U, false));
}

TEST_CASE("With a deleted key go its grants") {
  Story story = granted_story(8 * 86'400);
  GrantSpec spec;
  spec.retiring = user_arn("guest");
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(16, kms(SCHEDULE_KEY_DELETION, 0, kNone, "", 7), kAdmin);
  story.step(7.5 * 86'400, of_grant(RETIRE_GRANT, kNone, 0, true), kGuest);
  const auto play = lawful(story);
  CHECK(play->state().grants.at(0).ended);
  CHECK(play->state().keys[0].live_grants == 0);
  CHECK(answer_to(*play, 2).error != KmsError::NONE);
}

TEST_CASE("A revoked grant may still be used until its end is seen, and no token brings it back") {
  Story story = granted_story();
  story.set("kms.propagation", "constant(20s)");
  story.step(10, create_grant(0, {}), kAdmin);
  story.step(40, of_grant(REVOKE_GRANT, 0, 0), kAdmin);
  story.step(41, call(LIST_GRANTS, 0), kAdmin);
  story.step(59, encrypt(0), kApp);
  story.step(60, encrypt(0), kApp);
  story.step(61, encrypt(0, {}, 0), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"none", "none", "none", "none", "AccessDeniedException", "AccessDeniedException"});
  CHECK(listed(*play, 2) == std::pair(0U, false));
}

TEST_CASE("An explicit Deny wins over a grant") {
  Story story = granted_story();
  story.keys[0].policy = policy({statement("Allow", root_of(), R"("kms:*")"),
                                 statement("Deny", user("guest"), R"("kms:Encrypt")")});
  GrantSpec spec;
  spec.grantee = user_arn("guest");
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "AccessDeniedException"});
}

TEST_CASE("A principal of another account needs a grant and nothing else") {
  Story story = granted_story();
  story.principals.push_back({"partner", PrincipalKind::USER, "", "444455556666"});
  GrantSpec spec;
  spec.grantee = "arn:aws:iam::444455556666:user/partner";
  story.step(10, encrypt(0), 3);
  story.step(11, create_grant(0, spec), kAdmin);
  story.step(12, encrypt(0), 3);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"AccessDeniedException", "none", "none"});
  CHECK(kms::issuing_account(play->state(), play->state().grants.at(0)) == kAccount);
}

TEST_CASE("An account as grantee is every principal in it") {
  Story story = granted_story();
  GrantSpec spec;
  spec.grantee = "arn:aws:iam::111122223333:root";
  story.step(10, create_grant(0, spec), kAdmin);
  story.step(11, encrypt(0), kApp);
  story.step(12, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "none"});
}

}  // namespace tablekey::model::tests::grants_test
