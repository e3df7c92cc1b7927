// The direct KMS provider (dynamodb.md 8.1): a data key of KMS for every item, one call for every
// write and one for every read. The key attributes' values go into the encryption context, and so
// into CloudTrail.
#pragma once

#include <span>
#include <string>

#include "crypto/secret.h"
#include "model/clients/encryption/actions.h"
#include "model/clients/encryption/kms_call.h"
#include "model/clients/encryption/materials.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

struct DirectKms {
  std::string key;  ///< id, ARN or alias of the KMS key

  /// What to ask before an item is encrypted. An item without its key attributes is asked for
  /// without them, as the library does. Refused: a key attribute that is no S, N or B.
  Expected<KmsCall> encryption_request(const TableNames& names,
                                       const items::AttributeMap& item) const;
  /// The item's keys from KMS's answer.
  static Materials encryption_materials(const crypto::Key256& data_key,
                                        std::span<const std::uint8_t> ciphertext_blob);

  /// What to ask before a stored item is decrypted. Refused: a description that this provider did
  /// not write.
  Expected<KmsCall> decryption_request(const TableNames& names, const items::AttributeMap& item,
                                       const MaterialDescription& description) const;
  static Materials decryption_materials(const crypto::Key256& data_key,
                                        const MaterialDescription& description);
};

/// The two keys of an item by HKDF-SHA-256 without salt.
crypto::Key256 content_key(const crypto::Key256& data_key);
crypto::Key256 signing_key(const crypto::Key256& data_key);

}  // namespace tablekey::model::encryption
