// The table of dynamodb.md 1.5, as far as it is about the table itself; the backup family's rows
// are in its own files.
#include "model/dynamodb/table_states.h"

#include <fmt/format.h>

#include "model/dynamodb/control.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::TableStatus;

TableRefusal busy(const TableRequest& request, const State& state) {
  return in_use(
      fmt::format("Table: {} is in the process of being updated.", requested_name(state, request)));
}

TableRefusal archived_refusal(const std::string& name, TableChange change) {
  if (change == TableChange::remove || change == TableChange::protection) return {};
  return invalid("Table is archived: " + name);
}

// A key may change while a stream or the table's class does; all other jobs exclude each other
// (dynamodb.md 1.5).
bool conflicts(const ConfigJob& job, TableChange change) {
  if (!job.running || change == TableChange::protection) return false;
  if (change != TableChange::encryption) return true;
  return job.kind != events::JobKind::STREAM && job.kind != events::JobKind::TABLE_CLASS;
}

TableRefusal live_refusal(const Deciding& d, const TableRequest& request, TableChange change) {
  const Table& table = d.state.tables[request.table];
  const ConfigJob& job = table.detail->job;
  if (change == TableChange::remove && job.running && job.kind == events::JobKind::STREAM) {
    return in_use("Cannot delete table while stream is being enabled/disabled.");
  }
  if (conflicts(job, change)) return busy(request, d.state);
  const bool excludes_switch = change == TableChange::remove || change == TableChange::encryption;
  if (excludes_switch && table.process.kind != ProcessKind::none) return busy(request, d.state);
  return {};
}

bool is_under_way(const State& state, std::uint32_t table) {
  const TableStatus status = shown_status(state, table);
  return status == TableStatus::CREATING || status == TableStatus::UPDATING ||
         status == TableStatus::DELETING;
}

}  // namespace

TableRefusal existence_refusal(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone || !table_exists(d.state, request.table)) return no_table(d, request);
  return {};
}

TableRefusal table_state_refusal(const Deciding& d, const TableRequest& request,
                                 TableChange change) {
  if (TableRefusal missing = existence_refusal(d, request)) return missing;
  const Table& table = d.state.tables[request.table];
  const std::string name = requested_name(d.state, request);
  switch (table.lifecycle) {
    case Lifecycle::creating:
      // What a restore makes is only there for those who describe or delete it (note 3).
      if (table.process.backup != kNone && change != TableChange::remove) {
        return no_table(d, request);
      }
      return in_use("Table is being created: " + name);
    case Lifecycle::deleting:
      return in_use("Table is being deleted: " + name);
    case Lifecycle::archiving:
      return in_use("Table is being archived: " + name);
    case Lifecycle::archived:
      return archived_refusal(name, change);
    default:
      return live_refusal(d, request, change);
  }
}

TableRefusal limit_refusal(const Deciding& d, const TableRequest& request, bool creates) {
  if (request.step == 0) return {};
  const DynamoDbFigures& figures = d.settings().dynamodb;
  const ScenarioView& scenario = d.state.scenario();
  const std::uint32_t realm = d.state.family(request.table).realm;
  std::uint32_t tables = 0, under_way = 0;
  for (const FamilyView& family : scenario.families) {
    if (family.realm != realm) continue;
    for (std::uint32_t copy = 0; copy < family.copies; ++copy) {
      const std::uint32_t table = family.first_table + copy;
      tables += creates && table_exists(d.state, table) ? 1U : 0U;
      under_way += is_under_way(d.state, table) ? 1U : 0U;
      if (creates && tables >= figures.tables_max) {
        return refusal(events::Exception::LIMIT_EXCEEDED,
                       fmt::format("Subscriber limit exceeded: There is a limit of {} tables per "
                                   "account",
                                   figures.tables_max));
      }
      if (under_way >= figures.concurrent_operations_max) {
        return refusal(events::Exception::LIMIT_EXCEEDED,
                       fmt::format("Subscriber limit exceeded: Only {} tables can be created, "
                                   "updated, or deleted simultaneously",
                                   figures.concurrent_operations_max));
      }
    }
  }
  return {};
}

}  // namespace tablekey::model::dynamodb
