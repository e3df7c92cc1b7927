// The one table of the control plane's operations, put together from its kinds, and what the rows'
// functions share.
#include "model/dynamodb/table_operation.h"

#include <fmt/format.h>

#include <array>

#include "model/draws.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

constexpr std::size_t kOperations =
    static_cast<std::size_t>(events::TableOperation::DESCRIBE_ENDPOINTS) + 1;

std::vector<TableOperationRow> all_rows() {
  std::vector<TableOperationRow> rows(kOperations);
  std::array<bool, kOperations> there{};
  for (const auto kind : {lifecycle_operations(), listing_operations(), setting_operations(),
                          backup_operations(), replica_operations()}) {
    for (const TableOperationRow& row : kind) {
      const auto place = static_cast<std::size_t>(row.operation);
      law(place < kOperations && !there[place], "an operation has one row");
      rows[place] = row;
      there[place] = true;
    }
  }
  for (const bool row : there) law(row, "every operation of the control plane has its row");
  return rows;
}

}  // namespace

const TableOperationRow& table_operation_row(events::TableOperation operation) {
  static const std::vector<TableOperationRow> rows = all_rows();
  return at(rows, static_cast<std::size_t>(operation));
}

TableRefusal refusal(events::Exception exception, std::string message) {
  return {exception, std::move(message)};
}

TableRefusal invalid(std::string_view what) {
  return refusal(events::Exception::VALIDATION,
                 fmt::format("One or more parameter values were invalid: {}", what));
}

TableRefusal no_table(const Deciding& d, const TableRequest& request) {
  return refusal(events::Exception::RESOURCE_NOT_FOUND,
                 fmt::format("Requested resource not found: Table: {} not found",
                             requested_name(d.state, request)));
}

TableRefusal table_not_found(const Deciding& d, const TableRequest& request) {
  return refusal(events::Exception::TABLE_NOT_FOUND,
                 "Table not found: " + requested_name(d.state, request));
}

TableRefusal in_use(std::string_view what) {
  return refusal(events::Exception::RESOURCE_IN_USE,
                 fmt::format("Attempt to change a resource which is still in use: {}", what));
}

std::string requested_name(const State& state, const TableRequest& request) {
  if (request.table != kNone) return state.table_name(request.table);
  const std::uint32_t family = request.parameters.getTable();
  if (family == kNone) return request.parameters.getTableName();
  const ScenarioView& scenario = state.scenario();
  return scenario.table_name(family, at(scenario.families, family).first_table + request.copy);
}

// In the middle of a switch it is the key that opens the table now.
KmsNeed table_key_need(const State& state, std::uint32_t index) {
  const Table& table = at(state.tables, index);
  const std::uint32_t version = needed_version(table);
  if (version == 0) return {};
  const std::uint32_t key = at(table.keys, version - 1).key;
  if (!takes_grants(state, key)) return {};
  return {events::KmsOperation::DECRYPT, key, index, version};
}

sim::Duration job_duration(const Deciding& d, std::uint32_t table,
                           const sim::Distribution& distribution) {
  const bool by_step = d.action.kind == ActionKind::step;
  const std::uint32_t step = by_step ? d.action.a + 1 : at(d.state.calls, d.action.a).step;
  return distribution.sample_duration(
      draw(d.random, d.state.table_entity(table), Draw::table_job, step));
}

void set_listed(events::ControlAnswered::Builder event, std::size_t rows, bool truncated) {
  auto listed = event.getEffect().initListed();
  listed.setRows(static_cast<std::uint32_t>(rows));
  listed.setTruncated(truncated);
}

}  // namespace tablekey::model::dynamodb
