// Sort keys in plaintext metadata: the boundaries of partitions inside an item collection
// (dynamodb.md 3.2, S16).
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::leakage_test {
namespace {

// One collection of 16 items; a partition takes 500 bytes.
Story one_collection() {
  Story story = library(16, 16);
  story.set("dynamodb.partitions.max_bytes", "500");
  return story;
}

}  // namespace

TEST_CASE("S16: a split inside one collection leaves its sort key in plaintext metadata") {
  const auto play = lawful(one_collection());
  const std::vector<LeakedSortKey> leaked = leakage(play->state());
  REQUIRE(leaked.size() >= 3);
  CHECK(leaked.size() == base_partitions(play->state(), 0).size() - 1);
  for (const LeakedSortKey& one : leaked) {
    CHECK(one.table_name == "Books");
    CHECK(one.index.empty());
    CHECK(one.attribute == "at");
    const auto* number = one.value.as<items::Number>();
    REQUIRE(number != nullptr);
    // It is a value that some item has, and the partition key is only there as a hash.
    CHECK(std::stoi(number->text()) < 16);
    CHECK(one.hash == partition_hash(items::AttributeValue("item-00000000")));
    CHECK(one.since.nanoseconds() > at_seconds(4));
    CHECK(one.until == sim::Time());
  }
  require_structures(*play);
}

TEST_CASE("what was leaked stays on record after its table is gone") {
  Story story = one_collection();
  story.step(30, delete_table(0));
  const auto play = lawful(story);
  const std::vector<LeakedSortKey> leaked = leakage(play->state());
  REQUIRE(leaked.size() >= 3);
  for (const LeakedSortKey& one : leaked) CHECK(one.until.nanoseconds() > at_seconds(30));
}

TEST_CASE("a collection of a table with local indexes is never split") {
  Story story = one_collection();
  story.tables[0].local_indexes = {"l"};
  const auto play = lawful(story);
  CHECK(base_partitions(play->state(), 0) == std::vector<std::uint32_t>{0});
  CHECK(leakage(play->state()).empty());
}

TEST_CASE("a boundary between two collections shows no sort key") {
  Story story = library(16, 8);
  story.set("dynamodb.partitions.max_bytes", "1000");
  const auto play = lawful(story);
  CHECK(base_partitions(play->state(), 0).size() == 2);
  CHECK(leakage(play->state()).empty());
}

}  // namespace tablekey::model::tests::leakage_test
