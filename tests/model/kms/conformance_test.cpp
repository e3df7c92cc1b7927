// The checks of kms.md 13 about keys, their material and their state, each named by its number.
// Those about who may do what are in conformance_access_test.cpp.
#include <algorithm>

#include "model/vault.h"
#include "tests/model/kms/material_steps.h"

namespace tablekey::model::tests::conformance_test {
namespace {

using events::KeyState;

constexpr double kEra = 12 * kDay;

Story two_keys(double until = 100) {
  Story story;
  story.until = until;
  story.keys = {{}, {}};
  return story;
}

kms::BlobHeader header_of(const Play& play, std::size_t step) {
  return kms::parse_blob(blob_of(play, step)).value();
}

/// How many answers of that operation had that error.
std::size_t count(const Play& play, KmsOperation operation, KmsError error) {
  const auto answers = play.answers(operation);
  return static_cast<std::size_t>(std::count_if(
      answers.begin(), answers.end(),
      [&](const KeptEvent* event) { return event->read().getKmsAnswered().getError() == error; }));
}

}  // namespace

TEST_CASE("Conformance 1: a rotated key opens its old blob, and seals under new material") {
  Story story = two_keys();
  story.step(1, encrypt_text(0)).step(2, rotate(0)).step(3, decrypt(0)).step(4, encrypt_text(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>(4, "none"));
  CHECK(plaintext_of(*play, 2) == plaintext_of(*play, 0));
  CHECK(header_of(*play, 0).material != header_of(*play, 3).material);
  CHECK(header_of(*play, 0).key_id == header_of(*play, 3).key_id);
  CHECK(kms_answered(*play, 2).getKey() == kms_answered(*play, 3).getKey());
}

TEST_CASE("Conformance 2: a context that is not the same opens nothing, and no message says why") {
  Story story = two_keys();
  story.step(1, encrypt_text(0, {{"team", "Blue"}, {"app", "x"}}));
  story.step(2, decrypt(0, {{"team", "blue"}, {"app", "x"}}));
  story.step(3, decrypt(0, {{"team", "Blue"}}));
  story.step(4, decrypt(0, {{"team", "Blue"}, {"app", "x"}, {"more", "y"}}));
  story.step(5, decrypt(0, {{"app", "x"}, {"team", "Blue"}}));
  const auto play = lawful(story);
  for (const std::size_t step : {1U, 2U, 3U}) {
    CHECK(error_of(*play, step) == "InvalidCiphertextException");
    CHECK(message_of(*play, step).empty());
  }
  CHECK(error_of(*play, 4) == "none");
}

TEST_CASE("Conformance 3: {a: bc} and {ab: c} are not the same context") {
  Story story = two_keys();
  story.step(1, encrypt_text(0, {{"a", "bc"}})).step(2, encrypt_text(0, {{"ab", "c"}}));
  story.step(3, decrypt(0, {{"ab", "c"}})).step(4, decrypt(1, {{"a", "bc"}}));
  const auto play = lawful(story);
  CHECK(error_of(*play, 2) == "InvalidCiphertextException");
  CHECK(error_of(*play, 3) == "InvalidCiphertextException");
}

TEST_CASE("Conformance 4: the same bytes in two keys are two materials") {
  Story story = two_keys();
  story.materials = {"shared"};
  story.keys = {external_key(0), external_key(0)};
  story.step(1, encrypt_text(0)).step(2, decrypt(0, {}, 1)).step(3, decrypt(0));
  const auto play = lawful(story);
  CHECK(error_of(*play, 1) == "IncorrectKeyException");
  CHECK(error_of(*play, 2) == "none");
  CHECK(material_id_of(*play, 0, 0) != material_id_of(*play, 1, 0));
}

TEST_CASE("Conformance 5: an old material that expires takes the key with it until it is back") {
  Story story = two_keys(20 * kDay);
  story.materials = {"old", "new"};
  story.keys = {external_key()};
  story.step(10, import_parameters(0)).step(20, import_material(0, 0, 0, until(10 * kDay)));
  story.step(30, encrypt_text(0)).step(40, import_material(0, 0, 1, as_new())).step(50, rotate(0));
  story.step(60, encrypt_text(0));
  story.step(11 * kDay, decrypt(5));
  story.step(11 * kDay + 10, import_parameters(0));
  story.step(11 * kDay + 20, import_material(0, 7, 0));
  story.step(11 * kDay + 30, decrypt(2)).step(11 * kDay + 40, decrypt(5));
  const auto play = lawful(story);
  CHECK(error_of(*play, 6) == "KMSInvalidStateException");
  CHECK(message_of(*play, 6) == play->state().key_arn(0) + " is pending import.");
  CHECK(error_of(*play, 9) == "none");
  CHECK(error_of(*play, 10) == "none");
  CHECK(state_of(*play, 0) == KeyState::ENABLED);
}

TEST_CASE("Conformance 6: a key saved on the sixth day is disabled and rotates as before") {
  Story story = two_keys(kEra);
  story.step(1, enable_rotation(0, 90)).step(2, schedule_deletion(0, 7));
  story.step(6 * kDay, call(KmsOperation::CANCEL_KEY_DELETION, 0));
  story.step(6 * kDay + 1, encrypt_text(0));
  const auto play = lawful(story);
  CHECK(state_of(*play, 0) == KeyState::DISABLED);
  CHECK(play->state().keys[0].rotation.enabled);
  CHECK(play->state().keys[0].rotation.period_days == 90);
  CHECK(error_of(*play, 3) == "DisabledException");
  CHECK(message_of(*play, 3) == play->state().key_arn(0) + " is disabled.");
}

TEST_CASE("Conformance 7: a key pending deletion decrypts nothing and says so") {
  Story story = two_keys();
  story.step(1, encrypt_text(0)).step(2, schedule_deletion(0)).step(3, decrypt(0));
  const auto play = lawful(story);
  CHECK(error_of(*play, 2) == "KMSInvalidStateException");
  CHECK(message_of(*play, 2) == play->state().key_arn(0) + " is pending deletion.");
  CHECK(kms_answered(*play, 2).getDecidedBy() == events::Decider::KEY_STATE);
}

TEST_CASE("Conformance 16: a blob of one key with the KeyId of another is recorded with both") {
  Story story = two_keys();
  story.step(1, encrypt_text(0)).step(2, decrypt(0, {}, 1));
  const auto play = lawful(story);
  CHECK(error_of(*play, 1) == "IncorrectKeyException");
  CHECK(message_of(*play, 1) ==
        "The key ID in the request does not identify a CMK that can perform this operation.");
  CHECK(kms_answered(*play, 1).getDecidedBy() == events::Decider::CRYPTOGRAPHY);
}

TEST_CASE("Conformance 18: 12,000 requests of one second share a quota of 10,000") {
  // Encrypt in the first half of the second, Decrypt in the second; Stockholm is no large Region.
  for (const bool owned : {false, true}) {
    Story story = two_keys(10);
    story.keys = {{}};
    story.keys[0].region = "eu-north-1";
    if (owned) story.keys[0].manager = Manager::OWNED;
    const auto here = [owned](events::KmsCall::Builder kms) {
      kms.setRegion("eu-north-1");
      if (owned) kms.setService("dynamodb.amazonaws.com");
    };
    for (int i = 0; i < 6000; ++i) {
      const auto encrypts = call(KmsOperation::ENCRYPT, 0, [here](events::KmsCall::Builder kms) {
        kms.setPlaintextBytes(16);
        here(kms);
      });
      story.step(2 + i / 12'000.0, encrypts);
    }
    for (int i = 0; i < 6000; ++i) story.step(2.5 + i / 12'001.0, decrypt(0, {}, kNone, here));
    story.step(3, decrypt(0, {}, kNone, here));  // the next second has its own
    Play play(story);
    play.run();
    const std::size_t throttled = owned ? 0 : 2000;
    CHECK(count(play, KmsOperation::ENCRYPT, KmsError::NONE) == 6000);
    CHECK(count(play, KmsOperation::DECRYPT, KmsError::NONE) == 6001 - throttled);
    CHECK(count(play, KmsOperation::DECRYPT, KmsError::THROTTLING) == throttled);
  }
}

TEST_CASE("Conformance 19: the 26th rotation on demand is one too many") {
  Story story = two_keys(1000);
  for (int i = 0; i < 26; ++i) story.step(1 + 30 * i, rotate(0));
  const auto play = lawful(story);
  for (std::size_t i = 0; i < 25; ++i) CHECK(error_of(*play, i) == "none");
  CHECK(error_of(*play, 25) == "LimitExceededException");
  CHECK(message_of(*play, 25) ==
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand "
        "rotations can be performed for this key: " +
            play->state().key_arn(0));
}

TEST_CASE("Conformance 20: a key disabled while its store was away is disabled when it is back") {
  Story story = two_keys(7200);
  story.set("kms.custom_key_stores.propagation", "constant(0s)");
  story.keys[0].more = [](events::Key::Builder key) {
    key.setOrigin(events::Origin::AWS_CLOUD_HSM);
    key.setStore(0);
  };
  story.more = [](events::Scenario::Builder scenario) {
    auto store = scenario.initCustomKeyStores(1)[0];
    store.setLogicalId("hsm");
    store.setName("hsm");
    store.setId("cks-1234567890abcdef0");
    store.setAccount(std::string(kAccount));
    store.setRegion("us-west-2");
    store.setClusterId("cluster-aaaabbbbccc");
    store.setConnected(true);
  };
  const auto of_store = [](KmsOperation operation) {
    return call(operation, kNone, [](events::KmsCall::Builder kms) { kms.setStore(0); });
  };
  story.step(1, of_store(KmsOperation::DISCONNECT_CUSTOM_KEY_STORE));
  story.step(1000, encrypt_text(0)).step(1001, call(KmsOperation::DISABLE_KEY, 0));
  story.step(1002, of_store(KmsOperation::CONNECT_CUSTOM_KEY_STORE));
  Play play(story);
  play.run_to(1001.5);
  CHECK(state_of(play, 0) == KeyState::UNAVAILABLE);
  CHECK(error_of(play, 1) == "KMSInvalidStateException");
  CHECK(message_of(play, 1) == play.state().key_arn(0) + " is unavailable.");
  play.run();
  CHECK(state_of(play, 0) == KeyState::DISABLED);
}

TEST_CASE("Conformance 21: a table stays with the key that its alias named when it was made") {
  Story story = books(100);
  story.keys = {{}, {}};
  story.keys[0].more = [](events::Key::Builder key) { key.initAliases(1).set(0, "alias/books"); };
  story.step(20, call(KmsOperation::UPDATE_ALIAS, 1,
                      [](events::KmsCall::Builder kms) { kms.setAliasName("alias/books"); }));
  story.step(30, data(Operation::GET_ITEM, 0, 0), 0);
  const auto play = lawful(story);
  CHECK(play->state().tables[0].key == 0);
  CHECK(play->state().aliases[0].key == 1);
  CHECK(play->answers(KmsOperation::DECRYPT).back()->read().getKmsAnswered().getKey() == 0);
}

TEST_CASE("Conformance 22: the same seed gives the same bytes, another seed others") {
  Story story = two_keys();
  story.step(1, encrypt_text(0)).step(2, generate(0)).step(3, rotate(0)).step(4, encrypt_text(0));
  Play first(story), second(story);
  CHECK(first.run().chain() == second.run().chain());
  CHECK(blob_of(first, 3) == blob_of(second, 3));
  story.seed = 2;
  Play other(story);
  CHECK_FALSE(other.run().chain() == first.chain());
  CHECK_FALSE(blob_of(other, 3) == blob_of(first, 3));
}

}  // namespace tablekey::model::tests::conformance_test
