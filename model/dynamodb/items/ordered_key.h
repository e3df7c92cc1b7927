// The order of key values (S by bytes, N by value, B by bytes), and key values as bytes whose
// lexicographic order is that order, for use as keys of an index. No encoding is the beginning of
// another one of its type, so a partition value and a sort value may simply follow each other.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "model/dynamodb/items/attribute_value.h"
#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items {

/// Both are S, both N or both B (a law).
std::strong_ordering compare_keys(const AttributeValue& a, const AttributeValue& b);

/// `value` is S, N or B (a law). std::string compares by unsigned bytes.
void append_ordered(const AttributeValue& value, std::string& out);
std::string ordered(const AttributeValue& value);
/// What all values that begin with `prefix` (S or B) begin with.
void append_ordered_prefix(const AttributeValue& prefix, std::string& out);
/// The first byte string behind all that begin with `prefix`; empty where there is none.
std::string after_prefix(std::string prefix);
/// Partition and sort value of an item that has both.
std::string ordered_key(const AttributeMap& item, const KeySchema& schema);

/// The inverse of append_ordered: takes one value off the front of `bytes`.
std::expected<AttributeValue, std::string> take_ordered(std::string_view& bytes, Type type);

}  // namespace tablekey::model::items
