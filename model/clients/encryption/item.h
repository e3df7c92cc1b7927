// An item in the format of the DynamoDB Encryption Client of 2018 (dynamodb.md 8.1): attributes
// encrypted with AES-256-CBC under the item's key, all of them signed with HMAC-SHA-256, and two
// attributes of the library's own.
//
// Reading goes in an order that matters: read_description (no key is needed, and none is asked for
// when it refuses), then the provider's request and its keys, then decrypt_item, which verifies the
// signature before it decrypts anything.
//
// Why no (key, IV) pair comes with two different plaintexts: an IV is the first 16 bytes of an
// HMAC, under a key derived from the encryption key, over 32 drawn bytes, the attribute's name and
// its plaintext. Equal IVs then need equal inputs, whose ciphertexts are equal anyway, or a
// collision of 128 bits: with 2^32 attributes under one key (a static key; every other provider
// has a key per item) its chance is below 2^-64. Whoever does not have the key cannot foresee an
// IV, which is what CBC asks for.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/cbc.h"
#include "crypto/hmac.h"
#include "crypto/sha256.h"
#include "model/clients/encryption/actions.h"
#include "model/clients/encryption/draw_source.h"
#include "model/clients/encryption/failure.h"
#include "model/clients/encryption/materials.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

/// The item as it is sent to DynamoDB. The configuration has passed check().
Expected<items::AttributeMap> encrypt_item(const items::AttributeMap& item,
                                           const CryptoConfig& config, const Materials& materials,
                                           DrawSource& draws);

/// The description of a stored item, empty where it has none. Refused: an item without a signature,
/// which no library wrote; bytes that are no description.
Expected<MaterialDescription> read_description(const items::AttributeMap& item);

/// The plaintext of a stored item.
Expected<items::AttributeMap> decrypt_item(const items::AttributeMap& item,
                                           const CryptoConfig& config, const Materials& materials);

// ---- what the two are made of ------------------------------------------------------------------

/// IV || ciphertext, as an encrypted attribute stores it.
items::Bytes encrypt_value(crypto::Aes256Cbc& cbc, const crypto::CbcIv& iv,
                           crypto::ByteView serialized);
/// The IVs of one item, as argued above. `nonce` is drawn for this item.
class ItemIvs {
 public:
  ItemIvs(const crypto::Key256& encryption_key, const std::array<std::uint8_t, 32>& nonce);
  crypto::CbcIv derive(std::string_view name, crypto::ByteView serialized);

 private:
  crypto::HmacSha256 keyed_;
  std::array<std::uint8_t, 32> nonce_;
};

/// The serialized value; nothing where the bytes are no ciphertext or their padding is wrong.
std::optional<crypto::SecretBuffer> decrypt_value(crypto::Aes256Cbc& cbc, crypto::ByteView stored);

/// What is signed, of an item as it is stored; the library's own attributes are left out.
items::Bytes string_to_sign(const items::AttributeMap& stored, const CryptoConfig& config);
crypto::Digest sign(const items::AttributeMap& stored, const CryptoConfig& config,
                    const crypto::Key256& signing_key);
/// Whether the item's signature is right, compared in constant time.
std::optional<Error> verify(const items::AttributeMap& stored, const CryptoConfig& config,
                            const crypto::Key256& signing_key);
/// Adds signature and description to an item whose attributes are as they will be stored.
void finish(items::AttributeMap& stored, const CryptoConfig& config, const Materials& materials,
            bool encrypted);

}  // namespace tablekey::model::encryption
