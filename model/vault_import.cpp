// Key material on its way into KMS (kms.md 1.6): wrapped on the customer's side, unwrapped on
// KMS's, both really done. The wrapped form exists in here only.
#include <algorithm>

#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/rsa_oaep.h"
#include "model/law.h"
#include "model/vault_parts.h"

namespace tablekey::model {
namespace {

// A pair takes a tenth of a second to make, and a scenario imports through the last few of them.
constexpr std::size_t kImportPairsMax = 16;
constexpr std::string_view kPairPurpose = "kms/import-wrapping-key";
constexpr std::string_view kTokenPurpose = "kms/import-token";
constexpr std::string_view kClientPairPurpose = "client-wrapping-pair";
constexpr std::string_view kSeedPurpose = "kms/import-oaep-seed";
constexpr std::string_view kEphemeralPurpose = "kms/import-ephemeral-key";

crypto::OaepHash hash_of(const ImportPair& pair) {
  return pair.sha256 ? crypto::OaepHash::kSha256 : crypto::OaepHash::kSha1;
}

// What the customer sends for `secret`: nothing where it does not fit under the key.
std::vector<std::uint8_t> wrapped(const crypto::RsaKey& key, const ImportPair& pair,
                                  const crypto::Key256& ephemeral,
                                  std::span<const std::uint8_t> seed,
                                  std::span<const std::uint8_t> secret) {
  if (!pair.key_wrap) {
    if (secret.size() > key.message_max(hash_of(pair))) return {};
    return key.encrypt(hash_of(pair), secret, seed);
  }
  std::vector<std::uint8_t> message = key.encrypt(hash_of(pair), ephemeral.bytes(), seed);
  message.resize(key.size() + crypto::KeyWrap::padded_size(secret.size()));
  crypto::KeyWrap(ephemeral).wrap_padded(secret, std::span(message).subspan(key.size()));
  return message;
}

// What KMS finds in it.
std::optional<crypto::SecretBuffer> unwrapped(const crypto::RsaKey& key, const ImportPair& pair,
                                              std::span<const std::uint8_t> message) {
  if (!pair.key_wrap) return key.decrypt(hash_of(pair), message);
  if (message.size() < key.size()) return std::nullopt;
  const auto ephemeral = key.decrypt(hash_of(pair), message.first(key.size()));
  if (!ephemeral || ephemeral->size() != crypto::Key256::kSize) return std::nullopt;
  const auto rest = message.subspan(key.size());
  if (rest.size() < 16) return std::nullopt;
  crypto::KeyWrap wrap(crypto::Key256(ephemeral->bytes().first<crypto::Key256::kSize>()));
  crypto::SecretBuffer padded(rest.size() - 8);
  const auto size = wrap.unwrap_padded(rest, padded.writable());
  if (!size) return std::nullopt;
  crypto::SecretBuffer secret(*size);
  std::copy_n(padded.bytes().begin(), *size, secret.writable().begin());
  return secret;
}

}  // namespace

std::array<std::uint8_t, 32> Vault::import_token(DrawPlace place) {
  return draws_.stream(kTokenPurpose, entity_name(place.entity)).public_bytes(place.ordinal);
}

const crypto::RsaKey& Vault::import_pair(const ImportPair& pair) {
  for (const HeldImportPair& held : import_pairs_) {
    if (held.place == pair.place && held.bits == pair.bits) return *held.key;
  }
  if (import_pairs_.size() >= kImportPairsMax) import_pairs_.erase(import_pairs_.begin());
  crypto::Key256 seed;
  draws_.stream(kPairPurpose, entity_name(pair.place.entity)).secret(pair.place.ordinal, seed);
  import_pairs_.push_back(
      {pair.place, pair.bits, std::make_unique<crypto::RsaKey>(pair.bits, seed)});
  return *import_pairs_.back().key;
}

// Which key it is follows from the seed and the name, as with all keys that a client has by itself.
const crypto::RsaKey& Vault::client_pair(std::string_view name) {
  constexpr std::uint32_t kBits = 2048;
  const auto found = client_pairs_.find(name);
  if (found != client_pairs_.end()) return *found->second;
  crypto::Key256 seed;
  draws_.stream(kClientPairPurpose, name).secret(0, seed);
  return *client_pairs_.emplace(name, std::make_unique<crypto::RsaKey>(kBits, seed)).first->second;
}

std::vector<std::uint8_t> Vault::import_public_key(const ImportPair& pair) {
  return import_pair(pair).public_key_der();
}

// A material of another length than 32 bytes is made as its name's draw, so long or so short.
crypto::SecretBuffer Vault::sized_material(std::uint32_t material, std::size_t size) const {
  const crypto::Key256 bytes = material_bytes(0, {true, material});
  crypto::SecretBuffer sized(size);
  if (size == crypto::Key256::kSize) {
    std::copy_n(bytes.bytes().begin(), size, sized.writable().begin());
  } else {
    crypto::kbkdf_counter(bytes, crypto::bytes_of("tablekey/kms/sized-material"), {},
                          sized.writable());
  }
  return sized;
}

std::optional<std::size_t> Vault::pass_material(std::uint32_t material, std::size_t size,
                                                const ImportPair& customer,
                                                const ImportPair& service, DrawPlace place) {
  const crypto::SecretBuffer secret = sized_material(material, size);
  const std::string name = entity_name(place.entity);
  crypto::Key256 ephemeral;
  draws_.stream(kEphemeralPurpose, name).secret(place.ordinal, ephemeral);
  crypto::Key256 seed;
  draws_.stream(kSeedPurpose, name).secret(place.ordinal, seed);
  const auto oaep_seed = seed.bytes().first(crypto::oaep_seed_size(hash_of(customer)));
  const std::vector<std::uint8_t> message =
      wrapped(import_pair(customer), customer, ephemeral, oaep_seed, secret.bytes());
  const auto found = unwrapped(import_pair(service), service, message);
  if (!found) return std::nullopt;
  law(crypto::equal(found->bytes(), secret.bytes()), "KMS finds the material that was wrapped");
  return found->size();
}

}  // namespace tablekey::model
