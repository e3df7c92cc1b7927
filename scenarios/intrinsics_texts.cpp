// GetAZs, Base64, and the functions of AWS::LanguageExtensions.
#include <fmt/format.h>

#include "scenarios/intrinsics.h"
#include "scenarios/policy.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {

Node wrong(Stack& stack, const Node& at, std::string message) {
  stack.diagnostics().error(at.place, std::move(message));
  return failed_node(at.place);
}

const std::string& text_of(const Node& node) {
  return has_stand_in(node) ? node.stand_in : node.text;
}

bool is_text(const Node& node) { return node.is_scalar() || has_stand_in(node); }

// The first three zones, which nearly every Region has.
Node call_get_azs(Stack& stack, const Node& argument) {
  const Node given = stack.resolve(argument);
  if (given.kind == Node::Kind::unresolved && !has_stand_in(given)) return given;
  const bool named = is_text(given) && !text_of(given).empty();
  const std::string region = named ? text_of(given) : stack.environment().region;
  Node list;
  list.kind = Node::Kind::sequence;
  list.place = argument.place;
  for (const char zone : {'a', 'b', 'c'}) {
    list.items.push_back(text_node(region + zone, argument.place));
  }
  return list;
}

Node call_base64(Stack& stack, const Node& argument) {
  Node value = stack.resolve(argument);
  if (value.kind == Node::Kind::unresolved) return value;
  if (!value.is_scalar()) return wrong(stack, argument, "Base64 wants a text");
  return text_node(encode_base64(value.text), argument.place);
}

Node call_length(Stack& stack, const Node& argument) {
  const Node list = stack.resolve(argument);
  if (list.kind == Node::Kind::unresolved) return list;
  if (!list.is_sequence()) return wrong(stack, argument, "Length wants a list");
  return text_node(fmt::format("{}", list.items.size()), argument.place);
}

Node call_to_json_string(Stack& stack, const Node& argument) {
  const Node value = stack.resolve(argument);
  if (value.kind == Node::Kind::unresolved) return value;
  return text_node(policy_json(value, "ToJsonString", stack.diagnostics()), argument.place);
}

}  // namespace tablekey::scenarios
