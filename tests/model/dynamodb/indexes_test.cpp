// Global secondary indexes follow their table, lag behind it when KMS refuses the service, and are
// filled in two phases when they come later (dynamodb.md 1.1, 5.3, 7).
#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::indexes_test {
namespace {

using Change = events::IndexChange::Kind;

Story indexed(Projection projection, double until = 60) {
  Story story = library(10, 2, until);
  story.tables[0].global_indexes = {"by-genre"};
  index_keys(story, projection);
  return story;
}

Fill put(std::uint32_t item, const std::string& value) {
  return data(Operation::PUT_ITEM, 0, item, value);
}

items::AttributeMap entry(Play& play, std::uint32_t item) {
  return open_index_entry(play.state(), play.world().vault(), 0, 0, item, play.state().now());
}

}  // namespace

TEST_CASE("an index that is made with its table has its items, projected") {
  for (const Projection projection :
       {Projection::ALL, Projection::KEYS_ONLY, Projection::INCLUDE}) {
    Story story = indexed(projection);
    story.step(10, put(10, book("b", 1, "some text", "essay", 1914)), 0);
    const auto play = lawful(story);
    CHECK(require_index(*play, 0, 0) == 11);
    const items::AttributeMap found = entry(*play, 10);
    CHECK(found.contains("id"));
    CHECK(found.contains("at"));
    CHECK(found.contains("genre"));
    CHECK(found.contains("year"));
    CHECK(found.contains("text") == (projection != Projection::KEYS_ONLY));
    CHECK(entry(*play, 0).contains("Payload") == (projection == Projection::ALL));
  }
}

TEST_CASE("items without the index's key are not in it, and come and go with it") {
  Story story = indexed(Projection::ALL);
  story.step(10, put(10, book("b", 1, "plain")), 0);
  story.step(20, put(10, book("b", 1, "found", "essay", 1914)), 0);
  story.step(30, put(10, book("b", 1, "moved", "novel", 1915)), 0);
  story.step(40, put(10, book("b", 1, "plain again")), 0);
  story.step(50, data(Operation::DELETE_ITEM, 0, 3), 0);
  Play play(story);
  std::vector<bool> there;
  for (const double at : {15.0, 25.0, 35.0, 45.0}) {
    play.run_to(at);
    there.push_back(index_entry(play.state(), 0, 0, 10).has_value());
    require_index(play, 0, 0);
  }
  CHECK(there == std::vector<bool>{false, true, true, false});
  play.run();
  CHECK_FALSE(index_entry(play.state(), 0, 0, 3).has_value());
  CHECK(require_index(play, 0, 0) == 9);
  require_laws(story, play);
}

TEST_CASE("an entry is written some time after its item") {
  Story story = indexed(Projection::ALL);
  story.set("dynamodb.indexes.propagation", "constant(2s)");
  story.step(10, put(10, book("b", 1, "text", "essay", 1914)), 0);
  Play play(story);
  play.run_to(11.9);
  CHECK_FALSE(index_entry(play.state(), 0, 0, 10).has_value());
  CHECK(index_facts(play.state(), 0, 0).waiting == 1);
  play.run_to(12.5);
  CHECK(index_entry(play.state(), 0, 0, 10).has_value());
  CHECK(index_facts(play.state(), 0, 0).waiting == 0);
}

TEST_CASE("the backlog grows while KMS refuses the service, and drains when it does not") {
  Story story = indexed(Projection::ALL, 1500);
  for (int i = 0; i < 20; ++i) {
    story.step(11 + i, put(10, book("b", 1, "version " + std::to_string(i), "essay", i)), 0);
  }
  story.step(10, kms(KmsOperation::REVOKE_GRANT, 0, 0));
  story.step(700, kms(KmsOperation::CREATE_GRANT, 0, 0));
  Play play(story);
  play.run_to(100);
  CHECK(index_facts(play.state(), 0, 0).waiting == 20);
  CHECK(require_items_open(play, 0) == 11);
  require_structures(play);
  require_laws(story, play.run());
}

TEST_CASE("a disabled key stops an index, and an enabled one lets it catch up") {
  Story story = indexed(Projection::ALL, 1500);
  story.step(9.9, put(10, book("b", 1, "first", "essay", 1)), 0);
  story.step(2000.0 / 2, kms(KmsOperation::ENABLE_KEY, 0));
  story.step(9.95, kms(KmsOperation::DISABLE_KEY, 0));
  for (int i = 0; i < 5; ++i) {
    story.step(10 + i, put(10, book("b", 1, "version " + std::to_string(i), "essay", i)), 0);
  }
  const auto play = lawful(story);
  CHECK(index_facts(play->state(), 0, 0).waiting == 0);
  CHECK(require_index(*play, 0, 0) == 11);
}

TEST_CASE("an index that comes later is CREATING, then filled, then ACTIVE") {
  Story story = indexed(Projection::ALL, 100);
  index_keys(story, Projection::ALL, true, 1);
  story.set("dynamodb.indexes.creation", "constant(5s)");
  story.set("dynamodb.indexes.backfill_rate", "2");
  story.set("dynamodb.indexes.backfill_batch", "4");
  story.step(8, put(10, book("b", 1, "before", "essay", 1)), 0);
  story.step(8.5, data(Operation::DELETE_ITEM, 0, 4), 0);
  story.step(10, change_index(Change::CREATE, 0, "by-genre"));
  story.step(12, put(10, book("b", 1, "meanwhile", "novel", 2)), 0);
  story.step(17, put(2, book("item-00000001", 0, "written", "novel", 3)), 0);
  Play play(story);
  play.run_to(9);
  CHECK_FALSE(index_facts(play.state(), 0, 0).exists);
  play.run_to(12.5);
  CHECK(index_facts(play.state(), 0, 0).status == "CREATING");
  CHECK_FALSE(index_facts(play.state(), 0, 0).backfilling);
  play.run_to(16);
  CHECK(index_facts(play.state(), 0, 0).status == "CREATING");
  CHECK(index_facts(play.state(), 0, 0).backfilling);
  CHECK_FALSE(index_readable(play.state(), 0, 0));
  play.run();
  CHECK(index_facts(play.state(), 0, 0).status == "ACTIVE");
  CHECK(require_index(play, 0, 0) == 10);
  require_structures(play);
  require_laws(story, play);
}

TEST_CASE("an index stays CREATING as long as the key is not usable") {
  Story story = indexed(Projection::ALL, 1500);
  index_keys(story, Projection::ALL, true, 1);
  story.step(10, change_index(Change::CREATE, 0, "by-genre"));
  story.step(11, kms(KmsOperation::DISABLE_KEY, 0));
  story.step(800, kms(KmsOperation::ENABLE_KEY, 0));
  Play play(story);
  play.run_to(790);
  CHECK(index_facts(play.state(), 0, 0).status == "CREATING");
  play.run();
  CHECK(index_facts(play.state(), 0, 0).status == "ACTIVE");
  CHECK(require_index(play, 0, 0) == 10);
}

TEST_CASE("an index that is deleted takes its data keys with it") {
  Story story = indexed(Projection::ALL, 60);
  story.step(10, put(10, book("b", 1, "text", "essay", 1)), 0);
  story.step(20, change_index(Change::DELETE, 0, "by-genre"));
  const auto play = lawful(story);
  CHECK_FALSE(index_facts(play->state(), 0, 0).exists);
  const Table& table = play->state().tables[0];
  for (std::uint32_t i = 0; i < table.structures.size(); ++i) {
    if (table.structures[i].kind != events::StructureKind::GLOBAL_INDEX) continue;
    CHECK(table.structures[i].gone);
    CHECK(table.data_keys[i].version == 0);
  }
  require_structures(*play);
}

TEST_CASE("a partition of an index is split like one of the table, without asking the caller") {
  Story story = indexed(Projection::ALL, 60);
  story.set("dynamodb.partitions.max_bytes", "500");
  story.step(30, put(10, book("b", 1, "text", "essay", 1)), 0);
  const auto play = lawful(story);
  CHECK(index_partitions(play->state(), 0, 0).size() > 1);
  CHECK(require_index(*play, 0, 0) == 11);
  require_structures(*play);
}

}  // namespace tablekey::model::tests::indexes_test
