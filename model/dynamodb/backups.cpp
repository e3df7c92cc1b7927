// What is in a backup, and the clockwork of backups and exports.
#include "model/dynamodb/backups.h"

#include <fmt/format.h>

#include "model/decide.h"
#include "model/dynamodb/item_content.h"
#include "model/kms/key_states.h"
#include "model/law.h"

namespace tablekey::model {

State::ItemView backed_up_item(const State& state, const Backup& backup, std::uint32_t item) {
  const Table& source = at(state.tables, backup.table);
  if (item < backup.items.size() && backup.items[item].version != 0) {
    const Item& written = backup.items[item];
    if (written.deleted) return {};
    State::ItemView view;
    view.version = written.version;
    view.size = written.size;
    view.origin = written.origin;
    view.given = written.given;
    view.tag_high = written.tag_high;
    view.tag_low = written.tag_low;
    view.has_tag = (written.tag_high | written.tag_low) != 0;
    view.expires = ttl_time(written.expires);
    return view;
  }
  if (item >= backup.generated) return {};
  State::ItemView view;
  const ItemSpace& space = state.scenario().items(source.family);
  view.version = 1;
  view.origin = backup.generated_origin;
  view.expires = space.first_expiry();
  view.size = space.item_size({at(state.origins, view.origin), item, 1, view.expires});
  return view;
}

void count_items(const State& state, Backup& backup) {
  backup.count = backup.bytes = 0;
  const std::uint32_t items = state.item_count(backup.table);
  for (std::uint32_t item = 0; item < items; ++item) {
    const State::ItemView view = backed_up_item(state, backup, item);
    if (view.version == 0) continue;
    ++backup.count;
    backup.bytes += view.size;
  }
}

std::string backup_arn(const State& state, std::uint32_t number) {
  const Backup& backup = at(state.backups, number);
  return fmt::format("{}/backup/{:014d}-{:08x}", state.table_arn(backup.table),
                     backup.created.nanoseconds() / 1'000'000, backup.id & 0xffffffff);
}

bool backup_under_way(const State& state, std::uint32_t table) {
  for (auto backup = state.backups.rbegin(); backup != state.backups.rend(); ++backup) {
    if (backup->table == table && !backup->available && !backup->deleted) return true;
  }
  return false;
}

std::vector<std::uint32_t> complete_indexes(const TableDetail& detail) {
  std::vector<std::uint32_t> complete;
  for (std::uint32_t i = 0; i < detail.global_indexes.size(); ++i) {
    const GlobalIndex& index = detail.global_indexes[i];
    if (index.exists && !index.creating && !index.deleting) complete.push_back(i);
  }
  return complete;
}

bool shown(const Backup& backup) { return !backup.internal && !backup.deleted; }

std::uint32_t system_backup_of(const State& state, std::uint32_t table) {
  for (std::size_t i = state.backups.size(); i > 0; --i) {
    const Backup& backup = state.backups[i - 1];
    const bool system = backup.type == events::BackupType::SYSTEM && backup.step == 0;
    if (backup.table == table && system && !backup.internal) {
      return static_cast<std::uint32_t>(i - 1);
    }
  }
  return kNone;
}

std::uint32_t backup_meant(const State& state, events::BackupReference::Reader reference) {
  using Reference = events::BackupReference;
  const auto table_of = [&](std::uint32_t family) {
    return at(state.scenario().families, family).first_table;
  };
  switch (reference.which()) {
    case Reference::STEP: {
      const std::uint32_t step = reference.getStep();
      return step < state.results.size() ? state.results[step].backup : kNone;
    }
    case Reference::ARCHIVAL:
      return at(state.tables, table_of(reference.getArchival())).detail->archival_backup;
    case Reference::SYSTEM:
      return system_backup_of(state, table_of(reference.getSystem()));
    default:
      return kNone;
  }
}

namespace {

// What is exported is written under the bucket's key, if it has one.
events::KmsError export_failure(const Deciding& d, const Export& made) {
  if (made.key == kNone) return events::KmsError::NONE;
  return kms::state_refusal(events::KmsOperation::GENERATE_DATA_KEY,
                            at(d.state.keys, made.key).effective,
                            d.settings().pending_deletion_error);
}

}  // namespace

void decide_backup_job(Deciding& d) {
  if (d.action.kind == ActionKind::finish_backup) {
    return d.out.initBackupFinished().setBackup(d.action.a);
  }
  if (d.action.kind == ActionKind::expire_backup) {
    return d.out.initBackupExpired().setBackup(d.action.a);
  }
  const Export& made = at(d.state.exports, d.action.a);
  auto event = d.out.initExportFinished();
  event.setExport(d.action.a);
  event.setItems(made.items);
  event.setFailed(export_failure(d, made));
}

}  // namespace tablekey::model
