// Key material in the vault, and the law that rotation is about: a blob of any generation opens as
// long as its key is usable, and never after its key is gone.
#include <rapidcheck/catch.h>

#include <map>

#include "tests/model/kms/material_steps.h"
#include "tests/support/memory_scan.h"

namespace tablekey::model::tests::material_test {
namespace {

constexpr std::uint32_t kKeys = 4;  // two of AWS_KMS, two EXTERNAL

TEST_CASE("a key's materials are its own draws, and the vault may forget them at any time") {
  Story story;
  constexpr std::uint32_t kMany = 3000, kGenerations = 8;  // more than the vault keeps
  story.keys.assign(kMany, KeySpec{});
  const auto scenario = story.make();
  Vault vault(*scenario), other(*scenario);
  std::map<kms::MaterialId, std::uint64_t> found;
  for (std::uint32_t generation = 0; generation < kGenerations; ++generation) {
    for (std::uint32_t key = 0; key < kMany; ++key) {
      const NewMaterial made = vault.drawn_material(key, generation);
      found[made.id] = made.key_check_value;
    }
  }
  CHECK(found.size() == kMany * kGenerations);
  std::size_t wrong = 0;
  for (std::uint32_t key = 0; key < kMany; ++key) {
    if (key % 3 == 0) vault.forget_key(key);
    for (const std::uint32_t generation : {7U, 0U, 3U}) {
      const NewMaterial again = vault.drawn_material(key, generation);
      wrong += other.drawn_material(key, generation).id != again.id;
      wrong += found.at(again.id) != again.key_check_value;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("the first material is drawn from the seed and the key's name alone") {
  Story story;
  story.keys.assign(2, KeySpec{});
  const auto scenario = story.make();
  Vault vault(*scenario);
  crypto::Key256 drawn;
  std::string entity(8, '\0');
  crypto::store_big_endian<8>(crypto::name_hash("key/Key1"),
                              reinterpret_cast<std::uint8_t*>(entity.data()));
  crypto::DrawRoot(scenario->seed).stream("kms/backing-key", entity).secret(0, drawn);
  const auto first = vault.first_material(1);
  REQUIRE(first);
  CHECK(first->id == kms::material_id(key_id(1), drawn));
  CHECK(first->key_check_value ==
        crypto::load_big_endian<8>(crypto::key_check_value(drawn).data()));
}

TEST_CASE("imported material is the same bytes wherever its name is imported") {
  Story story;
  story.keys = {external_key(0), external_key(), {}};
  story.materials = {"first", "second"};
  const auto scenario = story.make();
  Vault vault(*scenario);
  const NewMaterial here = vault.imported_material(0, 0), there = vault.imported_material(1, 0);
  CHECK(here.key_check_value == there.key_check_value);
  CHECK(here.id != there.id);
  CHECK(vault.imported_material(0, 1).key_check_value != here.key_check_value);
  REQUIRE(vault.first_material(0));
  CHECK(vault.first_material(0)->id == here.id);
  CHECK_FALSE(vault.first_material(1));
}

TEST_CASE("a token's public key is the same whenever it is asked for") {
  const auto scenario = Story().make();
  Vault vault(*scenario), other(*scenario);
  const ImportPair pair{{7, 1}, 2048, true, false};
  const auto key = vault.import_public_key(pair);
  vault.clear();
  CHECK(vault.import_public_key(pair) == key);
  CHECK(other.import_public_key(pair) == key);
  CHECK(other.import_public_key({{7, 2}, 2048, true, false}) != key);
  CHECK(vault.import_token({7, 1}) == other.import_token({7, 1}));
  CHECK(vault.import_token({7, 1}) != vault.import_token({7, 2}));
}

TEST_CASE("of 32 bytes and of any other number, no drawn secret begins another") {
  const auto scenario = Story().make();
  Vault vault(*scenario);
  const DrawPlace place{1, 2};
  const auto begins = [&](std::size_t shorter, std::size_t longer) {
    const auto a = vault.drawn_plaintext(shorter, place), b = vault.drawn_plaintext(longer, place);
    return crypto::equal(a.bytes(), b.bytes().first(shorter));
  };
  CHECK_FALSE(begins(16, 32));
  CHECK_FALSE(begins(32, 64));
  CHECK_FALSE(begins(64, 65));
  CHECK(crypto::equal(vault.drawn_plaintext(4096, place).bytes(),
                      vault.drawn_plaintext(4096, place).bytes()));
}

// ---- the law ----

/// A story of data keys, rotations, imports and key states in random order: half of it on the first
/// day, while its import tokens last, the rest over two months.
class DrawnMaterials {
 public:
  Story draw() {
    story_.until = 60 * kDay;
    story_.keys = {{}, {}, external_key(0), external_key(1)};
    story_.materials = {"first", "second", "third", "fourth"};
    story_.step(1, import_parameters(2)).step(2, import_parameters(3));
    // Unwrapping costs a key pair, which takes its time: one story in four imports.
    imports_ = *rc::gen::inRange(0, 4) == 0;
    const int steps = *rc::gen::inRange(20, 80);
    double at = 10;
    for (int i = 0; i < steps; ++i) {
      at += *rc::gen::inRange(1, i < steps / 2 ? 2000 : 2 * 86400);
      story_.step(at, any_step());
    }
    for (const std::uint32_t blob : blobs_) story_.step(59 * kDay, decrypt(blob));
    return story_;
  }

 private:
  static std::uint32_t below(std::uint32_t bound) {
    return *rc::gen::inRange<std::uint32_t>(0, bound);
  }

  Fill any_step() {
    switch (below(13)) {
      case 0:
        return rotate(below(kKeys));
      case 1:
        return enable_rotation(below(kKeys), 90);
      case 2:
        return call(KmsOperation::DISABLE_KEY, below(kKeys));
      case 3:
      case 4:
        return call(KmsOperation::ENABLE_KEY, below(kKeys));
      case 5:
        return schedule_deletion(below(kKeys), 7);
      case 6:
        return call(KmsOperation::CANCEL_KEY_DELETION, below(kKeys));
      case 7:
      case 8:
        return imports_ ? any_import() : rotate(below(kKeys));
      case 9:
        if (!blobs_.empty()) {
          return decrypt(blobs_[below(static_cast<std::uint32_t>(blobs_.size()))]);
        }
        [[fallthrough]];
      default:
        blobs_.push_back(static_cast<std::uint32_t>(story_.steps.size()));
        return generate(below(kKeys));
    }
  }

  Fill any_import() {
    const std::uint32_t key = 2 + below(2), material = below(4);
    switch (below(4)) {
      case 0:
        return delete_material(key, material);
      case 1:
        return import_material(key, key - 2, material, as_new());
      case 2:
        return rotate(key);
      default:
        return import_material(key, key - 2, material);
    }
  }

  Story story_;
  bool imports_ = false;
  std::vector<std::uint32_t> blobs_;
};

events::KmsCall::Reader story_call(const Play& play, std::uint32_t step) {
  return play.scenario().reader().getSteps()[step].getKms();
}

/// What a Decrypt must be answered in the state that its key has when it comes.
bool answer_suits(const State& before, std::uint32_t key, KmsError error) {
  switch (before.keys[key].effective) {
    case events::KeyState::ENABLED:
      return error == KmsError::NONE;
    case events::KeyState::DISABLED:
      return error == KmsError::DISABLED;
    case events::KeyState::DELETED:
      return error == KmsError::ACCESS_DENIED;  // masked: the blob's key is not known
    default:
      return error == KmsError::KMS_INVALID_STATE;
  }
}

TEST_CASE("a blob of any generation opens while its key is enabled, and never once it is gone") {
  rc::prop("over drawn stories", [] {
    const Story story = DrawnMaterials().draw();
    Play play(story);
    while (play.world().next_due()) {
      const bool begun = play.state().events() != 0;
      const Action action = begun ? play.state().agenda().front() : Action{};
      const bool step = begun && action.kind == ActionKind::step;
      const auto call = step ? story_call(play, action.a) : events::KmsCall::Reader();
      if (!step || call.getOperation() != KmsOperation::DECRYPT) {
        play.turn();
        continue;
      }
      const StepResult blob = play.state().results.at(call.getBlob().getStep());
      const State before = State::restore(play.scenario(), play.state().save());
      play.turn();
      const auto event = play.all().back().read().getKmsAnswered();
      if (blob.blob.empty()) {
        RC_ASSERT(event.getError() == KmsError::VALIDATION);
        continue;
      }
      RC_ASSERT(answer_suits(before, blob.key, event.getError()));
      if (event.getError() != KmsError::NONE) continue;
      RC_ASSERT(event.getEffect().getMaterial() == blob.material);
      RC_ASSERT(event.getEffect().getPlaintext().getKeyCheckValue() == blob.key_check_value);
    }
    State folded(play.scenario());
    for (const KeptEvent& event : play.all()) apply(folded, event.read());
    RC_ASSERT(folded.save() == play.state().save());
  });
}

// ---- events that no tablekey wrote ----

std::uint32_t odd_number() {
  return *rc::gen::element<std::uint32_t>(0, 1, 2, 3, 7, 1000, kNone - 1, kNone);
}
std::int64_t odd_time() {
  return *rc::gen::element<std::int64_t>(INT64_MIN, -1, 0, 1, at_seconds(1), at_seconds(1e7),
                                         INT64_MAX);
}
std::vector<std::uint8_t> odd_bytes() {
  return std::vector<std::uint8_t>(*rc::gen::element<std::size_t>(0, 1, 31, 32, 33), 0x5a);
}

void spoil_effect(events::KmsEffect::Builder effect) {
  const auto bytes = odd_bytes();
  const capnp::Data::Reader data(bytes.data(), bytes.size());
  switch (*rc::gen::inRange(0, 6)) {
    case 0: {
      auto rotation = effect.initRotation();
      rotation.setEnabled(*rc::gen::arbitrary<bool>());
      return rotation.setNext(odd_time());
    }
    case 1:
      return effect.initRotationStarted().setUntil(odd_time());
    case 2: {
      auto imported = effect.initMaterialImported();
      imported.setIndex(odd_number());
      imported.setMaterialId(data);
      return imported.setVisibleAt(odd_time());
    }
    case 3: {
      auto deleted = effect.initMaterialDeleted();
      deleted.setIndex(odd_number());
      return deleted.setVisibleAt(odd_time());
    }
    case 4:
      return effect.initImportParameters().setToken(data);
    default:
      return effect.initDataKey().setCiphertextBlob(data);
  }
}

void spoil(Event::Builder event) {
  const auto bytes = odd_bytes();
  if (event.isKmsAnswered()) {
    if (*rc::gen::arbitrary<bool>()) event.getKmsAnswered().setKey(odd_number());
    spoil_effect(event.getKmsAnswered().getEffect());
  } else if (event.isKeyRotated()) {
    auto rotated = event.getKeyRotated();
    if (*rc::gen::arbitrary<bool>()) rotated.setMaterial(odd_number());
    if (*rc::gen::arbitrary<bool>()) rotated.setNext(odd_time());
    if (*rc::gen::arbitrary<bool>()) {
      rotated.setMaterialId(capnp::Data::Reader(bytes.data(), bytes.size()));
    }
  } else if (event.isKeyMaterialExpired()) {
    event.getKeyMaterialExpired().setMaterial(odd_number());
  }
}

TEST_CASE("a spoiled event about key material is refused or harmless") {
  rc::prop("spoiled events", [] {
    Play play(DrawnMaterials().draw());
    play.run();
    State state(play.scenario());
    for (const KeptEvent& kept : play.all()) {
      const auto event = kept.read();
      const bool about = event.isKeyRotated() || event.isKeyMaterialExpired() ||
                         (event.isKmsAnswered() && *rc::gen::inRange(0, 8) == 0);
      if (about) {
        State victim = State::restore(play.scenario(), state.save());
        capnp::MallocMessageBuilder message;
        message.setRoot(event);
        spoil(message.getRoot<Event>());
        try {
          apply(victim, message.getRoot<Event>().asReader());
          victim.save();
        } catch (const BrokenLaw&) {
          // refused, and the run would end here
        }
      }
      apply(state, event);
    }
  });
}

TEST_CASE("once the vault is emptied no material, drawn, rotated or imported, is in memory") {
  Story story;
  story.until = 600;
  story.keys = {{}, external_key(0)};
  story.materials = {"first", "second"};
  story.step(1, import_parameters(1, "RSA_AES_KEY_WRAP_SHA_256"));
  story.step(10, rotate(0)).step(20, generate(0)).step(21, generate_bytes(0, 1024));
  story.step(22, encrypt_bytes(1, 100)).step(30, decrypt(2));
  story.step(40, import_material(1, 0, 1, as_new())).step(50, rotate(1));
  story.step(60, re_encrypt(2, 1)).step(70, decrypt(8));
  Play play(story);
  play.run();
  for (std::size_t step = 0; step < story.steps.size(); ++step) {
    CHECK(error_of(play, step) == "none");
  }
  tablekey::tests::MemoryScan scan;
  std::size_t secrets = 0;
  play.world().vault().for_each_secret(play.state(), [&](std::span<const std::uint8_t> secret) {
    scan.add("secret " + std::to_string(secrets++), secret);
  });
  CHECK(secrets == 4 + 3 + 2);  // materials, what the steps drew, the scenario's materials
  play.world().vault().clear();
  const auto result = scan.scan();
  INFO(result.text());
  CHECK(result.hits.empty());
}

TEST_CASE("a key that is deleted takes its material out of memory") {
  Story story;
  story.until = 20 * kDay;
  story.keys = {{}, {}};
  story.step(10, generate(0)).step(20, rotate(0)).step(30, generate(0));
  story.step(40, schedule_deletion(0, 7));
  Play play(story);
  play.run_to(kDay);
  tablekey::tests::MemoryScan scan;
  play.world().vault().for_each_secret(
      play.state(), [&](std::span<const std::uint8_t> secret) { scan.add("of key 0", secret); });
  play.run();
  CHECK(state_of(play, 0) == events::KeyState::DELETED);
  CHECK(scan.scan().hits.empty());
}

}  // namespace
}  // namespace tablekey::model::tests::material_test
