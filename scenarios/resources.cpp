// What all resource types share.
#include "scenarios/resources.h"

#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/resource_types.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

std::vector<std::string_view> names(std::span<const std::string_view> list) {
  return {list.begin(), list.end()};
}

}  // namespace

std::string naming_property(Stack& stack, const Resource& resource, std::string_view property) {
  const Node* raw = resource.properties == nullptr ? nullptr : resource.properties->find(property);
  if (raw == nullptr) return {};
  const Node value = stack.resolve(*raw);
  if (value.kind == Node::Kind::absent) return {};
  const std::string* text = read_text(value, property, stack.diagnostics());
  return text == nullptr ? std::string() : *text;
}

Node resolved_properties(Stack& stack, const Resource& resource) {
  if (resource.properties == nullptr) {
    Node none;
    none.kind = Node::Kind::map;
    none.place = resource.place;
    return none;
  }
  Node properties = stack.resolve(*resource.properties);
  if (properties.kind == Node::Kind::absent) properties.kind = Node::Kind::map;
  return properties;
}

MapReader property_reader(Stack& stack, const Resource& resource, const Node& properties) {
  return {properties, fmt::format("{} '{}'", resource.type, printable(resource.logical_id)),
          names(resource.known->properties), stack.diagnostics(), Severity::warning};
}

Node resolved_metadata(Stack& stack, const Resource& resource) {
  if (resource.metadata != nullptr) return stack.resolve(*resource.metadata);
  Node none;
  none.kind = Node::Kind::map;
  none.place = resource.place;
  return none;
}

MapReader metadata_reader(Stack& stack, const Resource& resource, const Node& node) {
  return {node, fmt::format("Metadata.tablekey of '{}'", printable(resource.logical_id)),
          names(resource.known->metadata), stack.diagnostics()};
}

}  // namespace tablekey::scenarios
