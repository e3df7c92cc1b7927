// What the parts of the vault share: how a secret is held. Private to the vault's own files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "model/vault.h"

namespace tablekey::model {

/// The name of an entity in the streams of drawn key material.
inline std::string entity_name(std::uint64_t entity) {
  std::string name(8, '\0');
  crypto::store_big_endian<8>(entity, reinterpret_cast<std::uint8_t*>(name.data()));
  return name;
}

/// What recognises a secret and says nothing else about it: as crypto::key_check_value, of any
/// length.
inline std::uint64_t check_value(std::span<const std::uint8_t> secret) {
  crypto::HmacSha256 keyed(secret);
  return crypto::load_big_endian<8>(keyed.mac(crypto::bytes_of("tk.kcv")).data());
}

/// Where a material's bytes come from: the scenario's imports, or the key's own draws.
struct Vault::MaterialSource {
  bool imported = false;
  std::uint32_t index = 0;
  bool operator==(const MaterialSource&) const = default;
};

struct Vault::BackingKey {
  std::uint32_t root = kNone;  // key whose set it serves
  MaterialSource source;
  bool used = false;  // since the clock's hand last came by
  kms::MaterialId material{};
  std::uint64_t key_check_value = 0;
  crypto::HmacSha256 hmac;  // keyed for the derivation of call keys
};

struct Vault::HeldImportPair {
  DrawPlace place;
  std::uint32_t bits = 0;
  std::unique_ptr<crypto::RsaKey> key;
};

struct Vault::HeldTableKey {
  std::uint32_t table = kNone;  // kNone: the slot is free
  std::uint32_t version = 0;
  crypto::Key256 key;
  sim::Time until;
  std::int64_t bucket = INT64_MIN;
  std::vector<std::uint32_t> contexts;  // by structure
};

struct Vault::DataKeyContext {
  explicit DataKeyContext(const crypto::Key256& key) : gcm(key) {}
  std::uint32_t table = kNone, structure = 0;
  std::uint32_t newer = kNone, older = kNone;  // by last use
  crypto::Aes256Gcm gcm;
  std::optional<crypto::SyntheticIv> ivs;  // made when something is first sealed
};

}  // namespace tablekey::model
