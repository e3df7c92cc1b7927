#include "model/dynamodb/items/projection.h"

#include "model/dynamodb/items/expression_check.h"
#include "model/dynamodb/items/syntax.h"

namespace tablekey::model::items {

std::expected<Projection, ExpressionError> Projection::parse(std::string_view text,
                                                             Placeholders& placeholders) {
  const auto syntax = parse_syntax(text, ExpressionKind::projection);
  if (!syntax) return std::unexpected(syntax.error());
  if (auto error = check_expression(*syntax, placeholders)) {
    return std::unexpected(std::move(*error));
  }
  Projection projection;
  for (const NodeIndex path : syntax->paths) {
    projection.paths.push_back(resolved_path(*syntax, path, placeholders));
  }
  return projection;
}

}  // namespace tablekey::model::items
