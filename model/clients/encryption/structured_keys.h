// The data keys of the Database Encryption SDK, and its KMS keyring (DBE; the AWS Encryption SDK's
// algorithm-suites, intermediate key wrapping): every item has a data key of its own, wrapped for
// each KMS key under an intermediate key that KMS generates. Whoever can unwrap one also has the
// key that signs for that recipient.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crypto/secret.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/kms_call.h"
#include "model/clients/encryption/structured_header.h"

namespace tablekey::model::encryption {

/// KMS's answer to a GenerateDataKey, or what a raw keyring makes instead.
struct IntermediateKey {
  crypto::Key256 plaintext;
  items::Bytes ciphertext_blob;
  std::string key;                   ///< ARN; of a raw keyring the key's name, and what opens it
  std::string provider = "aws-kms";  ///< or the raw keyring's namespace
};

/// The keys of an item that is written, one tag key for every encrypted data key.
struct StructuredKeys {
  crypto::Key256 data_key;
  std::vector<EncryptedDataKey> data_keys;
  std::vector<crypto::Key256> tag_keys;
};

/// The keys of an item that is read, by the recipient who could unwrap them.
struct OpenedKeys {
  crypto::Key256 data_key;
  crypto::Key256 tag_key;
};

/// A new data key, wrapped under each intermediate key.
StructuredKeys wrap_under(DrawSource& draws, const EncryptionContext& context,
                          std::span<const IntermediateKey> keys);
/// The intermediate key's own ciphertext; empty: there is none.
std::span<const std::uint8_t> intermediate_part(const EncryptedDataKey& data_key);

struct KmsKeyring {
  std::vector<std::string> keys;  ///< ARNs; every item is wrapped for each of them

  /// One GenerateDataKey for every key.
  [[nodiscard]] std::vector<KmsCall> encryption_requests(const EncryptionContext& context) const;
  /// A new data key, wrapped for each answer.
  static StructuredKeys wrap(DrawSource& draws, const EncryptionContext& context,
                             std::span<const IntermediateKey> answers);

  struct Attempt {
    std::size_t data_key = 0;  ///< its place in the header
    KmsCall call;
  };
  /// The Decrypts to be tried, one after the other until one succeeds: for every encrypted data key
  /// that names a key of this ring. Refused: there is none.
  Expected<std::vector<Attempt>> decryption_requests(const StructuredHeader& header,
                                                     const EncryptionContext& context) const;
  /// From the answer to an attempt. Refused: KMS's key does not open the data key.
  static Expected<OpenedKeys> unwrap(const EncryptedDataKey& data_key,
                                     const EncryptionContext& context,
                                     const crypto::Key256& intermediate);
};

}  // namespace tablekey::model::encryption
