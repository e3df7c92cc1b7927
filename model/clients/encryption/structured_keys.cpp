#include "model/clients/encryption/structured_keys.h"

#include <algorithm>
#include <array>

#include "crypto/bytes.h"
#include "crypto/gcm.h"
#include "crypto/sha512.h"
#include "model/law.h"

namespace tablekey::model::encryption {
namespace {

using items::Bytes;

constexpr std::string_view kKmsProvider = "aws-kms";
constexpr std::size_t kWrappedSize = crypto::Key256::kSize + crypto::Tag::kSize;

crypto::Key256 derived(const crypto::Key256& intermediate, std::string_view info) {
  return crypto::hkdf_sha512_key(intermediate.bytes(), crypto::bytes_of(info));
}

crypto::Key256 wrapping_key(const crypto::Key256& intermediate) {
  return derived(intermediate, "AWS_MPL_INTERMEDIATE_KEYWRAP_ENC");
}

crypto::Key256 tag_key(const crypto::Key256& intermediate) {
  return derived(intermediate, "AWS_MPL_INTERMEDIATE_KEYWRAP_MAC");
}

/// The format's IV is zero. No (key, IV) pair comes twice in a run all the same, because the
/// wrapping key is made of an intermediate key that KMS generates for this one data key.
crypto::Iv zero_iv() {
  static constexpr std::array<std::uint8_t, crypto::Iv::kSize> kZero{};
  return crypto::Iv(kZero);
}

Bytes wrapped(const crypto::Key256& data_key, const EncryptionContext& context,
              const IntermediateKey& answer) {
  Bytes out(kWrappedSize);
  crypto::Tag tag;
  crypto::Aes256Gcm gcm(wrapping_key(answer.plaintext));
  gcm.seal(zero_iv(), aad_of(context), data_key.bytes(),
           crypto::ByteSpan(out).first(crypto::Key256::kSize), tag);
  std::copy(tag.bytes.begin(), tag.bytes.end(), out.begin() + crypto::Key256::kSize);
  out.insert(out.end(), answer.ciphertext_blob.begin(), answer.ciphertext_blob.end());
  return out;
}

}  // namespace

std::vector<KmsCall> KmsKeyring::encryption_requests(const EncryptionContext& context) const {
  std::vector<KmsCall> calls;
  for (const std::string& key : keys) {
    calls.push_back({KmsOperation::generate_data_key, key, context, {}, 32});
  }
  return calls;
}

StructuredKeys KmsKeyring::wrap(DrawSource& draws, const EncryptionContext& context,
                                std::span<const IntermediateKey> answers) {
  return wrap_under(draws, context, answers);
}

std::span<const std::uint8_t> intermediate_part(const EncryptedDataKey& data_key) {
  const std::span<const std::uint8_t> bytes = data_key.ciphertext;
  return bytes.size() <= kWrappedSize ? std::span<const std::uint8_t>()
                                      : bytes.subspan(kWrappedSize);
}

StructuredKeys wrap_under(DrawSource& draws, const EncryptionContext& context,
                          std::span<const IntermediateKey> answers) {
  law(!answers.empty(), "an item is wrapped for some key");
  StructuredKeys made;
  draws.secret(made.data_key);
  for (const IntermediateKey& answer : answers) {
    made.data_keys.push_back({answer.provider, Bytes(answer.key.begin(), answer.key.end()),
                              wrapped(made.data_key, context, answer)});
    made.tag_keys.push_back(tag_key(answer.plaintext));
  }
  return made;
}

Expected<std::vector<KmsKeyring::Attempt>> KmsKeyring::decryption_requests(
    const StructuredHeader& header, const EncryptionContext& context) const {
  std::vector<Attempt> attempts;
  for (std::size_t i = 0; i < header.data_keys.size(); ++i) {
    const EncryptedDataKey& data_key = header.data_keys[i];
    const std::string key(data_key.info.begin(), data_key.info.end());
    const bool ours =
        data_key.provider == kKmsProvider && std::find(keys.begin(), keys.end(), key) != keys.end();
    if (!ours || data_key.ciphertext.size() <= kWrappedSize) continue;
    Bytes blob(data_key.ciphertext.begin() + kWrappedSize, data_key.ciphertext.end());
    attempts.push_back({i, {KmsOperation::decrypt, key, context, std::move(blob), 32}});
  }
  if (attempts.empty()) {
    return refused(Failure::unwrapping,
                   "Unable to decrypt data key: No Encrypted Data Keys found to match.");
  }
  return attempts;
}

Expected<OpenedKeys> KmsKeyring::unwrap(const EncryptedDataKey& data_key,
                                        const EncryptionContext& context,
                                        const crypto::Key256& intermediate) {
  const crypto::ByteView bytes = data_key.ciphertext;
  OpenedKeys opened;
  bool right = false;
  if (bytes.size() > kWrappedSize) {
    const crypto::Tag tag(bytes.subspan<crypto::Key256::kSize, crypto::Tag::kSize>());
    crypto::Aes256Gcm gcm(wrapping_key(intermediate));
    right = gcm.open(zero_iv(), aad_of(context), bytes.first(crypto::Key256::kSize), tag,
                     opened.data_key.writable());
  }
  if (!right) return refused(Failure::unwrapping, "Unable to decrypt data key");
  opened.tag_key = tag_key(intermediate);
  return opened;
}

}  // namespace tablekey::model::encryption
