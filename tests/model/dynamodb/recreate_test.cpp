// A table's name can be used again after DeleteTable (dynamodb.md 1.3): new TableId, new keys, no
// item, and nothing of the former table opens or serves anything.
#include <algorithm>

#include "tests/model/world_builder.h"

namespace tablekey::model::tests::recreate_test {
namespace {

Story again(double until = 60) {
  Story story = books(until);
  story.step(20, delete_table(0));     // gone at 25
  story.step(30, create_table(0), 0);  // ACTIVE at 33
  return story;
}

Fill get(std::uint32_t item) { return data(Operation::GET_ITEM, 0, item); }
Fill put(std::uint32_t item) {
  return data(Operation::PUT_ITEM, 0, item, R"({"id":{"S":"a"},"text":{"S":"what was written"}})");
}

}  // namespace

TEST_CASE("A table made again has a new id, new keys and no item, and works") {
  Story story = again();
  story.step(10, get(3), 0).step(11, put(4), 0);
  story.step(40, get(3), 0).step(41, get(4), 0).step(42, put(4), 0).step(43, get(4), 0);
  Play play(story);
  play.run_to(25.5);
  const Uuid first = play.state().tables[0].id;
  const auto grants = play.state().tables[0].grants;
  for (const std::uint32_t grant : grants) CHECK(play.state().grants[grant].ended);
  CHECK(play.state().tables[0].data_keys.empty());
  CHECK(play.world().vault().held() == 0);
  CHECK(play.state().tables[0].holders == 0);
  play.run();
  const Table& table = play.state().tables[0];
  CHECK(table.lifecycle == Lifecycle::live);
  CHECK(table.id != first);
  const auto made = play.of(Event::TABLE_KEY_CREATED);
  REQUIRE(made.size() == 2);
  CHECK_FALSE(made[0]->read().getTableKeyCreated().getBlob() ==
              made[1]->read().getTableKeyCreated().getBlob());
  const auto reads = play.of(Event::ITEM_READ);
  REQUIRE(reads.size() == 4);
  CHECK(reads[0]->read().getItemRead().getVersion() == 1);
  CHECK(reads[1]->read().getItemRead().getVersion() == 0);
  CHECK(reads[2]->read().getItemRead().getVersion() == 0);
  CHECK(reads[3]->read().getItemRead().getVersion() == 1);
  // The first access to the new table asks KMS: what was cached belonged to the old one.
  CHECK(reads[1]->read().getItemRead().getVia() == events::Access::MISS);
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 2);
  const auto activated = play.of(Event::TABLE_ACTIVATED);
  CHECK(activated[0]->read().getTableActivated().getItems() == 10);
  CHECK(activated[1]->read().getTableActivated().getItems() == 0);
}

TEST_CASE("The same value under the same name and version is other ciphertext in the new table") {
  Story story = again();
  story.tables[0].items = 0;
  story.step(11, put(0), 0).step(42, put(0), 0);
  Play play(story);
  play.run();
  const auto writes = play.of(Event::ITEM_WRITTEN);
  REQUIRE(writes.size() == 2);
  const auto one = writes[0]->read().getItemWritten(), two = writes[1]->read().getItemWritten();
  CHECK(one.getVersion() == 1);
  CHECK(two.getVersion() == 1);
  CHECK_FALSE(one.getSealed() == two.getSealed());
}

TEST_CASE("An answer that is on its way when its table goes serves nothing and is not kept") {
  // Sent at 9.9; the table is gone at 10.1; decided at 10.4; arrived at 10.9.
  Story story = books(60);
  story.step(10, delete_table(0)).step(20, create_table(0));
  story.set("kms.latency", "constant(1s)");
  story.set("dynamodb.create_table", "constant(1s)");
  story.set("dynamodb.delete_table", "constant(100ms)");
  story.set("dynamodb.table_key_delay", "0s");
  story.step(9.9, get(1), 0);
  Play before(story);
  before.run();
  REQUIRE(before.of(Event::REQUEST_FAILED).size() == 1);
  const auto failed = before.of(Event::REQUEST_FAILED)[0]->read().getRequestFailed();
  CHECK(failed.getException() == events::Exception::RESOURCE_NOT_FOUND);
  CHECK(before.state().tables[0].holders == 0);
  const auto decrypts = before.answers(KmsOperation::DECRYPT);
  REQUIRE(decrypts.size() == 1);
  CHECK(decrypts[0]->read().getKmsAnswered().getError() == KmsError::NONE);
}

TEST_CASE("A request of the former table that is answered in the new one asks for the new key") {
  // On an owned key creation is one call, so that with drawn latencies some reads of the old table
  // are answered when the new one is there already.
  std::size_t asked_again = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Story story = books(400);
    story.seed = seed;
    story.keys.push_back({.name = "Owned", .manager = Manager::OWNED});
    story.tables[0].key = 1;
    story.set("kms.latency", "uniform(0s, 60s)").set("table_key_cache.coalesce", "false");
    story.set("dynamodb.create_table", "constant(0s)").set("dynamodb.table_key_delay", "0s");
    story.set("dynamodb.delete_table", "constant(10ms)");
    for (int i = 0; i < 50; ++i) story.step(99 + i * 0.01, get(1), 0);
    story.step(99.6, delete_table(0)).step(99.7, create_table(0));
    Play play(story);
    play.run();
    std::vector<Uuid> ids;
    for (const KeptEvent* event : play.answers(KmsOperation::DECRYPT)) {
      const auto answer = event->read().getKmsAnswered();
      CHECK(answer.getError() == KmsError::NONE);
      ids.push_back({answer.getRequestHigh(), answer.getRequestLow()});
    }
    for (const KeptEvent* event : play.of(Event::TABLE_KEY_REQUESTED)) {
      asked_again += event->read().getTableKeyRequested().getWhy() == events::Miss::VERSION;
    }
    for (const KeptEvent* event : play.of(Event::ITEM_READ)) {
      const bool of_new =
          event->read().getTime() > play.of(Event::TABLE_ACTIVATED).back()->read().getTime();
      CHECK(event->read().getItemRead().getVersion() == (of_new ? 0 : 1));
    }
    // Each call has an id of its own, though it is for a request that asked before.
    std::sort(ids.begin(), ids.end());
    CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  }
  CHECK(asked_again > 0);
}

TEST_CASE("A name that is taken cannot be created, and a table that is not there not deleted") {
  Story story = books();
  story.step(0.5, delete_table(0));
  story.step(2, create_table(0)).step(2.1, delete_table(0)).step(10, create_table(0));
  story.step(20, delete_table(0)).step(22, delete_table(0)).step(22.1, create_table(0));
  story.step(40, delete_table(0));
  Play play(story);
  play.run();
  std::vector<events::Exception> found;
  for (const KeptEvent* event : play.of(Event::TABLE_REQUEST_REFUSED)) {
    found.push_back(event->read().getTableRequestRefused().getException());
  }
  using enum events::Exception;
  CHECK(found == std::vector<events::Exception>{RESOURCE_NOT_FOUND, RESOURCE_IN_USE,
                                                RESOURCE_IN_USE, RESOURCE_IN_USE, RESOURCE_IN_USE,
                                                RESOURCE_IN_USE, RESOURCE_NOT_FOUND});
}

TEST_CASE("Clients of a table made again find it without being started again") {
  Story story = books_read_every(1, 60);
  story.step(20, delete_table(0)).step(30, create_table(0), 0);
  Play play(story);
  play.run();
  CHECK(play.of(Event::CONNECTION_OPENED).size() == 1);
  std::size_t late = 0;
  for (const KeptEvent* read : play.of(Event::ITEM_READ)) late += read->seconds() >= 33;
  CHECK(late == 28);
  for (const KeptEvent* failed : play.of(Event::REQUEST_FAILED)) {
    CHECK(failed->seconds() >= 25);
    CHECK(failed->seconds() < 33);
  }
}

}  // namespace tablekey::model::tests::recreate_test
