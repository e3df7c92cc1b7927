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

namespace {

// A text of Metadata.tablekey that fits; anything else is reported when the resource is compiled.
std::string metadata_text(Stack& stack, const Resource& resource, std::string_view key,
                          bool (*fits)(std::string_view), const std::string& standard) {
  const Node* raw = resource.metadata == nullptr ? nullptr : resource.metadata->find(key);
  if (raw == nullptr) return standard;
  const Node value = stack.resolve(*raw);
  return value.is_scalar() && fits(value.text) ? value.text : standard;
}

}  // namespace

std::string account_of(Stack& stack, const Resource& resource) {
  return metadata_text(stack, resource, "AccountId", is_account, stack.environment().account);
}

std::string region_of(Stack& stack, const Resource& resource) {
  return metadata_text(stack, resource, "Region", is_region, stack.environment().region);
}

void check_place(const MapReader& metadata, Diagnostics& diagnostics) {
  if (const Node* node = metadata.get("AccountId")) {
    const std::string* text = read_text(*node, "AccountId", diagnostics);
    if (text != nullptr && !is_account(*text)) {
      diagnostics.error(node->place,
                        fmt::format("AccountId must be 12 digits, this is '{}'", printable(*text)));
    }
  }
  if (const Node* node = metadata.get("Region")) {
    const std::string* text = read_text(*node, "Region", diagnostics);
    if (text != nullptr && !is_region(*text)) {
      diagnostics.error(node->place, fmt::format("'{}' is no Region", printable(*text)),
                        "for example eu-west-1");
    }
  }
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
