// An item in the format of the Database Encryption SDK of 2023 (dynamodb.md 8.2): AES-256-GCM under
// a key of each attribute, a head that commits to the data key, a foot that signs head, context and
// attributes.
//
// Writing is plan_encryption, then the keyring's requests and answers, then encrypt_structured. A
// plan is not kept between the two turns: made again from the same item and draws it is the same,
// its signing key included. Reading is open_structured (no key is needed, and none is asked for
// when it refuses), the keyring's attempts, then decrypt_structured, which checks the commitment,
// the tags and the signature before it decrypts anything.
//
// Why no (key, nonce) pair comes with two different plaintexts: both are a function of the data
// key, the message id and the attribute's place in the item. The data key is drawn for one item;
// the message id is an HMAC, under a key derived from it, over 32 drawn bytes and all that the item
// contains, so that even the same draws with another item (in a fork, or after an edit of the
// scenario) give other keys and nonces. Within an item every place is another counter block.
#pragma once

#include <optional>

#include "crypto/ecdsa_p384.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/structured_config.h"
#include "model/clients/encryption/structured_fields.h"
#include "model/clients/encryption/structured_keys.h"

namespace tablekey::model::encryption {

/// What an item's encryption context and signature are, before there is a data key.
struct StructuredPlan {
  EncryptionContext context;  ///< for KMS
  std::optional<crypto::EcdsaP384Key> signer;
};

/// Draws the signing key where there is one. The configuration has passed check().
Expected<StructuredPlan> plan_encryption(const items::AttributeMap& item,
                                         const StructuredConfig& config, DrawSource& draws);
/// The item as it is sent to DynamoDB. Draws a nonce.
Expected<items::AttributeMap> encrypt_structured(const items::AttributeMap& item,
                                                 const StructuredConfig& config,
                                                 const StructuredPlan& plan,
                                                 const StructuredKeys& keys, DrawSource& draws);

/// A stored item as far as it can be understood without a key.
struct StructuredOpening {
  StructuredHeader header;
  EncryptionContext context;  ///< for KMS: what is stored and what the item itself says
};

Expected<StructuredOpening> open_structured(const items::AttributeMap& item,
                                            const StructuredConfig& config);
/// The plaintext of the stored item. `opening` was made of the same item.
Expected<items::AttributeMap> decrypt_structured(const items::AttributeMap& item,
                                                 const StructuredConfig& config,
                                                 const StructuredOpening& opening,
                                                 const OpenedKeys& keys);

}  // namespace tablekey::model::encryption
