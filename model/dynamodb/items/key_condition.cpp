#include "model/dynamodb/items/key_condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "model/dynamodb/items/expression_check.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/dynamodb/items/syntax.h"
#include "model/law.h"

namespace tablekey::model::items {
namespace {

using Offence = std::optional<ExpressionError>;

// One condition on one attribute, the attribute on its left.
struct Part {
  NodeIndex node = kNoNode;
  NodeIndex path = kNoNode;
  std::string name;
  SyntaxKind kind = SyntaxKind::comparison;
  TokenKind comparator = TokenKind::equal;
  std::vector<const AttributeValue*> values;
};

TokenKind mirrored(TokenKind comparator) {
  switch (comparator) {
    case TokenKind::less:
      return TokenKind::greater;
    case TokenKind::less_or_equal:
      return TokenKind::greater_or_equal;
    case TokenKind::greater:
      return TokenKind::less;
    case TokenKind::greater_or_equal:
      return TokenKind::less_or_equal;
    default:
      return comparator;
  }
}

// Takes a checked condition apart. These errors do not say "Invalid KeyConditionExpression" in
// front.
class KeyReader {
 public:
  KeyReader(const Syntax& syntax, Placeholders& placeholders, const KeySchema& schema)
      : syntax_(syntax), placeholders_(placeholders), schema_(schema) {}

  std::expected<KeyCondition, ExpressionError> run() {
    if (Offence offence = collect(syntax_.root)) return std::unexpected(std::move(*offence));
    if (Offence offence = assign()) return std::unexpected(std::move(*offence));
    KeyCondition condition;
    condition.partition = *partition_->values[0];
    if (sort_ != nullptr) condition.sort = range(*sort_);
    return condition;
  }

 private:
  [[nodiscard]] ExpressionError at(NodeIndex node, std::string message) const {
    ExpressionError error = syntax_.error_at_node(node, "");
    error.message = std::move(message);
    return error;
  }
  [[nodiscard]] Offence bad_operator(const SyntaxNode& node, std::string_view name) const {
    ExpressionError error = syntax_.error_at_token(node.token, "");
    error.message = fmt::format("Invalid operator used in KeyConditionExpression: {}", name);
    return error;
  }

  Offence collect(NodeIndex index);
  Offence allowed(const SyntaxNode& node) const;
  Offence add(NodeIndex index);
  Offence operands(Part& part, const SyntaxNode& node);
  Offence assign();
  Offence fits(const Part& part, const KeyAttribute& key) const;
  static SortRange range(const Part& part);

  const Syntax& syntax_;
  Placeholders& placeholders_;
  const KeySchema& schema_;
  std::vector<Part> parts_;
  const Part* partition_ = nullptr;
  const Part* sort_ = nullptr;
};

Offence KeyReader::allowed(const SyntaxNode& node) const {
  const std::string_view text = syntax_.token_text(node.token);
  if (node.kind == SyntaxKind::or_) return bad_operator(node, "OR");
  if (node.kind == SyntaxKind::not_) return bad_operator(node, "NOT");
  if (node.kind == SyntaxKind::in) return bad_operator(node, "IN");
  if (syntax_.tokens[node.token].kind == TokenKind::unequal) return bad_operator(node, "<>");
  if (node.kind == SyntaxKind::call && text != "begins_with") return bad_operator(node, text);
  return std::nullopt;
}

Offence KeyReader::collect(NodeIndex index) {
  const NodeIndex bare = syntax_.bare(index);
  const SyntaxNode& node = syntax_.nodes[bare];
  if (Offence offence = allowed(node)) return offence;
  if (node.kind != SyntaxKind::and_) return add(bare);
  for (const NodeIndex child : node.children) {
    if (Offence offence = collect(child)) return offence;
  }
  return std::nullopt;
}

// Finds which operand is the attribute; the others are values then.
Offence KeyReader::operands(Part& part, const SyntaxNode& node) {
  std::size_t place = 0;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const NodeIndex child = syntax_.bare(node.children[i]);
    const SyntaxNode& operand = syntax_.nodes[child];
    if (operand.kind == SyntaxKind::call) {
      return at(child, "KeyConditionExpressions cannot contain nested operations");
    }
    if (operand.kind == SyntaxKind::value) {
      part.values.push_back(placeholders_.value(syntax_.token_text(operand.token)));
    } else if (part.path != kNoNode) {
      return at(child,
                "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
                "condition");
    } else {
      part.path = child;
      place = i;
    }
  }
  if (part.path == kNoNode) {
    return at(part.node, "Invalid condition in KeyConditionExpression: No key attribute specified");
  }
  if (place == 0) return std::nullopt;
  part.comparator = mirrored(part.comparator);
  if (node.kind == SyntaxKind::comparison) return std::nullopt;
  return at(
      part.node,
      fmt::format("Invalid condition in KeyConditionExpression: {} operator must have the key "
                  "attribute as its first operand",
                  node.kind == SyntaxKind::between ? "BETWEEN" : "begins_with"));
}

Offence KeyReader::add(NodeIndex index) {
  const SyntaxNode& node = syntax_.nodes[index];
  Part part;
  part.node = index;
  part.kind = node.kind;
  part.comparator = syntax_.tokens[node.token].kind;
  if (Offence offence = operands(part, node)) return offence;
  const DocumentPath path = resolved_path(syntax_, part.path, placeholders_);
  part.name = std::get<std::string>(path.front());
  if (path.size() > 1) {
    return at(part.path, "KeyConditionExpressions cannot have conditions on nested attributes");
  }
  const bool twice = std::any_of(parts_.begin(), parts_.end(),
                                 [&](const Part& other) { return other.name == part.name; });
  if (twice) {
    return at(index, "KeyConditionExpressions must only contain one condition per key");
  }
  parts_.push_back(std::move(part));
  return std::nullopt;
}

Offence KeyReader::assign() {
  const Part* stranger = nullptr;
  for (const Part& part : parts_) {
    if (part.name == schema_.partition.name) {
      partition_ = &part;
    } else if (schema_.sort && part.name == schema_.sort->name) {
      sort_ = &part;
    } else if (stranger == nullptr) {
      stranger = &part;
    }
  }
  const auto missed = [](const KeyAttribute& key) {
    return fmt::format("Query condition missed key schema element: {}", key.name);
  };
  if (partition_ == nullptr) return at(syntax_.root, missed(schema_.partition));
  const std::string unsupported = "Query key condition not supported";
  if (stranger != nullptr) {
    return at(stranger->node,
              schema_.sort && sort_ == nullptr ? missed(*schema_.sort) : unsupported);
  }
  const bool equality =
      partition_->kind == SyntaxKind::comparison && partition_->comparator == TokenKind::equal;
  if (!equality) return at(partition_->node, unsupported);
  if (Offence offence = fits(*partition_, schema_.partition)) return offence;
  return sort_ == nullptr ? std::nullopt : fits(*sort_, *schema_.sort);
}

Offence KeyReader::fits(const Part& part, const KeyAttribute& key) const {
  for (const AttributeValue* value : part.values) {
    if (value->type() != key.type) {
      return at(part.node,
                "One or more parameter values were invalid: Condition parameter type does not "
                "match schema type");
    }
    const auto* text = value->as<std::string>();
    const auto* bytes = value->as<Bytes>();
    const bool empty = (text != nullptr && text->empty()) || (bytes != nullptr && bytes->empty());
    if (!empty) continue;
    return at(
        part.node,
        fmt::format("One or more parameter values are not valid. The AttributeValue for a key "
                    "attribute cannot contain an empty {} value. Key: {}",
                    text != nullptr ? "string" : "binary", key.name));
  }
  return std::nullopt;
}

SortRange KeyReader::range(const Part& part) {
  SortRange range;
  if (part.kind == SyntaxKind::call) {
    range.prefix = *part.values[0];
  } else if (part.kind == SyntaxKind::between) {
    range.lower = {*part.values[0], true};
    range.upper = {*part.values[1], true};
  } else {
    const TokenKind op = part.comparator;
    const AttributeValue& value = *part.values[0];
    const bool equal = op == TokenKind::equal;
    if (equal || op == TokenKind::greater || op == TokenKind::greater_or_equal) {
      range.lower = {value, op != TokenKind::greater};
    }
    if (equal || op == TokenKind::less || op == TokenKind::less_or_equal) {
      range.upper = {value, op != TokenKind::less};
    }
  }
  return range;
}

}  // namespace

bool SortRange::contains(const AttributeValue& value) const {
  if (prefix) {
    std::string beginning;
    append_ordered_prefix(*prefix, beginning);
    return ordered(value).starts_with(beginning);
  }
  if (lower) {
    const auto order = compare_keys(value, lower->value);
    if (order < 0 || (order == 0 && !lower->inclusive)) return false;
  }
  if (!upper) return true;
  const auto order = compare_keys(value, upper->value);
  return order < 0 || (order == 0 && upper->inclusive);
}

std::expected<KeyCondition, ExpressionError> KeyCondition::parse(std::string_view text,
                                                                 Placeholders& placeholders,
                                                                 const KeySchema& schema) {
  const auto syntax = parse_syntax(text, ExpressionKind::key_condition);
  if (!syntax) return std::unexpected(syntax.error());
  if (auto error = check_expression(*syntax, placeholders)) {
    return std::unexpected(std::move(*error));
  }
  return KeyReader(*syntax, placeholders, schema).run();
}

OrderedRange KeyCondition::ordered_range() const {
  const std::string beginning = ordered(partition);
  OrderedRange range = {beginning, after_prefix(beginning)};
  if (sort.prefix) {
    append_ordered_prefix(*sort.prefix, range.first);
    range.last = after_prefix(range.first);
  }
  if (sort.lower) {
    append_ordered(sort.lower->value, range.first);
    if (!sort.lower->inclusive) range.first = after_prefix(std::move(range.first));
  }
  if (sort.upper) {
    range.last = beginning;
    append_ordered(sort.upper->value, range.last);
    if (sort.upper->inclusive) range.last = after_prefix(std::move(range.last));
  }
  return range;
}

}  // namespace tablekey::model::items
