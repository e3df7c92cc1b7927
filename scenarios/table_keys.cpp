// AttributeDefinitions, KeySchema and indexes. What DynamoDB's own CreateTable refuses of an index
// is said, and the index left out.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/pairs.h"
#include "scenarios/table_properties.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kLocalIndexesMax = 5, kGlobalIndexesMax = 20;  // dynamodb.md 9

const DraftAttribute* find_attribute(const DraftTable& table, std::string_view name) {
  const auto found = std::ranges::find(table.attributes, name, &DraftAttribute::name);
  return found == table.attributes.end() ? nullptr : &*found;
}

void read_definitions(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  const Node* list = list_property(reader, "AttributeDefinitions", diagnostics);
  if (list == nullptr) return;
  for (const Node& entry : list->items) {
    MapReader one(entry, "an attribute definition", {"AttributeName", "AttributeType"}, diagnostics,
                  Severity::warning);
    const Node* name = one.require("AttributeName");
    const Node* type = one.require("AttributeType");
    if (name == nullptr || type == nullptr) continue;
    const std::string* text = read_text(*name, "AttributeName", diagnostics);
    const std::vector<std::string_view> types = {"S", "N", "B"};
    const auto choice = read_choice(*type, "AttributeType", types, diagnostics);
    if (text == nullptr || !choice) continue;
    if (find_attribute(table, *text) != nullptr) {
      diagnostics.error(name->place,
                        fmt::format("attribute '{}' is defined twice", printable(*text)));
      continue;
    }
    table.attributes.push_back({*text, std::string(types[*choice])});
  }
}

struct KeyPart {
  DraftAttribute attribute;
  bool hash = false;
  Place place;
};

std::vector<KeyPart> read_key_schema(const Node& list, std::string_view what,
                                     const DraftTable& table, Diagnostics& diagnostics) {
  std::vector<KeyPart> parts;
  for (const Node& entry : list.items) {
    MapReader reader(entry, "a key of KeySchema", {"AttributeName", "KeyType"}, diagnostics,
                     Severity::warning);
    const Node* name = reader.require("AttributeName");
    const Node* type = reader.require("KeyType");
    if (name == nullptr || type == nullptr) continue;
    const std::string* text = read_text(*name, "AttributeName", diagnostics);
    const auto choice = read_choice(*type, "KeyType", {"HASH", "RANGE"}, diagnostics);
    if (text == nullptr || !choice) continue;
    const DraftAttribute* attribute = find_attribute(table, *text);
    if (attribute == nullptr) {
      std::vector<std::string_view> names;
      for (const DraftAttribute& one : table.attributes) names.push_back(one.name);
      diagnostics.error(name->place,
                        fmt::format("{} uses '{}', which AttributeDefinitions does not define",
                                    what, printable(*text)),
                        did_you_mean(*text, names));
      continue;
    }
    parts.push_back({*attribute, *choice == 0, name->place});
  }
  return parts;
}

void read_primary_key(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  const Node* list = list_property(reader, "KeySchema", diagnostics);
  if (list == nullptr) {
    if (reader.is_map() && reader.get("KeySchema") == nullptr) {
      diagnostics.error(reader.place(), fmt::format("{} lacks 'KeySchema'", reader.what()));
    }
    return;
  }
  const std::size_t before = diagnostics.errors();
  for (const KeyPart& part : read_key_schema(*list, "KeySchema", table, diagnostics)) {
    DraftAttribute& slot = part.hash ? table.hash : table.range;
    if (!slot.name.empty()) {
      diagnostics.error(part.place,
                        fmt::format("a table has one {} key", part.hash ? "HASH" : "RANGE"));
    }
    slot = part.attribute;
  }
  if (table.hash.name.empty() && diagnostics.errors() == before) {
    diagnostics.error(list->place, "KeySchema lacks a HASH key");
  }
}

// An index may have up to four attributes of each kind; here it has one.
void set_index_key(const std::vector<KeyPart>& parts, DraftIndex& index, Diagnostics& diagnostics) {
  for (const KeyPart& part : parts) {
    DraftAttribute& slot = part.hash ? index.hash : index.range;
    if (slot.name.empty()) {
      slot = part.attribute;
      continue;
    }
    diagnostics.warning(
        part.place,
        fmt::format("index '{}' has several {} keys; only '{}' counts here", printable(index.name),
                    part.hash ? "HASH" : "RANGE", printable(slot.name)),
        "keys of several attributes are not simulated");
  }
}

void read_projection(const Node& node, DraftIndex& index, Diagnostics& diagnostics) {
  MapReader reader(node, "Projection", {"ProjectionType", "NonKeyAttributes"}, diagnostics,
                   Severity::warning);
  if (const Node* type = reader.get("ProjectionType")) {
    const auto choice =
        read_choice(*type, "ProjectionType", {"ALL", "KEYS_ONLY", "INCLUDE"}, diagnostics);
    index.projection = static_cast<events::SecondaryIndex::Projection>(choice.value_or(0));
  }
  if (const Node* list = reader.get("NonKeyAttributes")) {
    const auto names = read_texts(*list, "NonKeyAttributes", diagnostics);
    if (names) index.non_key = *names;
  }
}

std::vector<DraftIndex> read_indexes(const MapReader& reader, bool local, DraftTable& table,
                                     std::set<std::string>& names, Diagnostics& diagnostics) {
  const std::string_view property = local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes";
  const std::size_t most = local ? kLocalIndexesMax : kGlobalIndexesMax;
  std::vector<DraftIndex> indexes;
  const Node* list = list_property(reader, property, diagnostics);
  if (list == nullptr) return indexes;
  for (const Node& entry : list->items) {
    auto index = read_index(entry, local, table, diagnostics);
    if (!index) continue;
    if (!names.insert(index->name).second) {
      diagnostics.error(entry.find("IndexName")->place,
                        fmt::format("index '{}' is declared twice", printable(index->name)));
      continue;
    }
    indexes.push_back(std::move(*index));
  }
  if (indexes.size() > most) {
    diagnostics.error(list->place, fmt::format("a table has at most {} {}", most, property));
  }
  return indexes;
}

void warn_unused(const MapReader& reader, const DraftTable& table, Diagnostics& diagnostics) {
  std::set<std::string_view> used = {table.hash.name, table.range.name};
  for (const auto* indexes : {&table.local_indexes, &table.global_indexes}) {
    for (const DraftIndex& index : *indexes) used.insert({index.hash.name, index.range.name});
  }
  const Node* list = reader.get("AttributeDefinitions");
  for (const DraftAttribute& attribute : table.attributes) {
    if (used.contains(attribute.name) || list == nullptr) continue;
    diagnostics.warning(
        list->place,
        fmt::format("attribute '{}' is defined but no key uses it", printable(attribute.name)),
        "AWS refuses such a table");
  }
}

}  // namespace

const Node* list_property(const MapReader& reader, std::string_view property,
                          Diagnostics& diagnostics) {
  const Node* list = reader.get(property);
  if (list == nullptr || list->is_sequence()) return list;
  if (list->reported) return nullptr;
  if (has_stand_in(*list)) {
    diagnostics.warning(list->place, fmt::format("{}: {}", property, list->text), "it is left out");
    return nullptr;
  }
  const std::string why =
      list->kind == Node::Kind::unresolved
          ? fmt::format("{}: {}", property, list->text)
          : fmt::format("{} must be a list, this is {}", property, kind_name(*list));
  diagnostics.error(list->place, why);
  return nullptr;
}

std::optional<DraftIndex> read_index(const Node& node, bool local, DraftTable& table,
                                     Diagnostics& diagnostics) {
  MapReader reader(node, "an index",
                   {"IndexName", "KeySchema", "Projection", "ProvisionedThroughput",
                    "OnDemandThroughput", "ContributorInsightsSpecification", "WarmThroughput",
                    "WriteProvisionedThroughputSettings", "WriteOnDemandThroughputSettings",
                    "ReadProvisionedThroughputSettings", "ReadOnDemandThroughputSettings"},
                   diagnostics, Severity::warning);
  const Node* name = reader.require("IndexName");
  const Node* schema = reader.require("KeySchema");
  if (name == nullptr || schema == nullptr) return std::nullopt;
  const std::string* text = read_text(*name, "IndexName", diagnostics);
  if (text == nullptr) return std::nullopt;
  DraftIndex index;
  index.name = *text;
  set_index_key(read_key_schema(*schema, "an index", table, diagnostics), index, diagnostics);
  if (const Node* projection = reader.get("Projection")) {
    read_projection(*projection, index, diagnostics);
  }
  if (const Node* throughput = reader.get("ProvisionedThroughput")) {
    const Throughput units = read_throughput(*throughput, "ProvisionedThroughput", diagnostics);
    index.read_capacity = units.read;
    index.write_capacity = units.write;
  }
  const auto leave_out = [&](std::string_view why) {
    diagnostics.warning(name->place, fmt::format("index '{}' {}", printable(*text), why),
                        "DynamoDB refuses it; it is left out");
    return std::nullopt;
  };
  if (index.hash.name.empty()) return leave_out("has no HASH key");
  if (local && index.range.name.empty()) return leave_out("is local and has no RANGE key");
  if (local && table.range.name.empty()) {
    return leave_out("is local, but the table has no RANGE key");
  }
  if (local && index.hash.name != table.hash.name) {
    return leave_out("is local and has another HASH key than its table");
  }
  return index;
}

void read_keys_and_indexes(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  read_definitions(reader, table, diagnostics);
  read_primary_key(reader, table, diagnostics);
  std::set<std::string> names;
  table.local_indexes = read_indexes(reader, true, table, names, diagnostics);
  table.global_indexes = read_indexes(reader, false, table, names, diagnostics);
  warn_unused(reader, table, diagnostics);
}

}  // namespace tablekey::scenarios
