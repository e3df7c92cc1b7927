#include "model/dynamodb/items/operand_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/dynamodb/items/expression_check.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/ordered_key.h"

namespace tablekey::model::items {
namespace {

// What DynamoDB prints where the type of attribute_type's second operand is open.
constexpr std::string_view kAnyType =
    "{SS,M,DECIMAL,DOUBLESET,HDS,N,B,DICT,INTSET,BOOL,HD,BS,INT,DECIMALSET,NULL,FLOAT,FS,S,L,NS,"
    "DOUBLE}";
constexpr std::string_view kTypeNames = "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}";

std::string bound_text(const AttributeValue& value) {
  if (const auto* bytes = value.as<Bytes>()) {
    return fmt::format("AttributeValue: {{B:java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]}}",
                       bytes->size());
  }
  if (const auto* text = value.as<std::string>()) {
    return fmt::format("AttributeValue: {{S:{}}}", *text);
  }
  if (const auto* number = value.as<Number>()) {
    return fmt::format("AttributeValue: {{N:{}}}", number->text());
  }
  return fmt::format("AttributeValue: {}", to_json(value));
}

std::string_view long_type_name(Type type) {
  switch (type) {
    case Type::s:
      return "STRING";
    case Type::n:
      return "NUMBER";
    case Type::b:
      return "BINARY";
    case Type::boolean:
      return "BOOLEAN";
    case Type::null:
      return "NULL";
    case Type::ss:
      return "STRING_SET";
    case Type::ns:
      return "NUMBER_SET";
    case Type::bs:
      return "BINARY_SET";
    case Type::l:
      return "LIST";
    case Type::m:
      break;
  }
  return "MAP";
}

bool is_set(Type type) { return type == Type::ss || type == Type::ns || type == Type::bs; }

}  // namespace

OperandCheck::Offence OperandCheck::node(NodeIndex index) {
  const SyntaxNode& checked = syntax_.nodes[index];
  if (checked.kind == SyntaxKind::path) return path(index);
  if (checked.kind == SyntaxKind::value) return value(index);
  if (checked.kind == SyntaxKind::call && syntax_.kind == ExpressionKind::update) {
    if (Offence offence = check_arity(syntax_, index)) return offence;
  }
  for (const NodeIndex child : checked.children) {
    if (Offence offence = node(child)) return offence;
  }
  switch (checked.kind) {
    case SyntaxKind::comparison:
      return comparison(index);
    case SyntaxKind::between:
      return between(index);
    case SyntaxKind::in:
      return in(index);
    case SyntaxKind::call:
      return call(index);
    case SyntaxKind::arithmetic:
      return types(index, syntax_.token_text(checked.token), {Type::n});
    default:
      return std::nullopt;
  }
}

OperandCheck::Offence OperandCheck::path(NodeIndex index) {
  if (Offence offence = check_names(syntax_, index, placeholders_)) return offence;
  const std::size_t steps = resolved_path(syntax_, index, placeholders_).size();
  if (steps <= kLevelsMax) return std::nullopt;
  return syntax_.error_at_node(
      index,
      fmt::format("The document path has too many nesting levels; nesting levels: {}", steps));
}

OperandCheck::Offence OperandCheck::value(NodeIndex index) {
  const std::string_view key = syntax_.token_text(syntax_.nodes[index].token);
  if (placeholders_.value(key) != nullptr) return std::nullopt;
  return syntax_.error_at_node(index,
                               fmt::format("An expression attribute value used in expression is "
                                           "not defined; attribute value: {}",
                                           key));
}

OperandCheck::Offence OperandCheck::comparison(NodeIndex index) {
  const SyntaxNode& checked = syntax_.nodes[index];
  const std::string_view name = syntax_.token_text(checked.token);
  if (Offence offence = distinct(index, name)) return offence;
  const TokenKind kind = syntax_.tokens[checked.token].kind;
  if (kind == TokenKind::equal || kind == TokenKind::unequal) return std::nullopt;
  return types(index, name, {Type::s, Type::n, Type::b});
}

OperandCheck::Offence OperandCheck::between(NodeIndex index) {
  if (Offence offence = distinct(index, "BETWEEN")) return offence;
  if (Offence offence = types(index, "BETWEEN", {Type::s, Type::n, Type::b})) return offence;
  const SyntaxNode& checked = syntax_.nodes[index];
  const AttributeValue *lower = constant(checked.children[1]),
                       *upper = constant(checked.children[2]);
  if (lower == nullptr || upper == nullptr) return std::nullopt;
  return bounds(index, *lower, *upper);
}

OperandCheck::Offence OperandCheck::bounds(NodeIndex index, const AttributeValue& lower,
                                           const AttributeValue& upper) {
  const bool same = lower.type() == upper.type();
  if (same && compare_keys(lower, upper) <= 0) return std::nullopt;
  return syntax_.error_at_node(
      index, fmt::format("The BETWEEN operator requires {}; lower bound operand: {}, upper bound "
                         "operand: {}",
                         same ? "upper bound to be greater than or equal to lower bound"
                              : "same data type for lower and upper bounds",
                         bound_text(lower), bound_text(upper)));
}

OperandCheck::Offence OperandCheck::in(NodeIndex index) {
  const std::size_t operands = syntax_.nodes[index].children.size() - 1;
  if (operands > kInOperandsMax) {
    return syntax_.error_at_node(
        index,
        fmt::format("The IN operator is provided with too many operands; number of operands: {}",
                    operands));
  }
  return distinct(index, "IN");
}

OperandCheck::Offence OperandCheck::call(NodeIndex index) {
  const SyntaxNode& checked = syntax_.nodes[index];
  const std::string_view name = syntax_.token_text(checked.token);
  const bool wants_path = name == "attribute_exists" || name == "attribute_not_exists" ||
                          name == "attribute_type" || name == "if_not_exists";
  const SyntaxKind first = syntax_.nodes[syntax_.bare(checked.children[0])].kind;
  if (wants_path && first != SyntaxKind::path) {
    return syntax_.error_at_node(
        index,
        fmt::format("Operator or function requires a document path; operator or function: {}",
                    name));
  }
  if (name != "size" && name != "list_append") {
    if (Offence offence = distinct(index, name)) return offence;
  }
  return call_operands(index, name);
}

OperandCheck::Offence OperandCheck::call_operands(NodeIndex index, std::string_view name) {
  if (name == "begins_with") return types(index, name, {Type::s, Type::b});
  if (name == "list_append") return types(index, name, {Type::l});
  if (name == "attribute_type") return type_named(syntax_.nodes[index].children[1]);
  if (name != "size") return std::nullopt;
  return types(index, name, {Type::s, Type::b, Type::ss, Type::ns, Type::bs, Type::l, Type::m});
}

OperandCheck::Offence OperandCheck::type_named(NodeIndex operand) {
  const AttributeValue* value = constant(operand);
  if (value == nullptr) {
    return wrong_type(operand, "attribute_type", static_type(operand) ? "N" : kAnyType);
  }
  const auto* name = value->as<std::string>();
  if (name == nullptr) return wrong_type(operand, "attribute_type", type_name(value->type()));
  if (Type type = Type::s; type_of_name(*name, type)) return std::nullopt;
  return syntax_.error_at_node(
      operand, fmt::format("Invalid attribute type name found; type: {}, valid types: {}", *name,
                           kTypeNames));
}

OperandCheck::Offence OperandCheck::distinct(NodeIndex index, std::string_view name) {
  const std::vector<NodeIndex>& children = syntax_.nodes[index].children;
  const NodeIndex first = syntax_.bare(children[0]);
  if (syntax_.nodes[first].kind != SyntaxKind::path) return std::nullopt;
  const DocumentPath path = resolved_path(syntax_, first, placeholders_);
  for (std::size_t i = 1; i < children.size(); ++i) {
    const NodeIndex other = syntax_.bare(children[i]);
    if (syntax_.nodes[other].kind != SyntaxKind::path) continue;
    if (resolved_path(syntax_, other, placeholders_) != path) continue;
    return syntax_.error_at_node(
        index, fmt::format("The first operand must be distinct from the remaining operands for "
                           "this operator or function; operator: {}, first operand: {}",
                           name, path_text(path)));
  }
  return std::nullopt;
}

OperandCheck::Offence OperandCheck::types(NodeIndex index, std::string_view name,
                                          std::initializer_list<Type> allowed) {
  for (const NodeIndex operand : syntax_.nodes[index].children) {
    const auto type = static_type(operand);
    if (!type || std::find(allowed.begin(), allowed.end(), *type) != allowed.end()) continue;
    return wrong_type(operand, name, type_name(*type));
  }
  return std::nullopt;
}

OperandCheck::Offence OperandCheck::wrong_type(NodeIndex operand, std::string_view name,
                                               std::string_view type) {
  return syntax_.error_at_node(
      operand, fmt::format("Incorrect operand type for operator or function; operator or function: "
                           "{}, operand type: {}",
                           name, type));
}

OperandCheck::Offence OperandCheck::action(TokenKind keyword, NodeIndex value) {
  if (keyword != TokenKind::add && keyword != TokenKind::delete_) return std::nullopt;
  const auto type = static_type(value);
  const bool adding = keyword == TokenKind::add;
  if (!type || is_set(*type) || (adding && *type == Type::n)) return std::nullopt;
  return syntax_.error_at_node(
      value, fmt::format("Incorrect operand type for operator or function; operator: {0}, operand "
                         "type: {1}, typeSet: ALLOWED_FOR_{0}_OPERAND",
                         adding ? "ADD" : "DELETE", long_type_name(*type)));
}

const AttributeValue* OperandCheck::constant(NodeIndex operand) {
  const SyntaxNode& node = syntax_.nodes[syntax_.bare(operand)];
  if (node.kind != SyntaxKind::value) return nullptr;
  return placeholders_.value(syntax_.token_text(node.token));
}

std::optional<Type> OperandCheck::static_type(NodeIndex operand) {
  if (const AttributeValue* value = constant(operand)) return value->type();
  const SyntaxNode& node = syntax_.nodes[syntax_.bare(operand)];
  const bool size = node.kind == SyntaxKind::call && syntax_.token_text(node.token) == "size";
  return size ? std::optional(Type::n) : std::nullopt;
}

}  // namespace tablekey::model::items
