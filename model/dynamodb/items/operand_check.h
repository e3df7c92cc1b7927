// The second pass over an expression: are all placeholders defined, and do operators and functions
// have operands of types that they take? Types of attributes are not known yet, those of values
// are.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/expression.h"
#include "model/dynamodb/items/syntax.h"

namespace tablekey::model::items {

class OperandCheck {
 public:
  using Offence = std::optional<ExpressionError>;

  OperandCheck(const Syntax& syntax, Placeholders& placeholders)
      : syntax_(syntax), placeholders_(placeholders) {}

  /// A node and all below it.
  Offence node(NodeIndex index);
  /// The value of ADD or DELETE, which has been checked as a node.
  Offence action(TokenKind keyword, NodeIndex value);

 private:
  Offence path(NodeIndex index);
  Offence value(NodeIndex index);
  Offence comparison(NodeIndex index);
  Offence between(NodeIndex index);
  Offence bounds(NodeIndex index, const AttributeValue& lower, const AttributeValue& upper);
  Offence in(NodeIndex index);
  Offence call(NodeIndex index);
  Offence call_operands(NodeIndex index, std::string_view name);
  Offence type_named(NodeIndex operand);
  Offence distinct(NodeIndex index, std::string_view name);
  Offence types(NodeIndex index, std::string_view name, std::initializer_list<Type> allowed);
  Offence wrong_type(NodeIndex operand, std::string_view name, std::string_view type);
  /// The value that an operand stands for; null where it is none.
  const AttributeValue* constant(NodeIndex operand);
  std::optional<Type> static_type(NodeIndex operand);

  const Syntax& syntax_;
  Placeholders& placeholders_;
};

}  // namespace tablekey::model::items
