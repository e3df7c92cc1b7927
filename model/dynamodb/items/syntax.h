// What stands in an expression: tokens, and the tree that the grammar makes of them. No meaning
// yet; that is expression_check.h.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dynamodb/items/expression.h"

namespace tablekey::model::items {

enum class TokenKind : std::uint8_t {
  identifier,
  name,   // #name
  value,  // :value
  integer,
  left_paren,
  right_paren,
  left_bracket,
  right_bracket,
  comma,
  dot,
  plus,
  minus,
  equal,
  unequal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  and_,
  or_,
  not_,
  between,
  in,
  set,
  remove,
  add,
  delete_,
  bad,  // a character that no token begins with
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t start = 0, length = 0;  // bytes of the expression
};

/// The last one is `end`. Keywords are those of the kind's own grammar.
std::vector<Token> tokenize(std::string_view text, ExpressionKind kind);

enum class SyntaxKind : std::uint8_t {
  path,
  value,
  call,
  paren,
  comparison,
  between,
  in,
  not_,
  and_,
  or_,
  arithmetic,
};

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = 0xFFFFFFFF;

struct SyntaxNode {
  SyntaxKind kind = SyntaxKind::path;
  std::uint32_t token = 0;               // the operator's, the function's name, the value's
  std::uint32_t first = 0, last = 0;     // the tokens that it spans
  std::vector<NodeIndex> children = {};  // in the order of writing
};

struct SyntaxAction {
  NodeIndex path = kNoNode;
  NodeIndex value = kNoNode;  // REMOVE has none
};

struct SyntaxSection {
  std::uint32_t token = 0;  // SET, REMOVE, ADD or DELETE
  std::vector<SyntaxAction> actions;
};

struct Syntax {
  ExpressionKind kind = ExpressionKind::condition;
  std::string text;
  std::vector<Token> tokens;
  std::vector<SyntaxNode> nodes;
  NodeIndex root = kNoNode;             // of a condition
  std::vector<SyntaxSection> sections;  // of an update
  std::vector<NodeIndex> paths;         // of a projection

  [[nodiscard]] std::string_view token_text(std::uint32_t token) const;
  /// Without the parentheses around it.
  [[nodiscard]] NodeIndex bare(NodeIndex node) const;
  /// `Invalid <kind>: <message>`, pointing at the node or the token.
  [[nodiscard]] ExpressionError error_at_node(NodeIndex node, std::string_view message) const;
  [[nodiscard]] ExpressionError error_at_token(std::uint32_t token, std::string_view message) const;
};

/// Checks the size and reads the whole text by the kind's grammar.
std::expected<Syntax, ExpressionError> parse_syntax(std::string_view text, ExpressionKind kind);

}  // namespace tablekey::model::items
