// Loops may stand in loops; what they produce in all is bounded.
#include "scenarios/loops.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/compose.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::string_view kLoop = "Fn::ForEach::";

bool is_loop(const Member& member) { return member.key.text.starts_with(kLoop); }

// What the identifier of a loop is replaced with.
struct Binding {
  std::string name, value;
};

// &{Name} is the value without what a logical id must not have.
std::string letters_and_digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (kept) out += c;
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

bool is_reference(const Node& node, std::string_view name) {
  if (node.is_scalar()) return node.tag == "!Ref" && node.text == name;
  const Node* ref = node.is_map() && node.members.size() == 1 ? node.find("Ref") : nullptr;
  return ref != nullptr && ref->is_scalar() && ref->text == name;
}

class LoopExpander {
 public:
  LoopExpander(Stack& head, Diagnostics& diagnostics) : head_(head), diagnostics_(diagnostics) {}
  void expand(Node& node);

 private:
  void run(const Member& loop, std::vector<Member>& into);
  void bind(Node& node, const Binding& binding);
  void bind_text(std::string& text, const Binding& binding);
  void wrong(const Node& at, std::string message) {
    diagnostics_.error(at.place, std::move(message),
                       "for example Fn::ForEach::Tables: [Name, [a, b], { \"Table${Name}\": … }]");
  }

  Stack& head_;
  Diagnostics& diagnostics_;
  std::size_t nodes_ = 0;
};

void LoopExpander::bind_text(std::string& text, const Binding& binding) {
  if (text.find('{') == std::string::npos) return;
  replace_all(text, fmt::format("${{{}}}", binding.name), binding.value);
  replace_all(text, fmt::format("&{{{}}}", binding.name), letters_and_digits(binding.value));
}

void LoopExpander::bind(Node& node, const Binding& binding) {
  ++nodes_;
  if (is_reference(node, binding.name)) {
    node = text_node(binding.value, node.place);
    return;
  }
  bind_text(node.text, binding);
  for (Node& item : node.items) bind(item, binding);
  for (Member& member : node.members) {
    bind_text(member.key.text, binding);
    bind(member.value, binding);
  }
}

void LoopExpander::run(const Member& loop, std::vector<Member>& into) {
  const Node& body = loop.value;
  const bool whole = body.is_sequence() && body.items.size() == 3 && body.items[0].is_scalar() &&
                     body.items[2].is_map();
  if (!whole)
    return wrong(body,
                 fmt::format("{} wants an identifier, a list and a map", printable(loop.key.text)));
  const Node collection = head_.resolve(body.items[1]);
  if (collection.kind == Node::Kind::unresolved && collection.reported) return;
  if (!collection.is_sequence()) {
    return wrong(body.items[1],
                 fmt::format("{}: its collection must be a list", printable(loop.key.text)));
  }
  for (const Node& value : collection.items) {
    const std::string* text = read_text(value, loop.key.text, diagnostics_);
    if (text == nullptr) return;
    Node output = body.items[2];
    bind(output, {body.items[0].text, *text});
    if (nodes_ > kNodesMax) {
      diagnostics_.error(loop.key.place, "the loops of this file produce too much");
      return;
    }
    expand(output);
    for (Member& member : output.members) into.push_back(std::move(member));
  }
}

void LoopExpander::expand(Node& node) {
  for (Node& item : node.items) expand(item);
  if (std::ranges::none_of(node.members, is_loop)) {
    for (Member& member : node.members) expand(member.value);
    return;
  }
  std::vector<Member> members;
  for (Member& member : node.members) {
    if (is_loop(member)) {
      if (nodes_ <= kNodesMax) run(member, members);
      continue;
    }
    expand(member.value);
    members.push_back(std::move(member));
  }
  node.members = std::move(members);
}

}  // namespace

bool has_loops(const Node& root) {
  for (const Node& item : root.items) {
    if (has_loops(item)) return true;
  }
  for (const Member& member : root.members) {
    if (is_loop(member) || has_loops(member.value)) return true;
  }
  return false;
}

void expand_loops(Node& root, const Environment& environment, Diagnostics& diagnostics) {
  // Collections are resolved without the resources, which are not there yet.
  Node head = root;
  std::erase_if(head.members, [](const Member& member) { return member.key.text == "Resources"; });
  Stack stack(head, environment, diagnostics);
  LoopExpander(stack, diagnostics).expand(root);
}

}  // namespace tablekey::scenarios
