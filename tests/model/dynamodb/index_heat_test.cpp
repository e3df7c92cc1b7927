// A global index is heated apart from its table: by what is read of it and by what is written to it
// (dynamodb.md 3.4).
#include <set>

#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::index_heat_test {
namespace {

using Cause = events::PartitionSplit::Cause;

// 40 items in an index over genres; two read units a second make a partition hot.
Story watched() {
  Story story = library(40, 1, 60);
  story.tables[0].global_indexes = {"by-genre"};
  index_keys(story, Projection::KEYS_ONLY);
  story.set("dynamodb.partitions.heat_min_items", "1");
  story.set("dynamodb.partitions.heat_seconds", "5");
  story.set("dynamodb.partitions.max_read_units", "2");
  return story;
}

void scan_each_second(Story& story, const std::string& index) {
  for (int i = 0; i < 12; ++i) {
    story.step(
        10 + i,
        [=](events::Step::Builder step) {
          auto call = step.initRequest();
          call.setOperation(Operation::SCAN);
          call.setTable(0);
          if (!index.empty()) call.setIndex(index);
        },
        0);
  }
}

// What was split for its heat: indexes by number, kNone the table.
std::set<std::uint32_t> heated(const Play& play) {
  std::set<std::uint32_t> found;
  for (const KeptEvent* kept : play.of(Event::PARTITION_SPLIT)) {
    const auto split = kept->read().getPartitionSplit();
    if (split.getWhy() == Cause::HEAT && split.getChildren().size() == 2) {
      found.insert(split.getIndex());
    }
  }
  return found;
}

}  // namespace

TEST_CASE("reads of a global index make its own partition hot, and not its table's") {
  Story story = watched();
  scan_each_second(story, "by-genre");
  const auto play = lawful(story);
  CHECK(heated(*play) == std::set<std::uint32_t>{0});
  CHECK(index_partitions(play->state(), 0, 0).size() > 1);
  CHECK(base_partitions(play->state(), 0).size() == 1);
  require_structures(*play);
}

TEST_CASE("reads of a table make its partition hot, and none of its indexes") {
  Story story = watched();
  scan_each_second(story, "");
  const auto play = lawful(story);
  CHECK(heated(*play) == std::set<std::uint32_t>{kNone});
  CHECK(index_partitions(play->state(), 0, 0).size() == 1);
  require_structures(*play);
}

TEST_CASE("entries that are written to an index make it hot, changes that are in none do not") {
  for (const bool indexed : {true, false}) {
    Story story = watched();
    story.set("dynamodb.partitions.max_read_units", "3000");
    story.set("dynamodb.partitions.max_write_units", "2");
    story.set("dynamodb.indexes.propagation", "constant(1ms)");
    for (std::uint32_t i = 0; i < 100; ++i) {
      story.step(10 + 0.1 * i,
                 data(Operation::PUT_ITEM, 0, 40 + i % 20,
                      book(fmt::format("b{}", i % 20), 1, "x", indexed ? "essay" : "",
                           static_cast<int>(i))),
                 0);
    }
    const auto play = lawful(story);
    CHECK(heated(*play).contains(kNone));
    CHECK(heated(*play).contains(0) == indexed);
    require_structures(*play);
  }
}

}  // namespace tablekey::model::tests::index_heat_test
