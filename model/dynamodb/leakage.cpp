// Boundaries as the values they are.
#include "model/dynamodb/leakage.h"

#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/law.h"

namespace tablekey::model {

std::vector<LeakedSortKey> leakage(const State& state) {
  std::vector<LeakedSortKey> found;
  for (const StoredBoundary& stored : state.boundaries) {
    const ItemSpace& space = state.scenario().items(at(state.tables, stored.table).family);
    LeakedSortKey leaked;
    leaked.table = stored.table;
    leaked.table_name = state.table_name(stored.table);
    const items::KeySchema* key = &space.key();
    if (stored.index != kNone) {
      const IndexShape& index = at(space.global_indexes(), stored.index);
      leaked.index = index.name;
      law(index.key.has_value(), "an index that was split has a key");
      key = &*index.key;
    }
    law(key->sort.has_value(), "only where there is a sort key can it be a boundary");
    leaked.attribute = key->sort->name;
    const std::string ordered(stored.sort.begin(), stored.sort.end());
    std::string_view bytes = ordered;
    auto value = items::take_ordered(bytes, key->sort->type);
    law(value.has_value() && bytes.empty(), "a boundary is one sort key");
    leaked.value = std::move(*value);
    leaked.hash = stored.hash;
    leaked.since = stored.since;
    leaked.until = stored.until;
    found.push_back(std::move(leaked));
  }
  return found;
}

}  // namespace tablekey::model
