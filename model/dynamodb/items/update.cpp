// From the syntax tree to actions that only need an item.
#include "model/dynamodb/items/update.h"

#include <fmt/format.h>

#include <utility>

#include "model/dynamodb/items/expression_check.h"
#include "model/dynamodb/items/syntax.h"
#include "model/law.h"

namespace tablekey::model::items {

class UpdateCompiler {
 public:
  UpdateCompiler(const Syntax& syntax, Placeholders& placeholders)
      : syntax_(syntax), placeholders_(placeholders) {}

  Update run() && {
    for (std::uint32_t i = 0; i < syntax_.sections.size(); ++i) section(i);
    return std::move(update_);
  }

 private:
  using Operand = Update::Operand;

  void section(std::uint32_t number);
  [[nodiscard]] Update::ActionKind kind(const SyntaxSection& section) const;
  Operand operand(NodeIndex index);
  Operand call(const SyntaxNode& node);

  const Syntax& syntax_;
  Placeholders& placeholders_;
  Update update_;
};

Update::ActionKind UpdateCompiler::kind(const SyntaxSection& section) const {
  switch (syntax_.tokens[section.token].kind) {
    case TokenKind::set:
      return Update::ActionKind::set;
    case TokenKind::remove:
      return Update::ActionKind::remove;
    case TokenKind::add:
      return Update::ActionKind::add;
    default:
      return Update::ActionKind::remove_from_set;
  }
}

void UpdateCompiler::section(std::uint32_t number) {
  const SyntaxSection& section = syntax_.sections[number];
  for (const SyntaxAction& action : section.actions) {
    Update::Action made;
    made.kind = kind(section);
    made.path = resolved_path(syntax_, action.path, placeholders_);
    if (action.value != kNoNode) made.value = operand(action.value);
    made.section = number;
    ExpressionError place = syntax_.error_at_node(action.path, "");
    made.position = place.position;
    if (action.value != kNoNode) {
      const ExpressionError end = syntax_.error_at_node(action.value, "");
      place.length = end.position + end.length - place.position;
    }
    made.length = place.length;
    update_.paths_.push_back(made.path);
    update_.actions_.push_back(std::move(made));
  }
}

Update::Operand UpdateCompiler::operand(NodeIndex index) {
  const NodeIndex bare = syntax_.bare(index);
  const SyntaxNode& node = syntax_.nodes[bare];
  if (node.kind == SyntaxKind::call) return call(node);
  Operand made;
  if (node.kind == SyntaxKind::path) {
    made.kind = Operand::Kind::path;
    made.path = resolved_path(syntax_, bare, placeholders_);
  } else if (node.kind == SyntaxKind::value) {
    made.constant = *placeholders_.value(syntax_.token_text(node.token));
  } else {
    law(node.kind == SyntaxKind::arithmetic, "an update has only operands, functions, + and -");
    const bool plus = syntax_.tokens[node.token].kind == TokenKind::plus;
    made.kind = plus ? Operand::Kind::plus : Operand::Kind::minus;
    for (const NodeIndex child : node.children) made.operands.push_back(operand(child));
  }
  return made;
}

Update::Operand UpdateCompiler::call(const SyntaxNode& node) {
  Operand made;
  if (syntax_.token_text(node.token) == "list_append") {
    made.kind = Operand::Kind::list_append;
    for (const NodeIndex child : node.children) made.operands.push_back(operand(child));
    return made;
  }
  made.kind = Operand::Kind::if_not_exists;
  made.path = resolved_path(syntax_, syntax_.bare(node.children[0]), placeholders_);
  made.operands.push_back(operand(node.children[1]));
  return made;
}

std::expected<Update, ExpressionError> Update::parse(std::string_view text,
                                                     Placeholders& placeholders) {
  const auto syntax = parse_syntax(text, ExpressionKind::update);
  if (!syntax) return std::unexpected(syntax.error());
  if (auto error = check_expression(*syntax, placeholders)) {
    return std::unexpected(std::move(*error));
  }
  return UpdateCompiler(*syntax, placeholders).run();
}

std::optional<ExpressionError> Update::touches_key(const KeySchema& schema) const {
  for (const Action& action : actions_) {
    const std::string& name = std::get<std::string>(action.path.front());
    if (schema.find(name) == nullptr) continue;
    return ExpressionError{
        fmt::format("One or more parameter values were invalid: Cannot update attribute {}. This "
                    "attribute is part of the key",
                    name),
        action.position, action.length};
  }
  return std::nullopt;
}

}  // namespace tablekey::model::items
