// Steps about ciphertexts and key material, and what their answers say. Steps are named by their
// place in the story; `KeySpec`s with imported material start with the material given.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/kms/blob.h"
#include "model/kms/material.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests {

inline constexpr double kHour = 3600, kDay = 86400;

inline void set_context(events::KmsCall::Builder kms, const Pairs& pairs) {
  fill_pairs(kms.initEncryptionContext(static_cast<unsigned>(pairs.size())), pairs);
}

// ---- cryptography ----

inline Fill encrypt_text(std::uint32_t key, const Pairs& context = {},
                         const std::string& text = "note") {
  return call(KmsOperation::ENCRYPT, key, [=](events::KmsCall::Builder kms) {
    kms.setPlaintext(kj::StringPtr(text.c_str(), text.size()).asBytes());
    set_context(kms, context);
  });
}
inline Fill encrypt_bytes(std::uint32_t key, std::uint32_t bytes) {
  return call(KmsOperation::ENCRYPT, key,
              [=](events::KmsCall::Builder kms) { kms.setPlaintextBytes(bytes); });
}
inline Fill generate(std::uint32_t key, const std::string& spec = "AES_256",
                     const Pairs& context = {}) {
  return call(KmsOperation::GENERATE_DATA_KEY, key, [=](events::KmsCall::Builder kms) {
    kms.setKeySpec(spec);
    set_context(kms, context);
  });
}
inline Fill generate_bytes(std::uint32_t key, std::uint32_t bytes) {
  return call(KmsOperation::GENERATE_DATA_KEY, key, [=](events::KmsCall::Builder kms) {
    kms.setNumberOfBytes(bytes);
    kms.setHasNumberOfBytes(true);
  });
}
/// Decrypt of the blob that a step returned; `key`: the KeyId, if one is given.
inline Fill decrypt(std::uint32_t step, const Pairs& context = {}, std::uint32_t key = kNone,
                    std::function<void(events::KmsCall::Builder)> more = {}) {
  return call(KmsOperation::DECRYPT, key, [=](events::KmsCall::Builder kms) {
    kms.initBlob().setStep(step);
    set_context(kms, context);
    if (more) more(kms);
  });
}
inline Fill re_encrypt(std::uint32_t step, std::uint32_t to, const Pairs& from_context = {},
                       const Pairs& to_context = {}, std::uint32_t from = kNone) {
  return call(KmsOperation::RE_ENCRYPT, from, [=](events::KmsCall::Builder kms) {
    kms.initBlob().setStep(step);
    kms.initDestinationKeyId().setArn(to);
    set_context(kms, from_context);
    fill_pairs(kms.initDestinationEncryptionContext(static_cast<unsigned>(to_context.size())),
               to_context);
  });
}

// ---- rotation ----

inline Fill enable_rotation(std::uint32_t key, std::int32_t days = 0) {
  return call(KmsOperation::ENABLE_KEY_ROTATION, key, [=](events::KmsCall::Builder kms) {
    kms.setHasRotationPeriod(days != 0);
    kms.setRotationPeriodInDays(days);
  });
}
inline Fill rotate(std::uint32_t key) { return call(KmsOperation::ROTATE_KEY_ON_DEMAND, key); }
inline Fill schedule_deletion(std::uint32_t key, std::int32_t days = 7) {
  return call(KmsOperation::SCHEDULE_KEY_DELETION, key, [=](events::KmsCall::Builder kms) {
    kms.setHasPendingWindow(true);
    kms.setPendingWindowInDays(days);
  });
}

// ---- imports ----

inline Fill import_parameters(std::uint32_t key,
                              const std::string& algorithm = "RSAES_OAEP_SHA_256",
                              const std::string& spec = "RSA_2048") {
  return call(KmsOperation::GET_PARAMETERS_FOR_IMPORT, key, [=](events::KmsCall::Builder kms) {
    kms.setWrappingAlgorithm(algorithm);
    kms.setWrappingKeySpec(spec);
  });
}
/// ImportKeyMaterial with the token of a step; without an end unless `more` sets one.
inline Fill import_material(std::uint32_t key, std::uint32_t token_step, std::uint32_t material,
                            std::function<void(events::KmsCall::Builder)> more = {}) {
  return call(KmsOperation::IMPORT_KEY_MATERIAL, key, [=](events::KmsCall::Builder kms) {
    kms.setImportToken(token_step + 1);
    kms.setMaterial(material);
    kms.setExpirationModel("KEY_MATERIAL_DOES_NOT_EXPIRE");
    if (more) more(kms);
  });
}
inline std::function<void(events::KmsCall::Builder)> until(double seconds) {
  return [=](events::KmsCall::Builder kms) {
    kms.setExpirationModel("KEY_MATERIAL_EXPIRES");
    kms.setValidTo(at_seconds(seconds));
  };
}
inline std::function<void(events::KmsCall::Builder)> as_new() {
  return [](events::KmsCall::Builder kms) { kms.setImportType("NEW_KEY_MATERIAL"); };
}
inline Fill delete_material(std::uint32_t key, std::uint32_t material = kNone) {
  return call(KmsOperation::DELETE_IMPORTED_KEY_MATERIAL, key,
              [=](events::KmsCall::Builder kms) { kms.setMaterial(material); });
}

/// A key of Origin EXTERNAL; `material` kNone: nothing is imported yet.
inline KeySpec external_key(std::uint32_t material = kNone) {
  KeySpec key;
  key.more = [=](events::Key::Builder to) {
    to.setOrigin(events::Origin::EXTERNAL);
    to.setMaterial(material);
  };
  return key;
}

// ---- what was answered ----

inline events::Event::KmsAnswered::Reader kms_answered(const Play& play, std::size_t step) {
  for (const KeptEvent* kept : play.of(Event::KMS_ANSWERED)) {
    const auto event = kept->read().getKmsAnswered();
    if (event.getCall() == kNone && event.getEffect().getStep() == step + 1) return event;
  }
  throw std::runtime_error("the step has no answer");
}
inline std::string error_of(const Play& play, std::size_t step) {
  return error_name(kms_answered(play, step).getError());
}
/// The number of the material that a step's call used.
inline std::uint32_t material_of(const Play& play, std::size_t step) {
  return kms_answered(play, step).getEffect().getMaterial();
}
inline std::uint64_t plaintext_of(const Play& play, std::size_t step) {
  return play.state().results.at(step).key_check_value;
}
inline const std::vector<std::uint8_t>& blob_of(const Play& play, std::size_t step) {
  return play.state().results.at(step).blob;
}
inline std::string material_id_of(const Play& play, std::uint32_t key, std::uint32_t material) {
  return kms::material_id_text(play.state().keys.at(key).materials.at(material).id);
}

}  // namespace tablekey::model::tests
