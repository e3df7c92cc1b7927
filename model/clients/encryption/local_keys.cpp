#include "model/clients/encryption/local_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/keywrap.h"
#include "model/dynamodb/items/base64.h"

namespace tablekey::model::encryption {
namespace {

constexpr std::string_view kAes = "AES";
constexpr std::string_view kAesWrap = "AESWrap";
constexpr std::string_view kOaep = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";

/// How long an unwrapped key must be.
std::optional<crypto::Key256> as_key(std::optional<crypto::SecretBuffer> bytes) {
  if (!bytes || bytes->size() != crypto::Key256::kSize) return std::nullopt;
  return crypto::Key256(bytes->bytes().first<crypto::Key256::kSize>());
}

}  // namespace

Materials StaticKeys::materials() const {
  std::optional<crypto::Key256> content;
  if (encryption) content = encryption->clone();
  return {std::move(content), signing.clone(), {}};
}

WrappedKeys::WrappedKeys(WrappingKey wrapping, crypto::Key256 signing,
                         MaterialDescription description)
    : wrapping_(std::move(wrapping)),
      signing_(std::move(signing)),
      description_(std::move(description)) {}

std::string_view WrappedKeys::algorithm() const {
  return std::holds_alternative<crypto::Key256>(wrapping_) ? kAesWrap : kOaep;
}

std::vector<std::uint8_t> WrappedKeys::wrap(const crypto::Key256& item_key,
                                            DrawSource& draws) const {
  if (const auto* key = std::get_if<crypto::Key256>(&wrapping_)) {
    const crypto::WrappedKey256 wrapped = crypto::KeyWrap(*key).wrap(item_key);
    return {wrapped.begin(), wrapped.end()};
  }
  const crypto::RsaKey& rsa = std::get<std::reference_wrapper<const crypto::RsaKey>>(wrapping_);
  const std::array<std::uint8_t, 32> seed = draws.nonce();
  return rsa.encrypt(crypto::OaepHash::kSha256, item_key.bytes(), seed);
}

std::optional<crypto::Key256> WrappedKeys::unwrap(std::span<const std::uint8_t> wrapped) const {
  if (const auto* key = std::get_if<crypto::Key256>(&wrapping_)) {
    crypto::WrappedKey256 bytes{};
    if (wrapped.size() != bytes.size()) return std::nullopt;
    std::copy(wrapped.begin(), wrapped.end(), bytes.begin());
    crypto::Key256 item_key;
    if (!crypto::KeyWrap(*key).unwrap(bytes, item_key)) return std::nullopt;
    return item_key;
  }
  const crypto::RsaKey& rsa = std::get<std::reference_wrapper<const crypto::RsaKey>>(wrapping_);
  return as_key(rsa.decrypt(crypto::OaepHash::kSha256, wrapped));
}

Materials WrappedKeys::encryption_materials(DrawSource& draws) const {
  crypto::Key256 item_key;
  draws.secret(item_key);
  const std::vector<std::uint8_t> wrapped = wrap(item_key, draws);
  std::string text;
  items::append_base64(text, wrapped);
  MaterialDescription description = description_;
  description.insert_or_assign(std::string(description::kWrappedKey), std::move(text));
  description.insert_or_assign(std::string(description::kContentAlgorithm), description::kAes256);
  description.insert_or_assign(std::string(description::kWrappingAlgorithm), algorithm());
  return {std::move(item_key), signing_.clone(), std::move(description)};
}

Expected<Materials> WrappedKeys::decryption_materials(
    const MaterialDescription& description) const {
  const auto wrapped = description.find(description::kWrappedKey);
  if (wrapped == description.end()) {
    return refused(Failure::data_key_missing,
                   "Cryptographic materials cannot be generated: no wrapping key");
  }
  const auto way = description.find(description::kWrappingAlgorithm);
  if (way != description.end() && way->second != algorithm()) {
    return refused(Failure::algorithm_unsupported,
                   fmt::format("Invalid transformation name: {}", way->second));
  }
  const auto content = description.find(description::kContentAlgorithm);
  // Early libraries left the length out.
  if (content != description.end() && content->second != description::kAes256 &&
      content->second != kAes) {
    return refused(Failure::algorithm_unsupported,
                   fmt::format("Unsupported {} in material description: \"{}\"",
                               description::kContentAlgorithm, content->second));
  }
  const std::optional<items::Bytes> bytes = items::from_base64(wrapped->second);
  std::optional<crypto::Key256> item_key;
  if (bytes) item_key = unwrap(*bytes);
  if (!item_key) return refused(Failure::unwrapping, "Key unwrap failed");
  return Materials{std::move(item_key), signing_.clone(), description};
}

}  // namespace tablekey::model::encryption
