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

struct Vault::BackingKey {
  crypto::Key256 key;
  kms::KeyId key_id{};
  kms::MaterialId material{};
  std::optional<crypto::HmacSha256> hmac;  // keyed for the derivation of call keys
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
