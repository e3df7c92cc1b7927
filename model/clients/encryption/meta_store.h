// The MetaStore (dynamodb.md 8.1): a DynamoDB table whose items are the keys of the caching
// provider, themselves items of the Encryption Client, encrypted with the materials of another
// provider, usually the direct KMS one. So a miss costs one KMS call.
//
// The key bytes of a record never stand in an item in the clear: they go from secret memory
// straight into the encrypted attribute, and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/secret.h"
#include "model/clients/encryption/item.h"
#include "model/clients/encryption/local_keys.h"
#include "model/clients/encryption/most_recent.h"

namespace tablekey::model::encryption {

namespace meta {
inline constexpr std::string_view kName = "N", kVersion = "V", kType = "t";
inline constexpr std::string_view kEncryptionKey = "enc", kEncryptionAlgorithm = "encAlg";
inline constexpr std::string_view kIntegrityKey = "int", kIntegrityAlgorithm = "intAlg";
/// What the library's conditional put says.
inline constexpr std::string_view kAbsent = "attribute_not_exists(N) AND attribute_not_exists(V)";
}  // namespace meta

/// The keys of one version.
struct MetaKeys {
  crypto::Key256 encryption;  ///< wraps item keys
  crypto::Key256 integrity;   ///< signs items

  /// New ones.
  static MetaKeys draw(DrawSource& draws);
  /// The provider that they make.
  [[nodiscard]] WrappedKeys provider(std::string_view material, std::uint64_t version) const;
};

/// How the store's table is encrypted: everything but its two key attributes.
CryptoConfig meta_config(std::string table);

/// The primary key of a version's record.
items::AttributeMap meta_key(std::string_view material, std::uint64_t version);

/// The record as it is put. `materials` come from the store's own provider, whose request is for
/// meta_key.
Expected<items::AttributeMap> seal_meta_record(std::string_view material, std::uint64_t version,
                                               const MetaKeys& keys, const CryptoConfig& config,
                                               const Materials& materials, DrawSource& draws);
/// The keys of a record as it was read; materials as for decrypt_item. The signature is verified
/// before anything is decrypted.
Expected<MetaKeys> open_meta_record(const items::AttributeMap& record, const CryptoConfig& config,
                                    const Materials& materials);

}  // namespace tablekey::model::encryption
