#include "model/dynamodb/items/validate.h"

#include <fmt/format.h>

#include "model/dynamodb/items/limits.h"
#include "model/law.h"

namespace tablekey::model::items {
namespace {

constexpr std::size_t kNameBytesMax = 65'535;
constexpr std::string_view kNoMatch = "The provided key element does not match the schema";

Refusal invalid_parameter(std::string_view what) { return fmt::format("{}{}", kInvalid, what); }

Refusal empty_key(std::string_view what, std::string_view name) {
  return fmt::format(
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
      "contain an empty {} value. Key: {}",
      what, name);
}

// The limits of a key value whose type is right.
Refusal key_length(const AttributeValue& value, std::string_view name, bool partition) {
  std::size_t size = 0;
  if (const auto* text = value.as<std::string>()) {
    if (text->empty()) return empty_key("string", name);
    size = text->size();
  } else if (const auto* bytes = value.as<Bytes>()) {
    if (bytes->empty()) return empty_key("binary", name);
    size = bytes->size();
  }
  if (partition && size > kPartitionKeyBytesMax) {
    return invalid_parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (!partition && size > kSortKeyBytesMax) {
    return invalid_parameter(
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return std::nullopt;
}

template <class Each>
Refusal each_key(const KeySchema& schema, Each each) {
  if (Refusal refusal = each(schema.partition, true)) return refusal;
  return schema.sort ? each(*schema.sort, false) : std::nullopt;
}

// Empty sets and names out of bounds, anywhere within the value.
struct ContentCheck {
  Refusal operator()(const StringSet& set) const {
    return set.empty() ? invalid_parameter("An string set  may not be empty") : std::nullopt;
  }
  Refusal operator()(const NumberSet& set) const {
    return set.empty() ? invalid_parameter("An number set  may not be empty") : std::nullopt;
  }
  Refusal operator()(const BinarySet& set) const {
    return set.empty() ? invalid_parameter("Binary sets should not be empty") : std::nullopt;
  }
  Refusal operator()(const List& list) const {
    for (const AttributeValue& element : list) {
      if (Refusal refusal = element.visit(*this)) return refusal;
    }
    return std::nullopt;
  }
  Refusal operator()(const AttributeMap& map) const {
    for (const Attribute& attribute : map) {
      if (attribute.name.empty()) return invalid_parameter("Empty attribute name");
      if (attribute.name.size() > kNameBytesMax) {
        return invalid_parameter("Attribute name is too large, must be less than 65536 bytes");
      }
      if (Refusal refusal = attribute.value.visit(*this)) return refusal;
    }
    return std::nullopt;
  }
  template <class Scalar>
  Refusal operator()(const Scalar&) const {
    return std::nullopt;
  }
};

Refusal validate_attributes(const AttributeMap& item) {
  if (Refusal refusal = ContentCheck{}(item)) return refusal;
  for (const Attribute& attribute : item) {
    if (levels(attribute.value) > kLevelsMax) {
      return "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
             "levels beyond supported limit";
    }
  }
  return std::nullopt;
}

}  // namespace

const KeyAttribute* KeySchema::find(std::string_view name) const {
  if (partition.name == name) return &partition;
  return sort && sort->name == name ? &*sort : nullptr;
}

Refusal validate_value(const AttributeValue& value) {
  if (Refusal refusal = value.visit(ContentCheck{})) return refusal;
  if (levels(value) <= kLevelsMax) return std::nullopt;
  return "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
         "beyond supported limit";
}

Refusal validate_item(const AttributeMap& item, const KeySchema& schema) {
  if (Refusal refusal = validate_attributes(item)) return refusal;
  Refusal refusal = each_key(schema, [&item](const KeyAttribute& key, bool partition) -> Refusal {
    const AttributeValue* value = item.find(key.name);
    if (value == nullptr)
      return invalid_parameter(fmt::format("Missing the key {} in the item", key.name));
    if (value->type() != key.type) {
      return invalid_parameter(fmt::format("Type mismatch for key {} expected: {} actual: {}",
                                           key.name, type_name(key.type),
                                           type_name(value->type())));
    }
    return key_length(*value, key.name, partition);
  });
  if (refusal) return refusal;
  if (item_size(item) > kItemBytesMax) return "Item size has exceeded the maximum allowed size";
  return std::nullopt;
}

Refusal validate_updated_item(const AttributeMap& item) {
  if (Refusal refusal = validate_attributes(item)) return refusal;
  if (item_size(item) <= kItemBytesMax) return std::nullopt;
  return "Item size to update has exceeded the maximum allowed size";
}

Refusal validate_key(const AttributeMap& key, const KeySchema& schema) {
  if (key.size() != (schema.sort ? 2U : 1U)) return std::string(kNoMatch);
  return each_key(schema, [&key](const KeyAttribute& attribute, bool partition) -> Refusal {
    const AttributeValue* value = key.find(attribute.name);
    if (value == nullptr || value->type() != attribute.type) return std::string(kNoMatch);
    return key_length(*value, attribute.name, partition);
  });
}

Refusal validate_index_key(const AttributeMap& item, const KeySchema& index_schema,
                           std::string_view index_name) {
  return each_key(index_schema, [&](const KeyAttribute& key, bool partition) -> Refusal {
    const AttributeValue* value = item.find(key.name);
    if (value == nullptr) return std::nullopt;
    if (value->type() != key.type) {
      return invalid_parameter(
          fmt::format("Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}",
                      key.name, type_name(key.type), type_name(value->type()), index_name));
    }
    Refusal refusal = key_length(*value, key.name, partition);
    if (!refusal) return refusal;
    const bool empty = value_size(*value) == 0;
    if (!empty) return refusal;
    return fmt::format(
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is not supported. The AttributeValue for a key attribute cannot contain an empty {} "
        "value. IndexName: {}, IndexKey: {}",
        key.type == Type::s ? "string" : "binary", index_name, key.name);
  });
}

bool has_key(const AttributeMap& item, const KeySchema& schema) {
  const auto has = [&item](const KeyAttribute& key) {
    const AttributeValue* value = item.find(key.name);
    return value != nullptr && value->type() == key.type;
  };
  return has(schema.partition) && (!schema.sort || has(*schema.sort));
}

AttributeMap key_of(const AttributeMap& item, const KeySchema& schema) {
  AttributeMap key;
  each_key(schema, [&](const KeyAttribute& attribute, bool) -> Refusal {
    const AttributeValue* value = item.find(attribute.name);
    law(value != nullptr, "an item has its key attributes");
    key.set(attribute.name, *value);
    return std::nullopt;
  });
  return key;
}

}  // namespace tablekey::model::items
