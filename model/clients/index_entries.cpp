// Generated entries are a function of what State says of them; given ones lie in State as
// ciphertext. Both are opened.
#include "model/clients/index_entries.h"

#include "model/dynamodb/items/serialize.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

// What is known of an entry. Of an index that came with the table, items that were never written
// have the entry of their first version.
struct Known {
  GeneratedValue value;
  const IndexEntry* entry = nullptr;
};

std::optional<Known> known_entry(const State& state, std::uint32_t table, std::uint32_t index,
                                 std::uint32_t item) {
  const Table& owner = state.tables[table];
  const auto& indexes = owner.detail->global_indexes;
  const IndexEntry* entry = nullptr;
  if (index < indexes.size() && item < indexes[index].entries.size()) {
    entry = &indexes[index].entries[item];
  }
  if (entry != nullptr && entry->version != 0) {
    if (!entry->present) return std::nullopt;
    return Known{{at(state.origins, entry->origin), item, entry->version, entry->expires}, entry};
  }
  const auto described = state.scenario().reader().getTables()[owner.family];
  const bool with_table = !at(described.getGlobalIndexes(), index).getByStep();
  if (!with_table || item >= owner.generated) return std::nullopt;
  return Known{{at(state.origins, owner.generated_origin), item, 1,
                state.scenario().items(owner.family).first_expiry()},
               nullptr};
}

}  // namespace

std::uint32_t entry_version(const State& state, std::uint32_t table, std::uint32_t index,
                            std::uint32_t item) {
  const auto known = known_entry(state, table, index, item);
  return known ? known->value.version : 0;
}

std::optional<IndexEntryRead> read_entry(Deciding& d, std::uint32_t table, std::uint32_t index,
                                         std::uint32_t item, sim::Time until,
                                         const items::AttributeValue* partition) {
  const auto known = known_entry(d.state, table, index, item);
  const ItemSpace& space = d.state.scenario().items(d.state.tables[table].family);
  const IndexShape& shape = at(space.global_indexes(), index);
  if (!known || !shape.key) return std::nullopt;
  IndexEntryRead read;
  read.version = known->value.version;
  if (known->entry != nullptr && !known->entry->sealed.empty()) {
    const IndexEntry& entry = *known->entry;
    read.tag = {entry.tag_high, entry.tag_low};
    read.entry = item_of(d.vault
                             .open_entry(d.state, table, entry.structure, item, entry.version,
                                         read.tag, entry.sealed, until)
                             .bytes());
    if (!shape.holds(read.entry)) return std::nullopt;
    read.place = index_place(d.state, table, index, read.entry);
    return read;
  }
  const items::AttributeMap foreseen = space.attributes(known->value);
  if (!shape.holds(foreseen)) return std::nullopt;
  if (partition != nullptr && !(*foreseen.find(shape.key->partition.name) == *partition)) {
    return std::nullopt;
  }
  read.place = index_place(d.state, table, index, foreseen);
  const std::uint32_t structure = index_partition_of(d.state, table, index, read.place);
  const items::AttributeMap value =
      item_of(d.vault.generated(d.state, table, known->value).bytes());
  const Vault::SealedEntry sealed =
      d.vault.seal_entry(d.state, table, structure, item, read.version,
                         items::serialize(shape.entry(value, space.key())), until);
  read.tag = sealed.tag;
  read.entry = item_of(d.vault
                           .open_entry(d.state, table, structure, item, read.version, sealed.tag,
                                       sealed.sealed, until)
                           .bytes());
  return read;
}

}  // namespace tablekey::model
