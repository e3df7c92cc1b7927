// ProjectionExpression: the paths that a read returns.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/expression.h"

namespace tablekey::model::items {

struct Projection {
  std::vector<DocumentPath> paths;

  static std::expected<Projection, ExpressionError> parse(std::string_view text,
                                                          Placeholders& placeholders);
  [[nodiscard]] AttributeMap of(const AttributeMap& item) const { return project(item, paths); }
};

}  // namespace tablekey::model::items
