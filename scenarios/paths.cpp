// Walking a path and setting what it leads to.
#include "scenarios/paths.h"

#include <fmt/format.h>

#include <charconv>

#include "scenarios/characters.h"

namespace tablekey::scenarios {
namespace {

Node map_node(Place place) {
  Node node;
  node.kind = Node::Kind::map;
  node.place = place;
  return node;
}

// The longest key of the map that the path begins with.
std::string_view key_in_path(const Node& map, std::string_view path) {
  std::string_view best;
  for (const Member& member : map.members) {
    const std::string& key = member.key.text;
    const bool fits = path == key || (path.starts_with(key) && path.substr(key.size())[0] == '.');
    if (fits && key.size() > best.size()) best = key;
  }
  return best;
}

std::string_view name_of_entry(const Node& entry) {
  for (const std::string_view key : {"name", "id"}) {
    const Node* name = entry.is_map() ? entry.find(key) : nullptr;
    if (name != nullptr && name->is_scalar() && !name->text.empty()) return name->text;
  }
  return {};
}

Node* entry_named(Node& list, std::string_view segment) {
  for (Node& entry : list.items) {
    if (name_of_entry(entry) == segment) return &entry;
  }
  std::size_t index = 0;
  const char* end = segment.data() + segment.size();
  const auto [stop, error] = std::from_chars(segment.data(), end, index);
  const bool number = error == std::errc{} && stop == end && index < list.items.size();
  return number ? &list.items[index] : nullptr;
}

PathError no_entry(const Node& list, Place place, std::string_view segment,
                   std::string_view where) {
  std::vector<std::string_view> names;
  for (const Node& entry : list.items) {
    const std::string_view name = name_of_entry(entry);
    if (!name.empty()) names.push_back(name);
  }
  return {place, fmt::format("no '{}' in {}", printable(segment), printable(where)),
          did_you_mean(segment, names)};
}

// The value of a key, which is made if the map lacks it. A value that is no map becomes one: what
// was `latency: 6ms` may get a `dist`.
Node& member_named(Node& map, std::string_view key, Place place) {
  if (!map.is_map()) map = map_node(place);
  if (Node* present = map.find(key)) return *present;
  Member member{Node{}, map_node(place)};
  member.key.text = key;
  member.key.place = place;
  map.members.push_back(std::move(member));
  return map.members.back().value;
}

// A key that the path itself made on its way.
bool is_fresh(const Node& node) { return node.is_map() && node.members.empty(); }

// A list has no entry of this name: it stands for a new one at its end.
constexpr std::string_view kNextEntry = "+";

Node& appended(Node& list, Place place) {
  if (!list.is_sequence()) {
    list = Node{};
    list.kind = Node::Kind::sequence;
    list.place = place;
  }
  list.items.push_back(map_node(place));
  return list.items.back();
}

}  // namespace

std::expected<void, PathError> set_path(Node& root, const Node& path, const Node& value) {
  Node* at = &root;
  const std::string_view text = path.text;
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::string_view rest = text.substr(offset);
    std::string_view segment = rest.substr(0, rest.find('.'));
    if (segment.empty()) {
      return std::unexpected(
          PathError{part_of(path, offset, 1), "a name is missing in this path", ""});
    }
    if (segment == kNextEntry && (at->is_sequence() || at->is_null() || is_fresh(*at))) {
      at = &appended(*at, part_of(path, offset, 1));
    } else if (at->is_sequence()) {
      Node* entry = entry_named(*at, segment);
      if (entry == nullptr) {
        const std::string_view where = text.substr(0, offset - 1);
        return std::unexpected(
            no_entry(*at, part_of(path, offset, segment.size()), segment, where));
      }
      at = entry;
    } else {
      if (const std::string_view key = key_in_path(*at, rest); !key.empty()) segment = key;
      at = &member_named(*at, segment, part_of(path, offset, segment.size()));
    }
    offset += segment.size() + 1;
  }
  *at = value;
  return {};
}

}  // namespace tablekey::scenarios
