// Filling in what events say of new structures.
#include "model/dynamodb/structures.h"

#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/restore.h"
#include "model/law.h"

namespace tablekey::model {

std::vector<StructurePlan> first_structures(const State& state, std::uint32_t index) {
  using Kind = events::StructureKind;
  const Table& table = at(state.tables, index);
  const auto described = state.scenario().reader().getTables()[table.family];
  std::vector<StructurePlan> plans = {{Kind::PARTITION}};
  for (std::uint32_t i = 0; i < described.getLocalIndexes().size(); ++i) {
    if (has_local_index(state, index, i)) plans.push_back({Kind::LOCAL_INDEX, i, 0});
  }
  const std::uint32_t groups = item_groups_of_new_table(state, index);
  for (std::uint32_t i = 1; i < groups; ++i) plans.push_back({Kind::ITEM_GROUP, i, 0});
  const bool restore = table.process.backup != kNone;
  for (std::uint32_t i = 0; i < described.getGlobalIndexes().size(); ++i) {
    const bool made =
        restore ? restores_index(state, index, i) : !described.getGlobalIndexes()[i].getByStep();
    if (made) plans.push_back({Kind::GLOBAL_INDEX, i});
  }
  if (described.getStream()) plans.push_back({Kind::SHARD});
  return plans;
}

void make_structure(Deciding& d, std::uint32_t table, std::uint32_t structure,
                    const StructurePlan& plan, events::NewStructure::Builder out) {
  out.setStructure(structure);
  out.setKind(plan.kind);
  out.setIndex(plan.index);
  out.setParent(plan.parent);
  out.setDataKey(plan.data_key);
  const auto made = plan.data_key == kNone
                        ? d.vault.make_data_key(d.state, table, structure)
                        : d.vault.inherit_data_key(d.state, table, structure, plan.copy_of);
  if (made) out.setWrapped(capnp::Data::Reader(made->wrapped.data(), made->wrapped.size()));
}

void new_index_structures(Deciding& d, std::uint32_t table, std::uint32_t index,
                          events::JobStarted::Builder job) {
  const auto number = static_cast<std::uint32_t>(at(d.state.tables, table).structures.size());
  make_structure(d, table, number, {events::StructureKind::GLOBAL_INDEX, index},
                 job.initStructures(1)[0]);
}

void new_shards(Deciding& d, std::uint32_t table, events::JobStarted::Builder job) {
  auto number = static_cast<std::uint32_t>(at(d.state.tables, table).structures.size());
  // Partitions that share a data key (structure_granularity) share a shard too.
  std::size_t shards = base_partitions(d.state, table).size();
  if (d.settings().dynamodb.structure_index) shards = 1;
  for (auto out : job.initStructures(static_cast<unsigned>(shards))) {
    make_structure(d, table, number++, {events::StructureKind::SHARD}, out);
  }
}

}  // namespace tablekey::model
