// Compiling one call of DynamoDB: what its parameters are read into. The readers report what no
// request could say, and mistakes in expressions; what AWS itself would answer with an exception
// goes through to the model.
#pragma once

#include <optional>
#include <string_view>

#include "scenarios/actions.h"
#include "scenarios/dynamodb_operations.h"
#include "scenarios/stack.h"

namespace tablekey::scenarios {

// --- the control plane (dynamodb_tables.cpp, dynamodb_parameters.cpp) ---
struct TableCallReader {
  ActionContext& context;
  events::TableCall::Builder call;
  std::uint32_t table = kNone;  // that it is about, if it is one of the scenario's

  [[nodiscard]] Diagnostics& diagnostics() const { return context.diagnostics; }
  [[nodiscard]] Draft& draft() const { return context.draft; }
  // Where its keys are.
  [[nodiscard]] Whereabouts where() const;
};
struct TableParameter {
  std::string_view name;
  void (*read)(TableCallReader&, const Node&, std::string_view field);
};
[[nodiscard]] const TableParameter* find_table_parameter(std::string_view name);
// What a restore overrides (dynamodb_overrides.cpp).
void read_local_index_override(TableCallReader& reader, const Node& node, std::string_view field);
void read_global_index_override(TableCallReader& reader, const Node& node, std::string_view field);
void read_on_demand_override(TableCallReader& reader, const Node& node, std::string_view field);
// ReplicaUpdates and ReplicationGroup (dynamodb_replicas.cpp).
void read_replica_updates(TableCallReader& reader, const Node& node, std::string_view field);
void read_replication_group(TableCallReader& reader, const Node& node, std::string_view field);

[[nodiscard]] std::optional<StepAction> compile_table_call(ActionContext& context,
                                                           const Action& action);
// `variant` of an action is the number of the operation.
[[nodiscard]] std::optional<StepAction> compile_data_call(ActionContext& context,
                                                          const Action& action);

// Tables that steps make (restores, replicas), put into the draft before anything names them. What
// entry i of the timeline makes is in draft.made_tables.
void declare_made_tables(const Node& timeline, Draft& draft);
// The table of that name in a Region of an account; kNone if there is none.
[[nodiscard]] std::uint32_t table_at(const Draft& draft, std::string_view name,
                                     const Whereabouts& where);

// The table whose numbering of items that of `table` is.
[[nodiscard]] DraftTable& item_space(Draft& draft, std::uint32_t table);

// An operation's own parameters, and the message about one that is needed and not there.
void require_parameters(const DynamoDbOperationRow& row, ActionContext& context);

}  // namespace tablekey::scenarios
