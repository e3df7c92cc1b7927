// The attributes of an item as the Database Encryption SDK orders them (dynamodb.md 8.2): by their
// canonical paths. Legend, field keys and signature all go by that order.
#pragma once

#include <vector>

#include "crypto/sha512.h"
#include "model/clients/encryption/structured_config.h"

namespace tablekey::model::encryption {

/// table || depth 1 || '$' || length of the name || name; numbers have 8 bytes, big endian. The
/// length is in UTF-16 units, as the published implementation counts it; the specification does not
/// say, and both are one for names of ASCII.
items::Bytes canonical_path(std::string_view table, std::string_view attribute);

struct Field {
  const items::Attribute* attribute = nullptr;  ///< of the item that the list was made of
  items::Bytes path;
  CryptoAction action{};
};
using Fields = std::vector<Field>;

/// All but the library's own two attributes, with the actions that are configured. Refused: an
/// attribute without one, a name of the library's own, nothing to sign.
Expected<Fields> fields_to_write(const items::AttributeMap& item, const StructuredConfig& config);
/// The same of a stored item, with the actions that its legend says. Refused: a legend of another
/// length than there are attributes to be signed.
Expected<Fields> fields_to_read(const items::AttributeMap& item, const StructuredConfig& config,
                                std::string_view legend);

std::string legend_of(const Fields& fields);

/// What a key of every item's context says of it, plus the values of version 1 (the keys'
/// attributes) or of version 2 (every attribute whose action is to be in the context).
EncryptionContext item_context(const Fields& fields, const TableNames& names, std::uint8_t version);

/// SHA-384 over head, context and signed attributes as they are stored.
crypto::Digest384 canonical_hash(const Fields& stored, std::span<const std::uint8_t> head,
                                 const EncryptionContext& context);

}  // namespace tablekey::model::encryption
