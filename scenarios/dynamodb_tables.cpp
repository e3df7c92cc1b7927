// One call of the control plane. CreateTable, DeleteTable and a switch to a key by its ARN have
// short forms of their own in the compiled scenario; all else goes with its parameters.
#include <fmt/format.h>

#include <algorithm>

#include "model/dynamodb/names.h"
#include "scenarios/dynamodb_call.h"
#include "scenarios/kms_operations.h"
#include "scenarios/sse_specification.h"

namespace tablekey::scenarios {
namespace {

using events::TableOperation;

// UpdateTable with nothing but a key.
std::optional<UpdateTable> key_switch(TableCallReader& reader) {
  const MapReader& map = reader.context.reader;
  if (map.get("key") != nullptr) {
    const std::uint32_t key = reader.context.key();
    if (key != kNone) return UpdateTable{reader.table, key};
    return std::nullopt;
  }
  if (map.get("SSESpecification") == nullptr) return std::nullopt;
  const auto sse = reader.call.getSse().asReader();
  const bool by_arn = sse.getKmsMasterKeyId().isArn() && sse.getSseType() == "KMS";
  const bool off = sse.getHasEnabled() && !sse.getEnabled();
  if (by_arn && !off) return UpdateTable{reader.table, sse.getKmsMasterKeyId().getArn()};
  const bool plain = sse.getSseType().size() == 0 && sse.getKmsMasterKeyId().isNone();
  if (!off || !plain) return std::nullopt;
  return UpdateTable{reader.table, owned_key(reader.draft(), reader.where())};
}

// Whether anything but the table and its key was given.
bool has_more(const ActionContext& context, const DynamoDbOperationRow& row) {
  for (const ParameterUse& use : parameters_in(row.parameters)) {
    for (const std::string_view name : use.names) {
      const bool key = name == "key" || name == "SSESpecification";
      const bool table = name == "table" || name == "TableName";
      if (!key && !table && context.reader.get(name) != nullptr) return true;
    }
  }
  return false;
}

std::optional<StepAction> short_form(TableCallReader& reader, TableOperation operation,
                                     const DynamoDbOperationRow& row) {
  if (reader.table == kNone) return std::nullopt;
  if (operation == TableOperation::CREATE_TABLE) return CreateTable{reader.table};
  if (operation == TableOperation::DELETE_TABLE) return DeleteTable{reader.table};
  if (operation != TableOperation::UPDATE_TABLE || has_more(reader.context, row))
    return std::nullopt;
  const auto update = key_switch(reader);
  if (!update) return std::nullopt;
  return *update;
}

// `key: Name` beside other changes: the key by its ARN.
void read_key_shorthand(TableCallReader& reader) {
  if (reader.context.reader.get("key") == nullptr) return;
  const std::uint32_t key = reader.context.key();
  if (key == kNone) return;
  auto sse = reader.call.initSse();
  sse.setGiven(true);
  sse.setHasEnabled(true);
  sse.setEnabled(true);
  sse.setSseType("KMS");
  sse.initKmsMasterKeyId().setArn(key);
}

void require_more(ActionContext& context, TableOperation operation,
                  const DynamoDbOperationRow& row) {
  MapReader& map = context.reader;
  if (operation == TableOperation::UPDATE_TABLE && !has_more(context, row)) {
    const bool key = map.get("key") != nullptr, sse = map.get("SSESpecification") != nullptr;
    if (key == sse) {
      context.diagnostics.error(map.place(),
                                key ? "dynamodb:UpdateTable wants either 'key' or "
                                      "'SSESpecification'"
                                    : "dynamodb:UpdateTable changes nothing",
                                key ? "" : "for example key: NewKey, or BillingMode");
    }
  }
  const bool restore = operation == TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME;
  if (restore && map.get("UseLatestRestorableTime") == nullptr) {
    (void)map.require("RestoreDateTime", "or UseLatestRestorableTime: true");
  }
}

// The key of what a restore or a replica makes is what the step asks for.
void settle_made_key(TableCallReader& reader) {
  const std::uint32_t made = reader.context.step.made_table;
  const Node* override_node = reader.context.reader.get("SSESpecificationOverride");
  if (made == kNone || override_node == nullptr) return;
  const DraftTable& table = reader.draft().tables[made];
  SseChoice choice = read_sse_specification(override_node, {table.account, table.region},
                                            reader.draft(), reader.diagnostics());
  reader.draft().tables[made].key = choice.key;
  reader.draft().tables[made].sse = std::move(choice.sse);
}

}  // namespace

Whereabouts TableCallReader::where() const {
  Whereabouts where{draft().account, draft().region};
  if (context.step.caller != kNone) where.account = draft().principals[context.step.caller].account;
  const std::uint32_t about = context.step.made_table != kNone ? context.step.made_table : table;
  if (about != kNone) where = {draft().tables[about].account, draft().tables[about].region};
  const auto region = call.asReader().getRegion();
  if (region.size() != 0) where.region = region.cStr();
  return where;
}

void require_parameters(const DynamoDbOperationRow& row, ActionContext& context) {
  for (const ParameterUse& use : parameters_in(row.parameters)) {
    const bool given = std::ranges::any_of(
        use.names, [&](std::string_view name) { return context.reader.get(name) != nullptr; });
    if (!use.required || given) continue;
    const std::string other = use.names.size() > 1 ? fmt::format("or '{}'", use.names.back()) : "";
    (void)context.reader.require(use.names.front(), other);
  }
}

std::optional<StepAction> compile_table_call(ActionContext& context, const Action& action) {
  const DynamoDbOperationRow& row = *find_dynamodb_operation(action.name);
  const auto operation = static_cast<TableOperation>(action.variant);
  const std::size_t before = context.diagnostics.errors();
  TableCallStep made{std::make_shared<capnp::MallocMessageBuilder>(256)};
  TableCallReader reader{context, made.message->initRoot<events::TableCall>()};
  reader.call.setOperation(operation);
  for (const std::string_view name : action.parameters) {
    const Node* node = context.reader.get(name);
    const TableParameter* parameter = find_table_parameter(name);
    if (node != nullptr && parameter != nullptr) parameter->read(reader, *node, name);
  }
  require_parameters(row, context);
  require_more(context, operation, row);
  if (context.diagnostics.errors() != before) return std::nullopt;
  settle_made_key(reader);
  if (auto shorter = short_form(reader, operation, row)) return shorter;
  if (context.diagnostics.errors() != before) return std::nullopt;
  read_key_shorthand(reader);
  return made;
}

}  // namespace tablekey::scenarios
