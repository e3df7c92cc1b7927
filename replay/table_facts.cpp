// Names stand in the scenario, numbers in State.
#include "replay/table_facts.h"

#include <fmt/format.h>

namespace tablekey::replay {
namespace {

events::Table::Reader described_table(const model::State& state, std::uint32_t table) {
  return state.scenario().reader().getTables()[state.tables[table].family];
}

}  // namespace

std::uint64_t items_in(const model::State& state, std::uint32_t index) {
  const model::Table& table = state.tables[index];
  switch (table.lifecycle) {
    case model::Lifecycle::absent:
    case model::Lifecycle::creating:
    case model::Lifecycle::deleted:
      return 0;
    default:
      break;
  }
  if (table.items.empty()) return table.generated;
  std::uint64_t count = 0;
  const std::uint32_t numbers = state.item_count(index);
  for (std::uint32_t item = 0; item < numbers; ++item) {
    if (state.item(index, item).version != 0) ++count;
  }
  return count;
}

std::optional<std::uint32_t> find_index(const model::ScenarioView& scenario,
                                        const TableRange& tables, std::string_view name) {
  const auto all = scenario.reader().getTables();
  for (std::uint32_t family = 0; family < scenario.families.size(); ++family) {
    const model::FamilyView& view = scenario.families[family];
    if (tables.first < view.first_table || tables.first >= view.first_table + view.copies) continue;
    const auto indexes = all[family].getGlobalIndexes();
    for (std::uint32_t i = 0; i < indexes.size(); ++i) {
      if (std::string_view(indexes[i].getName().cStr()) == name) return i;
    }
  }
  return std::nullopt;
}

std::string index_name(const model::State& state, std::uint32_t table, std::uint32_t index,
                       bool local) {
  if (table >= state.tables.size()) return {};
  const auto indexes = local ? described_table(state, table).getLocalIndexes()
                             : described_table(state, table).getGlobalIndexes();
  return index < indexes.size() ? std::string(indexes[index].getName().cStr()) : std::string();
}

std::string structure_kind(const model::State& state, std::uint32_t table,
                           const model::Structure& structure) {
  switch (structure.kind) {
    case events::StructureKind::PARTITION:
      return "partition";
    case events::StructureKind::LOCAL_INDEX:
      return "lsi/" + index_name(state, table, structure.index, true);
    case events::StructureKind::GLOBAL_INDEX:
      return "gsi/" + index_name(state, table, structure.index, false);
    case events::StructureKind::SHARD:
      return "stream";
    case events::StructureKind::LOG_SEGMENT:
      return "log";
    case events::StructureKind::SNAPSHOT:
      return "snapshot";
    case events::StructureKind::ITEM_GROUP:
      return fmt::format("group/{}", structure.index);
  }
  return "?";
}

std::string structure_name(const model::State& state, std::uint32_t table,
                           std::uint32_t structure) {
  if (table >= state.tables.size()) return {};
  const auto& structures = state.tables[table].structures;
  if (structure >= structures.size()) return {};
  return fmt::format("{}#{}", structure_kind(state, table, structures[structure]), structure);
}

}  // namespace tablekey::replay
