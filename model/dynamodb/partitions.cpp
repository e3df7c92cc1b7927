// Looking up partitions: those of the base table by the place of an item among all that may exist,
// those of a global index by the key of an entry.
#include "model/dynamodb/partitions.h"

#include <algorithm>
#include <tuple>

#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/ordered_key.h"

namespace tablekey::model {
namespace {

const GlobalIndex& global_index(const State& state, std::uint32_t table, std::uint32_t index) {
  return at(at(state.tables, table).detail->global_indexes, index);
}

std::vector<std::uint32_t> structures_of(const std::vector<Partition>& partitions) {
  std::vector<std::uint32_t> found;
  for (const Partition& partition : partitions) found.push_back(partition.structure);
  return found;
}

}  // namespace

std::size_t partition_number(const State& state, std::uint32_t table, std::uint32_t item) {
  const std::vector<Partition>& partitions = state.tables[table].detail->partitions;
  const std::uint32_t place = state.scenario().items(state.tables[table].family).scan_place(item);
  const auto after = std::upper_bound(partitions.begin(), partitions.end(), place,
                                      [](std::uint32_t wanted, const Partition& partition) {
                                        return wanted < partition.first_place;
                                      });
  law(after != partitions.begin(), "partitions begin where the key space does");
  return static_cast<std::size_t>(after - partitions.begin()) - 1;
}

std::vector<std::uint32_t> base_partitions(const State& state, std::uint32_t table) {
  const auto& partitions = at(state.tables, table).detail->partitions;
  return partitions.empty() ? std::vector<std::uint32_t>{0} : structures_of(partitions);
}

std::vector<const IndexShape*> index_shapes(const State& state, std::uint32_t table) {
  const ItemSpace& space = state.scenario().items(at(state.tables, table).family);
  std::vector<const IndexShape*> found;
  for (std::uint32_t i = 0; i < space.local_indexes().size(); ++i) {
    if (has_local_index(state, table, i)) found.push_back(&space.local_indexes()[i]);
  }
  for (const IndexShape& index : space.global_indexes()) found.push_back(&index);
  return found;
}

// They are made together: the local indexes' numbers follow soon after the partition's.
std::uint32_t local_index_structure(const State& state, std::uint32_t table,
                                    std::uint32_t partition, std::uint32_t index) {
  const std::vector<Structure>& structures = at(state.tables, table).structures;
  for (std::uint32_t i = partition + 1; i < structures.size(); ++i) {
    const Structure& structure = structures[i];
    if (structure.kind == events::StructureKind::LOCAL_INDEX && structure.index == index &&
        structure.parent == partition) {
      return i;
    }
  }
  law(false, "a partition has its part of each local index");
  return kNone;
}

IndexPlace index_place(const State& state, std::uint32_t table, std::uint32_t index,
                       const items::AttributeMap& item) {
  const ItemSpace& space = state.scenario().items(at(state.tables, table).family);
  const IndexShape& shape = at(space.global_indexes(), index);
  law(shape.holds(item), "an entry of an index has the index's key");
  const items::AttributeValue& partition = *item.find(shape.key->partition.name);
  IndexPlace place{partition_hash(partition), items::ordered(partition), {}};
  if (shape.key->sort) place.sort_key = items::ordered(*item.find(shape.key->sort->name));
  return place;
}

std::size_t index_partition_number(const State& state, std::uint32_t table, std::uint32_t index,
                                   const IndexPlace& place) {
  const auto& partitions = global_index(state, table, index).partitions;
  const auto begins_after = [&](const IndexPlace& wanted, const Partition& partition) {
    if (wanted.hash != partition.first_hash) return wanted.hash < partition.first_hash;
    return std::lexicographical_compare(
        wanted.sort_key.begin(), wanted.sort_key.end(), partition.first_sort.begin(),
        partition.first_sort.end(),
        [](auto a, auto b) { return static_cast<std::uint8_t>(a) < static_cast<std::uint8_t>(b); });
  };
  const auto after = std::upper_bound(partitions.begin(), partitions.end(), place, begins_after);
  law(after != partitions.begin(), "partitions begin where the key space does");
  return static_cast<std::size_t>(after - partitions.begin()) - 1;
}

std::uint32_t index_partition_of(const State& state, std::uint32_t table, std::uint32_t index,
                                 const IndexPlace& place) {
  const auto& partitions = global_index(state, table, index).partitions;
  return at(partitions, index_partition_number(state, table, index, place)).structure;
}

std::vector<std::uint32_t> index_partitions(const State& state, std::uint32_t table,
                                            std::uint32_t index) {
  const auto& indexes = at(state.tables, table).detail->global_indexes;
  if (index >= indexes.size()) return {};
  return structures_of(indexes[index].partitions);
}

bool partition_full(const State& state, std::uint32_t table, std::uint32_t item) {
  const TableDetail& detail = *at(state.tables, table).detail;
  if (detail.partitions.empty()) return false;
  const auto job = static_cast<std::size_t>(events::ServiceJob::SPLIT);
  if (detail.service_keys[job].denied == sim::Time()) return false;
  const std::size_t number =
      detail.partitions.size() == 1 ? 0 : partition_number(state, table, item);
  return detail.partitions[number].bytes >= state.settings().dynamodb.partition_max_bytes;
}

std::uint32_t partitions_for_throughput(const State& state, std::uint32_t table) {
  const TableDetail& detail = *at(state.tables, table).detail;
  if (!detail.provisioned) return 1;
  const std::uint64_t reads = std::max(1U, state.settings().dynamodb.partition_max_reads);
  const std::uint64_t writes = std::max(1U, state.settings().dynamodb.partition_max_writes);
  const std::uint64_t load = detail.read_capacity * writes + detail.write_capacity * reads;
  return std::max(1U, static_cast<std::uint32_t>((load + reads * writes - 1) / (reads * writes)));
}

}  // namespace tablekey::model
