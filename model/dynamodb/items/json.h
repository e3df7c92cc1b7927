// DynamoDB JSON: how the API, the scenarios and the exports write items, each value under the name
// of its type: {"Pages":{"N":"300"}}, B and BS in base64.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "model/dynamodb/items/attribute_value.h"

namespace tablekey::model::items {

struct JsonError {
  std::string message;       // DynamoDB's own words where it has some
  std::string path;          // of the value: `$.Pages.N`, `$.Tags.L[2]`
  std::size_t position = 0;  // byte of the text
  bool operator==(const JsonError&) const = default;
};

/// An item from DynamoDB JSON. White space, the order of attributes and of set members and the
/// spelling of numbers are free. Nothing that DynamoDB itself could not hold is read: numbers out
/// of range, empty sets, a set member or a name given twice, more than 32 levels, bytes that are
/// not UTF-8.
std::expected<AttributeMap, JsonError> parse_item(std::string_view json);
/// One value: {"N":"300"}.
std::expected<AttributeValue, JsonError> parse_value(std::string_view json);

/// The canonical text: attributes in the order of their names, members of sets in their order, no
/// white space, only what JSON demands escaped. Equal items have equal texts.
std::string to_json(const AttributeMap& item);
std::string to_json(const AttributeValue& value);
void append_json(std::string& out, const AttributeMap& item);
void append_json(std::string& out, const AttributeValue& value);

}  // namespace tablekey::model::items
