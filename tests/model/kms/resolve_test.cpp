// Naming keys (kms.md 1.3): the four forms, who takes which, and what AWS says of what is none.
#include "model/kms/resolve.h"

#include "model/kms/key_text.h"
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::resolve_test {
namespace {

using kms::KeyTextForm;

constexpr std::string_view kOther = "444455556666";
const std::string kUnknownId = "99999999-9999-4999-8999-999999999999";

std::string arn_of(const std::string& resource, std::string_view account = kAccount,
                   const std::string& region = "us-west-2") {
  return fmt::format("arn:aws:kms:{}:{}:{}", region, account, resource);
}

/// A key with an alias, a key of another account, a key in another Region.
Story naming_story() {
  Story story = access_story();
  story.keys.push_back({.policy = policy({statement("Allow", R"("*")", R"("kms:*")")}),
                        .account = std::string(kOther)});
  story.keys.push_back({.policy = root_policy(), .region = "eu-west-1"});
  story.keys[0].more = [](events::Key::Builder key) { key.initAliases(1).set(0, "alias/app"); };
  return story;
}

Answer answer_for(const std::string& text, KmsOperation operation = KmsOperation::DESCRIBE_KEY,
                  std::uint32_t caller = kAdmin) {
  Story story = naming_story();
  story.step(1, by_text(operation, text), caller);
  return answer_to(*lawful(story), 0);
}

}  // namespace

TEST_CASE("DescribeKey takes a key id, a key ARN, an alias name and an alias ARN") {
  for (const std::string& text :
       {key_id(0), arn_of("key/" + key_id(0)), std::string("alias/app"), arn_of("alias/app")}) {
    INFO(text);
    CHECK(error_name(answer_for(text).error) == "none");
  }
}

TEST_CASE("EnableKey takes an id or a key ARN, and no alias in any form") {
  CHECK(answer_for(key_id(0), KmsOperation::ENABLE_KEY).error == KmsError::NONE);
  const Answer name = answer_for("alias/app", KmsOperation::ENABLE_KEY);
  CHECK(name.error == KmsError::NOT_FOUND);
  CHECK(name.message == "Invalid keyId 'alias/app'");
  CHECK(answer_for(arn_of("alias/app"), KmsOperation::ENABLE_KEY).error == KmsError::INVALID_ARN);
}

TEST_CASE("What names no key is refused in AWS's words") {
  const auto check = [](const std::string& text, KmsError error, const std::string& message) {
    const Answer answer = answer_for(text);
    INFO(text);
    CHECK(error_name(answer.error) == error_name(error));
    CHECK(answer.message == message);
  };
  check("1234", KmsError::NOT_FOUND, "Invalid keyId '1234'");
  check("1234ABCD-12AB-34CD-56EF-1234567890AB", KmsError::NOT_FOUND,
        "Invalid keyId '1234ABCD-12AB-34CD-56EF-1234567890AB'");
  check(kUnknownId, KmsError::NOT_FOUND,
        "Key '" + arn_of("key/" + kUnknownId) + "' does not exist");
  check(arn_of("key/" + kUnknownId), KmsError::NOT_FOUND,
        "Key '" + arn_of("key/" + kUnknownId) + "' does not exist");
  check("alias/none", KmsError::NOT_FOUND, "Alias " + arn_of("alias/none") + " is not found.");
  check(arn_of("key/" + key_id(2), kAccount, "eu-west-1"), KmsError::NOT_FOUND,
        "Invalid arn eu-west-1");
  check("arn:aws:s3:::bucket", KmsError::INVALID_ARN, "Invalid arn arn:aws:s3:::bucket");
}

TEST_CASE("A bare id means the caller's own account, and another account's key needs its ARN") {
  // The other account's key allows everybody, so the guest's own identity policy decides.
  Story story = naming_story();
  story.step(1, by_text(KmsOperation::DESCRIBE_KEY, key_id(1)), kAdmin);
  story.step(2, by_text(KmsOperation::DESCRIBE_KEY, arn_of("key/" + key_id(1), kOther)), kAdmin);
  story.step(3, by_text(KmsOperation::DISABLE_KEY, arn_of("key/" + key_id(1), kOther)), kAdmin);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).error == KmsError::NOT_FOUND);
  CHECK(answer_to(*play, 1).error == KmsError::NONE);
  CHECK(answer_to(*play, 2).error == KmsError::ACCESS_DENIED);  // not across accounts (3.0)
}

TEST_CASE("Another account's caller does not learn which keys exist") {
  for (const std::string& resource : {"key/" + kUnknownId, std::string("alias/none")}) {
    const Answer answer = answer_for(arn_of(resource, kOther));
    INFO(resource);
    CHECK(answer.error == KmsError::ACCESS_DENIED);
    CHECK(answer.message.find("because no resource-based policy allows") != std::string::npos);
  }
  CHECK(answer_for(arn_of("key/" + kUnknownId, "777788889999")).error == KmsError::ACCESS_DENIED);
}

TEST_CASE("A Region's endpoint finds the keys of that Region") {
  Story story = naming_story();
  const auto in_ireland = [](events::KmsCall::Builder kms) { kms.setRegion("eu-west-1"); };
  story.step(1, call(KmsOperation::DESCRIBE_KEY, 2, in_ireland), kAdmin);
  story.step(2, call(KmsOperation::DESCRIBE_KEY, 0, in_ireland), kAdmin);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).error == KmsError::NONE);
  CHECK(answer_to(*play, 1).message == "Invalid arn us-west-2");
}

TEST_CASE("A key that was just made cannot be found until it has spread") {
  Story story = access_story();
  story.set("kms.propagation", "constant(4s)");
  story.keys.push_back({.policy = root_policy()});
  story.keys[1].more = [](events::Key::Builder key) { key.setByStep(true); };
  story.step(1, call(KmsOperation::DESCRIBE_KEY, 1), kAdmin);
  story.step(
      2,
      call(KmsOperation::CREATE_KEY, kNone, [](events::KmsCall::Builder kms) { kms.setNewKey(1); }),
      kAdmin);
  story.step(3, call(KmsOperation::DESCRIBE_KEY, 1), kAdmin);
  story.step(7, call(KmsOperation::DESCRIBE_KEY, 1), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        Words{"NotFoundException", "none", "NotFoundException", "none"});
}

TEST_CASE("A text that names a key is taken apart") {
  CHECK(kms::parse_key_text("mrk-1234abcd12ab34cd56ef1234567890ab").form == KeyTextForm::key_id);
  CHECK(kms::parse_key_text("mrk-1234abcd12ab34cd56ef1234567890aX").form == KeyTextForm::malformed);
  CHECK(kms::parse_key_text("alias/a").form == KeyTextForm::alias_name);
  CHECK(kms::parse_key_text("arn:aws:kms:us-west-2").form == KeyTextForm::malformed_arn);
  CHECK(kms::parse_key_text("arn:aws:kms:us-west-2:1:keys/x").form == KeyTextForm::malformed_arn);
  const auto chinese = kms::parse_key_text("arn:aws-cn:kms:cn-north-1:111122223333:key/k");
  CHECK(chinese.form == KeyTextForm::key_arn);
  CHECK(chinese.region == "cn-north-1");
  CHECK(chinese.account == kAccount);
  CHECK(chinese.name == "k");
  CHECK(kms::key_arn_text("cn-north-1", "1", "k") == "arn:aws-cn:kms:cn-north-1:1:key/k");
  CHECK(kms::partition_of("us-gov-west-1") == "aws-us-gov");
}

}  // namespace tablekey::model::tests::resolve_test
