// Reading global indexes: which entries there are, in which order, and what is in them.
#include "model/dynamodb/indexes.h"

#include <algorithm>

#include "model/dynamodb/items/limits.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/dynamodb/items/serialize.h"
#include "model/dynamodb/table_key_cache.h"
#include "model/law.h"

namespace tablekey::model {
namespace {

const ItemSpace& space_of(const State& state, std::uint32_t table) {
  return state.scenario().items(at(state.tables, table).family);
}

GeneratedValue value_of(const State& state, std::uint32_t item, const IndexEntryView& entry) {
  return {at(state.origins, entry.origin), item, entry.version, entry.expires};
}

// An item that was there from the start, in an index that was made with the table.
std::optional<IndexEntryView> first_entry(const State& state, std::uint32_t table,
                                          std::uint32_t index, std::uint32_t item) {
  const Table& owner = state.tables[table];
  const GlobalIndex& global = owner.detail->global_indexes[index];
  if (item >= owner.generated || item >= global.backfilled) return std::nullopt;
  const ItemSpace& space = space_of(state, table);
  IndexEntryView entry;
  entry.version = 1;
  entry.origin = owner.generated_origin;
  entry.expires = space.first_expiry();
  const auto size = generated_entry_size(space, index, value_of(state, item, entry));
  if (!size) return std::nullopt;
  entry.size = *size;
  entry.structure = at(global.partitions, std::size_t{0}).structure;
  return entry;
}

}  // namespace

std::uint32_t needed_version_of(const State& state, std::uint32_t table) {
  return needed_version(at(state.tables, table));
}

std::optional<items::AttributeMap> projected_entry(const ItemSpace& space, std::uint32_t index,
                                                   const items::AttributeMap& item) {
  const IndexShape& shape = at(space.global_indexes(), index);
  if (!shape.holds(item)) return std::nullopt;
  return shape.entry(item, space.key());
}

std::optional<std::uint32_t> generated_entry_size(const ItemSpace& space, std::uint32_t index,
                                                  const GeneratedValue& value) {
  const IndexShape& shape = at(space.global_indexes(), index);
  const items::AttributeMap attributes = space.attributes(value);
  if (!shape.holds(attributes)) return std::nullopt;
  const auto partial =
      static_cast<std::uint32_t>(items::item_size(shape.entry(attributes, space.key())));
  if (!shape.projects(space.payload_name(), space.key())) return partial;
  const auto known = static_cast<std::uint32_t>(items::item_size(attributes));
  return partial + space.item_size(value) - known;
}

std::optional<IndexEntryView> index_entry(const State& state, std::uint32_t table,
                                          std::uint32_t index, std::uint32_t item) {
  const auto& indexes = at(state.tables, table).detail->global_indexes;
  if (index >= indexes.size() || !indexes[index].exists) return std::nullopt;
  const GlobalIndex& global = indexes[index];
  if (item >= global.entries.size() || global.entries[item].version == 0) {
    return first_entry(state, table, index, item);
  }
  const IndexEntry& entry = global.entries[item];
  if (!entry.present) return std::nullopt;
  IndexEntryView view;
  view.version = entry.version;
  view.size = entry.size;
  view.origin = entry.origin;
  view.expires = entry.expires;
  view.structure = entry.structure;
  view.has_tag = entry.tag_high != 0 || entry.tag_low != 0;
  view.tag = {entry.tag_high, entry.tag_low};
  view.sealed = entry.sealed;
  return view;
}

items::AttributeMap open_index_entry(const State& state, Vault& vault, std::uint32_t table,
                                     std::uint32_t index, std::uint32_t item, sim::Time until) {
  const auto entry = index_entry(state, table, index, item);
  law(entry.has_value(), "an entry that is opened exists");
  if (!entry->sealed.empty()) {
    return item_of(vault
                       .open_entry(state, table, entry->structure, item, entry->version, entry->tag,
                                   entry->sealed, until)
                       .bytes());
  }
  // Generated: sealed as it was, and opened for real.
  const crypto::SecretBuffer value = vault.generated(state, table, value_of(state, item, *entry));
  auto projected = projected_entry(space_of(state, table), index, item_of(value.bytes()));
  law(projected.has_value(), "an entry has the index's key");
  items::Bytes bytes = items::serialize(*projected);
  const auto sealed =
      vault.seal_entry(state, table, entry->structure, item, entry->version, bytes, until);
  crypto::cleanse(bytes);
  law(!entry->has_tag || (sealed.tag.high == entry->tag.high && sealed.tag.low == entry->tag.low),
      "an entry sealed again has the tag that its event recorded");
  return item_of(vault
                     .open_entry(state, table, entry->structure, item, entry->version, sealed.tag,
                                 sealed.sealed, until)
                     .bytes());
}

std::vector<IndexRow> index_rows(const State& state, Vault& vault, std::uint32_t table,
                                 std::uint32_t index, sim::Time until,
                                 const items::AttributeValue* partition_key) {
  const ItemSpace& space = space_of(state, table);
  const std::string wanted = partition_key ? items::ordered(*partition_key) : std::string();
  std::vector<IndexRow> rows;
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    const auto entry = index_entry(state, table, index, item);
    if (!entry) continue;
    const items::AttributeMap attributes =
        entry->sealed.empty() ? space.attributes(value_of(state, item, *entry))
                              : open_index_entry(state, vault, table, index, item, until);
    IndexRow row{index_place(state, table, index, attributes), item};
    if (partition_key == nullptr || row.place.partition_key == wanted) {
      rows.push_back(std::move(row));
    }
  }
  std::sort(rows.begin(), rows.end(), [&](const IndexRow& a, const IndexRow& b) {
    if (a.place != b.place) return a.place < b.place;
    return space.scan_place(a.item) < space.scan_place(b.item);
  });
  return rows;
}

IndexFacts index_facts(const State& state, std::uint32_t table, std::uint32_t index) {
  IndexFacts facts;
  const auto& indexes = at(state.tables, table).detail->global_indexes;
  if (index >= indexes.size() || !indexes[index].exists) return facts;
  const GlobalIndex& global = indexes[index];
  facts.exists = true;
  facts.status = global.deleting ? "DELETING" : global.creating ? "CREATING" : "ACTIVE";
  facts.backfilling = global.creating && global.backfilling;
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    const auto entry = index_entry(state, table, index, item);
    if (!entry) continue;
    ++facts.items;
    facts.bytes += entry->size;
  }
  facts.waiting = global.backlog.size();
  return facts;
}

bool index_readable(const State& state, std::uint32_t table, std::uint32_t index) {
  const auto& indexes = at(state.tables, table).detail->global_indexes;
  if (index >= indexes.size()) return false;
  const GlobalIndex& global = indexes[index];
  return global.exists && !global.creating && !global.deleting;
}

}  // namespace tablekey::model
