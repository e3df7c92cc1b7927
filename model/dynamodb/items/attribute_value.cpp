#include "model/dynamodb/items/attribute_value.h"

#include <array>

namespace tablekey::model::items {
namespace {

constexpr std::array<std::string_view, 10> kNames = {"S",  "N",  "B",  "BOOL", "NULL",
                                                     "SS", "NS", "BS", "L",    "M"};

// std::string and std::string_view compare by unsigned bytes, which is the order of code points.
template <class Attributes>
auto place(Attributes& attributes, std::string_view name) {
  return std::lower_bound(
      attributes.begin(), attributes.end(), name,
      [](const Attribute& attribute, std::string_view sought) { return attribute.name < sought; });
}

}  // namespace

AttributeMap::AttributeMap() = default;
AttributeMap::AttributeMap(const AttributeMap&) = default;
AttributeMap::AttributeMap(AttributeMap&&) noexcept = default;
AttributeMap& AttributeMap::operator=(const AttributeMap&) = default;
AttributeMap& AttributeMap::operator=(AttributeMap&&) noexcept = default;
AttributeMap::~AttributeMap() = default;

AttributeMap::AttributeMap(std::initializer_list<Attribute> attributes) {
  for (const Attribute& attribute : attributes) set(attribute.name, attribute.value);
}

std::optional<AttributeMap> AttributeMap::of(std::vector<Attribute> attributes) {
  const auto less = [](const Attribute& a, const Attribute& b) { return a.name < b.name; };
  const auto same = [](const Attribute& a, const Attribute& b) { return a.name == b.name; };
  if (!std::is_sorted(attributes.begin(), attributes.end(), less)) {
    std::sort(attributes.begin(), attributes.end(), less);
  }
  if (std::adjacent_find(attributes.begin(), attributes.end(), same) != attributes.end()) {
    return std::nullopt;
  }
  AttributeMap map;
  map.attributes_ = std::move(attributes);
  return map;
}

const AttributeValue* AttributeMap::find(std::string_view name) const {
  const auto found = place(attributes_, name);
  return found != attributes_.end() && found->name == name ? &found->value : nullptr;
}

AttributeValue* AttributeMap::find(std::string_view name) {
  const auto found = place(attributes_, name);
  return found != attributes_.end() && found->name == name ? &found->value : nullptr;
}

AttributeValue& AttributeMap::set(std::string name, AttributeValue value) {
  // Most maps are built in the order of their names.
  if (attributes_.empty() || attributes_.back().name < name) {
    return attributes_.emplace_back(std::move(name), std::move(value)).value;
  }
  const auto found = place(attributes_, name);
  if (found->name == name) {
    found->value = std::move(value);
    return found->value;
  }
  return attributes_.insert(found, Attribute{std::move(name), std::move(value)})->value;
}

bool AttributeMap::erase(std::string_view name) {
  const auto found = place(attributes_, name);
  if (found == attributes_.end() || found->name != name) return false;
  attributes_.erase(found);
  return true;
}

void AttributeMap::reserve(std::size_t attributes) { attributes_.reserve(attributes); }

bool operator==(const AttributeMap& a, const AttributeMap& b) {
  return a.attributes_ == b.attributes_;
}

std::string_view type_name(Type type) { return kNames[static_cast<std::size_t>(type)]; }

bool type_of_name(std::string_view name, Type& type) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return false;
  type = static_cast<Type>(found - kNames.begin());
  return true;
}

}  // namespace tablekey::model::items
