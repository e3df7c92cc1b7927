// Why a client-side encryption library refuses an item. What the modelled libraries throw is a
// value here: an enum to decide by, and the words that their user would see.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tablekey::model::encryption {

enum class Failure : std::uint8_t {
  // how the library is set up
  key_would_be_encrypted,  ///< a primary key attribute with ENCRYPT_AND_SIGN
  table_name_missing,
  reserved_action,   ///< an action for an attribute that the library itself writes
  key_action,        ///< DBE: a primary key attribute with another action than the one required
  unsigned_scope,    ///< DBE: an action that contradicts the attributes allowed to be unsigned
  policies_collide,  ///< DBE: a policy for old-format items and one for plaintext items
  // the item to be written
  reserved_name,  ///< a plaintext attribute with a name of the library's own
  key_missing,    ///< the item lacks a primary key attribute
  key_type,       ///< a primary key attribute that cannot stand in an encryption context
  action_missing,
  nothing_signed,
  context_attribute_missing,
  too_long,  ///< DBE: more than the header's counts can say
  // the item as it was read, before any key is asked for
  signature_missing,
  signature_malformed,
  description_malformed,
  description_version,
  material_id_malformed,  ///< caching provider: no name#version in the description
  version_unknown,        ///< caching provider: the store has no such version
  record_malformed,       ///< caching provider: a record of the store that cannot be one
  header_missing,
  header_malformed,
  footer_malformed,
  schema_changed,
  context_mismatch,
  legacy_forbidden,
  plaintext_forbidden,
  // its keys
  data_key_missing,  ///< the description carries no wrapped key
  algorithm_unsupported,
  no_encryption_key,
  unwrapping,
  commitment,
  // its signature, and only then its contents
  signature_mismatch,
  decryption,
  plaintext_malformed,
};

struct Error {
  Failure failure{};
  std::string text;
  bool operator==(const Error&) const = default;
};

template <class T>
using Expected = std::expected<T, Error>;

inline std::unexpected<Error> refused(Failure failure, std::string text) {
  return std::unexpected(Error{failure, std::move(text)});
}

/// The class of the exception: `DecryptionError` and the like of the Encryption Client,
/// `DynamoDbItemEncryptorException` and the like of the Database Encryption SDK.
std::string_view exception_name(Failure failure);

}  // namespace tablekey::model::encryption
