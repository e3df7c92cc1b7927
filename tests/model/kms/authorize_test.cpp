// Every condition key of kms.md 6.5 that a request carries, one policy each: the key policy lets
// the guest in on that condition alone. Then what several kinds of policy say together.
#include "model/kms/authorize.h"

#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::authorize_test {
namespace {

using More = std::function<void(events::KmsCall::Builder)>;

std::string condition(const std::string& test, const std::string& key, const std::string& value) {
  return fmt::format(R"(,"Condition":{{"{}":{{"{}":{}}}}})", test, key, value);
}

/// Whether the guest's call goes through if its one permission has that condition.
bool passes(const std::string& conditions, const Fill& fill,
            const std::function<void(Story&)>& change = {}) {
  Story story = access_story();
  story.keys[0].policy = policy({statement("Allow", user("guest"), R"("kms:*")", conditions),
                                 statement("Allow", user("admin"), R"("kms:*")")});
  if (change) change(story);
  story.step(1, fill, kGuest);
  const KmsError error = answer_to(*lawful(story), 0).error;
  CHECK((error == KmsError::NONE || error == KmsError::ACCESS_DENIED));
  return error == KmsError::NONE;
}

Fill describe(More more = {}) { return call(KmsOperation::DESCRIBE_KEY, 0, std::move(more)); }
Fill schedule(std::int32_t days) {
  return call(KmsOperation::SCHEDULE_KEY_DELETION, 0, [=](events::KmsCall::Builder kms) {
    kms.setHasPendingWindow(days != 0);
    kms.setPendingWindowInDays(days);
  });
}

struct Case {
  std::string conditions;
  Fill fill;
};

const std::string kNotAllowed = "is not authorized to perform: kms:Encrypt on resource: ";

}  // namespace

TEST_CASE("A request carries the condition keys of who calls, whence and about what") {
  const std::vector<Case> fit = {
      {condition("StringEquals", "kms:CallerAccount", R"("111122223333")"), describe()},
      {condition("StringEquals", "aws:username", R"("guest")"), describe()},
      {condition("ArnLike", "aws:PrincipalArn", R"("arn:aws:iam::*:user/g*")"), describe()},
      {condition("StringEquals", "aws:PrincipalType", R"("User")"), describe()},
      {condition("StringEquals", "aws:RequestedRegion", R"("us-west-2")"), describe()},
      {condition("Bool", "aws:ViaAWSService", R"("false")"), describe()},
      {condition("DateLessThan", "aws:CurrentTime", R"("2018-02-15T00:00:00Z")"), describe()},
      {condition("NumericEquals", "aws:EpochTime", R"("1518566401")"), describe()},
      {condition("StringEquals", "kms:KeySpec", R"("SYMMETRIC_DEFAULT")"), describe()},
      {condition("StringEquals", "kms:KeyOrigin", R"("AWS_KMS")"), describe()},
      {condition("Bool", "kms:MultiRegion", R"("false")"), describe()},
      {condition("Null", "kms:MultiRegionKeyType", R"("true")"), describe()},
      {condition("Null", "kms:ViaService", R"("true")"), describe()},
      {condition("StringEquals", "kms:EncryptionContext:team", R"("blue")"),
       encrypt(0, {{"team", "blue"}})},
      {condition("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", R"("team")"),
       encrypt(0, {{"app", "x"}, {"team", "blue"}})},
      {condition("StringEquals", "kms:EncryptionAlgorithm", R"("SYMMETRIC_DEFAULT")"), encrypt(0)},
      {condition("NumericEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", R"("30")"),
       schedule(0)},
      {condition("NumericLessThan", "kms:TrailingDaysWithoutKeyUsage", R"("1")"), schedule(7)},
      {condition("NumericEquals", "kms:RotationPeriodInDays", R"("365")"),
       call(KmsOperation::ENABLE_KEY_ROTATION, 0)},
      {condition("ForAnyValue:StringEquals", "aws:TagKeys", R"("team")"),
       call(KmsOperation::TAG_RESOURCE, 0,
            [](events::KmsCall::Builder kms) {
              fill_pairs(kms.initTags(1), {{"team", "blue"}});
            })},
      {condition("StringEquals", "aws:RequestTag/team", R"("blue")"),
       call(KmsOperation::TAG_RESOURCE, 0,
            [](events::KmsCall::Builder kms) {
              fill_pairs(kms.initTags(1), {{"team", "blue"}});
            })},
      {condition("StringEquals", "kms:GrantConstraintType", R"("EncryptionContextSubset")"),
       create_grant(0, {.subset = {{"a", "b"}}})},
      {condition("ForAllValues:StringEquals", "kms:GrantOperations", R"(["Encrypt","Decrypt"])"),
       create_grant(0, {})},
      {condition("StringEquals", "kms:GranteePrincipal", "\"" + role_arn("app") + "\""),
       create_grant(0, {})},
      {condition("IpAddress", "aws:SourceIp", R"("10.0.0.0/8")"),
       describe([](events::KmsCall::Builder kms) {
         fill_pairs(kms.initConditions(1), {{"aws:SourceIp", "10.1.2.3"}});
       })},
  };
  for (const Case& one : fit) {
    INFO(one.conditions);
    CHECK(passes(one.conditions, one.fill));
  }
}

TEST_CASE("A condition that the request does not fulfil lets nobody in") {
  const std::vector<Case> wrong = {
      {condition("StringEquals", "kms:CallerAccount", R"("444455556666")"), describe()},
      {condition("StringEquals", "kms:EncryptionContext:team", R"("blue")"),
       encrypt(0, {{"team", "Blue"}})},
      {condition("NumericEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", R"("30")"),
       schedule(7)},
      {condition("IpAddress", "aws:SourceIp", R"("10.0.0.0/8")"), describe()},
      {condition("Bool", "kms:GrantIsForAWSResource", R"("true")"), create_grant(0, {})},
      {condition("StringEquals", "kms:RequestAlias", R"("alias/app")"), describe()},
  };
  for (const Case& one : wrong) {
    INFO(one.conditions);
    CHECK_FALSE(passes(one.conditions, one.fill));
  }
}

TEST_CASE("A call through a service says which, in the endpoint's Region") {
  const auto through = describe([](events::KmsCall::Builder kms) { kms.setViaService("s3"); });
  CHECK(passes(condition("StringEquals", "kms:ViaService", R"("s3.us-west-2.amazonaws.com")"),
               through));
  CHECK(passes(condition("ForAnyValue:StringEquals", "aws:CalledVia", R"("s3.amazonaws.com")"),
               through));
  CHECK(passes(condition("Bool", "aws:ViaAWSService", R"("true")"), through));
}

TEST_CASE("Aliases and tags of the key are its own, the alias of the request that which it named") {
  const auto named = [](Story& story) {
    story.keys[0].more = [](events::Key::Builder key) {
      key.initAliases(1).set(0, "alias/app");
      fill_pairs(key.initTags(1), {{"team", "blue"}});
    };
  };
  CHECK(passes(condition("StringEquals", "kms:RequestAlias", R"("alias/app")"),
               by_text(KmsOperation::DESCRIBE_KEY, "alias/app"), named));
  CHECK(passes(condition("ForAnyValue:StringEquals", "kms:ResourceAliases", R"("alias/app")"),
               describe(), named));
  CHECK(passes(condition("StringEquals", "aws:ResourceTag/team", R"("blue")"), describe(), named));
}

TEST_CASE("A session's tags come before its role's, and its policy limits what the role may") {
  Story story = access_story();
  story.principals[kApp].policy = policy({statement(
      "Allow", "", R"("kms:*")", condition("StringEquals", "aws:PrincipalTag/team", R"("red")"))});
  story.principals[kApp].more = [](events::Principal::Builder principal) {
    fill_pairs(principal.initTags(1), {{"team", "blue"}});
  };
  const auto assume = [](const std::string& document) {
    return [=](events::Step::Builder step) {
      assume_role(kApp, "tablekey")(step);
      auto assumed = step.getAssumeRole();
      assumed.setPolicy(document);
      fill_pairs(assumed.initTags(1), {{"team", "red"}});
    };
  };
  story.step(1, encrypt(0), kApp);
  story.step(2, assume("")).step(3, encrypt(0), kApp);
  story.step(4, assume(policy({statement("Allow", "", R"("kms:Describe*")")})));
  story.step(5, encrypt(0), kApp).step(6, describe(), kApp);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"AccessDeniedException", "-", "none", "-", "AccessDeniedException", "none"});
  CHECK(answer_to(*play, 4).message.find("because no session policy allows the kms:Encrypt") !=
        std::string::npos);
}

TEST_CASE("An organisation's policies limit everyone, and the decider says which did") {
  Story story = access_story();
  story.more = [](events::Scenario::Builder scenario) {
    auto policies = scenario.initOrganizationPolicies(1);
    policies[0].setName("no-encrypt");
    policies[0].setDocument(
        policy({statement("Allow", "", R"("*")"), statement("Deny", "", R"("kms:Encrypt")")}));
    policies[0].setKind(events::OrganizationPolicy::Kind::SERVICE_CONTROL);
  };
  story.step(1, encrypt(0), kAdmin).step(2, describe(), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"AccessDeniedException", "none"});
  CHECK(answer_to(*play, 0).message.ends_with("with an explicit deny in a service control policy"));
  const auto first = play->answers(KmsOperation::ENCRYPT).at(0)->read().getKmsAnswered();
  CHECK(first.getDecidedBy() == events::Decider::EXPLICIT_DENY_SERVICE_CONTROL);
}

TEST_CASE("ReEncrypt is two decisions, and says who made each") {
  Story story = access_story();
  story.keys = {
      {.policy =
           policy({statement("Allow", user("guest"), R"(["kms:Encrypt","kms:ReEncryptFrom"])")})},
      {.policy = policy({statement("Allow", user("guest"), R"("kms:ReEncryptTo")")})},
      {.policy = root_policy()}};
  const auto to = [](std::uint32_t key) {
    return call(KmsOperation::RE_ENCRYPT, kNone, [=](events::KmsCall::Builder kms) {
      kms.initBlob().setStep(0);
      kms.initDestinationKeyId().setArn(key);
    });
  };
  story.step(1, encrypt(0), kGuest).step(2, to(1), kGuest).step(3, to(2), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "AccessDeniedException"});
  const auto done = play->answers(KmsOperation::RE_ENCRYPT).at(0)->read().getKmsAnswered();
  CHECK(done.getDecidedBy() == events::Decider::KEY_POLICY);
  CHECK(done.getEffect().getDestinationDecidedBy() == events::Decider::KEY_POLICY);
  CHECK(answer_to(*play, 2).message.find("kms:ReEncryptTo on resource: " +
                                         play->state().key_arn(2)) != std::string::npos);
}

TEST_CASE("Through a ciphertext, a key that one may not use looks like one that is not there") {
  Story story = access_story();
  const auto decrypt = [](std::uint32_t key) {
    return call(KmsOperation::DECRYPT, key,
                [](events::KmsCall::Builder kms) { kms.initBlob().setStep(0); });
  };
  story.step(1, encrypt(0), kAdmin).step(2, decrypt(kNone), kGuest).step(3, decrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 1).message ==
        "The ciphertext refers to a customer master key that does not exist, does not exist in "
        "this region, or you are not allowed to access.");
  CHECK(answer_to(*play, 2).message.find("is not authorized to perform: kms:Decrypt") !=
        std::string::npos);
}

TEST_CASE("Denials of before 2021 end without a reason") {
  Story story = access_story();
  story.set("kms.denial_text", "classic");
  story.step(1, encrypt(0), kGuest);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).message ==
        "User: arn:aws:iam::111122223333:user/guest " + kNotAllowed + play->state().key_arn(0));
}

TEST_CASE("Operations without a key are decided by identity policies alone") {
  Story story = access_story();
  story.keys[0].policy = policy({statement("Allow", R"("*")", R"("kms:*")")});
  story.step(1, call(KmsOperation::LIST_KEYS), kAdmin);
  story.step(2, call(KmsOperation::LIST_KEYS), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "AccessDeniedException"});
  CHECK(answer_to(*play, 1).message.ends_with(
      "on resource: * because no identity-based policy allows the kms:ListKeys action"));
}

}  // namespace tablekey::model::tests::authorize_test
