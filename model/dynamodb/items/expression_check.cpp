#include "model/dynamodb/items/expression_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/operand_check.h"
#include "model/dynamodb/items/reserved_words.h"
#include "model/law.h"

namespace tablekey::model::items {
namespace {

using Offence = std::optional<ExpressionError>;

// Where a function may stand.
enum class Place : std::uint8_t { condition, operand, update };

struct Function {
  std::string_view name;
  std::size_t operands;
  Place place;
};
constexpr std::array kFunctions = {Function{"attribute_exists", 1, Place::condition},
                                   Function{"attribute_not_exists", 1, Place::condition},
                                   Function{"attribute_type", 2, Place::condition},
                                   Function{"begins_with", 2, Place::condition},
                                   Function{"contains", 2, Place::condition},
                                   Function{"size", 1, Place::operand},
                                   Function{"if_not_exists", 2, Place::update},
                                   Function{"list_append", 2, Place::update}};

const Function* function(std::string_view name) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& each) { return each.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

bool is_operator(SyntaxKind kind) {
  return kind != SyntaxKind::path && kind != SyntaxKind::value && kind != SyntaxKind::paren;
}

Offence check_operator_count(const Syntax& syntax) {
  const auto count = std::count_if(syntax.nodes.begin(), syntax.nodes.end(),
                                   [](const SyntaxNode& node) { return is_operator(node.kind); });
  if (static_cast<std::size_t>(count) <= kOperatorsMax) return std::nullopt;
  // The words are ours: AWS publishes the limit alone.
  return ExpressionError{
      fmt::format("Invalid {}: The expression contains too many operators; number of operators: {}",
                  expression_name(syntax.kind), count),
      0, 0};
}

// The first pass, in the order of writing: reserved words, list indexes, which function stands
// where.
class WordCheck {
 public:
  explicit WordCheck(const Syntax& syntax) : syntax_(syntax) {}

  Offence whole() const {
    if (syntax_.kind == ExpressionKind::projection) return each(syntax_.paths, Place::operand);
    if (syntax_.kind == ExpressionKind::update) return sections();
    return node(syntax_.root, Place::condition);
  }

 private:
  Offence each(const std::vector<NodeIndex>& nodes, Place place) const {
    for (const NodeIndex index : nodes) {
      if (Offence offence = node(index, place)) return offence;
    }
    return std::nullopt;
  }

  Offence node(NodeIndex index, Place place) const {
    const SyntaxNode& checked = syntax_.nodes[index];
    switch (checked.kind) {
      case SyntaxKind::path:
        return path(checked);
      case SyntaxKind::call:
        return call(index, place);
      case SyntaxKind::paren:
        return node(checked.children[0], place);
      case SyntaxKind::not_:
      case SyntaxKind::and_:
      case SyntaxKind::or_:
        return each(checked.children, Place::condition);
      default:
        return each(checked.children, Place::operand);
    }
  }

  Offence path(const SyntaxNode& checked) const {
    for (std::uint32_t at = checked.first; at <= checked.last; ++at) {
      const std::string_view text = syntax_.token_text(at);
      if (syntax_.tokens[at].kind == TokenKind::identifier && is_reserved_word(text)) {
        return syntax_.error_at_token(
            at, fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", text));
      }
      if (syntax_.tokens[at].kind != TokenKind::integer) continue;
      std::int32_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc{} && end == text.data() + text.size()) continue;
      return syntax_.error_at_token(
          at, fmt::format("List index is not within the allowable range; index: [{}]", text));
    }
    return std::nullopt;
  }

  Offence call(NodeIndex index, Place place) const {
    const SyntaxNode& checked = syntax_.nodes[index];
    const std::string_view name = syntax_.token_text(checked.token);
    const auto refused = [&](std::string_view what) {
      return syntax_.error_at_token(checked.token, fmt::format("{}; function: {}", what, name));
    };
    const Function* called = function(name);
    if (called == nullptr) return refused("Invalid function name");
    const bool in_update = syntax_.kind == ExpressionKind::update;
    const bool for_update = called->place == Place::update;
    if (in_update && !for_update) {
      return refused("The function is not allowed in an update expression");
    }
    if (!in_update && for_update) {
      return refused("The function is not allowed in a condition expression");
    }
    if (!in_update && called->place != place) {
      return refused("The function is not allowed to be used this way in an expression");
    }
    // Those of an update are counted later, with the placeholders.
    if (!in_update) {
      if (Offence offence = check_arity(syntax_, index)) return offence;
    }
    return each(checked.children, Place::operand);
  }

  // One kind of section after the other, in the order in which the kinds first appear.
  Offence sections() const {
    std::vector<TokenKind> done;
    for (const SyntaxSection& section : syntax_.sections) {
      const TokenKind keyword = syntax_.tokens[section.token].kind;
      if (std::find(done.begin(), done.end(), keyword) != done.end()) continue;
      done.push_back(keyword);
      if (Offence offence = sections_of(keyword)) return offence;
    }
    return std::nullopt;
  }

  Offence sections_of(TokenKind keyword) const {
    const SyntaxSection *first = nullptr, *second = nullptr;
    for (const SyntaxSection& section : syntax_.sections) {
      if (syntax_.tokens[section.token].kind != keyword) continue;
      if (first != nullptr && second == nullptr) second = &section;
      if (first == nullptr) first = &section;
      for (const SyntaxAction& action : section.actions) {
        if (Offence offence = node(action.path, Place::operand)) return offence;
        if (action.value == kNoNode) continue;
        if (Offence offence = node(action.value, Place::operand)) return offence;
      }
    }
    if (second == nullptr) return std::nullopt;
    std::string word(syntax_.token_text(second->token));
    for (char& letter : word) {
      if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return syntax_.error_at_token(
        second->token,
        fmt::format("The \"{}\" section can only be used once in an update expression;", word));
  }

  const Syntax& syntax_;
};

// Whether one path is the other or leads into it, or one takes for a list what the other takes for
// a map; empty if neither.
std::string_view clash(const DocumentPath& one, const DocumentPath& two) {
  for (std::size_t i = 0; i < one.size() && i < two.size(); ++i) {
    if (one[i].index() != two[i].index()) return "conflict";
    if (one[i] != two[i]) return "";
  }
  return "overlap";
}

Offence check_overlaps(const Syntax& syntax, const std::vector<NodeIndex>& nodes,
                       Placeholders& placeholders) {
  std::vector<DocumentPath> paths;
  for (const NodeIndex node : nodes) {
    DocumentPath path = resolved_path(syntax, node, placeholders);
    for (const DocumentPath& earlier : paths) {
      const std::string_view how = clash(earlier, path);
      if (how.empty()) continue;
      return syntax.error_at_node(
          node, fmt::format("Two document paths {} with each other; must remove or rewrite one of "
                            "these paths; path one: {}, path two: {}",
                            how, path_text(earlier), path_text(path)));
    }
    paths.push_back(std::move(path));
  }
  return std::nullopt;
}

// The names in all paths at or below a node.
Offence undefined_names(const Syntax& syntax, NodeIndex node, Placeholders& placeholders) {
  if (syntax.nodes[node].kind == SyntaxKind::path) {
    return check_names(syntax, node, placeholders);
  }
  for (const NodeIndex child : syntax.nodes[node].children) {
    if (Offence offence = undefined_names(syntax, child, placeholders)) return offence;
  }
  return std::nullopt;
}

struct CheckedAction {
  TokenKind keyword;
  SyntaxAction action;
};

// DynamoDB looks at the paths first, then at all actions from the last back to the first.
Offence check_actions(const Syntax& syntax, Placeholders& placeholders, OperandCheck& operands) {
  std::vector<CheckedAction> actions;
  std::vector<NodeIndex> paths;
  for (const SyntaxSection& section : syntax.sections) {
    for (const SyntaxAction& action : section.actions) {
      actions.push_back({syntax.tokens[section.token].kind, action});
      paths.push_back(action.path);
    }
  }
  for (const NodeIndex path : paths) {
    if (Offence offence = check_names(syntax, path, placeholders)) return offence;
  }
  if (Offence offence = check_overlaps(syntax, paths, placeholders)) return offence;
  std::reverse(actions.begin(), actions.end());
  for (const CheckedAction& each : actions) {
    if (each.action.value == kNoNode) continue;
    if (Offence offence = undefined_names(syntax, each.action.value, placeholders)) return offence;
  }
  for (const CheckedAction& each : actions) {
    if (Offence offence = operands.node(each.action.path)) return offence;
    if (each.action.value == kNoNode) continue;
    if (Offence offence = operands.node(each.action.value)) return offence;
    if (Offence offence = operands.action(each.keyword, each.action.value)) return offence;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ExpressionError> check_expression(const Syntax& syntax, Placeholders& placeholders) {
  if (Offence offence = check_operator_count(syntax)) return offence;
  if (Offence offence = WordCheck(syntax).whole()) return offence;
  OperandCheck operands(syntax, placeholders);
  if (syntax.kind == ExpressionKind::update) return check_actions(syntax, placeholders, operands);
  if (syntax.kind != ExpressionKind::projection) return operands.node(syntax.root);
  for (const NodeIndex path : syntax.paths) {
    if (Offence offence = operands.node(path)) return offence;
  }
  return check_overlaps(syntax, syntax.paths, placeholders);
}

std::optional<ExpressionError> check_arity(const Syntax& syntax, NodeIndex call) {
  const SyntaxNode& node = syntax.nodes[call];
  const std::string_view name = syntax.token_text(node.token);
  const Function* called = function(name);
  law(called != nullptr, "the function's name has been checked");
  if (called->operands == node.children.size()) return std::nullopt;
  return syntax.error_at_token(
      node.token, fmt::format("Incorrect number of operands for operator or function; operator or "
                              "function: {}, number of operands: {}",
                              name, node.children.size()));
}

std::optional<ExpressionError> check_names(const Syntax& syntax, NodeIndex path,
                                           Placeholders& placeholders) {
  const SyntaxNode& node = syntax.nodes[path];
  for (std::uint32_t at = node.first; at <= node.last; ++at) {
    if (syntax.tokens[at].kind != TokenKind::name) continue;
    if (placeholders.name(syntax.token_text(at)) != nullptr) continue;
    return syntax.error_at_token(
        at, fmt::format("An expression attribute name used in the document path is not defined; "
                        "attribute name: {}",
                        syntax.token_text(at)));
  }
  return std::nullopt;
}

DocumentPath resolved_path(const Syntax& syntax, NodeIndex node, Placeholders& placeholders) {
  const SyntaxNode& path = syntax.nodes[node];
  DocumentPath resolved;
  for (std::uint32_t at = path.first; at <= path.last; ++at) {
    const std::string_view text = syntax.token_text(at);
    if (syntax.tokens[at].kind == TokenKind::identifier) {
      resolved.emplace_back(std::string(text));
    } else if (syntax.tokens[at].kind == TokenKind::name) {
      const std::string* name = placeholders.name(text);
      law(name != nullptr, "a checked expression has only defined names");
      resolved.emplace_back(*name);
    } else if (syntax.tokens[at].kind == TokenKind::integer) {
      std::uint32_t index = 0;
      std::from_chars(text.data(), text.data() + text.size(), index);
      resolved.emplace_back(index);
    }
  }
  return resolved;
}

}  // namespace tablekey::model::items
