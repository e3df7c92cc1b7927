// Stories about partitions, global indexes and streams, and what holds of a world at any moment:
// partitions tile the key space, everything opens under the data key of where it lies, an index
// that has caught up is the projection of its table.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/dynamodb/indexes.h"
#include "model/dynamodb/item_content.h"
#include "model/dynamodb/item_groups.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/ordered_key.h"
#include "model/dynamodb/leakage.h"
#include "model/dynamodb/partitions.h"
#include "model/dynamodb/splits.h"
#include "model/dynamodb/streams.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests {
// Its names are its own: other fixtures use the same words.
inline namespace structure_steps {

using Projection = events::SecondaryIndex::Projection;

inline void also(Story& story, std::function<void(events::Scenario::Builder)> more) {
  story.more = [earlier = std::move(story.more), more = std::move(more)](auto scenario) {
    if (earlier) earlier(scenario);
    more(scenario);
  };
}

/// Gives the global indexes of the first table their keys (genre, and year if `sorted`). The last
/// `by_step` of them are made by steps.
inline void index_keys(Story& story, Projection projection, bool sorted = true,
                       unsigned by_step = 0) {
  also(story, [=](events::Scenario::Builder scenario) {
    auto indexes = scenario.getTables()[0].getGlobalIndexes();
    for (unsigned i = 0; i < indexes.size(); ++i) {
      indexes[i].initHashKey().setName("genre");
      indexes[i].getHashKey().setType("S");
      if (sorted) {
        indexes[i].initRangeKey().setName("year");
        indexes[i].getRangeKey().setType("N");
      }
      indexes[i].setProjection(projection);
      if (projection == Projection::INCLUDE) indexes[i].initNonKeyAttributes(1).set(0, "text");
      indexes[i].setByStep(i + by_step >= indexes.size());
    }
  });
}

inline void stream_view(Story& story, const std::string& view) {
  also(story,
       [=](events::Scenario::Builder scenario) { scenario.getTables()[0].setStreamView(view); });
}

/// UpdateTable of the first table with other parameters than SSE.
inline Fill update(std::function<void(events::TableCall::Builder)> fill) {
  return [=](events::Step::Builder step) {
    auto call = step.initControl();
    call.setOperation(events::TableOperation::UPDATE_TABLE);
    call.setTable(0);
    call.setTableName("Books");
    fill(call);
  };
}
inline Fill enable_stream(const std::string& view) {
  return update([=](events::TableCall::Builder call) {
    call.setHasStream(true);
    call.setStreamEnabled(true);
    call.setStreamView(view);
  });
}
inline Fill disable_stream() {
  return update([](events::TableCall::Builder call) { call.setHasStream(true); });
}
inline Fill change_index(events::IndexChange::Kind kind, std::uint32_t index,
                         const std::string& name) {
  return update([=](events::TableCall::Builder call) {
    auto change = call.initIndexChanges(1)[0];
    change.setKind(kind);
    change.setIndex(index);
    change.setName(name);
  });
}

/// A book of collection `id`; an empty genre: it has none and is in no index.
inline std::string book(const std::string& id, int at, const std::string& text,
                        const std::string& genre = "", int year = 1900) {
  std::string item = fmt::format(R"({{"id":{{"S":"{}"}},"at":{{"N":"{}"}})", id, at);
  if (!genre.empty()) {
    item += fmt::format(R"(,"genre":{{"S":"{}"}},"year":{{"N":"{}"}})", genre, year);
  }
  return item + fmt::format(R"(,"text":{{"S":"{}"}}}})", text);
}

/// Books with a sort key, `items` generated ones in collections of `collection`.
inline Story library(std::uint32_t items, std::uint32_t collection, double until = 60) {
  Story story = books(until);
  story.keys.push_back({});
  story.tables[0].items = items;
  story.tables[0].range_key = true;
  story.tables[0].collection = collection;
  story.set("dynamodb.partitions.split_duration", "constant(1s)");
  return story;
}

// ---- what holds at any moment ------------------------------------------------------------------

/// Opens all items of the table, each under the data key of the partition that it belongs to.
inline std::size_t require_items_open(Play& play, std::uint32_t table) {
  const State& state = play.state();
  std::size_t opened = 0;
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    const State::ItemView view = state.item(table, item);
    if (view.version == 0) continue;
    REQUIRE_FALSE(state.tables[table].structures[item_structure(state, table, item)].gone);
    const auto read = play.world().vault().open_item(state, table, item, state.now());
    REQUIRE(item_of(read.plaintext.bytes()).contains("id"));
    ++opened;
  }
  return opened;
}

inline void require_partitions_tile(const State& state, std::uint32_t table) {
  const auto& partitions = state.tables[table].detail->partitions;
  std::uint64_t items = 0;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const Partition& partition = partitions[i];
    REQUIRE((i == 0) == (partition.first_place == 0));
    if (i != 0) REQUIRE(partition.first_place > partitions[i - 1].first_place);
    if (i != 0) REQUIRE(partition.first_place == place_of_boundary(state, table, partition));
    Partition counted = partition;
    count_partition(
        state, table, counted,
        i + 1 < partitions.size() ? partitions[i + 1].first_place : state.item_count(table));
    REQUIRE(counted.items == partition.items);
    REQUIRE(counted.bytes == partition.bytes);
    items += partition.items;
  }
  std::uint64_t present = 0;
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    present += state.item(table, item).version != 0 ? 1U : 0U;
  }
  if (!partitions.empty()) REQUIRE(items == present);
}

/// Unless a switch is under way, every data key is wrapped under the table's newest key.
inline void require_keys_current(const State& state, std::uint32_t table) {
  const Table& owner = state.tables[table];
  REQUIRE(owner.structures.size() == owner.data_keys.size());
  const bool switching = owner.process.kind == ProcessKind::key_switch && !owner.process.retiring;
  for (std::uint32_t i = 0; i < owner.data_keys.size(); ++i) {
    const std::uint32_t version = owner.data_keys[i].version;
    const auto& kept = owner.detail->kept;
    if (!owner.structures[i].gone) REQUIRE(version != 0);
    if (version == 0 || switching) continue;
    REQUIRE(version == owner.keys.size());
    const bool held = std::find(kept.begin(), kept.end(), i) != kept.end();
    REQUIRE((held || !owner.structures[i].gone));
  }
}

/// Every entry opens; if nothing waits, they are what the table's items have. Returns how many.
inline std::size_t require_index(Play& play, std::uint32_t table, std::uint32_t index) {
  const State& state = play.state();
  Vault& vault = play.world().vault();
  const ItemSpace& space = state.scenario().items(state.tables[table].family);
  const IndexFacts facts = index_facts(state, table, index);
  if (!facts.exists) return 0;
  const GlobalIndex& global = state.tables[table].detail->global_indexes[index];
  const bool complete = facts.waiting == 0 && !global.creating && !global.filling;
  std::size_t entries = 0;
  for (std::uint32_t item = 0; item < state.item_count(table); ++item) {
    std::optional<items::AttributeMap> found, wanted;
    if (index_entry(state, table, index, item)) {
      found = open_index_entry(state, vault, table, index, item, state.now());
      ++entries;
    }
    if (state.item(table, item).version != 0) {
      const auto read = vault.open_item(state, table, item, state.now());
      wanted = projected_entry(space, index, item_of(read.plaintext.bytes()));
    }
    if (complete) REQUIRE((found == wanted));
  }
  const auto rows = index_rows(state, vault, table, index, state.now());
  REQUIRE(rows.size() == entries);
  for (const IndexRow& row : rows) {
    REQUIRE(index_partition_of(state, table, index, row.place) ==
            index_entry(state, table, index, row.item)->structure);
  }
  return entries;
}

inline void require_structures(Play& play, std::uint32_t table = 0) {
  if (play.state().tables[table].lifecycle != Lifecycle::live) return;
  require_items_open(play, table);
  require_partitions_tile(play.state(), table);
  require_keys_current(play.state(), table);
  const auto indexes = play.state().tables[table].detail->global_indexes.size();
  for (std::uint32_t i = 0; i < indexes; ++i) require_index(play, table, i);
}

}  // namespace structure_steps
}  // namespace tablekey::model::tests
