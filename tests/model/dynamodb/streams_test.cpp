// Streams deliver each change once and in order, whatever happens to partitions and keys
// (dynamodb.md 7.1, 1.3).
#include <map>
#include <set>

#include "tests/model/dynamodb/structure_steps.h"

namespace tablekey::model::tests::streams_test {
namespace {

using Iterator = events::DataCall::IteratorType;

constexpr double kHour = 3600;

Story streaming(const std::string& view, double until = 60) {
  Story story = library(6, 2, until);
  story.tables[0].stream = true;
  stream_view(story, view);
  return story;
}

Fill put(std::uint32_t item, const std::string& value) {
  return data(Operation::PUT_ITEM, 0, item, value);
}

/// The records of all shards of a stream, parents first, opened.
std::vector<std::pair<StreamRecord, items::AttributeMap>> read_all(Play& play,
                                                                   const StreamPlace& place) {
  std::vector<std::pair<StreamRecord, items::AttributeMap>> found;
  if (!place) return found;
  StreamCursor cursor;
  cursor.type = Iterator::TRIM_HORIZON;
  cursor.made = play.state().now();
  const std::size_t shards = listed_shards(place).size();
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const StreamPage page = stream_page(play.state(), place, shard, cursor, 0, play.state().now());
    REQUIRE(page.exception == events::Exception::NONE);
    for (const StreamRecord* record : page.records) {
      found.emplace_back(*record, open_stream_record(play.state(), play.world().vault(), place,
                                                     *record, play.state().now()));
    }
  }
  return found;
}

std::vector<events::StreamEventName> names(
    const std::vector<std::pair<StreamRecord, items::AttributeMap>>& records) {
  std::vector<events::StreamEventName> found;
  for (const auto& [record, images] : records) found.push_back(record.name);
  return found;
}

}  // namespace

TEST_CASE("a stream has a record of each change, with the images of its view") {
  for (const std::string view : {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}) {
    Story story = streaming(view);
    story.step(10, put(6, book("b", 1, "one")), 0);
    story.step(11, put(6, book("b", 1, "two")), 0);
    story.step(12, data(Operation::DELETE_ITEM, 0, 6), 0);
    story.step(13, data(Operation::DELETE_ITEM, 0, 2), 0);
    const auto play = lawful(story);
    const auto records = read_all(*play, find_stream(play->state(), 0, false));
    using enum events::StreamEventName;
    REQUIRE(names(records) == std::vector<events::StreamEventName>{INSERT, MODIFY, REMOVE, REMOVE});
    const bool news = view == "NEW_IMAGE" || view == "NEW_AND_OLD_IMAGES";
    const bool olds = view == "OLD_IMAGE" || view == "NEW_AND_OLD_IMAGES";
    const items::AttributeMap& modified = records[1].second;
    CHECK(modified.contains("Keys"));
    REQUIRE(modified.contains("NewImage") == news);
    REQUIRE(modified.contains("OldImage") == olds);
    const auto image = [&](const char* name) {
      return *modified.find(name)->as<items::AttributeMap>();
    };
    if (news) CHECK(image("NewImage") == *items::parse_item(book("b", 1, "two")));
    if (olds) CHECK(image("OldImage") == *items::parse_item(book("b", 1, "one")));
    CHECK(records[0].second.contains("NewImage") == news);
    CHECK_FALSE(records[0].second.contains("OldImage"));
    CHECK_FALSE(records[2].second.contains("NewImage"));
    CHECK(records[3].second.contains("OldImage") == olds);  // a generated value
  }
}

TEST_CASE("a write that changes nothing makes no record") {
  Story story = streaming("NEW_AND_OLD_IMAGES");
  story.step(10, put(6, book("b", 1, "same")), 0);
  story.step(11, put(6, book("b", 1, "same")), 0);
  story.step(12, data(Operation::DELETE_ITEM, 0, 7, R"({"id":{"S":"none"},"at":{"N":"1"}})"), 0);
  const auto play = lawful(story);
  CHECK(read_all(*play, find_stream(play->state(), 0, false)).size() == 1);
  CHECK(play->state().tables[0].detail->stream_backlog.empty());
}

TEST_CASE("records are gone 24 hours after their change") {
  Story story = streaming("NEW_IMAGE", 26 * kHour);
  story.step(10, put(6, book("b", 1, "early")), 0);
  story.step(kHour, put(6, book("b", 1, "late")), 0);
  Play play(story);
  const auto count = [&] { return read_all(play, find_stream(play.state(), 0, false)).size(); };
  play.run_to(23 * kHour);
  CHECK(count() == 2);
  play.run();
  const StreamPlace place = find_stream(play.state(), 0, false);
  CHECK(count() == 0);
  StreamCursor first;
  first.type = Iterator::AT_SEQUENCE_NUMBER;
  first.sequence = 1;
  first.made = play.state().now();
  CHECK(stream_page(play.state(), place, 0, first, 0, play.state().now()).exception ==
        events::Exception::TRIMMED_DATA_ACCESS);
}

TEST_CASE("iterators begin where they say and expire after a quarter of an hour") {
  Story story = streaming("NEW_IMAGE");
  for (int i = 0; i < 5; ++i) {
    story.step(10 + i, put(6, book("b", 1, "version " + std::to_string(i))), 0);
  }
  Play play(story);
  play.run();
  const StreamPlace place = find_stream(play.state(), 0, false);
  const sim::Time now = play.state().now();
  const auto page = [&](Iterator type, std::uint64_t sequence, std::uint32_t limit) {
    return stream_page(play.state(), place, 0, {type, sequence, now}, limit, now);
  };
  CHECK(page(Iterator::TRIM_HORIZON, 0, 0).records.size() == 5);
  CHECK(page(Iterator::AT_SEQUENCE_NUMBER, 2, 0).records.size() == 4);
  CHECK(page(Iterator::AFTER_SEQUENCE_NUMBER, 2, 0).records.size() == 3);
  CHECK(page(Iterator::LATEST, 0, 0).records.empty());
  CHECK(page(Iterator::LATEST, 0, 0).next == 5);
  const StreamPage two = page(Iterator::TRIM_HORIZON, 0, 2);
  CHECK(two.records.size() == 2);
  CHECK(two.next == 2);
  const StreamPage late = stream_page(play.state(), place, 0, {Iterator::TRIM_HORIZON, 0, now}, 0,
                                      now + sim::Duration::minutes(15));
  CHECK(late.exception == events::Exception::EXPIRED_ITERATOR);
}

TEST_CASE("a shard is split with its partition, and rolls when it has been open for long") {
  Story story = streaming("NEW_AND_OLD_IMAGES", 10 * kHour);
  story.set("dynamodb.partitions.max_bytes", "700");
  for (int i = 0; i < 12; ++i) {
    story.step(10 + i, put(static_cast<std::uint32_t>(6 + i), book(fmt::format("b{}", i), 1, "t")),
               0);
  }
  story.step(5 * kHour, put(6, book("b0", 1, "much later")), 0);
  story.step(5 * kHour + 60, put(6, book("b0", 1, "later still")), 0);
  const auto play = lawful(story);
  const StreamPlace place = find_stream(play->state(), 0, false);
  const auto& shards = place.stream->shards;
  REQUIRE(shards.size() > 3);
  std::set<std::uint32_t> fed;
  for (const Shard& shard : shards) {
    if (shard.parent != kNone) CHECK(shards[shard.parent].closed != sim::Time());
    if (shard.closed == sim::Time()) CHECK(fed.insert(shard.partition).second);
  }
  CHECK(fed.size() == base_partitions(play->state(), 0).size());
  const auto records = read_all(*play, place);
  CHECK(records.size() == 14);
  CHECK_FALSE(play->of(Event::SHARDS_CHANGED).empty());
  require_structures(*play);
}

TEST_CASE("each enabling makes another stream, and a disabled one is readable for a day") {
  Story story = streaming("NEW_IMAGE", 25 * kHour);
  story.step(10, put(6, book("b", 1, "first stream")), 0);
  story.step(20, disable_stream());
  story.step(40, put(6, book("b", 1, "no stream")), 0);
  story.step(50, enable_stream("KEYS_ONLY"));
  story.step(80, put(6, book("b", 1, "second stream")), 0);
  Play play(story);
  play.run_to(100);
  for (const KeptEvent* kept : play.of(Event::CONTROL_ANSWERED)) {
    INFO(kept->seconds());
    CHECK(std::string(kept->read().getControlAnswered().getMessage().cStr()) == "");
  }
  const StreamPlace now = find_stream(play.state(), 0, false);
  const StreamPlace before = find_stream(play.state(), 0, true);
  REQUIRE(now);
  REQUIRE(before);
  CHECK(stream_arn(play.state(), now) != stream_arn(play.state(), before));
  CHECK(stream_status(play.state(), now) == "ENABLED");
  CHECK(stream_status(play.state(), before) == "DISABLED");
  CHECK(read_all(play, now).size() == 1);
  CHECK(read_all(play, before).size() == 1);
  play.run();
  CHECK(streams_of(play.state(), 0).size() == 1);
  require_structures(play);
  require_laws(story, play);
}

TEST_CASE("a deleted table's stream lives for a day, also beside a new one of that name") {
  Story story = streaming("NEW_AND_OLD_IMAGES", 25 * kHour);
  story.step(10, put(6, book("b", 1, "of the first table")), 0);
  story.step(11, data(Operation::DELETE_ITEM, 0, 3), 0);
  story.step(20, delete_table(0));
  story.step(40, create_table(0), 0);
  story.step(60, put(6, book("b", 1, "of the second")), 0);
  Play play(story);
  play.run_to(35);
  CHECK(read_all(play, find_stream(play.state(), 0, false)).size() == 2);
  play.run_to(100);
  REQUIRE(streams_of(play.state(), 0).size() == 2);
  CHECK(read_all(play, find_stream(play.state(), 0, false)).size() == 1);
  const auto former = read_all(play, find_stream(play.state(), 0, true));
  REQUIRE(former.size() == 2);
  CHECK(*former[0].second.find("NewImage")->as<items::AttributeMap>() ==
        *items::parse_item(book("b", 1, "of the first table")));
  play.run();
  CHECK(streams_of(play.state(), 0).size() == 1);
  require_laws(story, play);
}

TEST_CASE("deliveries stop while KMS refuses the service, and then every change comes once") {
  Story story = streaming("NEW_AND_OLD_IMAGES", 2000);
  story.step(9, put(6, book("b", 1, "before")), 0);
  story.set("dynamodb.background.ttl", "100ms");
  story.step(9.9, kms(KmsOperation::DISABLE_KEY, 0));
  for (int i = 0; i < 8; ++i) {
    story.step(10 + i, put(6, book("b", 1, "version " + std::to_string(i))), 0);
  }
  story.step(900, kms(KmsOperation::ENABLE_KEY, 0));
  Play play(story);
  play.run_to(800);
  CHECK(play.state().tables[0].detail->stream_backlog.size() == 8);
  play.run();
  const auto records = read_all(play, find_stream(play.state(), 0, false));
  REQUIRE(records.size() == 9);
  for (std::size_t i = 1; i < records.size(); ++i) {
    CHECK(records[i].first.old_version == records[i - 1].first.new_version);
  }
  require_laws(story, play);
}

}  // namespace tablekey::model::tests::streams_test
