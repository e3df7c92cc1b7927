// What DynamoDB checks of an expression once its grammar is right, in its order: each pass goes
// over the whole expression and stops at the first offence.
#pragma once

#include <optional>

#include "model/dynamodb/items/expression.h"
#include "model/dynamodb/items/syntax.h"

namespace tablekey::model::items {

/// Nothing where all is well; then every placeholder that occurs is defined.
std::optional<ExpressionError> check_expression(const Syntax& syntax, Placeholders& placeholders);

/// Whether the function of a call node, a known one, has as many operands as it takes.
std::optional<ExpressionError> check_arity(const Syntax& syntax, NodeIndex call);
/// Whether the names of a path node are defined.
std::optional<ExpressionError> check_names(const Syntax& syntax, NodeIndex path,
                                           Placeholders& placeholders);

/// The path of a node of a checked expression, its names substituted.
DocumentPath resolved_path(const Syntax& syntax, NodeIndex node, Placeholders& placeholders);

}  // namespace tablekey::model::items
