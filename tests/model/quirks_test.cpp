// Rules that came after behaviour version 5 (model/quirks.h). Goal: each holds in a new run, and a
// run without it goes as runs went before, so that older traces are executed again. Method: one
// story a rule where the two differ, run both ways; both keep the laws of every run.
#include "model/quirks.h"

#include <algorithm>
#include <set>

#include "model/dynamodb/streams.h"
#include "tests/model/dynamodb/backup_steps.h"
#include "tests/model/dynamodb/structure_steps.h"
#include "tests/model/dynamodb/table_steps.h"

namespace tablekey::model::tests::quirks_test {
namespace {

std::unique_ptr<Play> by_rules(Story story, Quirks quirks) {
  story.quirks = quirks;
  return lawful(story);
}

// February 2018, and from `at` on DynamoDB encrypts every table.
void encrypt_by_default_from(Story& story, double at) {
  story.set("dynamodb.sse.by_default", "false").set("dynamodb.sse.change", "none");
  also(story, [=](events::Scenario::Builder scenario) {
    auto era = scenario.initEras(1)[0];
    era.setAt(at_seconds(at));
    auto settings = era.initSettings(1);
    settings[0].setPath("model.dynamodb.sse.change");
    settings[0].setValue("aws");
  });
}

Story plaintext_library(double until) {
  Story story = library(10, 2, until);
  story.keys.push_back({.name = "owned", .manager = Manager::OWNED});
  story.tables[0].key = static_cast<std::uint32_t>(story.keys.size() - 1);
  story.tables[0].global_indexes = {"by-genre"};
  story.tables[0].stream = true;
  index_keys(story, Projection::ALL);
  stream_view(story, "NEW_AND_OLD_IMAGES");
  encrypt_by_default_from(story, 100);
  return story;
}

Fill put_book(std::uint32_t item, const std::string& id, const std::string& text) {
  return data(Operation::PUT_ITEM, 0, item, book(id, 1, text, "essay", 1914));
}

// Where the bytes of a given value can be read without a key.
std::string readable_in(const Play& play, const std::string& text) {
  const TableDetail& detail = *play.state().tables[0].detail;
  const auto holds = [&](const std::vector<std::uint8_t>& bytes) {
    return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
  };
  std::string found;
  for (const IndexEntry& entry : detail.global_indexes[0].entries) {
    if (holds(entry.sealed)) found += "index ";
  }
  for (const StreamRecord& record : detail.streams[0].records) {
    if (holds(record.sealed)) found += "stream ";
  }
  for (const auto& [item, value] : detail.given) {
    if (holds(value.sealed)) found += "table ";
  }
  return found;
}

std::size_t records_that_open(Play& play) {
  const StreamPlace place = find_stream(play.state(), 0, false);
  StreamCursor cursor;
  cursor.type = events::DataCall::IteratorType::TRIM_HORIZON;
  cursor.made = play.state().now();
  std::size_t opened = 0;
  for (std::uint32_t shard = 0; shard < listed_shards(place).size(); ++shard) {
    const StreamPage page = stream_page(play.state(), place, shard, cursor, 0, play.state().now());
    for (const StreamRecord* record : page.records) {
      open_stream_record(play.state(), play.world().vault(), place, *record, play.state().now());
      ++opened;
    }
  }
  return opened;
}

}  // namespace

TEST_CASE("every rule has a name that leads back to it, and a sentence") {
  std::set<std::string_view> names;
  for (const QuirkRow& row : quirk_table()) {
    CHECK(find_quirk(row.name) == row.quirk);
    CHECK(names.insert(row.name).second);
    CHECK(row.rule.size() > 20);
    CHECK(Quirks::all().has(row.quirk));
    CHECK_FALSE(Quirks::none().has(row.quirk));
  }
  CHECK(Quirks::all().names().size() == quirk_table().size());
  CHECK(Quirks::none().names().empty());
  CHECK_FALSE(find_quirk("moon-phase").has_value());
}

TEST_CASE("a cryptographic call sees the key change of its instant, and did not before") {
  Story story;
  story.set("kms.key_state_propagation", "constant(10s)");
  story.step(10, kms(KmsKind::DISABLE_KEY, 0));
  story.step(20, kms(KmsKind::GENERATE_DATA_KEY, 0));
  story.step(20, kms(KmsKind::DESCRIBE_KEY, 0));
  const auto now = by_rules(story, Quirks::all());
  CHECK(error_name(answer_to(*now, 1).error) == "DisabledException");
  const auto before = by_rules(story, Quirks::none());
  CHECK(answer_to(*before, 1).error == KmsError::NONE);
  CHECK(answer_to(*now, 2).error == KmsError::NONE);
}

TEST_CASE(
    "of two calls at one instant the one that changes a key comes first, wherever it stands") {
  Story story;
  story.step(10, kms(KmsKind::GENERATE_DATA_KEY, 0));
  story.step(10, kms(KmsKind::DISABLE_KEY, 0));
  const auto now = by_rules(story, Quirks::all());
  CHECK(error_name(answer_to(*now, 0).error) == "DisabledException");
  CHECK(answer_to(*by_rules(story, Quirks::none()), 0).error == KmsError::NONE);
}

// The index's service asks for the table key at 140 s: by then the switch is over, its new grants
// are visible at about 160 s and the end of the old ones at about 182 s.
Story switching_library(std::uint32_t to) {
  Story story = library(10, 2, 300);
  const char* names[] = {"alias/a", "alias/b"};
  for (std::uint32_t key = 0; key < 2; ++key) {
    story.keys[key].more = [=](events::Key::Builder out) { out.initAliases(1).set(0, names[key]); };
  }
  story.tables[0].global_indexes = {"by-genre"};
  index_keys(story, Projection::ALL);
  story.set("kms.propagation", "constant(60s)");
  story.step(100, switch_to_alias(names[to]), 0);
  story.step(140, put_book(10, "a", "text"), 0);
  return story;
}

std::size_t denied_to_the_service(const Play& play) {
  const auto answers = play.answers(KmsOperation::DECRYPT);
  return static_cast<std::size_t>(std::ranges::count_if(answers, [](const KeptEvent* event) {
    const auto answered = event->read().getKmsAnswered();
    return answered.getAsService() && answered.getError() == KmsError::ACCESS_DENIED;
  }));
}

TEST_CASE("after a switch to the key that a table has the service goes on under the old grants") {
  const Story story = switching_library(0);
  auto now = by_rules(story, Quirks::all());
  CHECK(now->of(Event::SSE_SWITCH_COMPLETED).size() == 1);
  CHECK(denied_to_the_service(*now) == 0);
  CHECK(require_index(*now, 0, 0) == 11);
  CHECK(denied_to_the_service(*by_rules(story, Quirks::none())) != 0);
}

TEST_CASE("grants that a table left behind on another key do not serve it on its new one") {
  const Story story = switching_library(1);
  const std::size_t now = denied_to_the_service(*by_rules(story, Quirks::all()));
  CHECK(now != 0);
  CHECK(now == denied_to_the_service(*by_rules(story, Quirks::none())));
}

TEST_CASE("a new era encrypts what callers gave in indexes and streams too") {
  Story story = plaintext_library(300);
  story.step(20, put_book(10, "a", "the first text"), 0);
  story.step(150, put_book(11, "b", "the second text"), 0);
  auto now = by_rules(story, Quirks::all());
  CHECK(readable_in(*now, "the second text").empty());
  CHECK(readable_in(*now, "the first text") == "stream ");  // until its shard is trimmed
  require_structures(*now);
  CHECK(records_that_open(*now) == 2);
  const auto before = by_rules(story, Quirks::none());
  CHECK(readable_in(*before, "the first text") == "index stream ");
  CHECK(readable_in(*before, "the second text") == "index stream ");
}

TEST_CASE("a change that waits when its table is encrypted is told to index and stream") {
  Story story = plaintext_library(300);
  story.set("dynamodb.indexes.propagation", "constant(30s)");
  story.set("dynamodb.streams.delay", "constant(30s)");
  story.step(90, put_book(10, "a", "before the era"), 0);
  story.step(95, put_book(10, "a", "still before it"), 0);
  for (const Quirks quirks : {Quirks::all(), Quirks::none()}) {
    auto play = by_rules(story, quirks);
    CHECK(records_that_open(*play) == 2);
    CHECK(require_index(*play, 0, 0) == 11);
  }
}

TEST_CASE("a table of the time before encryption can be restored to that time") {
  Story story = restorable(1500);
  story.tables[0].key = 1;  // the owned one
  encrypt_by_default_from(story, 300);
  story.step(10, recovery(0, true), 0);
  story.step(100, put(0, 10, "a", "one"), 0);
  story.step(200, put(0, 10, "a", "two"), 0);
  story.step(400, put(0, 10, "a", "three"), 0);
  story.step(900, restore_to(0, 150, 1), 0);
  for (const Quirks quirks : {Quirks::all(), Quirks::none()}) {
    auto play = by_rules(story, quirks);
    REQUIRE(play->state().tables[1].lifecycle == Lifecycle::live);
    CHECK(play->state().item(1, 10).version == 1);
    const auto read = play->world().vault().open_item(play->state(), 1, 10, play->state().now());
    CHECK(items::to_json(item_of(read.plaintext.bytes())).find("one") != std::string::npos);
  }
}

}  // namespace tablekey::model::tests::quirks_test
