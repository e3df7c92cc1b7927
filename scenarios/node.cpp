// Looking things up in a tree.
#include "scenarios/node.h"

#include "scenarios/characters.h"

namespace tablekey::scenarios {

// Of two equal keys the last one counts, as CloudFormation's own readers do it.
const Node* Node::find(std::string_view key) const {
  const Node* found = nullptr;
  for (const Member& member : members) {
    if (member.key.text == key) found = &member.value;
  }
  return found;
}

Node* Node::find(std::string_view key) {
  Node* found = nullptr;
  for (Member& member : members) {
    if (member.key.text == key) found = &member.value;
  }
  return found;
}

Place part_of(const Node& node, std::size_t offset, std::size_t length) {
  const std::size_t characters = characters_of(node.text).size();
  std::size_t lead = 0;
  if (node.place.span == characters + 2) {
    lead = 1;  // the opening quote
  } else if (node.place.span != characters) {
    return node.place;
  }
  const std::string_view text = node.text;
  if (offset > text.size()) return node.place;
  Place place = node.place;
  place.column += static_cast<std::uint32_t>(characters_of(text.substr(0, offset)).size() + lead);
  const std::size_t span = characters_of(text.substr(offset, length)).size();
  place.span = static_cast<std::uint32_t>(span == 0 ? 1 : span);
  return place;
}

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::scalar:
      return node.is_null() ? "nothing" : "a text";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::absent:
    case Node::Kind::unresolved:
      break;
  }
  return "nothing";
}

}  // namespace tablekey::scenarios
