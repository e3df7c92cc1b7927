#include "model/clients/encryption/raw_keyring.h"

#include <algorithm>
#include <array>

#include "crypto/bytes.h"
#include "crypto/gcm.h"
#include "crypto/hmac.h"

namespace tablekey::model::encryption {
namespace {

using items::Bytes;

constexpr std::size_t kSealedSize = crypto::Key256::kSize + crypto::Tag::kSize;
// Behind the key's name: the tag's length in bits, the IV's in bytes, and the IV.
constexpr std::size_t kTailSize = 8 + crypto::Iv::kSize;

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

RawKeyring::RawKeyring(std::string key_namespace, std::string name, WrappingKey key)
    : namespace_(std::move(key_namespace)), name_(std::move(name)), key_(std::move(key)) {}

IntermediateKey RawKeyring::made(DrawSource& draws, const EncryptionContext& context) const {
  crypto::Key256 drawn;
  draws.secret(drawn);
  const std::array<std::uint8_t, 32> nonce = draws.nonce();
  const Bytes aad = aad_of(context);
  IntermediateKey made;
  made.provider = namespace_;
  made.key = name_;
  crypto::HmacSha256(drawn).mac_into({nonce, aad}, made.plaintext.writable());
  if (const auto* rsa = std::get_if<std::reference_wrapper<const crypto::RsaKey>>(&key_)) {
    made.ciphertext_blob =
        rsa->get().encrypt(crypto::OaepHash::kSha256, made.plaintext.bytes(), nonce);
    return made;
  }
  const crypto::Digest mac = crypto::HmacSha256(made.plaintext).mac({nonce, aad});
  std::array<std::uint8_t, crypto::Iv::kSize> iv{};
  std::copy_n(mac.begin(), iv.size(), iv.begin());
  std::array<std::uint8_t, 8> lengths{};
  crypto::store_big_endian<4>(std::uint32_t{8 * crypto::Tag::kSize}, lengths.data());
  crypto::store_big_endian<4>(std::uint32_t{crypto::Iv::kSize}, lengths.data() + 4);
  made.key.append(lengths.begin(), lengths.end()).append(iv.begin(), iv.end());
  made.ciphertext_blob.resize(kSealedSize);
  crypto::Tag tag;
  crypto::Aes256Gcm gcm(std::get<crypto::Key256>(key_));
  gcm.seal(crypto::Iv(iv), aad, made.plaintext.bytes(),
           crypto::ByteSpan(made.ciphertext_blob).first(crypto::Key256::kSize), tag);
  std::copy(tag.bytes.begin(), tag.bytes.end(),
            made.ciphertext_blob.begin() + crypto::Key256::kSize);
  return made;
}

StructuredKeys RawKeyring::wrap(DrawSource& draws, const EncryptionContext& context) const {
  std::vector<IntermediateKey> keys;
  keys.push_back(made(draws, context));
  return wrap_under(draws, context, keys);
}

// ---- reading ----

bool RawKeyring::names_this(const EncryptedDataKey& data_key) const {
  if (data_key.provider != namespace_) return false;
  if (!std::holds_alternative<crypto::Key256>(key_)) return data_key.info == bytes_of(name_);
  if (data_key.info.size() != name_.size() + kTailSize) return false;
  if (!std::equal(name_.begin(), name_.end(), data_key.info.begin(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; })) {
    return false;
  }
  const std::uint8_t* lengths = data_key.info.data() + name_.size();
  return crypto::load_big_endian<4>(lengths) == 8 * crypto::Tag::kSize &&
         crypto::load_big_endian<4>(lengths + 4) == crypto::Iv::kSize;
}

// The intermediate key.
std::optional<crypto::Key256> RawKeyring::opened(const EncryptedDataKey& data_key,
                                                 const EncryptionContext& context) const {
  const crypto::ByteView sealed = intermediate_part(data_key);
  if (const auto* rsa = std::get_if<std::reference_wrapper<const crypto::RsaKey>>(&key_)) {
    const auto bytes = rsa->get().decrypt(crypto::OaepHash::kSha256, sealed);
    if (!bytes || bytes->size() != crypto::Key256::kSize) return std::nullopt;
    return crypto::Key256(bytes->bytes().first<crypto::Key256::kSize>());
  }
  if (sealed.size() != kSealedSize) return std::nullopt;
  const crypto::ByteView iv = crypto::ByteView(data_key.info).last(crypto::Iv::kSize);
  const crypto::Tag tag(sealed.subspan<crypto::Key256::kSize, crypto::Tag::kSize>());
  crypto::Key256 intermediate;
  crypto::Aes256Gcm gcm(std::get<crypto::Key256>(key_));
  if (!gcm.open(*crypto::Iv::from(iv), aad_of(context), sealed.first(crypto::Key256::kSize), tag,
                intermediate.writable())) {
    return std::nullopt;
  }
  return intermediate;
}

Expected<OpenedKeys> RawKeyring::unwrap(const StructuredHeader& header,
                                        const EncryptionContext& context) const {
  bool matched = false;
  for (const EncryptedDataKey& data_key : header.data_keys) {
    if (!names_this(data_key)) continue;
    matched = true;
    const auto intermediate = opened(data_key, context);
    if (!intermediate) continue;
    auto keys = KmsKeyring::unwrap(data_key, context, *intermediate);
    if (keys) return keys;
  }
  return refused(Failure::unwrapping,
                 matched ? "Unable to decrypt data key"
                         : "Unable to decrypt data key: No Encrypted Data Keys found to match.");
}

}  // namespace tablekey::model::encryption
