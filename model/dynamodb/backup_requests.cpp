// Checks and words that the backup family has in common.
#include "model/dynamodb/backup_requests.h"

#include <fmt/format.h>

#include <string_view>

#include "model/draws.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/control.h"
#include "model/dynamodb/errors.h"
#include "model/kms/alias_index.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace {

using events::Exception;

// How long a table that is being deleted still serves what reads its history (dynamodb.md 1.5).
constexpr sim::Duration kDeletingServes = sim::Duration::seconds(1);

std::string named_in_text(events::KeyReference::Reader reference, const State& state) {
  if (reference.isText()) return reference.getText().cStr();
  return reference.isArn() ? state.key_arn(reference.getArn()) : std::string();
}

}  // namespace

TableRefusal backup_source_refusal(const Deciding& d, const TableRequest& request, bool brief) {
  if (request.table == kNone) return table_not_found(d, request);
  const Table& table = at(d.state.tables, request.table);
  switch (table.lifecycle) {
    case Lifecycle::live:
      return {};
    case Lifecycle::archiving:
      return in_use(fmt::format("Table is being archived: {}", d.state.table_name(request.table)));
    case Lifecycle::deleting:
      if (!brief || d.now - table.process.started < kDeletingServes) return {};
      return table_not_found(d, request);
    default:
      return table_not_found(d, request);
  }
}

TableRefusal too_new_refusal(const Deciding& d, const TableRequest& request) {
  const Table& table = d.state.tables[request.table];
  const sim::Duration after = d.settings().dynamodb.backups_available_after.sample_duration(draw(
      d.random, d.state.table_entity(request.table), Draw::backups_available, table.creations));
  if (d.now - table.activated >= after) return {};
  return refusal(Exception::CONTINUOUS_BACKUPS_UNAVAILABLE,
                 "Backups have not yet been enabled for this table.");
}

TableRefusal no_recovery_refusal(const Deciding& d, const TableRequest& request) {
  if (d.state.tables[request.table].detail->recovery.enabled) return {};
  return refusal(Exception::POINT_IN_TIME_RECOVERY_UNAVAILABLE,
                 "Point in time recovery has not yet been enabled for this source table.");
}

std::uint32_t requested_backup(const Deciding& d, const TableRequest& request) {
  const auto reference = request.parameters.getBackup();
  std::uint32_t meant = backup_meant(d.state, reference);
  if (reference.isText()) {
    const std::string_view arn = reference.getText().cStr();
    for (std::uint32_t i = 0; i < d.state.backups.size() && meant == kNone; ++i) {
      if (shown(d.state.backups[i]) && backup_arn(d.state, i) == arn) meant = i;
    }
  }
  if (meant == kNone || meant >= d.state.backups.size()) return kNone;
  return shown(d.state.backups[meant]) ? meant : kNone;
}

TableRefusal backup_not_found() {
  return refusal(Exception::BACKUP_NOT_FOUND, "Backup not found for the given BackupARN.");
}

TableRefusal backup_in_use() {
  return refusal(Exception::BACKUP_IN_USE,
                 "There is another ongoing conflicting backup control plane operation on the "
                 "table. The backup is either being created, deleted or restored to a table.");
}

std::uint32_t named_key(const State& state, events::KeyReference::Reader reference,
                        std::uint32_t table) {
  const ScenarioView& scenario = state.scenario();
  const std::uint32_t realm = state.family(table).realm;
  std::uint32_t key = kNone;
  if (reference.isArn()) key = reference.getArn();
  if (reference.isId()) {
    const std::string& id = at(scenario.key_ids, reference.getId());
    for (std::uint32_t i = 0; i < scenario.key_ids.size() && key == kNone; ++i) {
      if (scenario.key_realms[i] == realm && scenario.key_ids[i] == id) key = i;
    }
  }
  if (reference.isText()) {
    std::string_view text = reference.getText().cStr();
    const std::string prefix = kms::alias_arn(state, realm, "");
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    const std::uint32_t alias = kms::find_alias(state, realm, text);
    if (alias != kNone) key = state.aliases[alias].key;
  }
  if (key == kNone || !at(state.keys, key).created) return kNone;
  const bool here = scenario.realm_region(scenario.key_realms[key]) == scenario.realm_region(realm);
  return here ? key : kNone;
}

TableRefusal key_not_found(const Deciding& d, const TableRequest& request,
                           events::KeyReference::Reader reference) {
  const auto id = as_uuid(draw(d.random, d.state.table_entity(request.table), Draw::request_id,
                               std::uint64_t{1} << 46 | request.step));
  const std::string text =
      fmt::format("Key '{}' does not exist", named_in_text(reference, d.state));
  return refusal(Exception::VALIDATION,
                 kms_failure_message(events::KmsError::NOT_FOUND, text, uuid(id.high, id.low)));
}

}  // namespace tablekey::model::dynamodb
