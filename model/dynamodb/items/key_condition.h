// KeyConditionExpression: what a Query asks of a table's or an index's key, taken apart.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "model/dynamodb/items/expression.h"
#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items {

/// An interval of the sort key. Without bounds it is everything.
struct SortRange {
  struct Bound {
    AttributeValue value;
    bool inclusive = true;
    bool operator==(const Bound&) const = default;
  };
  std::optional<Bound> lower, upper;
  std::optional<AttributeValue> prefix;  // of begins_with; then there are no bounds

  /// `value` has the sort key's type.
  [[nodiscard]] bool contains(const AttributeValue& value) const;
  bool operator==(const SortRange&) const = default;
};

/// Byte strings from `first` up to but without `last`; an empty `last` is no end.
struct OrderedRange {
  std::string first, last;
  bool operator==(const OrderedRange&) const = default;
};

struct KeyCondition {
  AttributeValue partition;
  SortRange sort;

  /// `schema` is that of the table or index that is queried.
  static std::expected<KeyCondition, ExpressionError> parse(std::string_view text,
                                                            Placeholders& placeholders,
                                                            const KeySchema& schema);
  /// The ordered keys (ordered_key.h) of all items that it selects, whatever follows them.
  [[nodiscard]] OrderedRange ordered_range() const;
  bool operator==(const KeyCondition&) const = default;
};

}  // namespace tablekey::model::items
