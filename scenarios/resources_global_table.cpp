// AWS::DynamoDB::GlobalTable: one table in each Region of Replicas. The type of encryption is that
// of the group, the key each replica's own (dynamodb.md 7.2). The replica of the scenario's Region
// has the resource's logical id, the others theirs with the Region behind it: Orders.us-east-1.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/characters.h"
#include "scenarios/resources.h"
#include "scenarios/sse_specification.h"
#include "scenarios/table_properties.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::string_view kVersion = "2019.11.21";

const std::vector<std::string_view>& replica_properties() {
  static const std::vector<std::string_view> kProperties = {"Region",
                                                            "SSESpecification",
                                                            "PointInTimeRecoverySpecification",
                                                            "ContributorInsightsSpecification",
                                                            "DeletionProtectionEnabled",
                                                            "GlobalSecondaryIndexes",
                                                            "TableClass",
                                                            "Tags",
                                                            "KinesisStreamSpecification",
                                                            "ReadProvisionedThroughputSettings",
                                                            "ReadOnDemandThroughputSettings",
                                                            "ReplicaStreamSpecification",
                                                            "ResourcePolicy",
                                                            "GlobalTableSettingsReplicationMode"};
  return kProperties;
}

// ReadCapacityUnits, or where auto scaling begins: SeedCapacity, else MinCapacity.
std::uint32_t settings_capacity(const MapReader& reader, std::string_view property,
                                std::string_view fixed, std::string_view scaled,
                                Diagnostics& diagnostics) {
  const Node* node = reader.get(property);
  if (node == nullptr || !node->is_map()) return 0;
  const Node* units = node->find(fixed);
  const Node* scaling = node->find(scaled);
  if (units == nullptr && scaling != nullptr) {
    for (const std::string_view key : {"SeedCapacity", "MinCapacity"}) {
      if (units == nullptr) units = scaling->find(key);
    }
  }
  if (units == nullptr) return 0;
  return static_cast<std::uint32_t>(
      read_count(*units, property, {1, 1'000'000'000}, diagnostics).value_or(0));
}

class GlobalTableReader {
 public:
  GlobalTableReader(Stack& stack, Resource& resource, const Identity& identity, Draft& draft)
      : stack_(stack),
        resource_(resource),
        draft_(draft),
        diagnostics_(stack.diagnostics()),
        properties_(resolved_properties(stack, resource)),
        reader_(property_reader(stack, resource, properties_)) {
    common_.logical_id = resource.logical_id;
    common_.place = resource.place;
    common_.name = identity.ref;
    common_.account = account_of(stack, resource);
    common_.region = region_of(stack, resource);
  }
  void read();

 private:
  struct Replica {
    const Node* node;
    std::string region;
    Place place;  // of its Region
  };
  void read_common();
  std::vector<Replica> read_replicas();
  void add(const Replica& replica, bool first);
  void encrypt(const MapReader& replica, DraftTable& table);

  Stack& stack_;
  const Resource& resource_;
  Draft& draft_;
  Diagnostics& diagnostics_;
  Node properties_;
  MapReader reader_;
  DraftTable common_;
  std::uint32_t first_ = kNone;  // the table whose items the others have too
};

void GlobalTableReader::read_common() {
  read_keys_and_indexes(reader_, common_, diagnostics_);
  read_billing(reader_, common_, diagnostics_);
  const std::uint32_t write =
      settings_capacity(reader_, "WriteProvisionedThroughputSettings", "WriteCapacityUnits",
                        "WriteCapacityAutoScalingSettings", diagnostics_);
  if (write != 0) common_.write_capacity = write;
  read_stream(reader_, common_, diagnostics_);
  read_time_to_live(reader_, common_, diagnostics_);
  read_table_metadata(stack_, resource_, draft_, common_);
}

// That of the scenario's Region first.
std::vector<GlobalTableReader::Replica> GlobalTableReader::read_replicas() {
  std::vector<Replica> replicas;
  const Node* list = list_property(reader_, "Replicas", diagnostics_);
  if (list == nullptr || list->items.empty()) {
    const bool open = list == nullptr && reader_.get("Replicas") != nullptr;
    if (!open) {
      diagnostics_.error(reader_.place(), fmt::format("{} lacks 'Replicas'", reader_.what()),
                         "for example Replicas: [{ Region: eu-west-1 }, { Region: us-east-1 }]");
    }
    return replicas;
  }
  for (const Node& entry : list->items) {
    MapReader reader(entry, "a replica", replica_properties(), diagnostics_, Severity::warning);
    const Node* region = reader.require("Region");
    const std::string* text =
        region == nullptr ? nullptr : read_text(*region, "Region", diagnostics_);
    if (text == nullptr) continue;
    if (!is_region(*text)) {
      diagnostics_.error(region->place, fmt::format("'{}' is no Region", printable(*text)),
                         "for example eu-west-1");
      continue;
    }
    if (std::ranges::find(replicas, *text, &Replica::region) != replicas.end()) {
      diagnostics_.error(region->place, fmt::format("there is already a replica in {}", *text));
      continue;
    }
    replicas.push_back({&entry, *text, region->place});
  }
  const auto home = std::ranges::find(replicas, common_.region, &Replica::region);
  if (home != replicas.end()) std::rotate(replicas.begin(), home, home + 1);
  return replicas;
}

void GlobalTableReader::encrypt(const MapReader& replica, DraftTable& table) {
  const Whereabouts where{table.account, table.region};
  const Node* own = replica.get("SSESpecification");
  const Node* key = own != nullptr && own->is_map() ? own->find("KMSMasterKeyId") : nullptr;
  const bool has_key = key != nullptr && key->kind != Node::Kind::absent;
  SseChoice choice =
      read_sse_specification(reader_.get("SSESpecification"), where, draft_, diagnostics_, has_key);
  if (has_key) add_sse_key(*key, where, choice, draft_, diagnostics_);
  table.sse = std::move(choice.sse);
  table.key = choice.key;
}

void GlobalTableReader::add(const Replica& replica, bool first) {
  // Unknown properties were reported when the list was read.
  MapReader reader(*replica.node, "a replica", replica_properties(), diagnostics_,
                   Severity::warning);
  DraftTable table = common_;
  table.region = replica.region;
  if (!first) table.logical_id += "." + replica.region;
  read_table_name(stack_, resource_, reader_, draft_, table);
  read_replica_properties(reader, table, diagnostics_);
  const std::uint32_t read =
      settings_capacity(reader, "ReadProvisionedThroughputSettings", "ReadCapacityUnits",
                        "ReadCapacityAutoScalingSettings", diagnostics_);
  if (read != 0) table.read_capacity = read;
  encrypt(reader, table);
  if (first) first_ = static_cast<std::uint32_t>(draft_.tables.size());
  if (!first) table.space = first_;
  draft_.tables.push_back(std::move(table));
}

void GlobalTableReader::read() {
  read_common();
  const std::vector<Replica> replicas = read_replicas();
  for (std::size_t i = 0; i < replicas.size(); ++i) add(replicas[i], i == 0);
  if (replicas.size() < 2) return;  // a group of one replicates nothing
  for (std::uint32_t table = first_; table < draft_.tables.size(); ++table) {
    draft_.tables[table].group = draft_.groups_of_replicas;
    draft_.tables[table].group_version = kVersion;
  }
  ++draft_.groups_of_replicas;
}

}  // namespace

void compile_global_table(Stack& stack, Resource& resource, Draft& draft) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) {
    stack.diagnostics().error(resource.place, fmt::format("the name of '{}' depends on itself",
                                                          printable(resource.logical_id)));
    return;
  }
  GlobalTableReader(stack, resource, *identity, draft).read();
}

}  // namespace tablekey::scenarios
