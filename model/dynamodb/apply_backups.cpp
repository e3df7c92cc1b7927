// What backups, restores and exports change (dynamodb.md 7.3, 7.4). A backup is a copy of State's
// records, which costs little (item_versions.h), with the wrapped keys of its moment.
#include "crypto/bytes.h"
#include "model/applier.h"
#include "model/dynamodb/backups.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/recovery.h"
#include "model/dynamodb/restore.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/vault.h"

namespace tablekey::model {
namespace {

// Only what the items of the copy are sealed under: indexes are made anew by a restore, streams are
// not copied, and a restore to a point in time needs the former partitions too.
bool belongs_to_copy(const Structure& structure, const DataKey& key) {
  const bool of_items = structure.kind == events::StructureKind::PARTITION ||
                        structure.kind == events::StructureKind::ITEM_GROUP;
  return of_items && key.version != 0;
}

void describe(Backup& copy, const Table& table) {
  if (!table.detail) return;
  const TableDetail& detail = *table.detail;
  copy.without_local = detail.without_local;
  copy.provisioned = detail.provisioned;
  copy.read_capacity = detail.read_capacity;
  copy.write_capacity = detail.write_capacity;
  copy.table_class = detail.table_class;
  copy.ttl_attribute = detail.ttl_attribute;
  copy.streamed = !detail.streams.empty() && detail.streams.back().enabled;
  copy.on_demand_reads = detail.on_demand_reads;
  copy.on_demand_writes = detail.on_demand_writes;
  copy.global_indexes = complete_indexes(detail);
}

// What is in a backup that is gone, or that was only made for one restore.
void empty_out(Backup& backup) {
  backup.items.clear();
  backup.given.clear();
  backup.structures.clear();
  backup.data_keys.clear();
  backup.deleted = true;
}

}  // namespace

Backup& Applier::copy_into_backup(std::uint32_t number, std::uint32_t index) {
  law(number == state_.backups.size(), "backups are numbered in the order in which they come");
  const Table& table = at(state_.tables, index);
  Backup& copy = state_.backups.emplace_back();
  copy.table = index;
  copy.table_id = table.id;
  copy.table_created = table.created;
  copy.name = state_.table_name(index);
  copy.at = now();
  copy.created = now();
  copy.version = needed_version(table);
  if (copy.version != 0) copy.key = at(table.keys, copy.version - 1).key;
  for (std::size_t i = 0; i < table.data_keys.size(); ++i) {
    const Structure& structure = at(table.structures, i);
    if (belongs_to_copy(structure, table.data_keys[i])) {
      copy.structures.push_back(structure);
      copy.data_keys.push_back(table.data_keys[i]);
    }
  }
  copy.generated = table.generated;
  copy.generated_origin = table.generated_origin;
  copy.items = table.items;
  for (const auto& [item, given] : table.detail->given) {
    if (!given.sealed.empty()) copy.given[item] = stored_record(state_, index, item);
  }
  describe(copy, table);
  count_items(state_, copy);
  return copy;
}

void Applier::keep_deleted(std::uint32_t index) {
  const Table& table = at(state_.tables, index);
  if (!table.detail || !table.detail->recovery.enabled) return;
  const auto number = static_cast<std::uint32_t>(state_.backups.size());
  Backup& kept = copy_into_backup(number, index);
  kept.type = events::BackupType::SYSTEM;
  kept.id = table.id[0] ^ table.id[1];
  kept.name += "$DeletedTableBackup";
  kept.available = true;
  kept.expires = now() + settings_.dynamodb.system_backup_retention;
  kept.timer = schedule(kept.expires, Priority::job, ActionKind::expire_backup, number);
}

void Applier::backup_effect(events::ControlAnswered::Reader event) {
  using Effect = events::ControlAnswered::Effect;
  switch (event.getEffect().which()) {
    case Effect::BACKUP_STARTED:
      return backup_started(event);
    case Effect::BACKUP_DELETED:
      return backup_over(event.getEffect().getBackupDeleted());
    case Effect::RESTORE_STARTED:
      return restore_started(event);
    case Effect::EXPORT_STARTED:
      return export_started(event);
    default:
      law(false, "an effect on backups is of a known kind");
  }
}

StepResult& Applier::result_of(std::uint32_t step) {
  if (state_.results.empty()) {
    state_.results.resize(state_.scenario().reader().getSteps().size());
  }
  law(step != 0, "an answer is to a step");
  return at(state_.results, step - 1);
}

void Applier::backup_started(events::ControlAnswered::Reader event) {
  const auto started = event.getEffect().getBackupStarted();
  const auto step = at(state_.scenario().reader().getSteps(), event.getStep() - 1);
  law(step.isControl(), "a backup is asked for by a step of the control plane");
  Backup& made = copy_into_backup(started.getBackup(), event.getTable());
  made.id = started.getId();
  made.name = step.getControl().getBackupName().cStr();
  made.type = started.getType();
  made.step = event.getStep();
  made.timer = schedule(after(started.getDuration()), Priority::job, ActionKind::finish_backup,
                        started.getBackup());
  result_of(event.getStep()).backup = started.getBackup();
}

void Applier::backup_finished(std::uint32_t number) {
  Backup& backup = at(state_.backups, number);
  law(!backup.available && !backup.deleted, "a backup is finished once");
  backup.available = true;
  backup.timer = sim::kNoHandle;
}

void Applier::backup_expired(std::uint32_t number) { backup_over(number); }

void Applier::backup_over(std::uint32_t number) {
  Backup& backup = at(state_.backups, number);
  law(!backup.deleted && backup.restoring == kNone, "a backup goes once, and not under a restore");
  state_.agenda_.cancel(backup.timer);
  backup.timer = sim::kNoHandle;
  empty_out(backup);
}

void Applier::export_started(events::ControlAnswered::Reader event) {
  const auto started = event.getEffect().getExportStarted();
  law(started.getExport() == state_.exports.size(), "exports are numbered in order");
  const auto at_time = sim::Time::from_nanoseconds(started.getAt());
  Export& made = state_.exports.emplace_back();
  made.table = event.getTable();
  made.step = event.getStep();
  made.at = at_time;
  made.started = now();
  made.key = started.getKey();
  law(made.key == kNone || made.key < state_.keys.size(), "a bucket's key is one of the scenario");
  // The contents of that instant are only counted.
  const auto number = static_cast<std::uint32_t>(state_.backups.size());
  Backup& contents = copy_into_backup(number, event.getTable());
  rewind(contents, at_time);
  made.items = static_cast<std::uint32_t>(contents.count);
  state_.backups.pop_back();
  schedule(after(started.getDuration()), Priority::job, ActionKind::finish_export,
           started.getExport());
  result_of(event.getStep()).exported = started.getExport();
}

void Applier::export_finished(events::ExportFinished::Reader event) {
  Export& made = at(state_.exports, event.getExport());
  law(!made.finished && event.getItems() == made.items, "an export writes what it began with");
  made.finished = true;
  made.ended = now();
  made.error = event.getFailed();
}

// The creation process does the rest; its data is put in place when it becomes ACTIVE.
void Applier::restore_started(events::ControlAnswered::Reader event) {
  const auto started = event.getEffect().getRestoreStarted();
  std::uint32_t number = started.getBackup();
  if (number == kNone) {
    number = static_cast<std::uint32_t>(state_.backups.size());
    Backup& contents = copy_into_backup(number, event.getTable());
    contents.internal = true;
    contents.available = true;
    rewind(contents, sim::Time::from_nanoseconds(started.getAt()));
  }
  Backup& from = at(state_.backups, number);
  law(from.available && !from.deleted && from.restoring == kNone, "a backup feeds one restore");
  from.restoring = started.getTarget();
  const std::uint32_t target = started.getTarget();
  const Table& former = at(state_.tables, target);
  law((former.lifecycle == Lifecycle::absent || former.lifecycle == Lifecycle::deleted) &&
          former.process.kind == ProcessKind::none,
      "a restore makes a table that is not there");
  Process& process = begin_creation(target, {started.getTableIdHigh(), started.getTableIdLow()},
                                    started.getKey(), event.getSession(), event.getStep());
  process.ready = after(started.getDuration());
  process.backup = number;
  process.source = from.table;
  process.source_time = sim::Time::from_nanoseconds(started.getAt());
  leave_local_indexes(target);
  if (started.getKey() != kNone) {
    return open_process_call(target, started.getNextCall(), started.getLatency());
  }
  law(started.getNextCall() == kNone, "a table without encryption needs no KMS");
  make_structures(target);
  schedule(process.ready, Priority::job, ActionKind::activate_table, target);
}

// Local indexes are a table's from its creation on: the ones that its restore leaves out never are.
void Applier::leave_local_indexes(std::uint32_t index) {
  std::uint32_t without = 0;
  for (std::uint32_t i = 0; i < state_.family(index).local_indexes; ++i) {
    if (!restores_local_index(state_, index, i)) without |= 1U << i;
  }
  if (without != 0) state_.tables[index].detail.make().without_local = without;
}

// Whatever became of it, the backup is free again; a copy that was made for it is not needed.
void Applier::restore_over(const Process& process) {
  if (process.backup == kNone) return;
  Backup& from = at(state_.backups, process.backup);
  from.restoring = kNone;
  if (from.internal) empty_out(from);
}

// The backup's settings, but for what the request overrides (dynamodb.md 7.3). A restore is always
// asked for by a step.
void Applier::restored_settings(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  const Backup& from = at(state_.backups, table.process.backup);
  const auto step = at(state_.scenario().reader().getSteps(), table.process.step - 1);
  law(step.isControl(), "a restore is asked for by a step of the control plane");
  const auto call = step.getControl();
  const bool provisioned = call.getHasBillingMode() ? call.getProvisioned() : from.provisioned;
  const bool asked = call.getHasThroughput();
  const bool limited = call.getHasOnDemandThroughput();
  const bool plain = !provisioned && !limited && from.table_class.empty() &&
                     from.on_demand_reads == 0 && from.on_demand_writes == 0;
  if (plain) return;  // most tables have no detail
  TableDetail& detail = table.detail.make();
  detail.provisioned = provisioned;
  detail.table_class = from.table_class;
  if (provisioned) {
    detail.read_capacity = asked ? call.getReadCapacity() : from.read_capacity;
    detail.write_capacity = asked ? call.getWriteCapacity() : from.write_capacity;
  } else {
    detail.on_demand_reads = limited ? call.getOnDemandReads() : from.on_demand_reads;
    detail.on_demand_writes = limited ? call.getOnDemandWrites() : from.on_demand_writes;
  }
}

// Generated values are what they were, under another data key: their records are sealed when they
// are needed. Values that callers gave were sealed anew by whoever decided this event.
void Applier::restored(std::uint32_t index, capnp::List<events::ItemChange>::Reader given) {
  Table& table = at(state_.tables, index);
  const Backup& from = at(state_.backups, table.process.backup);
  law(table.generated == from.generated, "a restored table has what its backup has");
  law(given.size() == from.given.size(), "every given value is sealed anew");
  restored_settings(index);
  table.generated_origin = from.generated_origin;
  table.items = from.items;
  for (std::size_t i = 0; i < table.items.size(); ++i) {
    if ((table.items[i].tag_high | table.items[i].tag_low) == 0) continue;
    Item& item = table.items.change(i);
    item.tag_high = item.tag_low = 0;
  }
  auto expected = from.given.begin();
  for (auto change : given) {
    law(change.getItem() == expected->first && !change.getDeleted(), "given values come in order");
    ++expected;
    Item& item = table.items.change(change.getItem());
    law(item.given && item.version == change.getVersion(), "a restored value is the backup's");
    item.tag_high = change.getTagHigh();
    item.tag_low = change.getTagLow();
    GivenItem& value = table.detail.make().given[change.getItem()];
    value.sealed.assign(change.getSealed().begin(), change.getSealed().end());
    crypto::store_big_endian<8>(change.getIvHead(), value.iv.data());
    crypto::store_big_endian<4>(change.getIvTail(), value.iv.data() + 8);
  }
}

}  // namespace tablekey::model
