// What DynamoDB checks of an item or a key before it looks at the table's data, in its own words
// (dynamodb.md 9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

struct KeyAttribute {
  std::string name;
  Type type = Type::s;  // S, N or B
  bool operator==(const KeyAttribute&) const = default;
};

struct KeySchema {
  KeyAttribute partition;
  std::optional<KeyAttribute> sort;
  bool operator==(const KeySchema&) const = default;
  /// The key attribute of that name, or null.
  [[nodiscard]] const KeyAttribute* find(std::string_view name) const;
};

/// How most of the messages begin.
inline constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

/// Each gives the text of the ValidationException, or nothing where all is well.
using Refusal = std::optional<std::string>;

/// A value wherever it comes in (ExpressionAttributeValues, Item, Key): no set is empty, the levels
/// are within the limit.
Refusal validate_value(const AttributeValue& value);
/// A whole item as PutItem takes it: values, key attributes, size.
Refusal validate_item(const AttributeMap& item, const KeySchema& schema);
/// What an update has made of an item: values and size. The key can not have changed.
Refusal validate_updated_item(const AttributeMap& item);
/// A Key parameter: exactly the key attributes.
Refusal validate_key(const AttributeMap& key, const KeySchema& schema);
/// An item may lack an index's key attributes (it is then not in the index), but those that it has
/// must fit.
Refusal validate_index_key(const AttributeMap& item, const KeySchema& index_schema,
                           std::string_view index_name);
/// Whether an item appears in an index with that key.
bool has_key(const AttributeMap& item, const KeySchema& schema);
/// The key attributes of an item that has them.
AttributeMap key_of(const AttributeMap& item, const KeySchema& schema);

}  // namespace tablekey::model::items
