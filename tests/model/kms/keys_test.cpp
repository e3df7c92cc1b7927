// Operations on keys as a whole (kms.md 1.2, 1.10, 2.2, 3.2), and those on keys that are not
// symmetric, which are checked and give no bytes.
#include "tests/model/kms/access_fixture.h"

namespace tablekey::model::tests::keys_test {
namespace {

using events::KeyState;
using More = std::function<void(events::KmsCall::Builder)>;

/// A key that CreateKey may make, beside one that is there.
Story creating() {
  Story story = access_story();
  story.keys.push_back({.policy = root_policy()});
  story.keys[1].more = [](events::Key::Builder key) { key.setByStep(true); };
  return story;
}

Fill create(More more = {}) {
  return call(KmsOperation::CREATE_KEY, kNone, [=](events::KmsCall::Builder kms) {
    kms.setNewKey(1);
    if (more) more(kms);
  });
}

Answer creation(More more, std::uint32_t caller = kAdmin) {
  Story story = creating();
  story.step(1, create(std::move(more)), caller);
  return answer_to(*lawful(story), 0);
}

void tag(events::KmsCall::Builder kms, const Pairs& tags) {
  fill_pairs(kms.initTags(static_cast<unsigned>(tags.size())), tags);
}
Fill tag_key(const Pairs& tags) {
  return call(KmsOperation::TAG_RESOURCE, 0, [=](events::KmsCall::Builder kms) { tag(kms, tags); });
}

/// A key of a spec and usage.
KeySpec special(events::KeySpec spec, events::KeyUsage usage) {
  KeySpec key{.policy = root_policy()};
  key.more = [=](events::Key::Builder to) {
    to.setSpec(spec);
    to.setUsage(usage);
  };
  return key;
}
Fill use(KmsOperation operation, std::uint32_t key, const std::string& algorithm) {
  return call(operation, key, [=](events::KmsCall::Builder kms) {
    kms.setEncryptionAlgorithm(algorithm);
    kms.setPlaintextBytes(16);
  });
}

}  // namespace

TEST_CASE("CreateKey makes a key that is enabled, has material and can be used") {
  Story story = creating();
  story.step(1, create(), kAdmin).step(2, encrypt(1), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none"});
  const KmsKey& made = play->state().keys[1];
  CHECK(made.created);
  CHECK(made.state == KeyState::ENABLED);
  CHECK(made.materials.size() == 1);
  CHECK(made.creation_date.nanoseconds() == at_seconds(1));
  CHECK(made.last_operation == KmsOperation::ENCRYPT);
}

TEST_CASE("CreateKey refuses what does not go together, in AWS's words") {
  const auto kind = [](const std::string& spec, const std::string& usage) {
    return [=](events::KmsCall::Builder kms) {
      kms.setNewKeySpec(spec);
      kms.setKeyUsage(usage);
    };
  };
  CHECK(creation(kind("RSA_2048", "")).message ==
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  CHECK(creation(kind("RSA_2048", "KEY_AGREEMENT")).message ==
        "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048");
  CHECK(creation(kind("AES_256", "")).error == KmsError::VALIDATION);
  CHECK(creation(kind("SM2", "SIGN_VERIFY")).error == KmsError::UNSUPPORTED_OPERATION);
  CHECK(creation([](events::KmsCall::Builder kms) { kms.setOrigin("AWS_CLOUDHSM"); }).error ==
        KmsError::VALIDATION);
  CHECK(creation([](events::KmsCall::Builder kms) {
          kms.setDescription(std::string(8193, 'd'));
        }).error == KmsError::VALIDATION);
  CHECK(creation({}, kGuest).error == KmsError::ACCESS_DENIED);
}

TEST_CASE("CreateKey with tags needs kms:TagResource too") {
  Story story = creating();
  story.principals[kGuest].policy = policy({statement("Allow", "", R"("kms:CreateKey")")});
  const auto tags = [](events::KmsCall::Builder kms) { tag(kms, {{"team", "blue"}}); };
  story.step(1, create(tags), kGuest).step(2, create(), kGuest);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"AccessDeniedException", "none"});
  CHECK(answer_to(*play, 0).message.find("kms:TagResource") != std::string::npos);
}

TEST_CASE("An account has so many keys, those pending deletion counted") {
  Story story = creating();
  story.set("kms.keys_max", "1");
  story.step(1, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7), kAdmin);
  story.step(2, create(), kAdmin);
  CHECK(answers_of(story, *lawful(story)) == Words{"none", "LimitExceededException"});
}

TEST_CASE("Tags keep the rules of kms.md 1.10") {
  Pairs many;
  for (int i = 0; i < 51; ++i) many.emplace_back("k" + std::to_string(i), "");
  Story story = access_story();
  story.step(1, tag_key({{"a", "1"}, {"a", "2"}}), kAdmin);
  story.step(2, tag_key({{"aws:x", "1"}}), kAdmin);
  story.step(3, tag_key(many), kAdmin);
  story.step(4, tag_key({{std::string(129, 'k'), ""}}), kAdmin);
  story.step(5, tag_key({{"a", "1"}, {"b", ""}}), kAdmin).step(6, tag_key({{"a", "3"}}), kAdmin);
  story.step(7,
             call(KmsOperation::UNTAG_RESOURCE, 0,
                  [](events::KmsCall::Builder kms) { kms.initTagKeys(1).set(0, "b"); }),
             kAdmin);
  story.step(8, call(KmsOperation::LIST_RESOURCE_TAGS, 0), kAdmin);
  const auto play = lawful(story);
  CHECK(answer_to(*play, 0).message == "Duplicate tag keys");
  CHECK(answer_to(*play, 1).message == "Tags beginning with aws: are reserved");
  CHECK(answer_to(*play, 2).message == "Too many tags");
  for (const std::size_t step : {0U, 1U, 2U, 3U}) {
    CHECK(answer_to(*play, step).error == KmsError::TAG);
  }
  REQUIRE(play->state().keys[0].tags.size() == 1);
  CHECK(play->state().keys[0].tags[0].value == "3");
  CHECK(listed(*play, 7) == std::pair<std::uint32_t, bool>{1, false});
}

TEST_CASE("Enabling, disabling, scheduling and cancelling change the state as kms.md 2.2 says") {
  Story story = access_story(9 * 86400);
  const auto step = [&](double at, KmsOperation operation) {
    story.step(at, call(operation, 0), kAdmin);
  };
  step(1, KmsOperation::DISABLE_KEY);
  step(2, KmsOperation::DISABLE_KEY);  // repeating succeeds
  step(3, KmsOperation::ENABLE_KEY);
  step(4, KmsOperation::CANCEL_KEY_DELETION);
  step(5, KmsOperation::SCHEDULE_KEY_DELETION);
  step(6, KmsOperation::SCHEDULE_KEY_DELETION);
  step(7, KmsOperation::ENABLE_KEY);
  step(8, KmsOperation::CANCEL_KEY_DELETION);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "none", "none", "KMSInvalidStateException",
                                          "none", "KMSInvalidStateException",
                                          "KMSInvalidStateException", "none"});
  CHECK(answer_to(*play, 3).message == play->state().key_arn(0) + " is not pending deletion.");
  CHECK(play->state().keys[0].state == KeyState::DISABLED);
}

TEST_CASE("The waiting period of a deletion is 7 to 30 days") {
  for (const auto& [days, error] : std::vector<std::pair<std::uint32_t, std::string>>{
           {6, "ValidationException"}, {7, "none"}, {30, "none"}, {31, "ValidationException"}}) {
    Story story = access_story();
    story.step(1, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", days), kAdmin);
    CHECK(answers_of(story, *lawful(story)) == Words{error});
  }
}

TEST_CASE("ListKeys counts the caller's own keys, page by page, and none that AWS owns") {
  Story story = access_story();
  story.keys = {{.policy = root_policy()},
                {.manager = Manager::AWS},
                {.manager = Manager::OWNED},
                {.policy = root_policy(), .region = "eu-west-1"},
                {.policy = root_policy()}};
  story.step(1, page(KmsOperation::LIST_KEYS, kNone, 2), kAdmin);
  story.step(2, page(KmsOperation::LIST_KEYS, kNone, 0), kAdmin);
  story.step(3, page(KmsOperation::LIST_KEYS, kNone, 1001), kAdmin);
  const auto play = lawful(story);
  CHECK(listed(*play, 0) == std::pair<std::uint32_t, bool>{2, true});
  CHECK(listed(*play, 1) == std::pair<std::uint32_t, bool>{3, false});
  CHECK(answer_to(*play, 2).error == KmsError::VALIDATION);
}

TEST_CASE("UpdateKeyDescription is shown at once, and a description has a length") {
  Story story = access_story();
  const auto describe = [](const std::string& text) {
    return call(KmsOperation::UPDATE_KEY_DESCRIPTION, 0,
                [=](events::KmsCall::Builder kms) { kms.setDescription(text); });
  };
  story.step(1, describe("for the books"), kAdmin)
      .step(2, describe(std::string(8193, 'x')), kAdmin);
  const auto play = lawful(story);
  CHECK(play->state().keys[0].description == "for the books");
  CHECK(answer_to(*play, 1).error == KmsError::VALIDATION);
}

TEST_CASE(
    "Signing, MACs and shared secrets want a key of that usage and an algorithm of its spec") {
  using Spec = events::KeySpec;
  using Usage = events::KeyUsage;
  Story story = access_story();
  story.keys = {{.policy = root_policy()},
                special(Spec::ECC_NIST_P256, Usage::SIGN_VERIFY),
                special(Spec::HMAC256, Usage::GENERATE_VERIFY_MAC),
                special(Spec::ECC_NIST_P384, Usage::KEY_AGREEMENT)};
  story.step(1, use(KmsOperation::SIGN, 1, "ECDSA_SHA_256"), kAdmin);
  story.step(2, use(KmsOperation::SIGN, 1, "ECDSA_SHA_512"), kAdmin);
  story.step(3, use(KmsOperation::SIGN, 0, "ECDSA_SHA_256"), kAdmin);
  story.step(4, use(KmsOperation::GENERATE_MAC, 2, "HMAC_SHA_256"), kAdmin);
  story.step(5, use(KmsOperation::DERIVE_SHARED_SECRET, 3, "ECDH"), kAdmin);
  story.step(6, use(KmsOperation::VERIFY_MAC, 1, "HMAC_SHA_256"), kAdmin);
  story.step(7, call(KmsOperation::GET_PUBLIC_KEY, 1), kAdmin);
  story.step(8, call(KmsOperation::GET_PUBLIC_KEY, 0), kAdmin);
  story.step(9, use(KmsOperation::SIGN, 1, ""), kAdmin);
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == Words{"none", "InvalidKeyUsageException",
                                          "InvalidKeyUsageException", "none", "none",
                                          "InvalidKeyUsageException", "none",
                                          "UnsupportedOperationException", "ValidationException"});
  CHECK(answer_to(*play, 1).message ==
        "Algorithm ECDSA_SHA_512 is incompatible with key spec ECC_NIST_P256.");
  CHECK(answer_to(*play, 2).message ==
        play->state().key_arn(0) + " key usage is ENCRYPT_DECRYPT which is not valid for Sign.");
}

TEST_CASE("A data key pair wants a symmetric key and a spec of pairs") {
  Story story = access_story();
  story.keys.push_back(special(events::KeySpec::RSA2048, events::KeyUsage::ENCRYPT_DECRYPT));
  const auto pair = [](std::uint32_t key, const std::string& spec) {
    return call(KmsOperation::GENERATE_DATA_KEY_PAIR, key,
                [=](events::KmsCall::Builder kms) { kms.setKeySpec(spec); });
  };
  story.step(1, pair(0, "RSA_2048"), kAdmin).step(2, pair(0, "AES_256"), kAdmin);
  story.step(3, pair(1, "RSA_2048"), kAdmin);
  CHECK(answers_of(story, *lawful(story)) ==
        Words{"none", "ValidationException", "InvalidKeyUsageException"});
}

}  // namespace tablekey::model::tests::keys_test
