// From the syntax tree to nodes that only need an item.
#include "model/dynamodb/items/condition.h"

#include <fmt/format.h>

#include <utility>

#include "model/dynamodb/items/expression_check.h"
#include "model/dynamodb/items/syntax.h"
#include "model/law.h"

namespace tablekey::model::items {

class ConditionCompiler {
 public:
  ConditionCompiler(const Syntax& syntax, Placeholders& placeholders)
      : syntax_(syntax), placeholders_(placeholders) {}

  Condition run() && {
    compile(syntax_.root);
    return std::move(condition_);
  }

 private:
  using Operator = Condition::Operator;

  // Gives the place of the compiled node.
  std::uint32_t compile(NodeIndex index);
  Condition::Operand operand(NodeIndex index);
  DocumentPath path(NodeIndex index);
  [[nodiscard]] Operator operator_of(const SyntaxNode& node) const;

  const Syntax& syntax_;
  Placeholders& placeholders_;
  Condition condition_;
};

std::uint32_t ConditionCompiler::compile(NodeIndex index) {
  const SyntaxNode& node = syntax_.nodes[syntax_.bare(index)];
  Condition::Node made;
  made.op = operator_of(node);
  if (made.op == Operator::not_) {
    made.left = compile(node.children[0]);
  } else if (made.op == Operator::and_ || made.op == Operator::or_) {
    made.left = compile(node.children[0]);
    made.right = compile(node.children[1]);
  } else {
    made.operands.reserve(node.children.size());
    for (const NodeIndex child : node.children) made.operands.push_back(operand(child));
  }
  condition_.nodes_.push_back(std::move(made));
  return static_cast<std::uint32_t>(condition_.nodes_.size() - 1);
}

Condition::Operand ConditionCompiler::operand(NodeIndex index) {
  const NodeIndex bare = syntax_.bare(index);
  const SyntaxNode& node = syntax_.nodes[bare];
  Condition::Operand made;
  if (node.kind == SyntaxKind::path) {
    made.kind = Condition::Operand::Kind::path;
    made.path = path(bare);
    return made;
  }
  if (node.kind == SyntaxKind::value) {
    made.constant = *placeholders_.value(syntax_.token_text(node.token));
    return made;
  }
  law(node.kind == SyntaxKind::call, "an operand is a path, a value or a size");
  Condition::Operand measured = operand(node.children[0]);
  if (measured.kind == Condition::Operand::Kind::path) {
    measured.kind = Condition::Operand::Kind::size;
    return measured;
  }
  // The size of a value does not wait for an item.
  const auto size = Condition::size_of(measured.constant);
  law(size.has_value(), "a checked expression measures only what has a size");
  made.constant = AttributeValue::number(static_cast<std::int64_t>(*size));
  return made;
}

DocumentPath ConditionCompiler::path(NodeIndex index) {
  DocumentPath path = resolved_path(syntax_, index, placeholders_);
  const ExpressionError place = syntax_.error_at_node(index, "");
  condition_.mentions_.push_back(
      {std::get<std::string>(path.front()), path.size() > 1, place.position, place.length});
  return path;
}

Condition::Operator ConditionCompiler::operator_of(const SyntaxNode& node) const {
  switch (node.kind) {
    case SyntaxKind::between:
      return Operator::between;
    case SyntaxKind::in:
      return Operator::in;
    case SyntaxKind::not_:
      return Operator::not_;
    case SyntaxKind::and_:
      return Operator::and_;
    case SyntaxKind::or_:
      return Operator::or_;
    default:
      break;
  }
  if (node.kind == SyntaxKind::comparison) {
    const auto distance =
        static_cast<int>(syntax_.tokens[node.token].kind) - static_cast<int>(TokenKind::equal);
    return static_cast<Operator>(static_cast<int>(Operator::equal) + distance);
  }
  const std::string_view name = syntax_.token_text(node.token);
  if (name == "attribute_exists") return Operator::attribute_exists;
  if (name == "attribute_not_exists") return Operator::attribute_not_exists;
  if (name == "attribute_type") return Operator::attribute_type;
  if (name == "begins_with") return Operator::begins_with;
  law(name == "contains", "a checked condition has only known functions");
  return Operator::contains;
}

std::expected<Condition, ExpressionError> Condition::parse(std::string_view text,
                                                           Placeholders& placeholders,
                                                           ExpressionKind kind) {
  law(kind == ExpressionKind::condition || kind == ExpressionKind::filter,
      "a condition is a ConditionExpression or a FilterExpression");
  const auto syntax = parse_syntax(text, kind);
  if (!syntax) return std::unexpected(syntax.error());
  if (auto error = check_expression(*syntax, placeholders)) {
    return std::unexpected(std::move(*error));
  }
  return ConditionCompiler(*syntax, placeholders).run();
}

std::optional<ExpressionError> Condition::mentions_key(const KeySchema& schema) const {
  for (const Mention& mention : mentions_) {
    if (schema.find(mention.name) == nullptr) continue;
    return ExpressionError{
        fmt::format("Filter Expression can only contain non-primary key attributes: Primary key "
                    "attribute: {}",
                    mention.name),
        mention.position, mention.length};
  }
  return std::nullopt;
}

std::optional<ExpressionError> Condition::enters_key(const KeySchema& schema) const {
  for (const Mention& mention : mentions_) {
    if (!mention.enters || schema.find(mention.name) == nullptr) continue;
    return ExpressionError{
        fmt::format("Key attributes must be scalars; list random access '[]' and map lookup '.' "
                    "are not allowed: Key: {}",
                    mention.name),
        mention.position, mention.length};
  }
  return std::nullopt;
}

}  // namespace tablekey::model::items
