// UpdateContinuousBackups and DescribeContinuousBackups (dynamodb.md 7.3).
#include <fmt/format.h>

#include "model/dynamodb/backup_requests.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace recovery {
namespace {

constexpr std::uint32_t kDaysMax = 35;

TableRefusal validate(const Deciding& d, const TableRequest& request) {
  if (!request.parameters.getHasRecoveryPeriod()) return {};
  if (!d.settings().dynamodb.pitr_window_configurable) {
    return invalid("RecoveryPeriodInDays is not supported");
  }
  const std::uint32_t days = request.parameters.getRecoveryPeriodInDays();
  if (days >= 1 && days <= kDaysMax) return {};
  return refusal(
      events::Exception::VALIDATION,
      fmt::format("1 validation error detected: Value '{}' at "
                  "'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy "
                  "constraint: Member must be between 1 and 35",
                  days));
}

TableRefusal check(const Deciding& d, const TableRequest& request) {
  if (TableRefusal refused = backup_source_refusal(d, request, true)) return refused;
  return too_new_refusal(d, request);
}

// Enabling it again where it is enabled keeps what there is.
void update(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  const Recovery& recovery = d.state.tables[request.table].detail->recovery;
  auto effect = event.getEffect().initContinuousBackups();
  if (!request.parameters.getPointInTimeRecovery()) return;
  effect.setSince((recovery.enabled ? recovery.since : d.now).nanoseconds());
}

TableRefusal check_described(const Deciding& d, const TableRequest& request) {
  if (request.table == kNone) return table_not_found(d, request);
  switch (at(d.state.tables, request.table).lifecycle) {
    case Lifecycle::live:
    case Lifecycle::deleting:
    case Lifecycle::archiving:
      return {};
    default:
      return table_not_found(d, request);
  }
}

void describe(Deciding&, const TableRequest&, events::ControlAnswered::Builder event) {
  set_listed(event, 1);
}

}  // namespace
}  // namespace recovery

const TableOperationRow& update_recovery_row() {
  static const TableOperationRow row{.operation = events::TableOperation::UPDATE_CONTINUOUS_BACKUPS,
                                     .validate = recovery::validate,
                                     .check = recovery::check,
                                     .effect = recovery::update};
  return row;
}

const TableOperationRow& describe_recovery_row() {
  static const TableOperationRow row{
      .operation = events::TableOperation::DESCRIBE_CONTINUOUS_BACKUPS,
      .check = recovery::check_described,
      .effect = recovery::describe};
  return row;
}

}  // namespace tablekey::model::dynamodb
