// The composer. libyaml's parser is a state machine over its own stack; ours is the recursion here,
// whose depth is bounded. Errors of libyaml are translated into words about the file
// (yaml_problem.cpp).
#include "scenarios/compose.h"

#include <yaml.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "scenarios/characters.h"
#include "scenarios/yaml_problem.h"

namespace tablekey::scenarios {
namespace {

// Thrown inside this file only, after the error was reported: the event stream ends there.
struct Stop {};

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw_); }
  yaml_event_t* raw() { return &raw_; }
  [[nodiscard]] yaml_event_type_t type() const { return raw_.type; }
  yaml_event_t* operator->() { return &raw_; }

 private:
  yaml_event_t raw_{};
};

std::string scalar_text(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

struct Size {
  std::size_t nodes = 1, bytes = 0, height = 0;
  void add(const Size& child) {
    nodes += child.nodes;
    bytes += child.bytes;
    height = std::max(height, child.height + 1);
  }
};

struct Anchor {
  Node node;
  Size size;
  bool open = true;  // its node is still being composed
};

class Composer {
 public:
  Composer(std::uint32_t source, std::string_view text, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), lines_(lines_of(text)) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;
  ~Composer() { yaml_parser_delete(&parser_); }

  Node document();

 private:
  void next(Event& event);
  Node node(Event& event, std::size_t depth, Size& size);
  Node scalar(Event& event, Size& size);
  Node alias(Event& event, std::size_t depth, Size& size);
  void sequence(Node& out, std::size_t depth, Size& size);
  void map(Node& out, std::size_t depth, Size& size);
  void merge(Node& out, const Node& key, Node value);
  void count(const Size& added, const Place& place);
  Place place_of(const yaml_mark_t& begin, const yaml_mark_t& end, bool has_properties);

  std::uint32_t source_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> lines_;
  yaml_parser_t parser_{};
  std::map<std::string, Anchor> anchors_;
  std::size_t nodes_ = 0, bytes_ = 0;
};

void Composer::next(Event& event) {
  if (yaml_parser_parse(&parser_, event.raw()) != 0) return;
  report_yaml_problem(parser_, source_, lines_, diagnostics_);
  throw Stop{};
}

Node Composer::document() {
  {
    Event stream, start;
    next(stream);
    next(start);
    if (start.type() != YAML_DOCUMENT_START_EVENT) {
      diagnostics_.error({source_, 0, 0, 1}, "the file is empty");
      throw Stop{};
    }
  }
  Node root;
  {
    Event event;
    next(event);
    Size size;
    root = node(event, 0, size);
  }
  Event end, after;
  next(end);
  next(after);
  if (after.type() != YAML_STREAM_END_EVENT) {
    diagnostics_.error(place_of(after->start_mark, after->end_mark, false),
                       "a second document begins here", "one scenario a file");
    throw Stop{};
  }
  return root;
}

// Where a node's own text begins: behind its tag and anchor, which libyaml counts in.
Place Composer::place_of(const yaml_mark_t& begin, const yaml_mark_t& end, bool has_properties) {
  Place place{source_, static_cast<std::uint32_t>(begin.line + 1),
              static_cast<std::uint32_t>(begin.column + 1), 1};
  const std::string_view line = begin.line < lines_.size() ? lines_[begin.line] : "";
  const std::vector<std::string_view> characters = characters_of(line);
  std::size_t at = begin.column;
  const std::size_t stop = end.line == begin.line ? end.column : characters.size();
  while (has_properties && at < stop && (characters[at] == "!" || characters[at] == "&")) {
    std::size_t after = at;
    while (after < stop && characters[after] != " " && characters[after] != "\t") ++after;
    while (after < stop && (characters[after] == " " || characters[after] == "\t")) ++after;
    if (after >= stop) break;
    at = after;
  }
  place.column = static_cast<std::uint32_t>(at + 1);
  if (stop > at) place.span = static_cast<std::uint32_t>(stop - at);
  return place;
}

void Composer::count(const Size& added, const Place& place) {
  nodes_ += added.nodes;
  bytes_ += added.bytes;
  if (nodes_ <= kNodesMax && bytes_ <= kTextBytesMax) return;
  diagnostics_.error(place, "the document is too large once its aliases are written out");
  throw Stop{};
}

Node Composer::scalar(Event& event, Size& size) {
  Node out;
  const auto& data = event->data.scalar;
  out.text.assign(reinterpret_cast<const char*>(data.value), data.length);
  out.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
  out.tag = scalar_text(data.tag);
  const bool properties = data.tag != nullptr || data.anchor != nullptr;
  out.place = place_of(event->start_mark, event->end_mark, properties);
  const bool block =
      data.style == YAML_LITERAL_SCALAR_STYLE || data.style == YAML_FOLDED_SCALAR_STYLE;
  if (block) out.place.span = 1;
  size.bytes = out.text.size();
  count(size, out.place);
  return out;
}

Node Composer::alias(Event& event, std::size_t depth, Size& size) {
  const std::string name = scalar_text(event->data.alias.anchor);
  const Place place = place_of(event->start_mark, event->end_mark, false);
  const auto found = anchors_.find(name);
  Node out;
  out.place = place;
  if (found == anchors_.end()) {
    diagnostics_.error(place, "no anchor '&" + printable(name) + "' before this alias");
    throw Stop{};
  }
  if (found->second.open) {
    diagnostics_.error(place, "'*" + printable(name) + "' stands inside the value it names");
    throw Stop{};
  }
  if (depth + found->second.size.height > kDepthMax) {
    diagnostics_.error(place, "lists and maps are nested more than 64 deep");
    throw Stop{};
  }
  size = found->second.size;
  count(size, place);
  return found->second.node;
}

Node Composer::node(Event& event, std::size_t depth, Size& size) {
  if (event.type() == YAML_ALIAS_EVENT) return alias(event, depth, size);
  std::string anchor;
  Node out;
  if (event.type() == YAML_SCALAR_EVENT) {
    anchor = scalar_text(event->data.scalar.anchor);
    out = scalar(event, size);
  } else {
    const bool list = event.type() == YAML_SEQUENCE_START_EVENT;
    const auto& data = event->data;
    anchor = scalar_text(list ? data.sequence_start.anchor : data.mapping_start.anchor);
    out.tag = scalar_text(list ? data.sequence_start.tag : data.mapping_start.tag);
    out.kind = list ? Node::Kind::sequence : Node::Kind::map;
    out.place = place_of(event->start_mark, event->end_mark, false);
    if (depth >= kDepthMax) {
      diagnostics_.error(out.place, "lists and maps are nested more than 64 deep");
      throw Stop{};
    }
    count(size, out.place);
    if (!anchor.empty()) anchors_[anchor] = Anchor{};
    list ? sequence(out, depth, size) : map(out, depth, size);
  }
  if (!anchor.empty()) anchors_[anchor] = Anchor{out, size, false};
  return out;
}

void Composer::sequence(Node& out, std::size_t depth, Size& size) {
  while (true) {
    Event event;
    next(event);
    if (event.type() == YAML_SEQUENCE_END_EVENT) return;
    Size child;
    out.items.push_back(node(event, depth + 1, child));
    size.add(child);
  }
}

void Composer::map(Node& out, std::size_t depth, Size& size) {
  while (true) {
    Event key_event;
    next(key_event);
    if (key_event.type() == YAML_MAPPING_END_EVENT) return;
    Size key_size, value_size;
    Node key = node(key_event, depth + 1, key_size);
    Event value_event;
    next(value_event);
    Node value = node(value_event, depth + 1, value_size);
    size.add(key_size);
    size.add(value_size);
    if (!key.is_scalar()) {
      diagnostics_.error(key.place, "a key must be a text, this is " + std::string(kind_name(key)));
    } else if (key.text == "<<" && !key.quoted) {
      merge(out, key, std::move(value));
    } else {
      out.members.push_back({std::move(key), std::move(value)});
    }
  }
}

// `<<: *defaults`: keys that the map has already, or gets later, win.
void Composer::merge(Node& out, const Node& key, Node value) {
  std::vector<Node> maps;
  if (value.is_sequence()) {
    maps = std::move(value.items);
  } else {
    maps.push_back(std::move(value));
  }
  for (Node& from : maps) {
    if (!from.is_map()) {
      diagnostics_.error(key.place, "'<<' merges a map or a list of maps, this is " +
                                        std::string(kind_name(from)));
      return;
    }
    for (Member& member : from.members) {
      member.key.merged = true;
      out.members.push_back(std::move(member));
    }
  }
}

// What `<<` brought gives way to what the map says itself, and to what an earlier merge brought.
void settle_merges(Node& node) {
  for (Node& item : node.items) settle_merges(item);
  bool any = false;
  for (Member& member : node.members) {
    settle_merges(member.value);
    any = any || member.key.merged;
  }
  if (!any) return;
  std::set<std::string> taken;
  for (const Member& member : node.members) {
    if (!member.key.merged) taken.insert(member.key.text);
  }
  std::vector<Member> kept;
  for (Member& member : node.members) {
    if (member.key.merged && !taken.insert(member.key.text).second) continue;
    member.key.merged = false;
    kept.push_back(std::move(member));
  }
  node.members = std::move(kept);
}

}  // namespace

std::optional<Node> compose(std::uint32_t source, Diagnostics& diagnostics) {
  // A copy: reporting adds nothing to the sources, but a reference into them should not depend on
  // it.
  const std::string text = diagnostics.source_text(source);
  return compose(source, text, diagnostics);
}

std::optional<Node> compose(std::uint32_t source, std::string_view text, Diagnostics& diagnostics) {
  Composer composer(source, text, diagnostics);
  try {
    Node root = composer.document();
    settle_merges(root);
    return root;
  } catch (const Stop&) {
    return std::nullopt;
  }
}

}  // namespace tablekey::scenarios
