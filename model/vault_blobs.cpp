// KMS's cryptography: data keys and given plaintexts sealed into blobs, and blobs opened.
//
// Why no (key, IV) pair of AES-GCM repeats: a request seals at most one blob, no two requests share
// (entity, ordinal), and the nonce N of the key derivation is the 256-bit draw of that pair. So
// each blob is sealed under a key of its own, K = KDF(material, key id, material id, N), with a
// single call; the drawn IV is a second guard.
#include <algorithm>

#include "crypto/kdf.h"
#include "model/kms/material.h"
#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

constexpr std::string_view kDataKeyPurpose = "kms/data-key";
constexpr std::string_view kNoncePurpose = "kms/nonce";
constexpr std::string_view kIvPurpose = "kms/iv";
constexpr std::string_view kPlaintextPurpose = "kms/plaintext";
constexpr std::string_view kRandomPurpose = "kms/random";
constexpr std::string_view kLongSecretLabel = "tablekey/kms/long-secret";

}  // namespace

// 32 bytes are a draw itself; any other number is derived from it, the number included, so that no
// secret is the beginning of another.
crypto::SecretBuffer Vault::drawn_secret(std::string_view purpose, std::size_t size,
                                         DrawPlace place) const {
  crypto::Key256 drawn;
  draws_.stream(purpose, entity_name(place.entity)).secret(place.ordinal, drawn);
  crypto::SecretBuffer secret(size);
  if (size == crypto::Key256::kSize) {
    std::copy_n(drawn.bytes().begin(), size, secret.writable().begin());
  } else {
    crypto::kbkdf_counter(drawn, crypto::bytes_of(kLongSecretLabel), {}, secret.writable());
  }
  return secret;
}

crypto::SecretBuffer Vault::drawn_plaintext(std::size_t size, DrawPlace place) {
  return drawn_secret(kPlaintextPurpose, size, place);
}

std::uint64_t Vault::random_check_value(std::size_t size, DrawPlace place) {
  return check_value(drawn_secret(kRandomPurpose, size, place).bytes());
}

SealedBlob Vault::generate_data_key(const State& state, std::uint32_t key, std::size_t size,
                                    std::span<const std::uint8_t> context, DrawPlace place) {
  return encrypt(state, key, drawn_secret(kDataKeyPurpose, size, place).bytes(), context, place);
}

SealedBlob Vault::encrypt(const State& state, std::uint32_t key,
                          std::span<const std::uint8_t> plaintext,
                          std::span<const std::uint8_t> context, DrawPlace place) {
  BackingKey& backing = backing_key_of(state, key, at(state.keys, key).current);
  const std::string& key_id = scenario_.key_ids[key];
  const std::optional<kms::KeyId> raw = kms::raw_key_id(key_id);
  law(raw.has_value(), "a key id of the scenario has the form of a UUID");
  const std::string name = entity_name(place.entity);
  const auto iv = draws_.stream(kIvPurpose, name).public_bytes(place.ordinal);
  kms::BlobInput input{*raw,
                       key_id.starts_with("mrk-"),
                       backing.material,
                       draws_.stream(kNoncePurpose, name).public_bytes(place.ordinal),
                       {}};
  std::copy_n(iv.begin(), input.iv.size(), input.iv.begin());
  return {kms::seal_blob(backing.hmac, input, context, plaintext), check_value(plaintext)};
}

std::optional<crypto::SecretBuffer> Vault::open(const State& state, std::uint32_t key,
                                                std::span<const std::uint8_t> blob,
                                                std::span<const std::uint8_t> context) {
  const auto header = kms::parse_blob(blob);
  if (!header || header->key_id != kms::raw_key_id(at(scenario_.key_ids, key))) return std::nullopt;
  const std::uint32_t material = kms::find_material(at(state.keys, key), header->material);
  if (material == kNone) return std::nullopt;
  crypto::SecretBuffer plaintext(header->plaintext_size);
  BackingKey& backing = backing_key_of(state, key, material);
  if (!kms::open_blob(backing.hmac, blob, context, plaintext.writable())) return std::nullopt;
  return plaintext;
}

std::optional<std::uint64_t> Vault::decrypt(const State& state, std::uint32_t key,
                                            std::span<const std::uint8_t> blob,
                                            std::span<const std::uint8_t> context) {
  const auto plaintext = open(state, key, blob, context);
  if (!plaintext) return std::nullopt;
  return check_value(plaintext->bytes());
}

bool Vault::decrypts(const State& state, std::uint32_t key, std::span<const std::uint8_t> blob,
                     std::span<const std::uint8_t> context) {
  return open(state, key, blob, context).has_value();
}

std::optional<crypto::SecretBuffer> Vault::open_blob(const State& state,
                                                     std::span<const std::uint8_t> blob,
                                                     std::span<const std::uint8_t> context) {
  const auto header = kms::parse_blob(blob);
  if (!header) return std::nullopt;
  for (std::uint32_t key = 0; key < scenario_.key_ids.size(); ++key) {
    if (!state.keys[key].created || kms::raw_key_id(scenario_.key_ids[key]) != header->key_id) {
      continue;
    }
    if (auto plaintext = open(state, key, blob, context)) return plaintext;
  }
  return std::nullopt;
}

std::optional<SealedBlob> Vault::reencrypt(const State& state, std::uint32_t from,
                                           std::span<const std::uint8_t> blob,
                                           std::span<const std::uint8_t> from_context,
                                           std::uint32_t to,
                                           std::span<const std::uint8_t> to_context,
                                           DrawPlace place) {
  const auto plaintext = open(state, from, blob, from_context);
  if (!plaintext) return std::nullopt;
  return encrypt(state, to, plaintext->bytes(), to_context, place);
}

// What steps drew: the data keys and plaintexts that their answers recorded, and the materials that
// the scenario's customers hold.
void Vault::visit_steps(const State& state,
                        const std::function<void(std::span<const std::uint8_t>)>& visit) const {
  for (std::uint32_t step = 0; step < state.results.size(); ++step) {
    if (state.results[step].blob.empty()) continue;
    const auto call = scenario_.reader().getSteps()[step].getKms();
    const DrawPlace place{scenario_.kms_step_entities[step], 0};
    if (const std::size_t size = kms::data_key_size(call)) {
      visit(drawn_secret(kDataKeyPurpose, size, place).bytes());
    } else if (call.getPlaintextBytes() != 0) {
      visit(drawn_secret(kPlaintextPurpose, call.getPlaintextBytes(), place).bytes());
    }
  }
  const auto steps = scenario_.reader().getSteps();
  for (unsigned step = 0; step < steps.size(); ++step) {
    if (!steps[step].isRequest() || steps[step].getRequest().getEncryptor() == kNone) continue;
    const std::uint32_t keys = steps[step].getRequest().getItems().size();  // of a put one each
    for (std::uint32_t ordinal = 0; ordinal < std::max(keys, 1U); ++ordinal) {
      const DrawPlace place{scenario_.kms_step_entities[step], ordinal};
      visit(drawn_secret(kDataKeyPurpose, crypto::Key256::kSize, place).bytes());
    }
  }
  const auto materials = static_cast<std::uint32_t>(scenario_.reader().getMaterials().size());
  for (std::uint32_t material = 0; material < materials; ++material) {
    visit(material_bytes(0, {true, material}).bytes());
  }
}

}  // namespace tablekey::model
