// CreateBackup, DeleteBackup, DescribeBackup, ListBackups (dynamodb.md 7.3), and the rows of the
// whole family.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/draws.h"
#include "model/dynamodb/backup_requests.h"
#include "model/dynamodb/backups.h"
#include "model/law.h"

namespace tablekey::model::dynamodb {
namespace backups {
namespace {

using events::TableOperation;

constexpr std::size_t kNameMin = 3, kNameMax = 255;
constexpr std::int32_t kListMax = 100;

TableRefusal name_refusal(const Deciding&, const TableRequest& request) {
  const std::string name = request.parameters.getBackupName().cStr();
  const auto fails = [&](std::string_view what) {
    return refusal(events::Exception::VALIDATION,
                   fmt::format("1 validation error detected: Value '{}' at 'backupName' failed to "
                               "satisfy constraint: Member must {}",
                               name, what));
  };
  const bool letters = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
  if (!letters) return fails("satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  if (name.size() < kNameMin) return fails("have length greater than or equal to 3");
  if (name.size() > kNameMax) return fails("have length less than or equal to 255");
  return {};
}

TableRefusal check_create(const Deciding& d, const TableRequest& request) {
  if (TableRefusal refused = backup_source_refusal(d, request, false)) return refused;
  return too_new_refusal(d, request);
}

// The caller must be able to use the table's key, though only ciphertext is copied (dynamodb.md 6).
KmsNeed need_table_key(const Deciding& d, const TableRequest& request) {
  return request.call == nullptr ? table_key_need(d.state, request.table) : KmsNeed{};
}

void create(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  const std::uint64_t entity = d.state.table_entity(request.table);
  const std::size_t number = d.state.backups.size();
  auto started = event.getEffect().initBackupStarted();
  started.setBackup(static_cast<std::uint32_t>(number));
  started.setId(draw(d.random, entity, Draw::backup_id, number).high);
  started.setDuration(d.settings()
                          .dynamodb.backup_create
                          .sample_duration(draw(d.random, entity, Draw::backup_create, number))
                          .count());
  started.setType(events::BackupType::USER);
}

TableRefusal check_delete(const Deciding& d, const TableRequest& request) {
  const std::uint32_t number = requested_backup(d, request);
  if (number == kNone) return backup_not_found();
  const Backup& backup = d.state.backups[number];
  return !backup.available || backup.restoring != kNone ? backup_in_use() : TableRefusal{};
}

void remove(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  event.getEffect().setBackupDeleted(requested_backup(d, request));
}

TableRefusal check_described(const Deciding& d, const TableRequest& request) {
  return requested_backup(d, request) == kNone ? backup_not_found() : TableRefusal{};
}

void describe(Deciding&, const TableRequest&, events::ControlAnswered::Builder event) {
  set_listed(event, 1);
}

void list(Deciding& d, const TableRequest& request, events::ControlAnswered::Builder event) {
  const auto counts = [&](const Backup& backup) {
    return shown(backup) && (request.table == kNone || backup.table == request.table);
  };
  const auto rows = static_cast<std::size_t>(std::ranges::count_if(d.state.backups, counts));
  const bool limited = request.parameters.getHasLimit();
  const auto limit = static_cast<std::size_t>(
      std::clamp(limited ? request.parameters.getLimit() : kListMax, 1, kListMax));
  set_listed(event, std::min(rows, limit), rows > limit);
}

}  // namespace
}  // namespace backups

std::span<const TableOperationRow> backup_operations() {
  static const std::array rows{
      TableOperationRow{.operation = events::TableOperation::CREATE_BACKUP,
                        .validate = backups::name_refusal,
                        .check = backups::check_create,
                        .kms = backups::need_table_key,
                        .effect = backups::create},
      TableOperationRow{.operation = events::TableOperation::DELETE_BACKUP,
                        .check = backups::check_delete,
                        .effect = backups::remove},
      TableOperationRow{.operation = events::TableOperation::DESCRIBE_BACKUP,
                        .check = backups::check_described,
                        .effect = backups::describe},
      TableOperationRow{.operation = events::TableOperation::LIST_BACKUPS, .effect = backups::list},
      restore_from_backup_row(),
      restore_to_time_row(),
      export_row(),
      describe_export_row(),
      list_exports_row(),
      update_recovery_row(),
      describe_recovery_row(),
      update_time_to_live_row(),
      describe_time_to_live_row(),
  };
  return rows;
}

}  // namespace tablekey::model::dynamodb
