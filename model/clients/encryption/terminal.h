// Attribute values in the bytes of the Database Encryption SDK (dynamodb.md 8.2; DBE
// ddb-attribute-serialization): a type id and a value. Sets and maps are ordered by UTF-16 units,
// numbers by their text.
#pragma once

#include <cstdint>
#include <span>

#include "model/clients/encryption/failure.h"
#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::encryption {

inline constexpr std::uint16_t kBinaryType = 0xffff;  ///< of B, and of everything encrypted

struct Terminal {
  std::uint16_t type = 0;
  items::Bytes value;
  bool operator==(const Terminal&) const = default;
};

std::uint16_t type_id(items::Type type);
Terminal to_terminal(const items::AttributeValue& value);
/// Refused, whatever the bytes: what is no value, or not the only way to write it.
Expected<items::AttributeValue> from_terminal(std::uint16_t type,
                                              std::span<const std::uint8_t> bytes);

}  // namespace tablekey::model::encryption
