#include "model/dynamodb/item_groups.h"

#include "model/dynamodb/item_content.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

std::uint32_t group_at(const Table& table, std::uint32_t place) {
  law(table.group_items != 0, "groups are asked for where there are some");
  return place / table.group_items;
}

std::uint32_t place_of(const State& state, std::uint32_t table, std::uint32_t item) {
  return state.scenario().items(at(state.tables, table).family).scan_place(item);
}

}  // namespace

ItemGroups groups_between(const Table& table, std::uint32_t first_place, std::uint32_t end_place) {
  const std::uint32_t first = group_at(table, first_place);
  if (end_place <= first_place) return {first, first + 1};
  return {first, group_at(table, end_place - 1) + 1};
}

std::uint32_t item_groups_of_new_table(const State& state, std::uint32_t table) {
  const Table& owner = at(state.tables, table);
  if (owner.group_items == 0) return 1;
  return groups_between(owner, 0, state.item_count(table)).end;
}

std::uint32_t second_group_of_new_table(const Table& table) {
  std::uint32_t next = 1;
  while (next < table.structures.size() &&
         table.structures[next].kind == events::StructureKind::LOCAL_INDEX) {
    ++next;
  }
  return next;
}

std::uint32_t group_structure(const Table& table, const Partition& partition, std::uint32_t group) {
  const std::uint32_t first = group_at(table, partition.first_place);
  law(group >= first, "a group is one of its partition's");
  return group == first ? partition.structure : partition.second_group + (group - first - 1);
}

std::uint32_t structure_within(const State& state, std::uint32_t table, const Partition& partition,
                               std::uint32_t item) {
  const Table& owner = at(state.tables, table);
  if (owner.group_items == 0) return partition.structure;
  return group_structure(owner, partition, group_at(owner, place_of(state, table, item)));
}

std::uint32_t item_structure(const State& state, std::uint32_t table, std::uint32_t item) {
  const Table& owner = at(state.tables, table);
  if (owner.group_items == 0) [[likely]]
    return partition_of(state, table, item);
  const std::vector<Partition>& partitions = owner.detail->partitions;
  if (!partitions.empty()) {
    const std::size_t number = partitions.size() == 1 ? 0 : partition_number(state, table, item);
    return structure_within(state, table, partitions[number], item);
  }
  Partition whole;
  whole.second_group = second_group_of_new_table(owner);
  return structure_within(state, table, whole, item);
}

std::uint32_t second_group_in(events::PartitionSplit::Reader event, std::uint32_t partition) {
  for (const auto child : event.getChildren()) {
    if (child.getKind() == events::StructureKind::ITEM_GROUP && child.getParent() == partition) {
      return child.getStructure();
    }
  }
  return kNone;
}

}  // namespace tablekey::model
