// The raw keyrings of the Database Encryption SDK (dynamodb.md 8.2; the material providers' raw AES
// and raw RSA keyrings): an item's data key is wrapped under an intermediate key as KMS's keyring
// does, and that one under a key that the client has itself, so that nobody is asked. The
// intermediate key is made of a draw and the item's context, and the IV is a MAC over both: equal
// draws never give an equal (key, IV) for another context.
#pragma once

#include <string>

#include "model/clients/encryption/local_keys.h"
#include "model/clients/encryption/structured_keys.h"

namespace tablekey::model::encryption {

class RawKeyring {
 public:
  using WrappingKey = WrappedKeys::WrappingKey;

  /// An RSA key outlives the keyring. Namespace and name stand in every item in plaintext; who
  /// reads it must give the same.
  RawKeyring(std::string key_namespace, std::string name, WrappingKey key);

  /// A new data key, wrapped. Draws two keys and a nonce.
  StructuredKeys wrap(DrawSource& draws, const EncryptionContext& context) const;
  /// The first of the item's data keys that names this key and opens. Refused: none does.
  Expected<OpenedKeys> unwrap(const StructuredHeader& header,
                              const EncryptionContext& context) const;

 private:
  IntermediateKey made(DrawSource& draws, const EncryptionContext& context) const;
  bool names_this(const EncryptedDataKey& data_key) const;
  std::optional<crypto::Key256> opened(const EncryptedDataKey& data_key,
                                       const EncryptionContext& context) const;

  std::string namespace_, name_;
  WrappingKey key_;
};

}  // namespace tablekey::model::encryption
