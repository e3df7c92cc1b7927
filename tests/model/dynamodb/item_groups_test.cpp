// structure_granularity item_group(n): a data key for each n items in a row, below partitions
// (dynamodb.md 3.2).
#include "tests/model/dynamodb/backup_steps.h"
#include "tests/model/dynamodb/structure_steps.h"

#include <map>
#include <set>

namespace tablekey::model::tests::item_groups_test {
namespace {

// 30 generated items in collections of three, whatever else the story has.
Story grouped(const std::string& size, double until = 60) {
  Story story = library(30, 3, until);
  story.set("dynamodb.structure_granularity", "item_group(" + size + ")");
  return story;
}

std::map<std::uint32_t, std::set<std::uint32_t>> items_by_key(const Play& play) {
  std::map<std::uint32_t, std::set<std::uint32_t>> found;
  for (std::uint32_t item = 0; item < play.state().item_count(0); ++item) {
    found[item_structure(play.state(), 0, item)].insert(item);
  }
  return found;
}

std::size_t live_keys_of_items(const Table& table) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < table.structures.size(); ++i) {
    const auto kind = table.structures[i].kind;
    const bool of_items =
        kind == events::StructureKind::PARTITION || kind == events::StructureKind::ITEM_GROUP;
    found += of_items && !table.structures[i].gone ? 1U : 0U;
  }
  return found;
}

// Given values beside the generated items; partitions take 1000 bytes.
Story crowded_groups() {
  Story story = grouped("4", 120);
  story.set("dynamodb.partitions.max_bytes", "1000");
  for (int i = 0; i < 8; ++i) {
    story.step(4.1 + 0.01 * i,
               data(Operation::PUT_ITEM, 0, static_cast<std::uint32_t>(30 + i),
                    book(fmt::format("b{}", i), 1, std::string(120, 'x'))),
               0);
  }
  story.step(60, update_table(0, 1));
  return story;
}

}  // namespace

TEST_CASE("each group of items has a data key, and its items lie together in the key space") {
  Story story = grouped("4");
  story.tables[0].local_indexes = {"l"};
  const auto play = lawful(story);
  const auto groups = items_by_key(*play);
  REQUIRE(groups.size() == 8);
  const ItemSpace& space = play->scenario().items(0);
  std::uint32_t place = 0;
  for (const auto& [structure, items] : groups) {
    CHECK(items.size() == (place == 28 ? 2U : 4U));
    for (std::size_t i = 0; i < items.size(); ++i)
      CHECK(items.contains(space.scan_order()[place++]));
  }
  const Table& table = play->state().tables[0];
  std::set<std::array<std::uint8_t, 60>> wrapped;
  for (const DataKey& key : table.data_keys) wrapped.insert(key.wrapped);
  CHECK(wrapped.size() == 9);  // and the local index
  require_structures(*play);
}

TEST_CASE("a group as large as the table changes no event") {
  Story story = library(30, 3);
  story.step(10, data(Operation::PUT_ITEM, 0, 30, book("b", 1, "text")), 0);
  story.step(20, update_table(0, 1));
  const auto events_of = [](const Story& told) {
    std::vector<std::vector<std::uint8_t>> found;
    const auto play = lawful(told);
    for (const KeptEvent& kept : play->all()) {
      const auto words = capnp::canonicalize(kept.read());
      const auto bytes = words.asBytes();
      found.emplace_back(bytes.begin(), bytes.end());
    }
    return found;
  };
  const auto without = events_of(story);
  story.set("dynamodb.structure_granularity", "item_group(1000)");
  CHECK(events_of(story) == without);
}

TEST_CASE("a switch of keys wraps the data key of each group anew, and takes its time for each") {
  Story story = grouped("4", 200);
  story.set("dynamodb.rewrap_cost", "10s").set("dynamodb.rewrap_batch", "3");
  story.step(10, data(Operation::PUT_ITEM, 0, 30, book("b", 1, "text")), 0);
  story.step(20, update_table(0, 1));
  const auto play = lawful(story);
  std::set<std::uint32_t> moved;
  for (const KeptEvent* kept : play->of(Event::DATA_KEYS_REWRAPPED)) {
    const auto batch = kept->read().getDataKeysRewrapped().getDataKeys();
    CHECK(batch.size() <= 3);
    for (const auto key : batch) moved.insert(key.getStructure());
  }
  CHECK(moved == std::set<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7});
  const auto started = play->of(Event::SSE_SWITCH_STARTED);
  const auto ended = play->of(Event::SSE_SWITCH_COMPLETED);
  REQUIRE(started.size() == 1);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0]->read().getTime() - started[0]->read().getTime() >= 80'000'000'000);
  for (const DataKey& key : play->state().tables[0].data_keys) CHECK(key.version == 2);
  CHECK(require_items_open(*play, 0) == 31);
}

TEST_CASE("in the middle of a switch items of groups on both sides are read and written") {
  Story story = grouped("2", 200);
  story.set("dynamodb.rewrap_cost", "3s").set("dynamodb.rewrap_batch", "1");
  story.step(20, update_table(0, 1));
  for (std::uint32_t i = 0; i < 30; ++i) {
    const auto put = [&](int year) {
      return data(Operation::PUT_ITEM, 0, 30 + i, book(fmt::format("m{}", i), 1, "x", "", year));
    };
    story.step(5 + 0.1 * i, put(1), 0).step(24 + i, put(2), 0);
    story.step(24.5 + i, data(Operation::GET_ITEM, 0, 30 + i, book(fmt::format("m{}", i), 1, "")),
               0);
  }
  const auto play = lawful(story);
  CHECK(play->of(Event::REQUEST_FAILED).empty());
  std::size_t read = 0;
  for (const KeptEvent* kept : play->of(Event::ITEM_READ)) {
    read += kept->read().getItemRead().getVersion() == 2 ? 1U : 0U;
  }
  CHECK(read == 30);
  require_structures(*play);
}

TEST_CASE("children of a split have data keys for the groups that lie in them, and parts of one") {
  const auto play = lawful(crowded_groups());
  const Table& table = play->state().tables[0];
  const auto& partitions = table.detail->partitions;
  REQUIRE(partitions.size() >= 3);
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const std::uint32_t end = i + 1 < partitions.size() ? partitions[i + 1].first_place : 38;
    wanted += (end - 1) / 4 - partitions[i].first_place / 4 + 1;
  }
  CHECK(live_keys_of_items(table) == wanted);
  CHECK(items_by_key(*play).size() == wanted);
  for (const auto& [structure, items] : items_by_key(*play)) {
    CHECK(table.data_keys[structure].version == 2);
    const std::uint32_t partition = partition_of(play->state(), 0, *items.begin());
    for (const std::uint32_t item : items) {
      CHECK(partition_of(play->state(), 0, item) == partition);
    }
  }
  CHECK(require_items_open(*play, 0) == 38);
  require_structures(*play);
}

TEST_CASE("groups of children that inherit keep their data keys, and nothing is sealed again") {
  Story story = crowded_groups();
  story.set("dynamodb.partitions.split_keys", "inherit");
  const auto play = lawful(story);
  REQUIRE(play->state().tables[0].detail->partitions.size() >= 3);
  for (const KeptEvent* kept : play->of(Event::PARTITION_SPLIT)) {
    CHECK(kept->read().getPartitionSplit().getMoved().size() == 0);
  }
  const Table& table = play->state().tables[0];
  const ItemSpace& space = play->scenario().items(0);
  for (const auto& [structure, items] : items_by_key(*play)) {
    const std::uint32_t group = space.scan_place(*items.begin()) / 4;
    CHECK(table.structures[structure].data_key == group);
    INFO(structure << " of " << group << " parent " << table.structures[structure].parent);
    CHECK(table.data_keys[structure].seals >= table.data_keys[group].seals);
  }
  CHECK(require_items_open(*play, 0) == 38);
}

TEST_CASE("the data key of a group that has sealed its number of records is followed by another") {
  Story story = grouped("4", 100);
  story.set("dynamodb.data_keys.max_records", "10");
  for (int i = 0; i < 12; ++i) {
    story.step(10 + i, data(Operation::PUT_ITEM, 0, 30, book("b4", 1, std::to_string(i))), 0);
  }
  const auto play = lawful(story);
  const std::uint32_t group = play->scenario().items(0).scan_place(30) / 4;
  REQUIRE(group != 0);
  const auto splits = play->of(Event::PARTITION_SPLIT);
  REQUIRE(splits.size() == 1);
  const auto split = splits[0]->read().getPartitionSplit();
  CHECK(split.getWhy() == events::PartitionSplit::Cause::RENEWAL);
  CHECK(split.getChildren().size() == 8);
  const Table& table = play->state().tables[0];
  CHECK(item_structure(play->state(), 0, 30) == 8 + group);
  CHECK(table.data_keys[8 + group].seals <= 2);
  CHECK(live_keys_of_items(table) == 8);
  require_structures(*play);
}

TEST_CASE("a backup keeps the data keys of all groups, and a restore has groups of its own") {
  Story story = restorable(300);
  story.set("dynamodb.structure_granularity", "item_group(3)");
  for (std::uint32_t i = 0; i < 4; ++i) {
    story.step(10 + i, backup_steps::put(0, 10 + i, fmt::format("b{}", i), "given"), 0);
  }
  story.step(20, create_backup(0), 0);
  story.step(30, restore_backup(4, 1), 0);
  Play play(story);
  play.run_to(29);
  CHECK(play.state().backups.at(0).data_keys.size() == 5);
  play.run();
  CHECK(exception_of(play, 5).empty());
  CHECK(contents_of(play, 1) == contents_of(play, 0));
  CHECK(contents_of(play, 1).size() == 14);
  CHECK(live_keys_of_items(play.state().tables[1]) == 5);
  require_laws(story, play);
}

TEST_CASE("a table keeps the groups that it was made with when the rules change") {
  Story story = grouped("4", 200);
  also(story, [](events::Scenario::Builder scenario) {
    auto eras = scenario.initEras(1);
    eras[0].setAt(at_seconds(30));
    auto settings = eras[0].initSettings(2);
    settings[0].setPath("model.dynamodb.structure_granularity");
    settings[0].setValue("index");
    settings[1].setPath("model.dynamodb.partitions.max_bytes");
    settings[1].setValue("1000");
  });
  for (std::uint32_t i = 0; i < 6; ++i) {
    story.step(40 + i, data(Operation::PUT_ITEM, 0, 30 + i, book(fmt::format("b{}", i), 1, "x")),
               0);
  }
  const auto play = lawful(story);
  CHECK(play->state().tables[0].group_items == 4);
  CHECK(items_by_key(*play).size() >= 9);
  CHECK(require_items_open(*play, 0) == 36);
}

TEST_CASE("groups that would make too many data keys are refused with the scenario") {
  Story story = library(70'000, 1);
  story.set("dynamodb.structure_granularity", "item_group(1)");
  REQUIRE_THROWS_WITH(
      story.make(),
      Catch::Contains("item_group(1) gives table Books 70000 data keys, and at most 65536 are "
                      "simulated; write item_group(2) or more"));
}

}  // namespace tablekey::model::tests::item_groups_test
