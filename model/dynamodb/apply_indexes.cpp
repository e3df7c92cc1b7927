// Global secondary indexes as State has them: what waits to be propagated, what has been, and an
// index's way from CREATING to its end (dynamodb.md 1.1, 5.3).
#include <algorithm>

#include "model/applier.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/splits.h"

namespace tablekey::model {
namespace {

bool captures(const TableDetail& detail) {
  return !detail.streams.empty() && detail.streams.back().enabled;
}

Partition* partition_with(std::vector<Partition>& partitions, std::uint32_t structure) {
  const auto found = std::find_if(partitions.begin(), partitions.end(),
                                  [&](const Partition& p) { return p.structure == structure; });
  return found == partitions.end() ? nullptr : &*found;
}

// The job's key is asked for: the answer goes on with what waits.
bool asks_for_key(const TableDetail& detail, events::ServiceJob job) {
  return detail.service_keys[static_cast<std::size_t>(job)].call != kNone;
}

}  // namespace

// ---- a change -----------------------------------------------------------------------------------

// Whether somebody will have to open what the item was before.
bool Applier::keeps_changes(std::uint32_t table) const {
  const TableDetail& detail = *at(state_.tables, table).detail;
  return captures(detail) || std::any_of(detail.global_indexes.begin(), detail.global_indexes.end(),
                                         [](const GlobalIndex& index) { return index.exists; });
}

void Applier::propagate(const ItemWrite& write, const State::ItemView& before) {
  const Table& table = state_.tables[write.table];
  if (table.detail) {
    count_item(write, before);
    if (keeps_changes(write.table)) queue_changes(write, before);
  }
  if (!write.deleted) {
    count_seal(write.table, item_structure(state_, write.table, write.item), write.size);
  }
}

void Applier::queue_change(std::uint32_t table, std::uint32_t number, Backlog change) {
  TableDetail& detail = state_.tables[table].detail.make();
  GlobalIndex& index = detail.global_indexes[number];
  index.backlog.push_back(std::move(change));
  if (asks_for_key(detail, events::ServiceJob::INDEXES)) return;
  if (state_.agenda_.pending(index.propagation)) return;
  index.propagation =
      schedule(now() + index.delay, Priority::job, ActionKind::write_entries, table, number);
}

void Applier::queue_changes(const ItemWrite& write, const State::ItemView& before) {
  if (write.deleted && before.version == 0) return;  // there was nothing to delete
  const State::ItemView after = state_.item(write.table, write.item);
  Backlog change;
  change.item = write.item;
  change.at = now();
  change.by_service = write.by_service;
  change.old_version = before.version;
  change.old_origin = before.origin;
  change.old_expires = before.expires;
  change.old_size = before.size;
  change.old_sealed = former_record_;
  change.new_version = after.version;
  change.new_origin = after.origin;
  change.new_expires = after.expires;
  change.new_size = after.size;
  change.new_sealed = stored_record(state_, write.table, write.item);
  TableDetail& detail = state_.tables[write.table].detail.make();
  for (std::uint32_t i = 0; i < detail.global_indexes.size(); ++i) {
    if (detail.global_indexes[i].exists) queue_change(write.table, i, change);
  }
  if (!captures(detail)) return;
  detail.stream_backlog.push_back(std::move(change));
  if (asks_for_key(detail, events::ServiceJob::STREAMS)) return;
  if (state_.agenda_.pending(detail.stream_delivery)) return;
  detail.stream_delivery =
      schedule(now() + detail.stream_delay, Priority::job, ActionKind::write_records, write.table);
}

// ---- what comes of it ---------------------------------------------------------------------------

void Applier::write_entry(std::uint32_t table, std::uint32_t index, const IndexEntry& entry,
                          std::uint32_t item) {
  GlobalIndex& global = state_.tables[table].detail.make().global_indexes[index];
  law(item < state_.item_count(table), "an index has entries of the table's items");
  const std::uint64_t scale = std::max(1U, settings_.dynamodb.size_scale);
  if (const auto former = index_entry(state_, table, index, item)) {
    // A backfill may have been there first, with a newer version.
    if (former->version > entry.version) return;
    if (Partition* partition = partition_with(global.partitions, former->structure)) {
      take_away(partition->items, 1);
      take_away(partition->bytes, former->size * scale);
    }
  } else if (item < global.entries.size() && global.entries[item].version > entry.version) {
    return;
  }
  if (global.entries.size() < state_.item_count(table)) {
    global.entries.resize(state_.item_count(table));
  }
  global.entries[item] = entry;
  if (!entry.present) return;
  Partition* partition = partition_with(global.partitions, entry.structure);
  law(partition != nullptr, "an entry lies in a partition of its index");
  ++partition->items;
  partition->bytes += entry.size * scale;
  consider_split(table, index, *partition);
  count_seal(table, entry.structure, entry.size);
}

namespace {

IndexEntry entry_of(events::ItemEntry::Reader event, std::uint32_t origin, sim::Time expires) {
  IndexEntry entry;
  entry.version = event.getVersion();
  entry.present = event.getPresent();
  entry.size = event.getSize();
  entry.tag_high = event.getTagHigh();
  entry.tag_low = event.getTagLow();
  entry.sealed.assign(event.getSealed().begin(), event.getSealed().end());
  entry.origin = origin;
  entry.expires = expires;
  entry.structure = event.getPartition();
  return entry;
}

}  // namespace

// One entry for each of the oldest changes, in their order.
void Applier::index_entries_written(events::IndexEntriesWritten::Reader event) {
  const std::uint32_t table = event.getTable();
  TableDetail& detail = at(state_.tables, table).detail.make();
  GlobalIndex& index = at(detail.global_indexes, event.getIndex());
  const auto entries = event.getEntries();
  law(index.exists && entries.size() <= index.backlog.size(), "an index takes what waits for it");
  for (unsigned i = 0; i < entries.size(); ++i) {
    const Backlog& change = index.backlog[i];
    law(entries[i].getItem() == change.item, "an index takes changes in their order");
    const bool gone = change.new_version == 0;
    if (!entries[i].getPresent()) heat_entry(table, event.getIndex(), change.item, true);
    write_entry(table, event.getIndex(),
                entry_of(entries[i], gone ? change.old_origin : change.new_origin,
                         gone ? change.old_expires : change.new_expires),
                change.item);
    heat_entry(table, event.getIndex(), change.item, true);
  }
  index.backlog.erase(index.backlog.begin(), index.backlog.begin() + entries.size());
  ++index.deliveries;
  law(event.getNext() >= 0, "a delay is not negative");
  index.delay = sim::Duration::nanoseconds(event.getNext());
  index.propagation = sim::kNoHandle;
  if (!index.backlog.empty()) {
    index.propagation = schedule(after(event.getNext()), Priority::job, ActionKind::write_entries,
                                 table, event.getIndex());
  }
  release_structures(table);
}

void Applier::index_backfilled(events::IndexBackfilled::Reader event) {
  const std::uint32_t table = event.getTable();
  TableDetail& detail = at(state_.tables, table).detail.make();
  GlobalIndex& index = at(detail.global_indexes, event.getIndex());
  const bool forward = event.getUpTo() >= index.backfilled;
  law(index.exists && forward && event.getUpTo() <= state_.item_count(table),
      "a backfill goes forward");
  const std::uint32_t from = index.backfilled;
  for (const auto entry : event.getEntries()) {
    law(entry.getItem() >= from && entry.getItem() < event.getUpTo(),
        "a backfill writes the items that it comes by");
    const State::ItemView item = state_.item(table, entry.getItem());
    write_entry(table, event.getIndex(), entry_of(entry, item.origin, item.expires),
                entry.getItem());
  }
  index.backfilled = event.getUpTo();
  count_first_entries(table, event.getIndex(), from);
  index.backfill = sim::kNoHandle;
  if (event.getNext() >= 0) {
    index.backfill = schedule(after(event.getNext()), Priority::job, ActionKind::backfill_index,
                              table, event.getIndex());
    return;
  }
  index.creating = index.backfilling = index.filling = false;
  consider_split(table, event.getIndex(), at(index.partitions, std::size_t{0}));
}

// Items that nobody wrote are in an index without a record of their own.
void Applier::count_first_entries(std::uint32_t table, std::uint32_t number, std::uint32_t from) {
  if (!may_fill_partition(state_, table)) return;
  GlobalIndex& index = state_.tables[table].detail.make().global_indexes[number];
  const std::uint64_t scale = std::max(1U, settings_.dynamodb.size_scale);
  Partition& partition = at(index.partitions, std::size_t{0});
  for (std::uint32_t item = from; item < index.backfilled; ++item) {
    const bool recorded = item < index.entries.size() && index.entries[item].version != 0;
    if (recorded) continue;
    const auto entry = index_entry(state_, table, number, item);
    if (!entry) continue;
    ++partition.items;
    partition.bytes += entry->size * scale;
  }
  consider_split(table, number, partition);
}

// ---- the life of an index -----------------------------------------------------------------------

void Applier::start_indexes(std::uint32_t index) {
  Table& table = at(state_.tables, index);
  const auto described = state_.scenario().reader().getTables()[table.family];
  if (described.getGlobalIndexes().size() != 0) {
    auto& indexes = table.detail.make().global_indexes;
    indexes.resize(described.getGlobalIndexes().size());
    for (std::uint32_t i = 0; i < table.structures.size(); ++i) {
      if (table.structures[i].kind != events::StructureKind::GLOBAL_INDEX) continue;
      start_index(index, table.structures[i].index, i);
    }
  }
  start_partitions(index);
  start_stream(index);
}

// An index that is made with its table is complete from the start, but for what a restore brought.
void Applier::start_index(std::uint32_t table, std::uint32_t number, std::uint32_t structure) {
  GlobalIndex& index = at(state_.tables[table].detail.make().global_indexes, number);
  index = GlobalIndex();
  index.exists = true;
  index.delay = settings_.dynamodb.index_propagation.sample_duration({});
  Partition& partition = index.partitions.emplace_back();
  partition.structure = structure;
  partition.delay = settings_.dynamodb.split_duration.sample_duration({});
  if (state_.tables[table].items.empty()) {
    index.backfilled = state_.tables[table].generated;
    count_first_entries(table, number, 0);
    return;
  }
  index.filling = true;
  index.backfill = schedule(now(), Priority::job, ActionKind::backfill_index, table, number);
}

void Applier::index_effect(events::ControlAnswered::Reader event) {
  const auto job = event.getEffect().getJob();
  const std::uint32_t table = event.getTable();
  TableDetail& detail = at(state_.tables, table).detail.make();
  if (job.getKind() == events::JobKind::CREATE_INDEX) {
    law(job.getIndex() < state_.family(table).global_indexes, "a new index is one of the table's");
    law(job.getStructures().size() == 1, "a new index has one partition");
    detail.global_indexes.resize(state_.family(table).global_indexes);
    law(!detail.global_indexes[job.getIndex()].exists, "a new index does not exist yet");
    const auto structure = static_cast<std::uint32_t>(state_.tables[table].structures.size());
    set_data_key(state_.tables[table], job.getStructures()[0]);
    GlobalIndex& index = detail.global_indexes[job.getIndex()];
    index = GlobalIndex();
    index.exists = index.creating = true;
    index.delay = settings_.dynamodb.index_propagation.sample_duration({});
    Partition& partition = index.partitions.emplace_back();
    partition.structure = structure;
    partition.delay = settings_.dynamodb.split_duration.sample_duration({});
    return;
  }
  if (job.getKind() != events::JobKind::DELETE_INDEX) return;
  GlobalIndex& index = at(detail.global_indexes, job.getIndex());
  law(index.exists, "an index that is deleted exists");
  index.deleting = true;
  index.filling = false;
  state_.agenda_.cancel(index.backfill);
  index.backfill = sim::kNoHandle;
}

// The first phase of a creation is over, or an index is gone.
void Applier::index_job_finished(std::uint32_t table, events::JobKind kind, std::uint32_t number) {
  using Kind = events::JobKind;
  if (kind == Kind::STREAM) return stream_job_finished(table);
  if (kind == Kind::THROUGHPUT || kind == Kind::BILLING) return split_for_throughput(table);
  if (kind != Kind::CREATE_INDEX && kind != Kind::DELETE_INDEX) return;
  TableDetail& detail = at(state_.tables, table).detail.make();
  GlobalIndex& index = at(detail.global_indexes, number);
  law(index.exists, "a job was about an index that exists");
  if (kind == Kind::CREATE_INDEX) {
    if (index.deleting) return;
    index.backfilling = index.filling = true;
    const auto job = static_cast<std::size_t>(events::ServiceJob::BACKFILL);
    if (detail.service_keys[job].call != kNone) return;  // resumed with the answer
    index.backfill = schedule(now(), Priority::job, ActionKind::backfill_index, table, number);
    return;
  }
  state_.agenda_.cancel(index.propagation);
  for (Partition& partition : index.partitions) {
    state_.agenda_.cancel(partition.split);
    retire_structure(state_.tables[table], partition.structure);
  }
  index = GlobalIndex();
  for (StoredBoundary& stored : state_.boundaries) {
    const bool its = stored.table == table && stored.index == number;
    if (its && stored.until == sim::Time()) stored.until = now();
  }
  release_structures(table);
}

// ---- a job that waits for KMS -------------------------------------------------------------------

void Applier::pause_job(events::ServiceJob job, std::uint32_t table) {
  TableDetail& detail = at(state_.tables, table).detail.make();
  const auto pause = [&](sim::Handle& handle) {
    state_.agenda_.cancel(handle);
    handle = sim::kNoHandle;
  };
  for (GlobalIndex& index : detail.global_indexes) {
    if (job == events::ServiceJob::INDEXES) pause(index.propagation);
    if (job == events::ServiceJob::BACKFILL) pause(index.backfill);
    if (job != events::ServiceJob::SPLIT) continue;
    for (Partition& partition : index.partitions) pause(partition.split);
  }
  if (job == events::ServiceJob::STREAMS) pause(detail.stream_delivery);
  if (job != events::ServiceJob::SPLIT) return;
  for (Partition& partition : detail.partitions) pause(partition.split);
}

// All that waited for the answer goes on, not only what had asked.
void Applier::resume_indexes(std::uint32_t table, events::ServiceJob job, sim::Time when) {
  TableDetail& detail = at(state_.tables, table).detail.make();
  if (job == events::ServiceJob::STREAMS) {
    if (detail.stream_backlog.empty()) return;
    state_.agenda_.cancel(detail.stream_delivery);
    detail.stream_delivery = schedule(when, Priority::job, ActionKind::write_records, table);
    return;
  }
  for (std::uint32_t i = 0; i < detail.global_indexes.size(); ++i) {
    GlobalIndex& index = detail.global_indexes[i];
    if (!index.exists) continue;
    const bool entries = job == events::ServiceJob::INDEXES && !index.backlog.empty();
    const bool fills = job == events::ServiceJob::BACKFILL && index.filling;
    if (entries) {
      state_.agenda_.cancel(index.propagation);
      index.propagation = schedule(when, Priority::job, ActionKind::write_entries, table, i);
    }
    if (fills) {
      state_.agenda_.cancel(index.backfill);
      index.backfill = schedule(when, Priority::job, ActionKind::backfill_index, table, i);
    }
  }
}

}  // namespace tablekey::model
