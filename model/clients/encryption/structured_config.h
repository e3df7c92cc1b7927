// How a table's items are treated by the Database Encryption SDK (dynamodb.md 8.2; DBE
// ddb-table-encryption-config): an action for every attribute, which attributes may stand unsigned,
// and, while a table is being migrated, what becomes of items in the old format or in the clear.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "model/clients/encryption/actions.h"
#include "model/clients/encryption/failure.h"
#include "model/clients/encryption/structured_header.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

enum class CryptoAction : std::uint8_t {
  do_nothing,
  sign_only,
  sign_and_include_in_context,  ///< SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT
  encrypt_and_sign,
};

/// What becomes of items of another kind. Forced: they are written, and read where they are found.
enum class Policy : std::uint8_t {
  force_write_allow_read,
  forbid_write_allow_read,
  forbid,
};

struct LegacyConfig {
  Policy policy = Policy::forbid;
  CryptoConfig config;
  bool operator==(const LegacyConfig&) const = default;
};

struct StructuredConfig {
  TableNames names;  ///< `table` is the logical name, which a restored table keeps
  /// Of every attribute that the items to be written have. Reading takes the legend's word.
  std::map<std::string, CryptoAction, std::less<>> actions;
  std::set<std::string, std::less<>> unsigned_attributes;
  std::string unsigned_prefix;  ///< of attributes that are unsigned too; empty: none
  Flavour flavour = Flavour::mac_and_ecdsa;
  std::optional<LegacyConfig> legacy;
  std::optional<Policy> plaintext;  ///< absent: forbidden

  /// 2 where some attribute goes into the encryption context, else 1.
  [[nodiscard]] std::uint8_t version() const;
  [[nodiscard]] bool in_signature_scope(std::string_view attribute) const;
  bool operator==(const StructuredConfig&) const = default;
};

std::optional<Error> check(const StructuredConfig& config);

/// Which format an item goes through: this one, the old one with LegacyConfig::config, or none.
enum class Route : std::uint8_t { structured, legacy, plaintext };

/// Of an item to be written. Refused: key attributes or attributes of the context are missing.
Expected<Route> route_of_write(const StructuredConfig& config, const items::AttributeMap& item);
/// Of an item that was read. Refused: a kind that the policies forbid.
Expected<Route> route_of_read(const StructuredConfig& config, const items::AttributeMap& item);

}  // namespace tablekey::model::encryption
