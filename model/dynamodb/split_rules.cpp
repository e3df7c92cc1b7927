// Why and where partitions are split: what can be said of State alone.
#include <algorithm>

#include "crypto/bytes.h"
#include "model/dynamodb/indexes.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/splits.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// See stored_record(): it begins with its structure.
bool lies_under(const std::vector<std::uint8_t>& stored, std::uint32_t structure) {
  return stored.size() >= 4 && crypto::load_big_endian<4>(stored.data()) == structure;
}

bool waits(const std::vector<Backlog>& backlog, std::uint32_t structure) {
  return std::any_of(backlog.begin(), backlog.end(), [&](const Backlog& change) {
    return lies_under(change.old_sealed, structure) || lies_under(change.new_sealed, structure);
  });
}

// Adaptive splits do not happen in provisioned mode with streams on (dynamodb.md 3.4).
bool heat_splits(const TableDetail& detail) {
  const bool stream = !detail.streams.empty() && detail.streams.back().enabled;
  return !(detail.provisioned && stream);
}

}  // namespace

SplitChildren children_of(events::PartitionSplit::Reader event) {
  using Kind = events::StructureKind;
  SplitChildren found;
  const Kind partition = event.getIndex() == kNone ? Kind::PARTITION : Kind::GLOBAL_INDEX;
  for (const auto child : event.getChildren()) {
    if (found.first == kNone) found.first = child.getStructure();
    const Kind kind = child.getKind();
    law(kind == partition || kind == Kind::LOCAL_INDEX || kind == Kind::ITEM_GROUP ||
            kind == Kind::SHARD,
        "a split makes partitions, their local indexes and groups of items, and shards");
    if (kind == partition) {
      law(found.locals + found.groups + found.shards == 0, "partitions come first in a split");
      ++found.partitions;
    } else if (kind == Kind::LOCAL_INDEX) {
      law(found.groups + found.shards == 0, "local indexes follow partitions in a split");
      ++found.locals;
    } else if (kind == Kind::ITEM_GROUP) {
      law(found.shards == 0, "groups of items come before shards in a split");
      ++found.groups;
    } else {
      ++found.shards;
    }
  }
  law(found.first == kNone || found.partitions == 1 || found.partitions == 2,
      "a partition is split in two, or made anew");
  return found;
}

std::uint64_t partition_weight(const State& state, std::uint32_t table) {
  const ItemSpace& space = state.scenario().items(at(state.tables, table).family);
  std::uint64_t copies = 1;
  for (std::uint32_t i = 0; i < space.local_indexes().size(); ++i) {
    if (!has_local_index(state, table, i)) continue;
    const auto projection = space.local_indexes()[i].projection;
    copies += projection == events::SecondaryIndex::Projection::ALL ? 1 : 0;
  }
  return copies * std::max(1U, state.settings().dynamodb.size_scale);
}

bool may_fill_partition(const State& state, std::uint32_t table) {
  const std::uint64_t largest = items::kItemBytesMax * partition_weight(state, table);
  return state.item_count(table) >= state.settings().dynamodb.partition_max_bytes / largest;
}

bool divisible(const Partition& partition) {
  return partition.items >= 2 && partition.items > partition.undivided;
}

bool data_key_spent(const State& state, std::uint32_t table, std::uint32_t structure) {
  const auto& figures = state.settings().dynamodb;
  const DataKey& key = at(at(state.tables, table).data_keys, structure);
  return key.seals >= figures.dek_max_records || key.bytes >= figures.dek_max_bytes;
}

std::optional<SplitCause> split_cause(const State& state, std::uint32_t table, std::uint32_t index,
                                      const Partition& partition) {
  const auto& figures = state.settings().dynamodb;
  const TableDetail& detail = *at(state.tables, table).detail;
  // Where all of an index has one data key, its partitions are not told apart.
  if (index != kNone && figures.structure_index) return std::nullopt;
  // Entries that have no record of their own yet lie in an index's first partition.
  if (index != kNone && at(detail.global_indexes, index).filling) return std::nullopt;
  if (divisible(partition)) {
    if (partition.bytes >= figures.partition_max_bytes) return SplitCause::SIZE;
    const bool hot = figures.heat_seconds != 0 && partition.hot_seconds >= figures.heat_seconds;
    if (hot && heat_splits(detail)) return SplitCause::HEAT;
    const bool base = index == kNone;
    if (base && detail.partitions.size() < partitions_for_throughput(state, table)) {
      return SplitCause::THROUGHPUT;
    }
  }
  const bool renews = !figures.dek_rotation_none && needed_version_of(state, table) != 0;
  if (!renews) return std::nullopt;
  if (partition.group_spent || data_key_spent(state, table, partition.structure)) {
    return SplitCause::RENEWAL;
  }
  return std::nullopt;
}

void count_partition(const State& state, std::uint32_t table, Partition& partition,
                     std::uint32_t end) {
  const auto& order = state.scenario().items(at(state.tables, table).family).scan_order();
  const std::uint64_t weight = partition_weight(state, table);
  partition.items = partition.bytes = 0;
  for (std::uint32_t place = partition.first_place; place < end; ++place) {
    const State::ItemView item = state.item(table, order[place]);
    if (item.version == 0) continue;
    ++partition.items;
    partition.bytes += item.size * weight;
  }
}

std::uint32_t place_of_boundary(const State& state, std::uint32_t table,
                                const Partition& partition) {
  const ItemSpace& space = state.scenario().items(at(state.tables, table).family);
  const auto& order = space.scan_order();
  const std::string sort(partition.first_sort.begin(), partition.first_sort.end());
  const auto before = [&](std::uint32_t item, std::uint64_t hash) {
    const items::AttributeValue key = space.partition_value(item);
    if (key.type() != space.key().partition.type) return true;  // no key: it never exists
    const std::uint64_t own = partition_hash(key);
    return own != hash ? own < hash : space.ordered_sort(item) < sort;
  };
  const auto found = std::lower_bound(order.begin(), order.end(), partition.first_hash, before);
  return static_cast<std::uint32_t>(found - order.begin());
}

void count_index_partition(const State& state, std::uint32_t table, std::uint32_t index,
                           Partition& partition) {
  const std::uint64_t scale = std::max(1U, state.settings().dynamodb.size_scale);
  partition.items = partition.bytes = 0;
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    const auto entry = index_entry(state, table, index, item);
    if (!entry || entry->structure != partition.structure) continue;
    ++partition.items;
    partition.bytes += entry->size * scale;
  }
}

bool still_needed(const State& state, std::uint32_t table, std::uint32_t structure) {
  const TableDetail& detail = *at(state.tables, table).detail;
  if (waits(detail.stream_backlog, structure)) return true;
  for (const GlobalIndex& index : detail.global_indexes) {
    if (waits(index.backlog, structure)) return true;
  }
  for (const Undo& undo : detail.recovery.log) {
    if (lies_under(undo.stored, structure)) return true;
  }
  if (detail.group == 0) return false;
  for (const std::uint32_t member : at(state.groups, detail.group - 1).tables) {
    for (const ReplicationQueue& queue : at(state.tables, member).detail->replication) {
      if (queue.source != table) continue;
      for (const ReplicatedChange& change : queue.changes) {
        if (lies_under(change.stored, structure)) return true;
      }
    }
  }
  return false;
}

}  // namespace tablekey::model
