// Everything of a table but its keys and indexes.
//
// Generated items are numbered 0 to Items-1. Item i has the hash key value `item-%08u` of i /
// Collection and, with a range key, the range key value `%08u` of i % Collection; an attribute of
// type N has the bare number. The model makes the same keys from the same three numbers. Further
// keys that steps name get the next ordinals, from Items on.
#include "scenarios/table_properties.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/item.h"
#include "scenarios/pairs.h"
#include "scenarios/resources.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::uint64_t kCopiesMax = 10'000'000;
constexpr std::uint64_t kItemsMax = 1'000'000'000;
constexpr CountRange kCapacity{1, 1'000'000'000};
constexpr std::uint64_t kRequestUnitsMax = 1'000'000;

std::uint32_t capacity(const MapReader& reader, std::string_view key, Diagnostics& diagnostics) {
  const Node* node = reader.get(key);
  if (node == nullptr) return 0;
  return static_cast<std::uint32_t>(read_count(*node, key, kCapacity, diagnostics).value_or(0));
}

bool read_flag(const MapReader& reader, std::string_view key, Diagnostics& diagnostics) {
  const Node* node = reader.get(key);
  return node != nullptr && read_boolean(*node, key, diagnostics).value_or(false);
}

void read_recovery(const Node& node, DraftTable& table, Diagnostics& diagnostics) {
  MapReader reader(node, "PointInTimeRecoverySpecification",
                   {"PointInTimeRecoveryEnabled", "RecoveryPeriodInDays"}, diagnostics,
                   Severity::warning);
  table.point_in_time_recovery = read_flag(reader, "PointInTimeRecoveryEnabled", diagnostics);
  if (const Node* days = reader.get("RecoveryPeriodInDays")) {
    constexpr CountRange kDays{1, 35};  // dynamodb.md 7.3
    table.recovery_period = static_cast<std::uint32_t>(
        read_count(*days, "RecoveryPeriodInDays", kDays, diagnostics).value_or(35));
  }
}

void read_insights(const Node& node, DraftTable& table, Diagnostics& diagnostics) {
  MapReader reader(node, "ContributorInsightsSpecification", {"Enabled", "Mode"}, diagnostics,
                   Severity::warning);
  table.contributor_insights = read_flag(reader, "Enabled", diagnostics);
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

void read_table_lifetime(const MapReader& metadata, DraftTable& table, Diagnostics& diagnostics) {
  const Node* node = metadata.get("ItemLifetime");
  if (node == nullptr) return;
  const auto lifetime = read_duration(*node, "ItemLifetime", diagnostics);
  if (lifetime) table.generated_ttl = lifetime->count();
  if (!table.time_to_live.empty()) return;
  diagnostics.error(node->place, "ItemLifetime needs a table with TimeToLiveSpecification",
                    "it is what generated items carry in that attribute");
}

}  // namespace

bool is_table_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return name.size() >= 3 && name.size() <= 255 &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

void read_table_name(Stack& stack, const Resource& resource, const MapReader& reader,
                     const Draft& draft, DraftTable& table) {
  const Node* name = reader.get("TableName");
  const Place place = name == nullptr ? resource.place : name->place;
  if (!is_table_name(table.name)) {
    stack.diagnostics().error(place, fmt::format("'{}' is no table name", printable(table.name)),
                              "3 to 255 letters, digits, '_', '-' and '.'");
    return;
  }
  const bool taken = std::ranges::any_of(draft.tables, [&](const DraftTable& one) {
    return one.name == table.name && one.account == table.account && one.region == table.region;
  });
  if (!taken) return;
  stack.diagnostics().error(place,
                            fmt::format("there is already a table '{}'", printable(table.name)));
}

Throughput read_throughput(const Node& node, std::string_view field, Diagnostics& diagnostics) {
  MapReader reader(node, std::string(field), {"ReadCapacityUnits", "WriteCapacityUnits"},
                   diagnostics, Severity::warning);
  Throughput units;
  units.read = capacity(reader, "ReadCapacityUnits", diagnostics);
  units.write = capacity(reader, "WriteCapacityUnits", diagnostics);
  return units;
}

std::optional<Throughput> read_request_limits(const Node& node, std::string_view field,
                                              Diagnostics& diagnostics) {
  MapReader reader(node, std::string(field), {"MaxReadRequestUnits", "MaxWriteRequestUnits"},
                   diagnostics);
  if (!reader.is_map()) return std::nullopt;
  bool good = true;
  const auto limit = [&](std::string_view name) -> std::uint32_t {
    const Node* units = reader.get(name);
    if (units == nullptr) return 0;
    const auto read = read_count(*units, name, {1, kRequestUnitsMax}, diagnostics);
    good = good && read.has_value();
    return static_cast<std::uint32_t>(read.value_or(0));
  };
  const Throughput units{limit("MaxReadRequestUnits"), limit("MaxWriteRequestUnits")};
  return good ? std::optional(units) : std::nullopt;
}

void read_billing(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  const Node* mode = reader.get("BillingMode");
  const Node* throughput = reader.get("ProvisionedThroughput");
  table.provisioned = throughput != nullptr;
  if (mode != nullptr) {
    const auto choice =
        read_choice(*mode, "BillingMode", {"PAY_PER_REQUEST", "PROVISIONED"}, diagnostics);
    table.provisioned = choice.value_or(0) == 1;
  }
  if (const Node* limits = reader.get("OnDemandThroughput")) {
    const auto units = read_request_limits(*limits, "OnDemandThroughput", diagnostics);
    if (units && table.provisioned) {
      diagnostics.warning(limits->place,
                          "OnDemandThroughput has no effect in BillingMode PROVISIONED");
    } else if (units) {
      table.on_demand_reads = units->read;
      table.on_demand_writes = units->write;
    }
  }
  if (throughput == nullptr) return;
  const Throughput units = read_throughput(*throughput, "ProvisionedThroughput", diagnostics);
  table.read_capacity = units.read;
  table.write_capacity = units.write;
}

void read_stream(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  const Node* node = reader.get("StreamSpecification");
  if (node == nullptr) return;
  MapReader stream(*node, "StreamSpecification",
                   {"StreamViewType", "StreamEnabled", "ResourcePolicy"}, diagnostics,
                   Severity::warning);
  if (!stream.is_map()) return;
  if (const Node* enabled = stream.get("StreamEnabled")) {
    if (!read_boolean(*enabled, "StreamEnabled", diagnostics).value_or(false)) return;
  }
  const Node* view = stream.require("StreamViewType");
  if (view == nullptr) return;
  const std::vector<std::string_view> views(std::begin(kStreamViews), std::end(kStreamViews));
  const auto choice = read_choice(*view, "StreamViewType", views, diagnostics);
  table.stream = true;
  table.stream_view = views[choice.value_or(0)];
}

void read_time_to_live(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  const Node* node = reader.get("TimeToLiveSpecification");
  if (node == nullptr) return;
  MapReader ttl(*node, "TimeToLiveSpecification", {"AttributeName", "Enabled"}, diagnostics,
                Severity::warning);
  if (!read_flag(ttl, "Enabled", diagnostics)) return;
  const Node* name = ttl.require("AttributeName");
  const std::string* text =
      name == nullptr ? nullptr : read_text(*name, "AttributeName", diagnostics);
  if (text != nullptr) table.time_to_live = *text;
}

void read_replica_properties(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  if (const Node* node = reader.get("PointInTimeRecoverySpecification")) {
    read_recovery(*node, table, diagnostics);
  }
  if (const Node* node = reader.get("ContributorInsightsSpecification")) {
    read_insights(*node, table, diagnostics);
  }
  table.deletion_protection = read_flag(reader, "DeletionProtectionEnabled", diagnostics);
  if (const Node* node = reader.get("TableClass")) {
    const std::vector<std::string_view> classes = {"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
    const auto choice = read_choice(*node, "TableClass", classes, diagnostics);
    if (choice) table.table_class = classes[*choice];
  }
  if (const Node* node = reader.get("Tags")) {
    table.tags = read_tags(*node, "Tags", diagnostics).value_or(std::vector<TextPair>());
  }
}

void read_table_metadata(Stack& stack, const Resource& resource, const Draft& draft,
                         DraftTable& table) {
  Diagnostics& diagnostics = stack.diagnostics();
  const Node node = resolved_metadata(stack, resource);
  const MapReader metadata = metadata_reader(stack, resource, node);
  check_place(metadata, diagnostics);
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
  read_table_lifetime(metadata, table, diagnostics);
  read_creation(stack, metadata, draft, table);
}

}  // namespace tablekey::scenarios
