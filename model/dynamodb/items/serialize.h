// The byte form of dynamodb.md 8.1: the plaintext of an item at rest, and what client-side
// encryption encrypts and signs. Equal values have equal bytes, and only one byte string reads as a
// given value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

std::size_t serialized_size(const AttributeValue& value);
/// An item as a value of type M.
std::size_t serialized_size(const AttributeMap& item);

/// Appends exactly serialized_size bytes; allocates at most once.
void serialize(const AttributeValue& value, Bytes& out);
void serialize(const AttributeMap& item, Bytes& out);
Bytes serialize(const AttributeValue& value);
Bytes serialize(const AttributeMap& item);

/// The inverse. Whatever the bytes are, the answer is a value or an error that says what is wrong
/// and at which byte; nesting beyond kLevelsMax (limits.h) is refused.
std::expected<AttributeValue, std::string> deserialize(std::span<const std::uint8_t> bytes);
std::expected<AttributeMap, std::string> deserialize_item(std::span<const std::uint8_t> bytes);

}  // namespace tablekey::model::items
