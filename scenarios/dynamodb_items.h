// One item of a data request: what is asked of it, and the expressions that go with it. Expressions
// are parsed here, so that a mistake in one is shown where it stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scenarios/actions.h"

namespace tablekey::scenarios {

// ExpressionAttributeNames and ExpressionAttributeValues of a request, and its expressions.
struct ExpressionTexts {
  std::vector<TextPair> names;
  std::string values;  // canonical DynamoDB JSON; empty: none
  const Node* condition = nullptr;
  const Node* filter = nullptr;
  const Node* key_condition = nullptr;
  const Node* update = nullptr;
  const Node* projection = nullptr;
};
// Reads them of any map that has them. Nothing after an error.
[[nodiscard]] std::optional<ExpressionTexts> read_expressions(const MapReader& map,
                                                              Diagnostics& diagnostics);
// Parses all of them together, for an item or an index with that key. False after an error.
[[nodiscard]] bool check_expressions(const ExpressionTexts& texts, const DraftTable& table,
                                     const DraftIndex* index, Diagnostics& diagnostics);

// An entry of a request about one item: `map` has Key or Item, its table is known.
[[nodiscard]] bool read_item_call(ActionContext& context, const MapReader& map,
                                  events::ItemCall::Kind kind, std::uint32_t table,
                                  events::ItemCall::Builder to);

}  // namespace tablekey::scenarios
