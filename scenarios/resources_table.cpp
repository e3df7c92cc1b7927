// AWS::DynamoDB::Table and AWS::Serverless::SimpleTable.
#include <fmt/format.h>

#include <array>

#include "scenarios/characters.h"
#include "scenarios/resources.h"
#include "scenarios/sse_specification.h"
#include "scenarios/table_properties.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

std::string name_of_table(Stack& stack, const Resource& resource) {
  const std::string given = naming_property(stack, resource, "TableName");
  if (!given.empty()) return given;
  return stack.environment().stack_name + "-" + resource.logical_id;
}

// What both types have, before their own properties. Nothing if its name depends on itself.
std::optional<DraftTable> begin_table(Stack& stack, Resource& resource) {
  const Identity* identity = stack.identity(resource);
  if (identity == nullptr) {
    stack.diagnostics().error(resource.place, fmt::format("the name of '{}' depends on itself",
                                                          printable(resource.logical_id)));
    return std::nullopt;
  }
  DraftTable table;
  table.logical_id = resource.logical_id;
  table.place = resource.place;
  table.name = identity->ref;
  table.account = account_of(stack, resource);
  table.region = region_of(stack, resource);
  return table;
}

void set_encryption(const Node* specification, DraftTable& table, Draft& draft,
                    Diagnostics& diagnostics) {
  SseChoice choice =
      read_sse_specification(specification, {table.account, table.region}, draft, diagnostics);
  table.sse = std::move(choice.sse);
  table.key = choice.key;
}

// `Globals: { SimpleTable: { SSESpecification: … } }`, where the table has none of its own.
Node global_specification(Stack& stack) {
  const Node* globals = stack.section("Globals");
  const Node* simple = globals == nullptr ? nullptr : globals->find("SimpleTable");
  const Node* found = simple == nullptr ? nullptr : simple->find("SSESpecification");
  return found == nullptr ? absent_node({}) : stack.resolve(*found);
}

void read_simple_key(const MapReader& reader, DraftTable& table, Diagnostics& diagnostics) {
  table.hash = {"id", "S"};  // what SAM makes of a table without PrimaryKey
  const Node* node = reader.get("PrimaryKey");
  if (node == nullptr) return;
  MapReader key(*node, "PrimaryKey", {"Name", "Type"}, diagnostics, Severity::warning);
  if (const Node* name = key.get("Name")) {
    const std::string* text = read_text(*name, "Name", diagnostics);
    if (text != nullptr) table.hash.name = *text;
  }
  if (const Node* type = key.require("Type")) {
    constexpr std::array<std::string_view, 3> kTypes = {"S", "N", "B"};
    const auto choice = read_choice(*type, "Type", {"String", "Number", "Binary"}, diagnostics);
    table.hash.type = kTypes[choice.value_or(0)];
  }
}

}  // namespace

Identity identify_table(Stack& stack, const Resource& resource) {
  DraftTable table;
  table.name = name_of_table(stack, resource);
  table.account = account_of(stack, resource);
  table.region = region_of(stack, resource);
  Identity identity;
  identity.ref = table.name;
  identity.attributes["Arn"] = table_arn(table);
  // The label is when the stream was enabled; a scenario's tables have none before the run.
  identity.attributes["StreamArn"] = identity.attributes["Arn"] + "/stream/tablekey";
  identity.attributes["TableId"] =
      derived_key_id(stack.environment().seed, table.account, table.region, "table/" + table.name);
  return identity;
}

Identity identify_simple_table(Stack& stack, const Resource& resource) {
  return identify_table(stack, resource);
}

void compile_table(Stack& stack, Resource& resource, Draft& draft) {
  auto table = begin_table(stack, resource);
  if (!table) return;
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  read_table_name(stack, resource, reader, draft, *table);
  read_keys_and_indexes(reader, *table, diagnostics);
  read_billing(reader, *table, diagnostics);
  read_stream(reader, *table, diagnostics);
  read_time_to_live(reader, *table, diagnostics);
  read_replica_properties(reader, *table, diagnostics);
  set_encryption(reader.get("SSESpecification"), *table, draft, diagnostics);
  read_table_metadata(stack, resource, draft, *table);
  draft.tables.push_back(std::move(*table));
}

void compile_simple_table(Stack& stack, Resource& resource, Draft& draft) {
  auto table = begin_table(stack, resource);
  if (!table) return;
  Diagnostics& diagnostics = stack.diagnostics();
  const Node properties = resolved_properties(stack, resource);
  const MapReader reader = property_reader(stack, resource, properties);
  read_table_name(stack, resource, reader, draft, *table);
  read_simple_key(reader, *table, diagnostics);
  table->attributes = {table->hash};
  read_billing(reader, *table, diagnostics);
  read_replica_properties(reader, *table, diagnostics);
  const Node shared = global_specification(stack);
  const Node* own = reader.get("SSESpecification");
  const bool inherited = own == nullptr && shared.kind != Node::Kind::absent;
  set_encryption(inherited ? &shared : own, *table, draft, diagnostics);
  read_table_metadata(stack, resource, draft, *table);
  draft.tables.push_back(std::move(*table));
}

}  // namespace tablekey::scenarios
