// Reading pairs.
#include "scenarios/pairs.h"

#include <fmt/format.h>

#include "scenarios/map_reader.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// One { Key, Value } of a list of tags.
std::optional<TextPair> read_tag(const Node& node, std::string_view field,
                                 Diagnostics& diagnostics) {
  const bool of_kms = node.is_map() && node.find("TagKey") != nullptr;
  const std::string_view key = of_kms ? "TagKey" : "Key";
  const std::string_view value = of_kms ? "TagValue" : "Value";
  MapReader tag(node, fmt::format("a tag of {}", field), {key, value}, diagnostics);
  const Node* key_node = tag.require(key);
  const Node* value_node = tag.require(value);
  if (key_node == nullptr || value_node == nullptr) return std::nullopt;
  const std::string* name = read_text(*key_node, key, diagnostics);
  const std::string* text = read_text(*value_node, value, diagnostics);
  if (name == nullptr || text == nullptr) return std::nullopt;
  return TextPair{*name, *text};
}

}  // namespace

std::optional<std::vector<TextPair>> read_pairs(const Node& node, std::string_view field,
                                                Diagnostics& diagnostics) {
  if (!node.is_map()) {
    diagnostics.error(node.place,
                      fmt::format("{} must be a map, this is {}", field, kind_name(node)),
                      "for example { name: value }");
    return std::nullopt;
  }
  std::vector<TextPair> pairs;
  for (const Member& member : node.members) {
    const std::string* text = read_text(member.value, member.key.text, diagnostics);
    if (text == nullptr) return std::nullopt;
    pairs.emplace_back(member.key.text, *text);
  }
  return pairs;
}

std::optional<std::vector<TextPair>> read_tags(const Node& node, std::string_view field,
                                               Diagnostics& diagnostics) {
  if (!node.is_sequence()) return read_pairs(node, field, diagnostics);
  std::vector<TextPair> tags;
  bool good = true;
  for (const Node& item : node.items) {
    if (auto tag = read_tag(item, field, diagnostics)) {
      tags.push_back(std::move(*tag));
    } else {
      good = false;
    }
  }
  if (!good) return std::nullopt;
  return tags;
}

std::optional<std::vector<std::string>> read_texts(const Node& node, std::string_view field,
                                                   Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  if (!node.is_sequence()) {
    if (node.is_map() || node.is_null()) {
      diagnostics.error(node.place,
                        fmt::format("{} must be a list, this is {}", field, kind_name(node)));
      return std::nullopt;
    }
    const std::string* text = read_text(node, field, diagnostics);
    if (text == nullptr) return std::nullopt;
    texts.push_back(*text);
    return texts;
  }
  for (const Node& item : node.items) {
    const std::string* text = read_text(item, field, diagnostics);
    if (text == nullptr) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

void set_pairs(const std::vector<TextPair>& pairs, capnp::List<events::Pair>::Builder list) {
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    list[i].setName(pairs[i].first);
    list[i].setValue(pairs[i].second);
  }
}

std::vector<TextPair> get_pairs(capnp::List<events::Pair>::Reader list) {
  std::vector<TextPair> pairs;
  for (auto pair : list) {
    pairs.emplace_back(std::string(pair.getName().cStr(), pair.getName().size()),
                       std::string(pair.getValue().cStr(), pair.getValue().size()));
  }
  return pairs;
}

}  // namespace tablekey::scenarios
