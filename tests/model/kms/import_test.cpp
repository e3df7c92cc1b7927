// Imported key material: what the wrapping must be, which material goes where, what its end means,
// and that nothing of it is seen (kms.md 1.6).
#include "tests/model/kms/material_steps.h"

namespace tablekey::model::tests::import_test {
namespace {

using events::KeyState;

const std::string kBadToken = "InvalidImportTokenException";
const std::string kBadWrapping = "InvalidCiphertextException";
const std::string kWrongMaterial = "IncorrectKeyMaterialException";
const std::string kBadState = "KMSInvalidStateException";
constexpr std::uint32_t kFirst = 0, kSecond = 1, kThird = 2;

/// One key that waits for its material, and three materials.
Story importing(double until = 600, std::uint32_t keys = 1) {
  Story story;
  story.until = until;
  story.keys.assign(keys, external_key());
  story.materials = {"first", "second", "third"};
  return story;
}

/// One key that has had its first material from the start.
Story imported(double until = 600) {
  Story story = importing(until);
  story.keys = {external_key(kFirst)};
  return story;
}

std::vector<std::string> all_none(std::size_t count) {
  return std::vector<std::string>(count, "none");
}

TEST_CASE("a key is PendingImport until its material is imported, and then Enabled") {
  Story story = importing();
  story.step(10, encrypt_text(0))
      .step(20, import_parameters(0))
      .step(30, import_material(0, 1, kFirst));
  story.step(40, encrypt_text(0)).step(50, decrypt(3));
  Play play(story);
  play.run_to(25);
  CHECK(state_of(play, 0) == KeyState::PENDING_IMPORT);
  CHECK(play.state().keys[0].materials.empty());
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{kBadState, "none", "none", "none", "none"});
  CHECK(message_of(play, 0) == play.state().key_arn(0) + " is pending import.");
  CHECK(state_of(play, 0) == KeyState::ENABLED);
  const StepResult& parameters = play.state().results[1];
  CHECK(parameters.import_token.size() == 32);
  CHECK(parameters.valid_to.nanoseconds() == at_seconds(20 + 86400));
  const KeyMaterial& material = play.state().keys[0].materials.at(0);
  CHECK(material.imported);
  CHECK(material.state == MaterialState::current);
  CHECK(material.rotated == sim::Time());
  CHECK(play.world().vault().imported_material(0, kFirst).id == material.id);
}

TEST_CASE("every wrapping algorithm and key length works, and is checked by OpenSSL's decoding") {
  const std::vector<std::pair<std::string, std::string>> ways = {
      {"RSAES_OAEP_SHA_1", "RSA_2048"},
      {"RSAES_OAEP_SHA_256", "RSA_3072"},
      {"RSAES_OAEP_SHA_256", "RSA_4096"},
      {"RSA_AES_KEY_WRAP_SHA_1", "RSA_2048"},
      {"RSA_AES_KEY_WRAP_SHA_256", "RSA_3072"}};
  Story story = importing(600, static_cast<std::uint32_t>(ways.size()));
  for (std::uint32_t key = 0; key < ways.size(); ++key) {
    // One GetParametersForImport a second is the quota.
    story.step(1 + key, import_parameters(key, ways[key].first, ways[key].second));
    story.step(20, import_material(key, 2 * key, kFirst));
  }
  Play play(story);
  play.run();
  REQUIRE(answers_of(story, play) == all_none(2 * ways.size()));
  for (std::uint32_t key = 0; key < ways.size(); ++key) {
    CHECK(state_of(play, key) == KeyState::ENABLED);
    CHECK(play.state().keys[key].materials[0].key_check_value ==
          play.state().keys[0].materials[0].key_check_value);
  }
}

TEST_CASE("algorithms that KMS knows and does not take are unsupported, others no request at all") {
  Story story = importing();
  story.step(10, import_parameters(0, "RSAES_PKCS1_V1_5"));
  story.step(11, import_parameters(0, "SM2PKE", "SM2"));
  story.step(12, import_parameters(0, "RSAES_OAEP_SHA_512"));
  story.step(13, import_parameters(0, "RSAES_OAEP_SHA_256", "RSA_1024"));
  story.step(14, import_parameters(0, "", ""));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"UnsupportedOperationException", "UnsupportedOperationException",
                                 "ValidationException", "ValidationException",
                                 "ValidationException"});
  CHECK_THAT(message_of(*play, 2), Catch::Contains("'RSAES_OAEP_SHA_512' at 'wrappingAlgorithm'"));
}

TEST_CASE("a key that KMS made its material for takes none") {
  Story story = importing();
  story.keys.push_back({});
  story.step(10, import_parameters(1)).step(20, import_parameters(0));
  story.step(30, import_material(1, 1, kFirst)).step(40, delete_material(1));
  const auto play = lawful(story);
  for (const std::size_t step : {0UL, 2UL, 3UL}) {
    CHECK(error_of(*play, step) == "UnsupportedOperationException");
    CHECK(message_of(*play, step) ==
          play->state().key_arn(1) + " origin is AWS_KMS which is not valid for this operation.");
  }
}

TEST_CASE("a token that KMS never gave, or gave for another key, is invalid") {
  Story story = importing(600, 2);
  story.step(10, import_parameters(0)).step(11, import_parameters(1, "RSAES_PKCS1_V1_5"));
  story.step(20, import_material(0, kNone, kFirst));  // 1 + kNone is 0: garbage
  story.step(21, import_material(1, 0, kFirst)).step(22, import_material(1, 1, kFirst));
  story.step(23, import_material(0, 4, kFirst));  // that step is no GetParametersForImport
  const auto play = lawful(story);
  for (const std::size_t step : {2UL, 3UL, 4UL, 5UL}) CHECK(error_of(*play, step) == kBadToken);
  CHECK(state_of(*play, 0) == KeyState::PENDING_IMPORT);
}

TEST_CASE("a token is good for a day, for any number of imports, beside other tokens") {
  Story story = importing(2 * kDay, 2);
  story.step(0, import_parameters(0)).step(100, import_parameters(0));
  story.step(kDay, import_material(0, 0, kFirst));
  story.step(kDay + 1, import_material(0, 0, kFirst))
      .step(kDay + 100, import_material(0, 1, kFirst));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "none", "none", "ExpiredImportTokenException", "none"});
}

TEST_CASE("what was wrapped for another public key, or in another way, cannot be unwrapped") {
  Story story = importing();
  story.step(10, import_parameters(0)).step(11, import_parameters(0));
  const auto wrapped = [&](std::function<void(events::KmsCall::Builder)> how) {
    story.step(20, import_material(0, 0, kFirst, std::move(how)));
  };
  wrapped([](events::KmsCall::Builder kms) { kms.setWrappedFor(2); });
  wrapped([](events::KmsCall::Builder kms) { kms.setWrappingAlgorithm("RSAES_OAEP_SHA_1"); });
  wrapped(
      [](events::KmsCall::Builder kms) { kms.setWrappingAlgorithm("RSA_AES_KEY_WRAP_SHA_256"); });
  wrapped([](events::KmsCall::Builder kms) { kms.setMaterialBytes(400); });
  wrapped([](events::KmsCall::Builder kms) { kms.setWrappedFor(1); });
  const auto play = lawful(story);
  for (std::size_t step = 2; step < 6; ++step) CHECK(error_of(*play, step) == kBadWrapping);
  CHECK(error_of(*play, 6) == "none");
}

TEST_CASE("symmetric key material has 32 bytes") {
  for (const std::uint32_t bytes : {1U, 31U, 33U}) {
    Story story = importing();
    const auto sized = [=](events::KmsCall::Builder kms) { kms.setMaterialBytes(bytes); };
    story.step(10, import_parameters(0, "RSA_AES_KEY_WRAP_SHA_256"));
    story.step(20, import_material(0, 0, kFirst, sized)).step(30, import_material(0, 0, kFirst));
    story.step(40, import_material(0, 0, kFirst, sized));
    const auto play = lawful(story);
    CHECK(answers_of(story, *play) ==
          std::vector<std::string>{"none", kBadWrapping, "none", kWrongMaterial});
  }
}

TEST_CASE("the end of a material lies in the future, at most 365 days ahead, and must be given") {
  Story story = importing(20);
  story.step(10, import_parameters(0));
  const auto with = [&](const char* model, double valid_to) {
    story.step(11, import_material(0, 0, kFirst, [=](events::KmsCall::Builder kms) {
                 kms.setExpirationModel(model);
                 kms.setValidTo(valid_to == 0 ? 0 : at_seconds(valid_to));
               }));
  };
  with("", 0);
  with("KEY_MATERIAL_EXPIRES", 0);
  with("KEY_MATERIAL_DOES_NOT_EXPIRE", 100);
  with("KEY_MATERIAL_EXPIRES", 11);
  with("KEY_MATERIAL_EXPIRES", 12 + 365 * kDay);
  with("NEVER", 100);
  with("", 11 + 365 * kDay);
  const auto play = lawful(story);
  for (std::size_t step = 1; step < 7; ++step)
    CHECK(error_of(*play, step) == "ValidationException");
  CHECK(error_of(*play, 7) == "none");
  const std::string must =
      "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES";
  CHECK(message_of(*play, 1) == must);
  CHECK(message_of(*play, 2) == must);
}

TEST_CASE("the same bytes in two keys have two ids, and neither key opens the other's blobs") {
  Story story = importing(600, 2);
  for (const std::uint32_t key : {0U, 1U}) {
    story.step(10 + key, import_parameters(key)).step(20, import_material(key, 2 * key, kFirst));
  }
  story.step(30, encrypt_text(0)).step(30, encrypt_text(1)).step(40, decrypt(4, {}, 1));
  story.step(40, decrypt(4)).step(40, decrypt(5));
  const auto play = lawful(story);
  const auto& keys = play->state().keys;
  CHECK(keys[0].materials[0].key_check_value == keys[1].materials[0].key_check_value);
  CHECK(material_id_of(*play, 0, 0) != material_id_of(*play, 1, 0));
  CHECK(error_of(*play, 6) == "IncorrectKeyException");
  CHECK(error_of(*play, 7) == "none");
  CHECK(error_of(*play, 8) == "none");
  // The header of one key's blob in front of the other's ciphertext opens under neither.
  std::vector<std::uint8_t> mixed = blob_of(*play, 4);
  std::copy_n(blob_of(*play, 5).begin(), 52, mixed.begin());
  const auto context = kms::canonical_context({});
  CHECK_FALSE(play->world().vault().decrypts(play->state(), 0, mixed, context));
  CHECK_FALSE(play->world().vault().decrypts(play->state(), 1, mixed, context));
}

TEST_CASE("a key with imported material rotates to a second one, and both generations open") {
  Story story = imported();
  story.step(10, encrypt_text(0)).step(20, import_parameters(0)).step(25, rotate(0));
  story.step(30, import_material(0, 1, kSecond, as_new())).step(35, encrypt_text(0));
  story.step(40, rotate(0)).step(50, encrypt_text(0)).step(60, decrypt(0)).step(60, decrypt(6));
  Play play(story);
  play.run_to(36);
  CHECK(play.state().keys[0].materials.at(1).state == MaterialState::pending_rotation);
  CHECK_FALSE(play.state().keys[0].materials.at(1).bound);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) == std::vector<std::string>{"none", "none", kBadState, "none",
                                                            "none", "none", "none", "none",
                                                            "none"});
  CHECK(message_of(play, 2) ==
        "No available key material pending rotation for the key: " + play.state().key_arn(0) + ".");
  CHECK(material_of(play, 4) == 0);
  CHECK(material_of(play, 6) == 1);
  CHECK(material_of(play, 7) == 0);
  const KmsKey& key = play.state().keys[0];
  CHECK(key.materials[0].state == MaterialState::non_current);
  CHECK(key.materials[1].state == MaterialState::current);
  CHECK(key.materials[1].bound);
}

TEST_CASE("at most one material waits for rotation") {
  Story story = imported();
  story.step(10, import_parameters(0)).step(20, import_material(0, 0, kSecond, as_new()));
  story.step(30, import_material(0, 0, kThird, as_new()));
  story.step(40, delete_material(0, kSecond)).step(50, import_material(0, 0, kThird, as_new()));
  story.step(60, import_material(0, 0, kSecond));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) ==
        std::vector<std::string>{"none", "none", kBadState, "none", "none", kBadState});
  CHECK(message_of(*play, 2) ==
        "New key material (id: " + material_id_of(*play, 0, 2) +
            ") cannot be imported into KMS key " + play->state().key_arn(0) +
            ", because another key material (id: " + material_id_of(*play, 0, 1) +
            ") is pending rotation.");
  CHECK(state_of(*play, 0) == KeyState::ENABLED);
}

TEST_CASE("EXISTING_KEY_MATERIAL must be known and NEW_KEY_MATERIAL must not") {
  Story story = imported();
  const auto typed = [](const char* type, const std::string& id = "") {
    return [=](events::KmsCall::Builder kms) {
      kms.setImportType(type);
      kms.setKeyMaterialId(id);
    };
  };
  story.step(10, import_parameters(0));
  story.step(20, import_material(0, 0, kSecond));  // by default an existing one
  story.step(20, import_material(0, 0, kSecond, typed("EXISTING_KEY_MATERIAL")));
  story.step(20, import_material(0, 0, kFirst, typed("NEW_KEY_MATERIAL")));
  story.step(20, import_material(0, 0, kFirst, typed("ANY")));
  story.step(20, import_material(0, 0, kFirst, typed("", std::string(64, 'a'))));
  story.step(20, import_material(0, 0, kFirst, typed("", "ABC")));
  story.step(30, import_material(0, 0, kFirst, typed("EXISTING_KEY_MATERIAL")));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", kWrongMaterial, kWrongMaterial,
                                                             kWrongMaterial, "ValidationException",
                                                             kWrongMaterial, "ValidationException",
                                                             "none"});
}

TEST_CASE("the old material of a key expires: the whole key is gone until that one is back") {
  Story story = importing(3 * kDay);
  story.step(0, import_parameters(0)).step(1, import_material(0, 0, kFirst, until(kDay)));
  story.step(10, encrypt_text(0))
      .step(20, import_material(0, 0, kSecond, as_new()))
      .step(30, rotate(0));
  story.step(40, encrypt_text(0)).step(kDay + 1, encrypt_text(0)).step(kDay + 1, decrypt(2));
  story.step(kDay + 1, decrypt(5)).step(kDay + 2, import_parameters(0));
  story.step(2 * kDay, import_material(0, 9, kFirst)).step(2 * kDay + 1, decrypt(2));
  story.step(2 * kDay + 1, decrypt(5)).step(2 * kDay + 1, encrypt_text(0));
  Play play(story);
  play.run_to(kDay);
  CHECK(state_of(play, 0) == KeyState::PENDING_IMPORT);
  CHECK_FALSE(play.state().keys[0].materials[0].present);
  CHECK(play.state().keys[0].materials[1].present);
  play.run();
  require_laws(story, play);
  const auto expired = play.of(Event::KEY_MATERIAL_EXPIRED);
  REQUIRE(expired.size() == 1);
  CHECK(expired[0]->seconds() == kDay);
  CHECK(expired[0]->read().getKeyMaterialExpired().getMaterial() == 0);
  for (const std::size_t step : {6UL, 7UL, 8UL}) CHECK(error_of(play, step) == kBadState);
  for (std::size_t step = 9; step < 14; ++step) CHECK(error_of(play, step) == "none");
  CHECK(material_of(play, 11) == 0);
  CHECK(material_of(play, 12) == 1);
  CHECK(material_of(play, 13) == 1);
}

TEST_CASE("material may go a while after its ValidTo") {
  Story story = importing(3 * kDay);
  story.set("kms.import_expiry_lag", "6h");
  story.step(0, import_parameters(0)).step(1, import_material(0, 0, kFirst, until(kDay)));
  const auto play = lawful(story);
  CHECK(play->of(Event::KEY_MATERIAL_EXPIRED).at(0)->seconds() == kDay + 6 * kHour);
}

TEST_CASE("importing again moves the end or takes it away") {
  Story story = importing(5 * kDay, 2);
  for (const std::uint32_t key : {0U, 1U}) {
    story.step(key, import_parameters(key));
    story.step(2, import_material(key, 2 * key, kFirst, until(kDay)));
  }
  story.step(1000, import_material(0, 0, kFirst, until(2 * kDay)));
  story.step(1000, import_material(1, 2, kFirst));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == all_none(6));
  CHECK(play->of(Event::KEY_MATERIAL_EXPIRED).size() == 1);
  CHECK(state_of(*play, 0) == KeyState::PENDING_IMPORT);
  CHECK(state_of(*play, 1) == KeyState::ENABLED);
}

TEST_CASE("a material that only waits for rotation may go without harm") {
  Story story = imported(3 * kDay);
  story.set("kms.rotation.on_demand_duration", "constant(60s)");
  story.step(0, import_parameters(0));
  story.step(10, import_material(0, 0, kSecond, [](events::KmsCall::Builder kms) {
               as_new()(kms);
               until(kDay)(kms);
             }));
  story.step(2 * kDay, encrypt_text(0)).step(2 * kDay + 1, rotate(0));
  story.step(2 * kDay + 2, import_parameters(0)).step(2 * kDay + 3, import_material(0, 4, kSecond));
  story.step(2 * kDay + 10, rotate(0)).step(2 * kDay + 20, delete_material(0, kSecond));
  story.step(2 * kDay + 200, encrypt_text(0));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", "none", kBadState,
                                                             "none", "none", "none", "none",
                                                             "none"});
  CHECK(material_of(*play, 8) == 0);
  CHECK(play->of(Event::KEY_ROTATED).empty());
  CHECK(play->state().keys[0].rotation.on_demand_since == sim::Time());
}

TEST_CASE(
    "deleting material: at once PendingImport, twice no error, and an import enables the key") {
  Story story = imported(1000);
  story.step(10, encrypt_text(0)).step(20, call(KmsOperation::DISABLE_KEY, 0));
  story.step(30, delete_material(0)).step(40, delete_material(0)).step(41, decrypt(0));
  story.step(42, call(KmsOperation::ENABLE_KEY, 0)).step(43, import_parameters(0));
  story.step(50, import_material(0, 6, kFirst)).step(60, decrypt(0));
  story.step(70, delete_material(0, kThird));
  Play play(story);
  play.run_to(35);
  CHECK(state_of(play, 0) == KeyState::PENDING_IMPORT);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) == std::vector<std::string>{"none", "none", "none", "none",
                                                            kBadState, kBadState, "none", "none",
                                                            "none", "NotFoundException"});
  CHECK(kms_answered(play, 2).getEffect().isMaterialDeleted());
  CHECK(kms_answered(play, 3).getEffect().isNone());
  CHECK(state_of(play, 0) == KeyState::ENABLED);
}

TEST_CASE("deleting material of a key that is to be deleted leaves it pending deletion") {
  Story story = imported(10 * kDay);
  story.step(10, schedule_deletion(0, 30)).step(20, delete_material(0));
  story.step(30, call(KmsOperation::CANCEL_KEY_DELETION, 0));
  Play play(story);
  play.run_to(25);
  CHECK(state_of(play, 0) == KeyState::PENDING_DELETION);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) == all_none(3));
  CHECK(state_of(play, 0) == KeyState::PENDING_IMPORT);
}

TEST_CASE("in the classic era a key is married to its first material") {
  Story story = importing(1000);
  story.set("kms.era", "classic");
  story.step(0, import_parameters(0)).step(10, import_material(0, 0, kFirst));
  story.step(20, import_material(0, 0, kSecond, as_new())).step(30, import_material(0, 0, kFirst));
  story.step(40, delete_material(0)).step(50, import_material(0, 0, kSecond));
  story.step(60, import_material(0, 0, kFirst));
  const auto play = lawful(story);
  CHECK(answers_of(story, *play) == std::vector<std::string>{"none", "none", kWrongMaterial,
                                                             kBadState, "none", kWrongMaterial,
                                                             "none"});
  CHECK(play->state().keys[0].materials.size() == 1);
}

TEST_CASE("new material of a set goes to the primary, to every replica, and then into use") {
  Story story = imported(1000);
  story.keys.push_back(story.keys[0]);
  for (const std::uint32_t key : {0U, 1U}) {
    story.keys[key].more = [=](events::Key::Builder to) {
      to.setKeyId("mrk-1234abcd12ab34cd56ef1234567890ab");
      to.setOrigin(events::Origin::EXTERNAL);
      to.setMaterial(kFirst);
      to.setMultiRegion(true);
      if (key == 1) to.setPrimary(0);
    };
  }
  story.keys[1].region = "eu-west-1";
  const auto there = [](Fill fill) {
    return [fill = std::move(fill)](events::Step::Builder step) {
      fill(step);
      step.getKms().setRegion("eu-west-1");
    };
  };
  story.step(10, encrypt_text(0))
      .step(11, import_parameters(0))
      .step(11, there(import_parameters(1)));
  story.step(20, there(import_material(1, 2, kSecond, as_new())));
  story.step(20, there(import_material(1, 2, kSecond)));
  story.step(21, import_material(0, 1, kSecond, as_new())).step(22, rotate(0));
  story.step(30, there(import_material(1, 2, kSecond))).step(40, rotate(0));
  story.step(50, there(encrypt_text(1))).step(51, decrypt(9)).step(52, there(decrypt(0)));
  Play play(story);
  play.run_to(25);
  CHECK(play.state().keys[0].materials.at(1).state == MaterialState::pending_sync);
  play.run_to(35);
  CHECK(play.state().keys[0].materials.at(1).state == MaterialState::pending_rotation);
  CHECK(play.state().keys[1].materials.at(1).state == MaterialState::pending_rotation);
  play.run();
  require_laws(story, play);
  CHECK(answers_of(story, play) ==
        std::vector<std::string>{"none", "none", "none", "UnsupportedOperationException",
                                 kWrongMaterial, "none", kBadState, "none", "none", "none", "none",
                                 "none"});
  CHECK(material_of(play, 9) == 1);
  CHECK(material_of(play, 11) == 0);
  CHECK(play.state().keys[0].current == 1);
  CHECK(play.state().keys[1].current == 1);
}

TEST_CASE("no event holds a byte of what was imported, wrapped or not") {
  Story story = importing();
  story.step(10, import_parameters(0)).step(20, import_material(0, 0, kFirst));
  story.step(30, encrypt_bytes(0, 32)).step(31, generate(0));
  Play play(story);
  play.run();
  std::size_t secrets = 0;
  play.world().vault().for_each_secret(play.state(), [&](std::span<const std::uint8_t> secret) {
    ++secrets;
    for (const KeptEvent& event : play.all()) {
      const auto words = capnp::canonicalize(event.read());
      const auto bytes = words.asBytes();
      CHECK(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.begin() + 8) ==
            bytes.end());
    }
  });
  CHECK(secrets == 1 + 2 + 3);  // the key's material, what the steps drew, the three materials
}

}  // namespace
}  // namespace tablekey::model::tests::import_test
