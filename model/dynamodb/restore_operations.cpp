// RestoreTableFromBackup and RestoreTableToPointInTime (dynamodb.md 1.5, 6, 7.3). The caller must
// be able to use the key that the data is under; what follows is the creation of a table.
#include <fmt/format.h>

#include <string_view>

#include "model/draws.h"
#include "model/dynamodb/backup_requests.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/process.h"
#include "model/dynamodb/recovery.h"
#include "model/dynamodb/restore.h"
#include "model/dynamodb/restore_overrides.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"
#include "model/planted.h"

namespace tablekey::model::dynamodb {
namespace restores {
namespace {

using events::Exception;
using events::TableOperation;

std::uint32_t target_of(const Deciding& d, const TableRequest& request) {
  const std::uint32_t family = request.parameters.getTarget();
  if (family == kNone) return kNone;
  return at(d.state.scenario().families, family).first_table;
}

// ---- shapes
// ---------------------------------------------------------------------------------------

// The combinations of SSESpecificationOverride are those of SSESpecification (dynamodb.md 2.1).
TableRefusal override_refusal(const Deciding& d, events::SseSpecification::Reader sse) {
  if (!sse.getGiven()) return {};
  if (!d.settings().dynamodb.restore_sse_override) {
    return invalid("SSESpecificationOverride is not supported");
  }
  const std::string_view type = sse.getSseType().cStr();
  const bool named = !sse.getKmsMasterKeyId().isNone();
  if (sse.getHasEnabled() && !sse.getEnabled()) {
    if (!type.empty()) return invalid("SSEType can not be specified if Enabled is false");
    if (named) return invalid("KMSMasterKeyId can not be specified if Enabled is false");
    return {};
  }
  if (type == "AES256") return invalid("SSEType AES256 is not supported");
  if (named && type.empty())
    return invalid("SSEType KMS is required if KMSMasterKeyId is specified");
  return {};
}

TableRefusal validate_restore(const Deciding& d, const TableRequest& request) {
  if (request.parameters.getTarget() == kNone) return invalid("TargetTableName is required");
  return override_refusal(d, request.parameters.getSse());
}

TableRefusal validate_restore_to_time(const Deciding& d, const TableRequest& request) {
  if (TableRefusal refused = validate_restore(d, request)) return refused;
  const bool latest = request.parameters.getUseLatestRestorableTime();
  const bool time = request.parameters.getRestoreTime() != 0;
  if (latest == time) {
    return invalid("Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified");
  }
  return {};
}

// ---- the target
// -----------------------------------------------------------------------------------

TableRefusal target_refusal(const Deciding& d, std::uint32_t target) {
  const Table& table = at(d.state.tables, target);
  if (!table_exists(d.state, target) && table.process.kind == ProcessKind::none) return {};
  const bool creating = table.lifecycle == Lifecycle::creating;
  if ((creating && table.process.backup != kNone) || !table_exists(d.state, target)) {
    return refusal(Exception::TABLE_IN_USE,
                   "A target table with the specified name is either being created or deleted.");
  }
  return refusal(Exception::TABLE_ALREADY_EXISTS,
                 "A target table with the specified name already exists.");
}

/// What the target will be encrypted under, given the key of the data. kNone: see `refusal`.
struct TargetKey {
  std::uint32_t key = kNone;
  TableRefusal refused;
};

bool by_default_encrypted(const Deciding& d) { return d.settings().dynamodb.sse_by_default; }

TargetKey inherited_key(const Deciding& d, std::uint32_t target, std::uint32_t source_key) {
  if (source_key == kNone)
    return {by_default_encrypted(d) ? owned_key(d.state, target) : kNone, {}};
  if (!takes_grants(d.state, source_key)) return {owned_key(d.state, target), {}};
  return {source_key, {}};
}

// `Enabled: true` without a key means the AWS managed key.
std::uint32_t managed_key(const State& state, std::uint32_t target) {
  const auto keys = state.scenario().reader().getKeys();
  for (std::uint32_t key = 0; key < keys.size(); ++key) {
    const bool here = state.scenario().key_realms[key] == state.family(target).realm;
    if (here && keys[key].getManager() == events::Key::Manager::AWS) return key;
  }
  return kNone;
}

TargetKey target_key(const Deciding& d, const TableRequest& request, std::uint32_t target,
                     std::uint32_t source_table, std::uint32_t source_key) {
  const auto sse = request.parameters.getSse();
  const bool elsewhere = d.state.table_region(target) != d.state.table_region(source_table);
  if (!sse.getGiven()) {
    if (elsewhere) {
      return {kNone, invalid("SSESpecificationOverride is required to restore to another Region")};
    }
    return inherited_key(d, target, source_key);
  }
  const bool kms = (sse.getHasEnabled() && sse.getEnabled()) || sse.getSseType() == "KMS";
  if (!kms) return inherited_key(d, target, kNone);
  const auto named = sse.getKmsMasterKeyId();
  const std::uint32_t key =
      named.isNone() ? managed_key(d.state, target) : named_key(d.state, named, target);
  if (key == kNone) return {kNone, key_not_found(d, request, named)};
  const bool customer =
      d.state.scenario().reader().getKeys()[key].getManager() == events::Key::Manager::CUSTOMER;
  if (customer && !d.settings().dynamodb.sse_customer_keys) {
    return {kNone, invalid("KMSMasterKeyId is not supported")};
  }
  return {key, {}};
}

// ---- the source
// -----------------------------------------------------------------------------------

/// What is restored: a backup, or a table as it was at a time.
struct Source {
  std::uint32_t table = kNone, backup = kNone;
  std::uint32_t key = kNone, version = 0;  ///< of the table key that opens it; version 0: none
  sim::Time time;
};

Source backup_source(const Deciding& d, const TableRequest& request) {
  Source source;
  source.backup = requested_backup(d, request);
  if (source.backup == kNone) return source;
  const Backup& backup = d.state.backups[source.backup];
  source.table = backup.table;
  source.key = backup.key;
  source.version = backup.version;
  source.time = backup.at;
  return source;
}

Source time_source(const Deciding& d, const TableRequest& request) {
  Source source;
  source.table = request.table;
  source.time = request.parameters.getUseLatestRestorableTime()
                    ? latest_restorable(d.state, request.table, d.now)
                    : sim::Time::from_nanoseconds(request.parameters.getRestoreTime());
  source.version = version_at(d.state, request.table, source.time);
  if (source.version != 0) {
    source.key = at(d.state.tables[request.table].keys, source.version - 1).key;
  }
  return source;
}

Source source_of(const Deciding& d, const TableRequest& request) {
  return request.operation == TableOperation::RESTORE_TABLE_FROM_BACKUP ? backup_source(d, request)
                                                                        : time_source(d, request);
}

TableRefusal check_target(const Deciding& d, const TableRequest& request, const Source& source) {
  const std::uint32_t target = target_of(d, request);
  if (TableRefusal refused = target_refusal(d, target)) return refused;
  const RestoredSettings had = restored_settings(d.state, source.table, source.backup);
  if (TableRefusal refused = settings_override_refusal(d.state, request.parameters, had)) {
    return refused;
  }
  return target_key(d, request, target, source.table, source.key).refused;
}

TableRefusal check_restore(const Deciding& d, const TableRequest& request) {
  const Source source = backup_source(d, request);
  if (source.backup == kNone) return backup_not_found();
  const Backup& backup = d.state.backups[source.backup];
  if (!backup.available || backup.restoring != kNone) return backup_in_use();
  return check_target(d, request, source);
}

TableRefusal check_restore_to_time(const Deciding& d, const TableRequest& request) {
  if (TableRefusal refused = backup_source_refusal(d, request, true)) {
    const bool archiving = refused.exception == Exception::RESOURCE_IN_USE;
    return archiving ? table_not_found(d, request) : refused;
  }
  if (TableRefusal refused = no_recovery_refusal(d, request)) return refused;
  const Source source = time_source(d, request);
  const bool outside = source.time < earliest_restorable(d.state, request.table, d.now) ||
                       source.time > latest_restorable(d.state, request.table, d.now);
  if (outside) {
    return refusal(Exception::INVALID_RESTORE_TIME,
                   "An invalid restore time was specified. RestoreDateTime must be between "
                   "EarliestRestorableDateTime and LatestRestorableDateTime.");
  }
  return check_target(d, request, source);
}

// Decrypt of the source's table key with the source's encryption context, as the caller
// (dynamodb.md 6).
KmsNeed need_source_key(const Deciding& d, const TableRequest& request) {
  if (request.call != nullptr) return {};
  const Source source = source_of(d, request);
  if (source.version == 0 || !takes_grants(d.state, source.key)) return {};
  KmsNeed need;
  need.key = source.key;
  need.table = source.table;
  need.version = source.version;
  return need;
}

sim::Duration duration_of(const Deciding& d, std::uint32_t target) {
  const Table& table = d.state.tables[target];
  return d.settings().dynamodb.restore.sample_duration(
      draw(d.random, d.state.table_entity(target), Draw::restore, table.creations));
}

// A slot that the answered call gives back is the next one to be taken.
void start(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  const Source source = source_of(d, request);
  const std::uint32_t target = target_of(d, request);
  const Table& table = d.state.tables[target];
  Process process;
  process.kind = ProcessKind::creation;
  process.session = request.session;
  process.key = target_key(d, request, target, source.table, source.key).key;
  const auto id =
      as_uuid(draw(d.random, d.state.table_entity(target), Draw::table_id, table.creations));
  if (planted(Planted::restore_wrong_key) && source.key != kNone) process.key = source.key;
  auto started = event.getEffect().initRestoreStarted();
  started.setTarget(target);
  started.setTableIdHigh(id.high);
  started.setTableIdLow(id.low);
  started.setBackup(source.backup);
  started.setAt(source.time.nanoseconds());
  started.setDuration(duration_of(d, target).count());
  started.setKey(process.key);
  started.setNextCall(kNone);
  if (process.key == kNone) return;  // not encrypted: KMS is not concerned
  const auto operation = next_operation(d.state, target, process);
  if (!operation) return;
  const Call call = process_call(d.state, target, process, *operation);
  started.setNextCall(request.call != nullptr ? request.number : next_call(d.state));
  started.setLatency(latency_there(d, call.entity, call.ordinal, target).count());
}

}  // namespace
}  // namespace restores

const TableOperationRow& restore_from_backup_row() {
  static const TableOperationRow row{.operation = events::TableOperation::RESTORE_TABLE_FROM_BACKUP,
                                     .validate = restores::validate_restore,
                                     .check = restores::check_restore,
                                     .kms = restores::need_source_key,
                                     .effect = restores::start};
  return row;
}

const TableOperationRow& restore_to_time_row() {
  static const TableOperationRow row{
      .operation = events::TableOperation::RESTORE_TABLE_TO_POINT_IN_TIME,
      .validate = restores::validate_restore_to_time,
      .check = restores::check_restore_to_time,
      .kms = restores::need_source_key,
      .effect = restores::start};
  return row;
}

}  // namespace tablekey::model::dynamodb
