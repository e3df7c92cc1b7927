// KMS's side of the vault: backing keys drawn from the seed, and the blobs under them.
#include <algorithm>

#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

constexpr std::string_view kBackingKeyPurpose = "kms/backing-key";
constexpr std::string_view kDataKeyPurpose = "kms/data-key";
constexpr std::string_view kNoncePurpose = "kms/nonce";
constexpr std::string_view kIvPurpose = "kms/iv";

std::uint64_t check_value(const crypto::Key256& key) {
  return crypto::load_big_endian<8>(crypto::key_check_value(key).data());
}

}  // namespace

Vault::BackingKey& Vault::backing_key(std::uint32_t key) {
  std::unique_ptr<BackingKey>& slot = at(backing_keys_, key);
  if (!slot) {
    slot = std::make_unique<BackingKey>();
    const std::string entity = entity_name(scenario_.key_entities[key]);
    draws_.stream(kBackingKeyPurpose, entity).secret(0, slot->key);
    const std::string& key_id = scenario_.key_ids[key];
    const std::optional<kms::KeyId> raw = kms::raw_key_id(key_id);
    law(raw.has_value(), "a key id of the scenario has the form of a UUID");
    slot->key_id = *raw;
    slot->material = kms::material_id(key_id, slot->key);
    slot->hmac.emplace(slot->key);
  }
  return *slot;
}

kms::MaterialId Vault::material_id(std::uint32_t key) { return backing_key(key).material; }

std::uint64_t Vault::backing_key_check_value(std::uint32_t key) {
  return check_value(backing_key(key).key);
}

std::vector<std::uint8_t> Vault::generate_data_key(std::uint32_t key, std::uint64_t entity,
                                                   std::uint64_t ordinal,
                                                   std::span<const std::uint8_t> context,
                                                   std::uint64_t& key_check_value) {
  BackingKey& backing = backing_key(key);
  const std::string name = entity_name(entity);
  crypto::Key256 data_key;
  draws_.stream(kDataKeyPurpose, name).secret(ordinal, data_key);
  const auto iv = draws_.stream(kIvPurpose, name).public_bytes(ordinal);
  kms::BlobInput input{backing.key_id,
                       scenario_.key_ids[key].starts_with("mrk-"),
                       backing.material,
                       draws_.stream(kNoncePurpose, name).public_bytes(ordinal),
                       {}};
  std::copy_n(iv.begin(), input.iv.size(), input.iv.begin());
  key_check_value = check_value(data_key);
  return kms::seal_blob(*backing.hmac, input, context, data_key.bytes());
}

bool Vault::decrypts(std::uint32_t key, std::span<const std::uint8_t> blob,
                     std::span<const std::uint8_t> context) {
  BackingKey& backing = backing_key(key);
  const auto header = kms::parse_blob(blob);
  if (!header || header->key_id != backing.key_id || header->material != backing.material) {
    return false;
  }
  crypto::SecretBuffer plaintext(header->plaintext_size);
  return kms::open_blob(*backing.hmac, blob, context, plaintext.writable());
}

}  // namespace tablekey::model
