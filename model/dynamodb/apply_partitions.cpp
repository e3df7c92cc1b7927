// Partitions as State has them: what lies in each, when one is due to be split, and what a split
// leaves behind (dynamodb.md 3.4). A table whose items can never fill a partition has none on
// record: all of it lies in structure 0, and nothing is counted.
#include <algorithm>

#include "crypto/bytes.h"
#include "model/applier.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/sealed_anew.h"
#include "model/dynamodb/splits.h"

namespace tablekey::model {
namespace {

// A real sort-key value is in plaintext metadata from now on (dynamodb.md 3.2).
void store_boundary(State& state, std::uint32_t table, std::uint32_t index,
                    const Partition& partition) {
  StoredBoundary& stored = state.boundaries.emplace_back();
  stored.table = table;
  stored.creation = state.tables[table].creations;
  stored.index = index;
  stored.hash = partition.first_hash;
  stored.sort = partition.first_sort;
  stored.since = state.now();
}

std::uint32_t boundary_place(const State& state, events::PartitionSplit::Reader event) {
  Partition child;
  child.first_hash = event.getAt().getHash();
  const auto sort = event.getAt().getSortKey();
  child.first_sort.assign(sort.begin(), sort.end());
  return place_of_boundary(state, event.getTable(), child);
}

// The structure of the former partition whose data key a child inherits, where that is not the
// partition's own. kNone: it is, or the child inherits none.
std::uint32_t inherited_from(const State& state, const Partition& former,
                             events::PartitionSplit::Reader event,
                             events::NewStructure::Reader child) {
  const Table& table = state.tables[event.getTable()];
  if (table.group_items == 0 || event.getIndex() != kNone || child.getDataKey() == kNone) {
    return kNone;
  }
  if (child.getKind() == events::StructureKind::ITEM_GROUP) {
    return group_structure(table, former, child.getIndex());
  }
  const bool second = child.getStructure() != event.getChildren()[0].getStructure();
  if (child.getKind() != events::StructureKind::PARTITION || !second) return kNone;
  return group_structure(table, former, boundary_place(state, event) / table.group_items);
}

// An entry as it lies after a split of its index's partition.
void move_entry(State& state, std::uint32_t table, std::uint32_t index,
                events::ItemEntry::Reader moved) {
  const std::uint32_t item = moved.getItem();
  const auto view = index_entry(state, table, index, item);
  law(view && view->version == moved.getVersion(), "an entry is moved as it is");
  GlobalIndex& global = state.tables[table].detail.make().global_indexes[index];
  IndexEntry entry;
  entry.version = view->version;
  entry.present = true;
  entry.size = view->size;
  entry.origin = view->origin;
  entry.expires = view->expires;
  entry.structure = moved.getPartition();
  const bool sealed_again = moved.getTagHigh() != 0 || moved.getTagLow() != 0;
  entry.tag_high = sealed_again ? moved.getTagHigh() : view->tag.high;
  entry.tag_low = sealed_again ? moved.getTagLow() : view->tag.low;
  entry.sealed.assign(view->sealed.begin(), view->sealed.end());
  if (sealed_again) entry.sealed.assign(moved.getSealed().begin(), moved.getSealed().end());
  law(entry.sealed.empty() == view->sealed.empty(), "a given value stays a given value");
  if (global.entries.size() < state.item_count(table)) {
    global.entries.resize(state.item_count(table));
  }
  global.entries[item] = std::move(entry);
}

}  // namespace

std::vector<Partition>& Applier::partitions_of(std::uint32_t table, std::uint32_t index) {
  TableDetail& detail = at(state_.tables, table).detail.make();
  return index == kNone ? detail.partitions : at(detail.global_indexes, index).partitions;
}

// The table's partitions are on record from now on.
Partition& Applier::first_partition(std::uint32_t table) {
  std::vector<Partition>& partitions = partitions_of(table, kNone);
  if (partitions.empty()) {
    Partition& first = partitions.emplace_back();
    first.delay = settings_.dynamodb.split_duration.sample_duration({});
    first.second_group = second_group_of_new_table(state_.tables[table]);
    count_partition(state_, table, first, state_.item_count(table));
  }
  return partitions.front();
}

void Applier::start_partitions(std::uint32_t table) {
  const bool fills = may_fill_partition(state_, table);
  if (!fills && partitions_for_throughput(state_, table) < 2) return;
  Partition& first = first_partition(table);
  consider_split(table, kNone, first);
  split_for_throughput(table);
}

// ---- counting ----------------------------------------------------------------------------------

void Applier::count_item(const ItemWrite& write, const State::ItemView& before) {
  Table& table = state_.tables[write.table];
  if (table.detail->partitions.empty()) return;
  auto& partitions = table.detail.make().partitions;
  const std::size_t number =
      partitions.size() == 1 ? 0 : partition_number(state_, write.table, write.item);
  Partition& partition = partitions[number];
  const std::uint64_t weight = partition_weight(state_, write.table);
  if (before.version != 0) {
    take_away(partition.items, 1);
    take_away(partition.bytes, before.size * weight);
  }
  if (write.deleted) return;
  ++partition.items;
  partition.bytes += write.size * weight;
  consider_split(write.table, kNone, partition);
}

void Applier::count_seal(std::uint32_t index, std::uint32_t structure, std::uint64_t bytes) {
  Table& table = state_.tables[index];
  DataKey& key = at(table.data_keys, structure);
  ++key.seals;
  key.bytes += bytes;
  if (settings_.dynamodb.dek_rotation_none || !data_key_spent(state_, index, structure)) return;
  const Structure& owner = at(table.structures, structure);
  const bool group = owner.kind == events::StructureKind::ITEM_GROUP;
  if (group || owner.kind == events::StructureKind::PARTITION) first_partition(index);
  if (owner.kind == events::StructureKind::SHARD) return;  // the next records go to another one
  const bool global = owner.kind == events::StructureKind::GLOBAL_INDEX;
  const std::uint32_t of = global ? owner.index : kNone;
  for (Partition& partition : partitions_of(index, of)) {
    if (partition.structure != (group ? owner.parent : structure)) continue;
    partition.group_spent = partition.group_spent || group;
    return consider_split(index, of, partition);
  }
}

// Half read units and write units that a request took, against what a partition carries a second.
void Applier::heat(Table& table, std::uint32_t item, std::uint32_t half_reads,
                   std::uint32_t writes) {
  const auto& figures = settings_.dynamodb;
  const auto index = static_cast<std::uint32_t>(&table - state_.tables.data());
  if (state_.item_count(index) < figures.heat_min_items) return;
  first_partition(index);
  auto& partitions = table.detail.make().partitions;
  heat_partition(index, kNone,
                 partitions[partitions.size() == 1 ? 0 : partition_number(state_, index, item)],
                 half_reads, writes);
}

// What a Scan takes lies in all partitions, as much in each as it has of the items.
void Applier::heat_all(std::uint32_t index, std::uint64_t half_reads) {
  if (state_.item_count(index) < settings_.dynamodb.heat_min_items) return;
  first_partition(index);
  auto& partitions = partitions_of(index, kNone);
  std::uint64_t items = 0;
  for (const Partition& partition : partitions) items += partition.items;
  if (items == 0) return;
  for (Partition& partition : partitions) {
    heat_partition(index, kNone, partition, half_reads * partition.items / items, 0);
  }
}

// An index is read and written apart from its table: it has the heat of its own entries.
void Applier::heat_entry(std::uint32_t table, std::uint32_t index, std::uint32_t item,
                         bool written) {
  if (state_.item_count(table) < settings_.dynamodb.heat_min_items) return;
  const auto entry = index_entry(state_, table, index, item);
  if (!entry) return;
  for (Partition& partition : partitions_of(table, index)) {
    if (partition.structure != entry->structure) continue;
    // What nobody wrote is not counted before it matters.
    if (partition.window == sim::Time()) count_index_partition(state_, table, index, partition);
    const auto halves = items::read_half_units(entry->size, items::ReadMode::eventual);
    const auto units = static_cast<std::uint32_t>(items::write_units(entry->size));
    return heat_partition(table, index, partition, written ? 0 : halves, written ? units : 0);
  }
}

void Applier::heat_partition(std::uint32_t table, std::uint32_t index, Partition& partition,
                             std::uint64_t half_reads, std::uint32_t writes) {
  const auto& figures = settings_.dynamodb;
  const std::uint64_t reads_max = 2 * std::uint64_t{figures.partition_max_reads};
  const std::uint64_t load = half_reads * figures.partition_max_writes + writes * reads_max;
  const sim::Duration second = sim::Duration::seconds(1);
  if (now() - partition.window >= second) {
    const bool hot = partition.window_load > reads_max * figures.partition_max_writes;
    const bool follows = now() - partition.window < second * 2;
    partition.hot_seconds = hot && follows ? partition.hot_seconds + 1 : 0;
    partition.window = now();
    partition.window_load = 0;
    consider_split(table, index, partition);
  }
  partition.window_load += load;
}

// ---- when --------------------------------------------------------------------------------------

bool Applier::wants_split(std::uint32_t table, std::uint32_t index,
                          const Partition& partition) const {
  const auto cause = split_cause(state_, table, index, partition);
  return cause && *cause != events::PartitionSplit::Cause::THROUGHPUT;
}

void Applier::consider_split(std::uint32_t table, std::uint32_t index, Partition& partition) {
  const Table& owner = state_.tables[table];
  if (owner.lifecycle != Lifecycle::live || state_.agenda_.pending(partition.split)) return;
  const auto job = static_cast<std::size_t>(events::ServiceJob::SPLIT);
  if (owner.detail->service_keys[job].call != kNone) return;  // resumed with the answer
  if (!wants_split(table, index, partition)) return;
  partition.split = schedule(now() + partition.delay, Priority::job, ActionKind::split_partition,
                             table, partition.structure);
}

// Those with the most items first, until there will be as many as it takes.
void Applier::split_for_throughput(std::uint32_t table, sim::Time earliest) {
  const std::size_t needed = partitions_for_throughput(state_, table);
  if (needed < 2 || state_.tables[table].lifecycle != Lifecycle::live) return;
  const auto job = static_cast<std::size_t>(events::ServiceJob::SPLIT);
  if (state_.tables[table].detail->service_keys[job].call != kNone) return;
  first_partition(table);
  auto& partitions = partitions_of(table, kNone);
  const auto splitting = [&](const Partition& p) { return state_.agenda_.pending(p.split); };
  std::size_t coming = partitions.size() + static_cast<std::size_t>(std::count_if(
                                               partitions.begin(), partitions.end(), splitting));
  while (coming++ < needed) {
    Partition* largest = nullptr;
    for (Partition& partition : partitions) {
      if (splitting(partition) || !divisible(partition)) continue;
      if (largest == nullptr || partition.items > largest->items) largest = &partition;
    }
    if (largest == nullptr) return;
    largest->split = schedule(std::max(earliest, now() + largest->delay), Priority::job,
                              ActionKind::split_partition, table, largest->structure);
  }
}

void Applier::resume_split(std::uint32_t table, std::uint32_t, sim::Time when) {
  TableDetail& detail = state_.tables[table].detail.make();
  const auto resume = [&](std::uint32_t index, std::vector<Partition>& partitions) {
    for (Partition& partition : partitions) {
      if (!wants_split(table, index, partition)) continue;
      state_.agenda_.cancel(partition.split);
      partition.split =
          schedule(when, Priority::job, ActionKind::split_partition, table, partition.structure);
    }
  };
  resume(kNone, detail.partitions);
  for (std::uint32_t i = 0; i < detail.global_indexes.size(); ++i) {
    resume(i, detail.global_indexes[i].partitions);
  }
  split_for_throughput(table, when);
}

// ---- what a split does -------------------------------------------------------------------------

void Applier::partition_split(events::PartitionSplit::Reader event) {
  const std::uint32_t index = event.getTable();
  Table& table = at(state_.tables, index);
  law(event.getIndex() == kNone || table.detail, "an index that is split exists");
  auto& partitions = partitions_of(index, event.getIndex());
  const auto due = std::find_if(partitions.begin(), partitions.end(), [&](const Partition& p) {
    return p.structure == event.getPartition() && p.split != sim::kNoHandle &&
           !state_.agenda_.pending(p.split);
  });
  law(due != partitions.end(), "a partition that is split was due to be");
  due->split = sim::kNoHandle;
  const auto boundary = event.getAt();
  if (boundary.getHash() == 0 && boundary.getSortKey().size() == 0 &&
      event.getChildren().size() == 0) {
    due->undivided = due->items;
    due->hot_seconds = 0;
    return;
  }
  law(table.lifecycle == Lifecycle::live, "a table that is split is live");
  for (const auto child : event.getChildren()) {
    set_data_key(table, child, inherited_from(state_, *due, event, child));
  }
  const auto number = static_cast<std::size_t>(due - partitions.begin());
  if (event.getIndex() == kNone) {
    split_base(event, number);
  } else {
    split_index(event, number);
  }
}

// A child has a structure for each of its groups of items, in their order.
void Applier::take_groups(events::PartitionSplit::Reader event, Partition& child,
                          std::uint32_t end) {
  child.group_spent = false;
  const Table& table = state_.tables[event.getTable()];
  if (table.group_items == 0) return;
  child.second_group = second_group_in(event, child.structure);
  const ItemGroups groups = groups_between(table, child.first_place, end);
  std::uint32_t next = groups.first + 1;
  for (const auto made : event.getChildren()) {
    if (made.getKind() != events::StructureKind::ITEM_GROUP) continue;
    if (made.getParent() != child.structure) continue;
    law(made.getIndex() == next && made.getStructure() == group_structure(table, child, next),
        "groups of items are numbered in the order of the key space");
    ++next;
  }
  law(next == groups.end, "each group of items in a partition has a data key");
}

void Applier::split_base(events::PartitionSplit::Reader event, std::size_t number) {
  const std::uint32_t index = event.getTable();
  auto& partitions = partitions_of(index, kNone);
  const Partition former = partitions[number];
  const std::uint32_t end = number + 1 < partitions.size() ? partitions[number + 1].first_place
                                                           : state_.item_count(index);
  const SplitChildren children = children_of(event);
  if (children.partitions == 2 || event.getChildren().size() == 0) {
    Partition second;
    second.structure = children.partitions == 2 ? children.first + 1 : former.structure;
    second.first_hash = event.getAt().getHash();
    const auto sort = event.getAt().getSortKey();
    second.first_sort.assign(sort.begin(), sort.end());
    second.first_place = boundary_place(state_, event);
    law(second.first_place > former.first_place && second.first_place < end,
        "a partition is split somewhere inside it");
    if (sort.size() != 0) store_boundary(state_, index, kNone, second);
    partitions.insert(partitions.begin() + static_cast<std::ptrdiff_t>(number) + 1, second);
  }
  move_items(index, former, event);
  if (children.partitions != 0) {
    for (Partition& partition : partitions) {
      if (partition.structure == former.structure) partition.structure = children.first;
    }
    retire_partition(index, former.structure);
    split_shards(index, former.structure, event);
  }
  for (std::size_t i = number; i < partitions.size() && partitions[i].first_place < end; ++i) {
    Partition& child = partitions[i];
    child.split = sim::kNoHandle;
    child.delay = sim::Duration::nanoseconds(event.getNext());
    child.hot_seconds = 0;
    child.window_load = 0;
    child.undivided = 0;
    const std::uint32_t to =
        i + 1 < partitions.size() ? partitions[i + 1].first_place : state_.item_count(index);
    if (children.partitions != 0) take_groups(event, child, to);
    count_partition(state_, index, child, to);
    consider_split(index, kNone, child);
  }
  split_for_throughput(index);
}

// Under new data keys records are other bytes: what is generated gets them when it is next read,
// what was given stands in the event.
void Applier::move_items(std::uint32_t index, const Partition& former,
                         events::PartitionSplit::Reader event) {
  Table& table = state_.tables[index];
  const SplitChildren children = children_of(event);
  const bool fresh = children.partitions != 0 && table.structures[children.first].data_key == kNone;
  if (!fresh) {
    law(event.getMoved().size() == 0, "what keeps its data key is not sealed again");
    return;
  }
  std::size_t given = 0;
  for (std::uint32_t item = 0; item < table.items.size(); ++item) {
    const Item& record = table.items[item];
    if (record.version == 0 || record.deleted) continue;
    // Boundaries are in place already, structures not yet: both halves still bear the former's.
    const std::uint32_t lies_in = partition_of(state_, index, item);
    const bool moves =
        lies_in == former.structure || (children.partitions == 2 && lies_in == children.first + 1);
    if (!moves) continue;
    given += record.given ? 1 : 0;
    if (record.tag_high == 0 && record.tag_low == 0) continue;
    Item& changed = table.items.change(item);
    changed.tag_high = changed.tag_low = 0;
  }
  law(event.getMoved().size() == given, "every given value of a split partition is sealed again");
  for (const auto moved : event.getMoved()) seal_anew(table, moved);
}

void Applier::split_index(events::PartitionSplit::Reader event, std::size_t number) {
  const std::uint32_t index = event.getTable();
  GlobalIndex& global = at(state_.tables[index].detail.make().global_indexes, event.getIndex());
  const Partition former = global.partitions[number];
  const SplitChildren children = children_of(event);
  law(children.partitions != 0, "a partition of an index is split into structures of their own");
  Partition& first = global.partitions[number];
  first = Partition();
  first.structure = children.first;
  first.first_hash = former.first_hash;
  first.first_sort = former.first_sort;
  first.delay = sim::Duration::nanoseconds(event.getNext());
  if (children.partitions == 2) {
    Partition second = first;
    second.structure = children.first + 1;
    second.first_hash = event.getAt().getHash();
    const auto sort = event.getAt().getSortKey();
    second.first_sort.assign(sort.begin(), sort.end());
    if (sort.size() != 0) store_boundary(state_, index, event.getIndex(), second);
    global.partitions.insert(global.partitions.begin() + static_cast<std::ptrdiff_t>(number) + 1,
                             second);
  }
  for (const auto moved : event.getEntries()) {
    move_entry(state_, index, event.getIndex(), moved);
  }
  retire_partition(index, former.structure);
  for (std::size_t i = number; i < number + children.partitions; ++i) {
    count_index_partition(state_, index, event.getIndex(), global.partitions[i]);
    consider_split(index, event.getIndex(), global.partitions[i]);
  }
}

// A partition goes with its parts of the local indexes and its groups of items. A data key of items
// stays while something that was sealed under it has yet to be opened.
void Applier::retire_partition(std::uint32_t index, std::uint32_t structure) {
  Table& table = state_.tables[index];
  for (std::uint32_t i = 0; i < table.structures.size(); ++i) {
    const Structure& part = table.structures[i];
    if (part.parent != structure || part.gone) continue;
    if (part.kind == events::StructureKind::LOCAL_INDEX) retire_structure(table, i);
    if (part.kind != events::StructureKind::ITEM_GROUP) continue;
    table.structures[i].gone = true;
    table.detail.make().kept.push_back(i);
  }
  at(table.structures, structure).gone = true;
  table.detail.make().kept.push_back(structure);
  release_structures(index);
}

void Applier::release_structures(std::uint32_t index) {
  Table& table = state_.tables[index];
  if (table.detail->kept.empty()) return;
  std::erase_if(table.detail.make().kept, [&](std::uint32_t structure) {
    if (still_needed(state_, index, structure)) return false;
    retire_structure(table, structure);
    return true;
  });
}

}  // namespace tablekey::model
