// Items: what requests do to them, and that every stored one opens, whatever happened to the vault
// meanwhile (design.md 5, Store).
#include <set>

#include "model/dynamodb/item_content.h"
#include "model/dynamodb/items/json.h"
#include "model/dynamodb/items/limits.h"
#include "tests/model/world_builder.h"

namespace tablekey::model::tests::items_test {
namespace {

std::string item(const std::string& id, const std::string& text) {
  return R"({"id":{"S":")" + id + R"("},"text":{"S":")" + text + R"("}})";
}

constexpr std::uint32_t kGiven = 10;  // the first ordinal after the ten generated items

/// A table of 4 collections of 3 items, with writers and readers of every kind.
Story busy(std::uint64_t seed, double until = 40) {
  Story story = books(until);
  story.seed = seed;
  story.tables[0] = {.name = "Books",
                     .items = 12,
                     .item_size = 64,
                     .collection = 3,
                     .range_key = true,
                     .local_indexes = {"l"},
                     .stream = true};
  story.keys.push_back({});
  WorkloadSpec mix{.name = "mix", .connections = 3, .poisson = true};
  mix.stages = {{1e6, 4, 4}};
  mix.operations = {{Operation::GET_ITEM, 300'000},
                    {Operation::PUT_ITEM, 300'000},
                    {Operation::DELETE_ITEM, 150'000},
                    {Operation::QUERY, 150'000},
                    {Operation::SCAN, 100'000}};
  mix.query_items = 2;
  mix.requests_per_connection = 20;
  story.workloads.push_back(mix);
  story.set("dynamodb.sse_switch", "constant(4s)");
  story.set("dynamodb.sse_switch_old_key_shown", "constant(1s)");
  story.step(15, update_table(0, 1), 0);
  story.step(22, data(Operation::PUT_ITEM, 0, 12, R"({"id":{"S":"x"},"at":{"N":"1"}})"), 0);
  story.step(23, data(Operation::GET_ITEM, 0, 12, R"({"id":{"S":"x"},"at":{"N":"1"}})"), 0);
  return story;
}

/// Opens every item of every table. The law inside read() is the check.
std::size_t open_all(Play& play) {
  std::size_t opened = 0;
  for (std::uint32_t table = 0; table < play.state().tables.size(); ++table) {
    if (play.state().tables[table].data_keys.empty()) continue;
    for (std::uint32_t i = 0; i < play.state().item_count(table); ++i) {
      const State::ItemView view = play.state().item(table, i);
      if (view.version == 0) continue;
      const RecordTag tag = play.world().vault().read(play.state(), table, i, play.state().now());
      if (view.has_tag) {
        CHECK(tag.high == view.tag_high);
        CHECK(tag.low == view.tag_low);
      }
      ++opened;
    }
  }
  return opened;
}

}  // namespace

TEST_CASE("Items come, change and go, and their versions count on") {
  Story story = books();
  const auto get = [](std::uint32_t i) { return data(Operation::GET_ITEM, 0, i); };
  const auto remove = [](std::uint32_t i) { return data(Operation::DELETE_ITEM, 0, i); };
  story.step(10, get(0), 0);                                                  // generated
  story.step(11, get(kGiven), 0);                                             // none yet
  story.step(12, data(Operation::PUT_ITEM, 0, kGiven, item("a", "one")), 0);  // 1
  story.step(13, get(kGiven), 0);
  story.step(14, data(Operation::PUT_ITEM, 0, kGiven, item("a", "two")), 0);         // 2
  story.step(15, remove(kGiven), 0);                                                 // 3
  story.step(16, get(kGiven), 0);                                                    // none
  story.step(17, data(Operation::PUT_ITEM, 0, kGiven, item("a", "one")), 0);         // 4
  story.step(18, data(Operation::PUT_ITEM, 0, 0, item("item-00000000", "new")), 0);  // 2
  story.step(19, get(0), 0);
  story.step(20, remove(5), 0);  // a generated one
  story.step(21, get(5), 0);
  Play play(story);
  play.run();
  std::vector<std::uint32_t> read, written;
  for (const KeptEvent* event : play.of(Event::ITEM_READ)) {
    const auto item_read = event->read().getItemRead();
    read.push_back(item_read.getVersion());
    CHECK((item_read.getTagHigh() != 0) == (item_read.getVersion() != 0));
  }
  for (const KeptEvent* event : play.of(Event::ITEM_WRITTEN)) {
    const auto item_written = event->read().getItemWritten();
    written.push_back(item_written.getVersion());
    CHECK(item_written.getDeleted() == (item_written.getSize() == 0));
    CHECK((item_written.getSealed().size() == 0) == item_written.getDeleted());
  }
  CHECK(read == std::vector<std::uint32_t>{1, 0, 1, 0, 2, 0});
  CHECK(written == std::vector<std::uint32_t>{1, 2, 3, 4, 2, 2});
  const auto writes = play.of(Event::ITEM_WRITTEN);
  const auto one = writes[0]->read().getItemWritten(), again = writes[3]->read().getItemWritten();
  CHECK(one.getSize() == 3 + 7);  // id, a, text, one: names and values (dynamodb.md 9)
  // The same text under another version is other ciphertext, under another IV.
  CHECK_FALSE(one.getSealed() == again.getSealed());
  CHECK(one.getIvHead() != again.getIvHead());
  // What was read is what was written.
  CHECK(play.of(Event::ITEM_READ)[2]->read().getItemRead().getTagHigh() == one.getTagHigh());
}

TEST_CASE("No two seals of a run share key and IV") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Play play(busy(seed));
    play.run();
    std::set<std::pair<std::uint64_t, std::uint32_t>> ivs;
    std::size_t writes = 0;
    for (const KeptEvent* event : play.of(Event::ITEM_WRITTEN)) {
      const auto written = event->read().getItemWritten();
      if (written.getDeleted()) continue;
      ++writes;
      ivs.emplace(written.getIvHead(), written.getIvTail());
    }
    CHECK(writes > 30);
    CHECK(ivs.size() == writes);
  }
}

TEST_CASE("A query reads a collection, a scan the whole table, and both skip what is gone") {
  Story story = books();
  story.tables[0] = {.name = "Books", .items = 10, .collection = 4, .range_key = true};
  story.step(10, data(Operation::QUERY, 0, 5), 0);  // items 4 to 7
  story.step(11, data(Operation::QUERY, 0, 9), 0);  // 8, 9
  story.step(12, data(Operation::DELETE_ITEM, 0, 6), 0);
  story.step(13, data(Operation::QUERY, 0, 5), 0);
  story.step(14, data(Operation::SCAN, 0, kNone), 0);
  story.step(15, data(Operation::PUT_ITEM, 0, kGiven, R"({"id":{"S":"a"},"at":{"N":"1"}})"), 0);
  story.step(16, data(Operation::SCAN, 0, kNone), 0);
  Play play(story);
  play.run();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
  std::vector<std::uint64_t> digests;
  for (const KeptEvent* event : play.of(Event::ITEMS_READ)) {
    found.emplace_back(event->read().getItemsRead().getFirst(),
                       event->read().getItemsRead().getCount());
    digests.push_back(event->read().getItemsRead().getDigestHigh());
  }
  // A scan goes by the hash of the partition key.
  const std::uint32_t first = play.scenario().items(0).scan_order().front();
  CHECK(found == std::vector<std::pair<std::uint32_t, std::uint32_t>>{
                     {4, 4}, {8, 2}, {4, 3}, {first, 9}, {first, 10}});
  CHECK(digests[0] != digests[2]);
  CHECK(digests[3] != digests[4]);
}

TEST_CASE("A scan reads one page of a megabyte") {
  Story story = books();
  story.tables[0].items = 100;
  story.tables[0].item_size = 100'000;
  story.step(10, data(Operation::SCAN, 0, kNone), 0);
  Play play(story);
  play.run();
  CHECK(play.of(Event::ITEMS_READ)[0]->read().getItemsRead().getCount() == 10);
}

TEST_CASE("Every stored item opens, after a switch of keys as well") {
  Play play(busy(3));
  play.run_to(12);
  CHECK(open_all(play) > 5);
  play.run_to(16.5);
  CHECK(open_all(play) > 5);
  play.run();
  CHECK(play.state().tables[0].keys.size() == 2);
  CHECK(open_all(play) > 5);
}

TEST_CASE("The vault can be emptied at any time without changing an event") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Play kept(busy(seed)), emptied(busy(seed));
    sim::Random random(seed);
    for (std::uint64_t turn = 0; kept.turn(); ++turn) {
      REQUIRE(emptied.turn());
      if (sim::below(10, random.draw(1, 1, turn)) == 0) emptied.world().vault().clear();
    }
    CHECK_FALSE(emptied.turn());
    CHECK(kept.chain() == emptied.chain());
    CHECK(kept.state().save() == emptied.state().save());
  }
}

TEST_CASE("Every stored item opens after a restore, with the tag it had") {
  const Story story = busy(7);
  Play play(story);
  for (const double at : {10.0, 17.0, 25.0, 40.0}) {
    play.run_to(at);
    Play restored(story, play.state().save());
    CHECK(open_all(restored) == open_all(play));
  }
}

TEST_CASE("The vault holds a plaintext table key only while somebody may use it") {
  Story story = books_read_every(1, 3000);
  story.workloads[0].stops = 100;
  Play play(story);
  play.run_to(99);
  CHECK(play.world().vault().held() == 1);
  // The last use is at 99 s; idle for 300 s; the sweep comes with a later event.
  Story later = story;
  later.step(430, kms(KmsKind::DESCRIBE_KEY, 0));
  Play swept(later);
  swept.run_to(398);
  CHECK(swept.world().vault().held() == 1);
  swept.run_to(430);
  CHECK(swept.world().vault().held() == 0);
  // A connection that closes takes it at once.
  Story closing = story;
  closing.step(50.5, close_connections(0));
  Play closed(closing);
  closed.run_to(50.5);
  CHECK(closed.world().vault().held() == 0);
}

TEST_CASE("Plaintext comes back as it was given") {
  Story story = books();
  const std::string text = item("a", "what was written");
  story.step(10, data(Operation::PUT_ITEM, 0, kGiven, text), 0);
  Play play(story);
  play.run();
  const auto value = play.world().vault().plaintext(play.state(), 0, kGiven);
  CHECK(items::to_json(item_of(value.bytes())) == text);
  const auto generated = play.world().vault().plaintext(play.state(), 0, 3);
  CHECK(items::item_size(item_of(generated.bytes())) == 100);
  const auto other = play.world().vault().plaintext(play.state(), 0, 4);
  CHECK_FALSE(item_of(generated.bytes()) == item_of(other.bytes()));
}

TEST_CASE("Item keys are canonical DynamoDB JSON") {
  Story story = books();
  story.tables[0] = {.name = "Books", .items = 10, .collection = 4, .range_key = true};
  story.step(
      10,
      data(Operation::GET_ITEM, 0, kGiven, R"({"text":{"S":"t"},"at":{"N":"7"},"id":{"S":"a"}})"),
      0);
  const auto view = story.make();
  CHECK(view->families[0].item_key(6) == R"({"id":{"S":"item-00000001"},"at":{"N":"2"}})");
  CHECK(view->families[0].item_key(kGiven) == R"({"id":{"S":"a"},"at":{"N":"7"}})");
}

}  // namespace tablekey::model::tests::items_test
