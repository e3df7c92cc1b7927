// The intrinsic functions of CloudFormation, one row and one function each. An argument comes in as
// the file has it; a function resolves what it needs of it. A wrong shape is an error where it
// stands, an unknown value is an `unresolved` node that says why.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "scenarios/characters.h"
#include "scenarios/intrinsics.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

Node too_much(const Node& at) { return failed_node(at.place); }

// What a result costs: its texts, and something for every node.
std::size_t weight(const Node& node) {
  std::size_t sum = sizeof(Node) + node.text.size();
  for (const Node& item : node.items) sum += weight(item);
  for (const Member& member : node.members) sum += weight(member.key) + weight(member.value);
  return sum;
}

Node boolean_node(bool value, Place place) { return text_node(value ? "true" : "false", place); }

std::vector<std::string_view> member_names(const Node* map) {
  std::vector<std::string_view> names;
  if (map == nullptr) return names;
  for (const Member& member : map->members) names.push_back(member.key.text);
  return names;
}

Node list_of(std::string_view text, std::string_view separator, Place place) {
  Node list;
  list.kind = Node::Kind::sequence;
  list.place = place;
  while (true) {
    const std::size_t at = separator.empty() ? std::string_view::npos : text.find(separator);
    list.items.push_back(text_node(std::string(text.substr(0, at)), place));
    if (at == std::string_view::npos) return list;
    text.remove_prefix(at + separator.size());
  }
}

std::optional<Node> pseudo_parameter(Stack& stack, std::string_view name, Place place) {
  const Environment& environment = stack.environment();
  if (name == "AWS::NoValue") return absent_node(place);
  if (name == "AWS::AccountId") return text_node(environment.account, place);
  if (name == "AWS::Region") return text_node(environment.region, place);
  if (name == "AWS::Partition") return text_node(environment.partition(), place);
  if (name == "AWS::StackName") return text_node(environment.stack_name, place);
  if (name == "AWS::URLSuffix") return text_node(environment.url_suffix(), place);
  if (name == "AWS::StackId") {
    return text_node(
        fmt::format("arn:{}:cloudformation:{}:{}:stack/{}/tablekey", environment.partition(),
                    environment.region, environment.account, environment.stack_name),
        place);
  }
  if (name.starts_with("AWS::")) {
    return unresolved_node(fmt::format("{} is not known to tablekey", printable(name)), place,
                           std::string(name.substr(5)));
  }
  return std::nullopt;
}

Node no_resource(Stack& stack, const std::string& name, Place place) {
  if (stack.has_transform()) {
    return unresolved_node(
        fmt::format("'{}' is not in Resources (the template's Transform may make it)",
                    printable(name)),
        place, name);
  }
  const std::string close = stack.suggest(name);
  Diagnostic& said = stack.diagnostics().error(
      place, fmt::format("no resource '{}' in Resources", printable(name)),
      close.empty() ? "" : fmt::format("did you mean '{}'?", printable(close)));
  const std::string declared = fmt::format("'{}' is declared here", printable(close));
  if (const Resource* meant = stack.find(close); meant != nullptr) {
    said.notes.push_back({meant->place, declared});
  } else if (const DeclaredStep* step = stack.find_step(close)) {
    said.notes.push_back({step->place, declared});
  }
  return failed_node(place);
}

Node not_simulated(const Resource& resource, Place place) {
  return unresolved_node(fmt::format("'{}' is of type {}, which is not simulated",
                                     printable(resource.logical_id), printable(resource.type)),
                         place, resource.logical_id);
}

// `!Ref Name`, and `${Name}` in a Sub.
Node reference(Stack& stack, const std::string& name, Place place) {
  if (auto pseudo = pseudo_parameter(stack, name, place)) return *pseudo;
  if (auto given = stack.parameter(name, place)) return *given;
  Resource* resource = stack.find(name);
  if (resource == nullptr) {
    if (const DeclaredStep* step = stack.find_step(name)) {
      return step_reference(stack, *step, name, "", place);
    }
    return no_resource(stack, name, place);
  }
  if (resource->known == nullptr) return not_simulated(*resource, place);
  const Identity* identity = stack.identity(*resource);
  if (identity == nullptr) {
    return unresolved_node(fmt::format("the name of '{}' depends on itself", printable(name)),
                           place);
  }
  Node node = text_node(identity->ref, place);
  node.resource = name;
  return node;
}

// `!GetAtt Name.Attribute`, and `${Name.Attribute}` in a Sub.
Node attribute(Stack& stack, const std::string& name, const std::string& attribute_name,
               Place name_place, Place place) {
  Resource* resource = stack.find(name);
  if (resource == nullptr) {
    if (const DeclaredStep* step = stack.find_step(name)) {
      return step_reference(stack, *step, name, attribute_name, place);
    }
    return no_resource(stack, name, name_place);
  }
  if (resource->known == nullptr) {
    Node unknown = not_simulated(*resource, place);
    unknown.stand_in += "." + attribute_name;
    return unknown;
  }
  const Identity* identity = stack.identity(*resource);
  if (identity == nullptr) {
    return unresolved_node(fmt::format("the name of '{}' depends on itself", printable(name)),
                           place);
  }
  const auto found = identity->attributes.find(attribute_name);
  if (found == identity->attributes.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, value] : identity->attributes) names.push_back(known);
    stack.diagnostics().error(
        place, fmt::format("{} has no attribute '{}'", resource->type, printable(attribute_name)),
        did_you_mean(attribute_name, names));
    return failed_node(place);
  }
  Node node = text_node(found->second, place);
  node.resource = name;
  return node;
}

Node call_ref(Stack& stack, const Node& argument) {
  if (!argument.is_scalar()) return wrong(stack, argument, "Ref wants a name");
  return reference(stack, argument.text, argument.place);
}

Node call_get_att(Stack& stack, const Node& argument) {
  if (argument.is_scalar()) {
    const std::size_t dot = argument.text.find('.');
    if (dot == std::string::npos) {
      return wrong(stack, argument, "GetAtt wants Resource.Attribute");
    }
    return attribute(stack, argument.text.substr(0, dot), argument.text.substr(dot + 1),
                     part_of(argument, 0, dot), argument.place);
  }
  const bool pair =
      argument.is_sequence() && argument.items.size() == 2 && argument.items[0].is_scalar();
  if (!pair) return wrong(stack, argument, "GetAtt wants Resource.Attribute");
  const Node name = stack.resolve(argument.items[1]);
  return attribute(stack, argument.items[0].text, name.text, argument.items[0].place,
                   argument.items[1].place);
}

// A text that was put together; open where a part of it is.
Node text_or_open(std::string text, std::optional<Node> open, Place place) {
  if (!open) return text_node(std::move(text), place);
  open->stand_in = std::move(text);
  return std::move(*open);
}

// One `${...}` of a Sub.
Node substitution(Stack& stack, const std::string& name, const Node* variables, Place place) {
  if (variables != nullptr) {
    if (const Node* local = variables->find(name)) return stack.resolve(*local);
  }
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return reference(stack, name, place);
  Place name_place = place;
  name_place.span = static_cast<std::uint32_t>(dot);
  return attribute(stack, name.substr(0, dot), name.substr(dot + 1), name_place, place);
}

Node call_sub(Stack& stack, const Node& argument) {
  const bool pair = argument.is_sequence() && argument.items.size() == 2 &&
                    argument.items[0].is_scalar() && argument.items[1].is_map();
  if (!argument.is_scalar() && !pair) return wrong(stack, argument, "Sub wants a text");
  const Node& pattern = pair ? argument.items[0] : argument;
  const Node* variables = pair ? &argument.items[1] : nullptr;
  std::string out;
  std::optional<Node> unknown;  // the first part without a value
  std::string_view rest = pattern.text;
  while (true) {
    const std::size_t open = rest.find("${");
    out += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) return wrong(stack, pattern, "'${' without its '}'");
    std::string name(rest.substr(open + 2, close - open - 2));
    const auto offset = static_cast<std::size_t>(rest.data() - pattern.text.data()) + open + 2;
    rest.remove_prefix(close + 1);
    if (name.starts_with('!')) {
      out += fmt::format("${{{}}}", name.substr(1));
      continue;
    }
    const Node value = substitution(stack, name, variables, part_of(pattern, offset, name.size()));
    const bool stands = has_stand_in(value);
    if (value.kind == Node::Kind::unresolved && !stands) return value;
    if (!value.is_scalar() && !stands) {
      return wrong(stack, pattern, fmt::format("'{}' is not a text", printable(name)));
    }
    const std::string& text = stands ? value.stand_in : value.text;
    if (!stack.spend(text.size(), pattern.place)) return too_much(argument);
    out += text;
    if (stands && !unknown) unknown = value;
  }
  return text_or_open(std::move(out), std::move(unknown), pattern.place);
}

// The resolved items of an argument list of a fixed length; nothing after an error.
std::optional<std::vector<Node>> arguments(Stack& stack, const Node& argument,
                                           std::string_view name, std::size_t count) {
  if (!argument.is_sequence() || argument.items.size() != count) {
    stack.diagnostics().error(argument.place, fmt::format("{} wants a list of {}", name, count));
    return std::nullopt;
  }
  std::vector<Node> out;
  for (const Node& item : argument.items) out.push_back(stack.resolve(item));
  return out;
}

// The first one that nothing can stand for.
const Node* first_unresolved(const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    if (node.kind == Node::Kind::unresolved && !has_stand_in(node)) return &node;
  }
  return nullptr;
}

// The first one that something stands for.
std::optional<Node> first_open(const std::vector<Node>& nodes) {
  const auto found = std::ranges::find_if(nodes, has_stand_in);
  return found == nodes.end() ? std::nullopt : std::optional(*found);
}

Node call_join(Stack& stack, const Node& argument) {
  const auto given = arguments(stack, argument, "Join", 2);
  if (!given) return failed_node(argument.place);
  if (const Node* unknown = first_unresolved(*given)) return *unknown;
  Node list = (*given)[1];
  if (has_stand_in(list)) list.items = {list};  // of a list, one is all that can be said
  if (!is_text((*given)[0]) || (!list.is_sequence() && !has_stand_in(list))) {
    return wrong(stack, argument, "Join wants a separator and a list");
  }
  if (const Node* unknown = first_unresolved(list.items)) return *unknown;
  const std::string& separator = text_of((*given)[0]);
  std::string out;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (!is_text(list.items[i])) return wrong(stack, list.items[i], "Join joins texts only");
    const std::string& text = text_of(list.items[i]);
    if (!stack.spend(text.size() + separator.size(), argument.place)) return too_much(argument);
    if (i != 0) out += separator;
    out += text;
  }
  return text_or_open(std::move(out), first_open(list.items), argument.place);
}

Node call_select(Stack& stack, const Node& argument) {
  const auto given = arguments(stack, argument, "Select", 2);
  if (!given) return failed_node(argument.place);
  if (const Node* unknown = first_unresolved(*given)) return *unknown;
  if (has_stand_in((*given)[1])) return (*given)[1];
  const std::string& number = text_of((*given)[0]);
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc{} || stop != number.data() + number.size() || !(*given)[1].is_sequence()) {
    return wrong(stack, argument, "Select wants a number and a list");
  }
  if (index >= (*given)[1].items.size()) {
    return wrong(stack, argument,
                 fmt::format("Select {} of a list of {}", index, (*given)[1].items.size()));
  }
  return (*given)[1].items[index];
}

Node call_split(Stack& stack, const Node& argument) {
  const auto given = arguments(stack, argument, "Split", 2);
  if (!given) return failed_node(argument.place);
  if (const Node* unknown = first_unresolved(*given)) return *unknown;
  if (has_stand_in((*given)[1])) return (*given)[1];
  if (!(*given)[0].is_scalar() || (*given)[0].text.empty() || !(*given)[1].is_scalar()) {
    return wrong(stack, argument, "Split wants a separator and a text");
  }
  // Every part becomes a node of its own, which weighs more than its text.
  if (!stack.spend((*given)[1].text.size() * sizeof(Node), argument.place)) {
    return too_much(argument);
  }
  return list_of((*given)[1].text, (*given)[0].text, argument.place);
}

Node call_if(Stack& stack, const Node& argument) {
  if (!argument.is_sequence() || argument.items.size() != 3 || !argument.items[0].is_scalar()) {
    return wrong(stack, argument, "If wants a condition and two values");
  }
  const Node& name = argument.items[0];
  const std::optional<bool> holds = stack.condition(name.text, name.place);
  if (!holds) return failed_node(argument.place);
  return stack.resolve(argument.items[*holds ? 1 : 2]);
}

Node call_equals(Stack& stack, const Node& argument) {
  const auto given = arguments(stack, argument, "Equals", 2);
  if (!given) return failed_node(argument.place);
  if (const Node* unknown = first_unresolved(*given)) return *unknown;
  if (!is_text((*given)[0]) || !is_text((*given)[1])) {
    return wrong(stack, argument, "Equals compares texts");
  }
  const bool equal = text_of((*given)[0]) == text_of((*given)[1]);
  return text_or_open(equal ? "true" : "false", first_open(*given), argument.place);
}

Node call_not(Stack& stack, const Node& argument) {
  if (!argument.is_sequence() || argument.items.size() != 1) {
    return wrong(stack, argument, "Not wants a list of 1");
  }
  const Node value = stack.truth(argument.items[0]);
  if (value.kind == Node::Kind::unresolved && !has_stand_in(value)) return value;
  return text_or_open(text_of(value) != "true" ? "true" : "false", first_open({value}),
                      argument.place);
}

Node all_or_any(Stack& stack, const Node& argument, std::string_view name, bool all) {
  constexpr std::size_t kConditionsMax = 10;  // CloudFormation's own limit
  if (!argument.is_sequence() || argument.items.size() < 2 ||
      argument.items.size() > kConditionsMax) {
    return wrong(stack, argument, fmt::format("{} wants a list of 2 to 10", name));
  }
  bool result = all;
  std::vector<Node> values;
  for (const Node& item : argument.items) {
    values.push_back(stack.truth(item));
    const Node& value = values.back();
    if (value.kind == Node::Kind::unresolved && !has_stand_in(value)) return value;
    const bool holds = text_of(value) == "true";
    result = all ? result && holds : result || holds;
  }
  return text_or_open(result ? "true" : "false", first_open(values), argument.place);
}

Node call_and(Stack& stack, const Node& argument) {
  return all_or_any(stack, argument, "And", true);
}

Node call_or(Stack& stack, const Node& argument) {
  return all_or_any(stack, argument, "Or", false);
}

Node call_condition(Stack& stack, const Node& argument) {
  if (!argument.is_scalar()) return wrong(stack, argument, "Condition wants a name");
  const auto holds = stack.condition(argument.text, argument.place);
  if (!holds) return failed_node(argument.place);
  return boolean_node(*holds, argument.place);
}

// `{ DefaultValue: … }` as a fourth argument (AWS::LanguageExtensions).
const Node* default_value(const Node& argument) {
  const bool four = argument.is_sequence() && argument.items.size() == 4;
  return four && argument.items[3].is_map() ? argument.items[3].find("DefaultValue") : nullptr;
}

Node call_find_in_map(Stack& stack, const Node& argument) {
  const Node* standard = default_value(argument);
  Node names = argument;
  if (standard != nullptr) names.items.pop_back();
  const auto given = arguments(stack, names, "FindInMap", 3);
  if (!given) return failed_node(argument.place);
  if (const Node* unknown = first_unresolved(*given)) return *unknown;
  const Node* at = stack.section("Mappings");
  std::string path = "Mappings";
  for (std::size_t i = 0; i < given->size(); ++i) {
    const Node& key = (*given)[i];
    const Node* below = at == nullptr || !is_text(key) ? nullptr : at->find(text_of(key));
    if (below == nullptr && standard != nullptr) return stack.resolve(*standard);
    // Nobody knows what a value that stands for another would have led to.
    if (below == nullptr && has_stand_in(key)) return key;
    if (below == nullptr) {
      stack.diagnostics().error(argument.items[i].place,
                                fmt::format("no '{}' in {}", printable(key.text), path),
                                did_you_mean(key.text, member_names(at)));
      return failed_node(argument.place);
    }
    path += fmt::format(".{}", printable(text_of(key)));
    at = below;
  }
  Node found = *at;
  found.place = argument.place;
  return found;
}

Node call_import_value(Stack& stack, const Node& argument) {
  const Node name = stack.resolve(argument);
  const std::string shown =
      name.kind == Node::Kind::scalar ? fmt::format(" '{}'", printable(name.text)) : "";
  const bool named = is_text(name) && !text_of(name).empty();
  return unresolved_node(fmt::format("the value{} is imported from another stack", shown),
                         argument.place, named ? text_of(name) : "imported");
}

Node call_unsupported(Stack&, const Node& argument) {
  return unresolved_node("this function is not known to tablekey", argument.place, "unknown");
}

struct Intrinsic {
  std::string_view tag;
  Node (*call)(Stack&, const Node&);
};

constexpr auto kIntrinsics = std::to_array<Intrinsic>({
    {"!Ref", call_ref},
    {"!GetAtt", call_get_att},
    {"!Sub", call_sub},
    {"!Join", call_join},
    {"!Select", call_select},
    {"!Split", call_split},
    {"!If", call_if},
    {"!Equals", call_equals},
    {"!Not", call_not},
    {"!And", call_and},
    {"!Or", call_or},
    {"!Condition", call_condition},
    {"!FindInMap", call_find_in_map},
    {"!ImportValue", call_import_value},
    {"!Base64", call_base64},
    {"!Cidr", call_unsupported},
    {"!GetAZs", call_get_azs},
    {"!Transform", call_unsupported},
    {"!Length", call_length},
    {"!ToJsonString", call_to_json_string},
});

}  // namespace

std::optional<Node> call_intrinsic(Stack& stack, std::string_view name, const Node& argument) {
  for (const Intrinsic& intrinsic : kIntrinsics) {
    if (intrinsic.tag.substr(1) != name) continue;
    Node result = intrinsic.call(stack, argument);
    if (!stack.spend(weight(result), argument.place)) return too_much(argument);
    return result;
  }
  return std::nullopt;
}

std::vector<std::string_view> intrinsic_tags() {
  std::vector<std::string_view> tags;
  for (const Intrinsic& intrinsic : kIntrinsics) tags.push_back(intrinsic.tag);
  return tags;
}

}  // namespace tablekey::scenarios
