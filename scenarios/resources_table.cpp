// AWS::DynamoDB::Table: its key schema, indexes, stream, encryption, and what Metadata.tablekey
// says about the items it starts with.
//
// Generated items are numbered 0 to Items-1. Item i has the hash key value `item-%08u` of i /
// Collection and, with a range key, the range key value `%08u` of i % Collection; an attribute of
// type N has the bare number. The model makes the same keys from the same three numbers. Further
// keys that steps name get the next ordinals, from Items on.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/characters.h"
#include "scenarios/kms_words.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::uint64_t kCopiesMax = 10'000'000;
constexpr std::uint64_t kItemsMax = 1'000'000'000;
constexpr std::uint64_t kItemBytesMax = 409'600;                     // 400 KB (dynamodb.md 9)
constexpr std::size_t kLocalIndexesMax = 5, kGlobalIndexesMax = 20;  // dynamodb.md 9

// dynamodb.md 2.1 and the API model: 3 to 255 characters.
bool is_table_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return name.size() >= 3 && name.size() <= 255 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::string table_name(Stack& stack, const Resource& resource) {
  const std::string given = naming_property(stack, resource, "TableName");
  if (!given.empty()) return given;
  return stack.environment().stack_name + "-" + resource.logical_id;
}

using Types = std::vector<std::pair<std::string, std::string>>;  // attribute, S N or B

const std::string* type_of(const Types& types, std::string_view name) {
  for (const auto& [attribute, type] : types) {
    if (attribute == name) return &type;
  }
  return nullptr;
}

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

Types read_definitions(const MapReader& table, Diagnostics& diagnostics) {
  Types types;
  const Node* list = list_property(table, "AttributeDefinitions", diagnostics);
  if (list == nullptr) return types;
  for (const Node& entry : list->items) {
    MapReader reader(entry, "an attribute definition", {"AttributeName", "AttributeType"},
                     diagnostics, Severity::warning);
    const Node* name = reader.require("AttributeName");
    const Node* type = reader.require("AttributeType");
    if (name == nullptr || type == nullptr) continue;
    const std::string* text = read_text(*name, "AttributeName", diagnostics);
    const auto choice = read_choice(*type, "AttributeType", {"S", "N", "B"}, diagnostics);
    if (text == nullptr || !choice) continue;
    if (type_of(types, *text) != nullptr) {
      diagnostics.error(name->place,
                        fmt::format("attribute '{}' is defined twice", printable(*text)));
      continue;
    }
    types.emplace_back(*text, type->text);
  }
  return types;
}

struct KeyPart {
  DraftAttribute attribute;
  bool hash = false;
  Place place;
};

std::vector<KeyPart> read_key_schema(const Node& list, const Types& types, std::string_view what,
                                     std::set<std::string>& used, Diagnostics& diagnostics) {
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
    const std::string* kind = type_of(types, *text);
    if (kind == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& [attribute, unused] : types) names.push_back(attribute);
      diagnostics.error(name->place,
                        fmt::format("{} uses '{}', which AttributeDefinitions does not define",
                                    what, printable(*text)),
                        did_you_mean(*text, names));
      continue;
    }
    used.insert(*text);
    parts.push_back({{*text, *kind}, *choice == 0, name->place});
  }
  return parts;
}

void read_primary_key(const MapReader& reader, const Types& types, std::set<std::string>& used,
                      DraftTable& table, Diagnostics& diagnostics) {
  const Node* list = list_property(reader, "KeySchema", diagnostics);
  if (list == nullptr) {
    if (reader.is_map() && reader.get("KeySchema") == nullptr) {
      diagnostics.error(reader.place(), fmt::format("{} lacks 'KeySchema'", reader.what()));
    }
    return;
  }
  const std::size_t before = diagnostics.errors();
  for (const KeyPart& part : read_key_schema(*list, types, "KeySchema", used, diagnostics)) {
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

std::vector<std::string> read_indexes(const MapReader& table, std::string_view property,
                                      std::size_t most, const Types& types,
                                      std::set<std::string>& used, std::set<std::string>& names,
                                      Diagnostics& diagnostics) {
  std::vector<std::string> indexes;
  const Node* list = list_property(table, property, diagnostics);
  if (list == nullptr) return indexes;
  for (const Node& entry : list->items) {
    MapReader reader(entry, "an index",
                     {"IndexName", "KeySchema", "Projection", "ProvisionedThroughput",
                      "OnDemandThroughput", "ContributorInsightsSpecification", "WarmThroughput"},
                     diagnostics, Severity::warning);
    const Node* name = reader.require("IndexName");
    if (const Node* schema = reader.require("KeySchema")) {
      (void)read_key_schema(*schema, types, "an index", used, diagnostics);
    }
    if (name == nullptr) continue;
    const std::string* text = read_text(*name, "IndexName", diagnostics);
    if (text == nullptr) continue;
    if (!names.insert(*text).second) {
      diagnostics.error(name->place, fmt::format("index '{}' is declared twice", printable(*text)));
    }
    indexes.push_back(*text);
  }
  if (indexes.size() > most) {
    diagnostics.error(list->place, fmt::format("a table has at most {} {}", most, property));
  }
  return indexes;
}

void read_stream(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  const Node* node = reader.get("StreamSpecification");
  if (node == nullptr) return;
  MapReader stream(*node, "StreamSpecification", {"StreamViewType", "ResourcePolicy"}, diagnostics,
                   Severity::warning);
  const Node* view = stream.require("StreamViewType");
  if (view == nullptr) return;
  (void)read_choice(*view, "StreamViewType",
                    {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}, diagnostics);
  table.stream = true;
}

void read_creation(Stack& stack, const MapReader& metadata, const Draft& draft, DraftTable& table) {
  Diagnostics& diagnostics = stack.diagnostics();
  if (const Node* node = metadata.get("Create")) {
    const auto choice = read_choice(*node, "Create", {"start", "step"}, diagnostics);
    table.create_given = choice.has_value();
    table.created_at_start = choice.value_or(0) == 0;
  }
  const Node* by = metadata.get("CreatedBy");
  if (by == nullptr) return;
  const std::string* text = read_text(*by, "CreatedBy", diagnostics);
  if (text == nullptr) return;
  table.creator = find_principal(draft, by->resource.empty() ? *text : by->resource);
  table.creator_given = true;
  if (table.creator != kNone) return;
  std::vector<std::string_view> names;
  for (const DraftPrincipal& principal : draft.principals) names.push_back(principal.logical_id);
  diagnostics.error(by->place,
                    fmt::format("CreatedBy: no role or user '{}' in Resources", printable(*text)),
                    did_you_mean(*text, names));
}

void read_metadata(Stack& stack, const Resource& resource, const Draft& draft, DraftTable& table) {
  Diagnostics& diagnostics = stack.diagnostics();
  const Node node = resolved_metadata(stack, resource);
  const MapReader metadata = metadata_reader(stack, resource, node);
  const auto count = [&](std::string_view key, CountRange range, std::uint32_t standard) {
    const Node* value = metadata.get(key);
    if (value == nullptr) return standard;
    return static_cast<std::uint32_t>(
        read_count(*value, key, range, diagnostics).value_or(standard));
  };
  table.copies = count("Copies", {1, kCopiesMax}, 1);
  table.items = count("Items", {0, kItemsMax}, 0);
  table.items_given = metadata.get("Items") != nullptr;
  table.item_size = count("ItemSize", {1, kItemBytesMax}, 400);
  table.collection = count("Collection", {1, kItemsMax}, 1);
  if (const Node* collection = metadata.get("Collection");
      collection != nullptr && table.range.name.empty() && table.collection > 1) {
    diagnostics.error(collection->place, "Collection needs a table with a RANGE key",
                      "items that share a partition key differ in their range key");
  }
  read_creation(stack, metadata, draft, table);
}

void warn_unused(const Types& types, const std::set<std::string>& used, const MapReader& reader,
                 Diagnostics& diagnostics) {
  const Node* list = reader.get("AttributeDefinitions");
  for (const auto& [attribute, type] : types) {
    if (used.contains(attribute) || list == nullptr) continue;
    diagnostics.warning(
        list->place,
        fmt::format("attribute '{}' is defined but no key uses it", printable(attribute)),
        "AWS refuses such a table");
  }
}

}  // namespace

Identity identify_table(Stack& stack, const Resource& resource) {
  const Environment& environment = stack.environment();
  Identity identity;
  identity.ref = table_name(stack, resource);
  identity.attributes["Arn"] =
      fmt::format("arn:{}:dynamodb:{}:{}:table/{}", environment.partition(), environment.region,
                  environment.account, identity.ref);
  // The label is when the stream was enabled; a scenario's tables have none before the run.
  identity.attributes["StreamArn"] = identity.attributes["Arn"] + "/stream/tablekey";
  return identity;
}

void compile_table(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) {
    stack.diagnostics().error(resource.place, fmt::format("the name of '{}' depends on itself",
                                                          printable(resource.logical_id)));
    return;
  }
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  DraftTable table;
  table.logical_id = resource.logical_id;
  table.place = resource.place;
  table.name = identity->ref;
  const Node* name = reader.get("TableName");
  const Place name_place = name == nullptr ? resource.place : name->place;
  if (!is_table_name(table.name)) {
    diagnostics.error(name_place, fmt::format("'{}' is no table name", printable(table.name)),
                      "3 to 255 letters, digits, '_', '-' and '.'");
  } else if (find_table(draft, table.name) != kNone) {
    diagnostics.error(name_place,
                      fmt::format("there is already a table '{}'", printable(table.name)));
  }
  const Types types = read_definitions(reader, diagnostics);
  std::set<std::string> used, indexes;
  read_primary_key(reader, types, used, table, diagnostics);
  table.local_indexes = read_indexes(reader, "LocalSecondaryIndexes", kLocalIndexesMax, types, used,
                                     indexes, diagnostics);
  table.global_indexes = read_indexes(reader, "GlobalSecondaryIndexes", kGlobalIndexesMax, types,
                                      used, indexes, diagnostics);
  warn_unused(types, used, reader, diagnostics);
  read_stream(reader, table, diagnostics);
  if (const Node* mode = reader.get("BillingMode")) {
    (void)read_choice(*mode, "BillingMode", {"PAY_PER_REQUEST", "PROVISIONED"}, diagnostics);
  }
  table.key = read_sse_specification(reader.get("SSESpecification"), draft, diagnostics);
  read_metadata(stack, resource, draft, table);
  draft.tables.push_back(std::move(table));
}

namespace {

// DynamoDB encrypts under symmetric keys of its own Region (kms.md 1.1.3).
std::uint32_t suitable_key(const Node& node, std::uint32_t key, const Draft& draft,
                           Diagnostics& diagnostics) {
  if (key == kNone) return kNone;
  const DraftKey& found = draft.keys[key];
  if (found.spec != events::KeySpec::SYMMETRIC_DEFAULT) {
    diagnostics.error(node.place, fmt::format("DynamoDB wants a symmetric key, '{}' is {}",
                                              printable(found.logical_id), name_of(found.spec)));
    return kNone;
  }
  if (found.region == draft.region) return key;
  diagnostics.error(node.place, fmt::format("DynamoDB wants a key of its own Region, '{}' is in {}",
                                            printable(found.logical_id), found.region));
  return kNone;
}

}  // namespace

std::uint32_t read_sse_specification(const Node* node, Draft& draft, Diagnostics& diagnostics) {
  if (node == nullptr) return owned_key(draft);
  // SSEEnabled is CloudFormation's name of the field, Enabled the API's.
  MapReader reader(*node, "SSESpecification",
                   {"SSEEnabled", "Enabled", "SSEType", "KMSMasterKeyId"}, diagnostics,
                   Severity::warning);
  if (!reader.is_map()) return kNone;
  const Node* enabled_node = reader.get("SSEEnabled");
  if (enabled_node == nullptr) enabled_node = reader.get("Enabled");
  std::optional<bool> enabled;
  if (enabled_node != nullptr) {
    enabled = read_boolean(*enabled_node, "SSEEnabled", diagnostics);
    if (!enabled) return kNone;
  }
  const Node* type = reader.get("SSEType");
  const Node* key = reader.get("KMSMasterKeyId");
  const auto refuse = [&](const Node& at, std::string_view why, std::string hint) {
    diagnostics.error(at.place, fmt::format("One or more parameter values were invalid: {}", why),
                      std::move(hint));
    return kNone;
  };
  if (enabled == false) {
    if (type != nullptr) {
      return refuse(*type, "SSEType can not be specified if Enabled is false", "");
    }
    if (key != nullptr) {
      return refuse(*key, "KMSMasterKeyId can not be specified if Enabled is false", "");
    }
    return owned_key(draft);
  }
  if (type != nullptr && type->text == "AES256") {
    return refuse(*type, "SSEType AES256 is not supported", "write KMS");
  }
  if (type != nullptr && !read_choice(*type, "SSEType", {"KMS"}, diagnostics)) return kNone;
  if (key != nullptr) {
    if (type == nullptr && !key->reported) {
      return refuse(*key, "SSEType KMS is required if KMSMasterKeyId is specified",
                    "add SSEType: KMS");
    }
    return suitable_key(*key, read_key(*key, "KMSMasterKeyId", draft, diagnostics), draft,
                        diagnostics);
  }
  if (!enabled && type == nullptr) return owned_key(draft);
  return managed_key(draft);
}

}  // namespace tablekey::scenarios
