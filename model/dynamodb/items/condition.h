// ConditionExpression and FilterExpression: parsed once, asked of any number of items.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/expression.h"
#include "model/dynamodb/items/validate.h"

namespace tablekey::model::items {

class Condition {
 public:
  static std::expected<Condition, ExpressionError> parse(
      std::string_view text, Placeholders& placeholders,
      ExpressionKind kind = ExpressionKind::condition);

  /// Whether it holds for the item; one that does not exist is an empty map.
  [[nodiscard]] bool holds(const AttributeMap& item) const;

  /// The first key attribute that it mentions: a Query's filter may not.
  [[nodiscard]] std::optional<ExpressionError> mentions_key(const KeySchema& schema) const;
  /// The first path into a key attribute, which is a scalar: no expression may have one.
  [[nodiscard]] std::optional<ExpressionError> enters_key(const KeySchema& schema) const;

  struct Operand {
    enum class Kind : std::uint8_t { path, constant, size };
    Kind kind = Kind::constant;
    DocumentPath path;        // of path and size
    AttributeValue constant;  // of constant
  };
  enum class Operator : std::uint8_t {
    equal,
    unequal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,  // the six in the order of their tokens
    between,
    in,
    attribute_exists,
    attribute_not_exists,
    attribute_type,
    begins_with,
    contains,
    not_,
    and_,
    or_,
  };
  /// One node of the tree.
  struct Node {
    Operator op = Operator::equal;
    std::vector<Operand> operands;
    std::uint32_t left = 0, right = 0;  // of not (left alone), and, or
  };
  /// The tree: children before parents, the root last.
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

  /// What size() gives: the length of a text as Java counts it, bytes, members or elements; nothing
  /// for N, BOOL and NULL.
  static std::optional<std::size_t> size_of(const AttributeValue& value);

 private:
  struct Mention {
    std::string name;  // of a top-level attribute
    bool enters = false;
    std::size_t position = 0, length = 0;
  };
  friend class ConditionCompiler;

  std::vector<Node> nodes_;
  std::vector<Mention> mentions_;
};

}  // namespace tablekey::model::items
