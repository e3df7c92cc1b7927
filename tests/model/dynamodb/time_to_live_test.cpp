// Time to live (dynamodb.md 9): which items the scanner deletes, when, and what it does without its
// key.
#include <rapidcheck/catch.h>

#include "tests/model/dynamodb/backup_steps.h"

namespace tablekey::model::tests::time_to_live_test {
namespace {

constexpr std::uint32_t kGiven = 10;  // after the ten generated items
constexpr double kHour = 3600, kDay = 86'400;

std::string expiring_text(const std::string& id, double seconds) {
  return fmt::format(R"({{"id":{{"S":"{}"}},"expires":{{"N":"{}"}}}})", id,
                     at_seconds(seconds) / kSecond);
}
Fill put_expiring(std::uint32_t item, const std::string& id, double seconds) {
  return data(Operation::PUT_ITEM, 0, item, expiring_text(id, seconds));
}

/// Seconds after the start at which an item was deleted by the service.
std::vector<std::pair<std::uint32_t, double>> deletions(const Play& play) {
  std::vector<std::pair<std::uint32_t, double>> found;
  for (const KeptEvent* kept : play.of(Event::ITEMS_EXPIRED)) {
    for (auto change : kept->read().getItemsExpired().getChanges()) {
      found.emplace_back(change.getItem(), kept->seconds());
    }
  }
  return found;
}

Story expiring(double until) {
  Story story = restorable(until);
  story.set("dynamodb.time_to_live.deletion", "constant(10m)");
  return story;
}

}  // namespace

TEST_CASE("Items whose time has come are deleted some while later, by the service") {
  Story story = expiring(2 * kDay);
  story.step(10, time_to_live(0, "expires", true), 0);
  story.step(20, put_expiring(kGiven, "a", 1000), 0);
  story.step(21, put_expiring(kGiven + 1, "b", 5000), 0);
  story.step(22, put(0, kGiven + 2, "c", "no attribute"), 0);
  story.step(1300, data(Operation::GET_ITEM, 0, kGiven), 0);  // expired, and still readable
  const auto play = lawful(story);
  CHECK(exception_of(*play, 0).empty());
  const auto gone = deletions(*play);
  REQUIRE(gone.size() == 2);
  CHECK(gone[0].first == kGiven);
  CHECK(gone[0].second >= 1600);
  CHECK(gone[0].second < 1660 + 60);
  CHECK(gone[1].first == kGiven + 1);
  CHECK(gone[1].second >= 5600);
  CHECK(play->state().item(0, kGiven).version == 0);
  CHECK(play->state().item(0, kGiven + 2).version == 1);
  CHECK(play->state().item(0, 0).version == 1);
  CHECK(play->of(Event::REQUEST_FAILED).empty());
}

TEST_CASE("An item that is written again gets its new time, or none") {
  Story story = expiring(2 * kDay);
  story.step(10, time_to_live(0, "expires", true), 0);
  story.step(20, put_expiring(kGiven, "a", 1000), 0);
  story.step(21, put_expiring(kGiven + 1, "b", 1000), 0);
  story.step(22, put_expiring(kGiven + 2, "c", 1000), 0);
  story.step(500, put_expiring(kGiven, "a", 9000), 0);
  story.step(1200, put(0, kGiven + 1, "b", "for good"), 0);  // found, and not deleted yet
  story.step(1201, remove(0, kGiven + 2), 0);
  const auto play = lawful(story);
  const auto gone = deletions(*play);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].first == kGiven);
  CHECK(gone[0].second >= 9600);
  CHECK(play->state().item(0, kGiven + 1).version == 2);
}

TEST_CASE("What lies more than five years back is left alone") {
  Story story = expiring(kDay);
  constexpr double kYear = 365 * kDay;
  story.step(10, time_to_live(0, "expires", true), 0);
  story.step(20, put_expiring(kGiven, "a", -4.9 * kYear), 0);
  story.step(21, put_expiring(kGiven + 1, "b", -5.1 * kYear), 0);
  const auto play = lawful(story);
  const auto gone = deletions(*play);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].first == kGiven);
}

TEST_CASE("Enabling an attribute finds it in what is there already") {
  Story story = expiring(kDay);
  story.step(10, put_expiring(kGiven, "a", 1000), 0);
  story.step(11, put_expiring(kGiven + 1, "b", 1000), 0);
  story.step(12, put(0, kGiven + 1, "b", "no more"), 0);
  story.step(5000, time_to_live(0, "expires", true), 0);
  const auto play = lawful(story);
  const auto gone = deletions(*play);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].first == kGiven);
  CHECK(gone[0].second >= 5000);
}

TEST_CASE("Generated items carry the attribute that the scenario declares") {
  Story story = expiring(3 * kDay);
  more_of_tables(story, [](events::Scenario::Builder scenario) {
    scenario.getTables()[0].setTimeToLive("expires");
    scenario.getTables()[0].setGeneratedTtl(static_cast<std::int64_t>(kDay) * kSecond);
  });
  WorkloadSpec writer;
  writer.name = "writer";
  writer.operations = {{Operation::PUT_ITEM, 1'000'000}};
  writer.starts = 0.9 * kDay;
  writer.requests = 20;
  story.workloads.push_back(writer);
  Play play(story);
  play.run_to(0.95 * kDay);
  std::set<std::uint32_t> rewritten;
  for (std::uint32_t item = 0; item < kGiven; ++item) {
    if (play.state().item(0, item).version > 1) rewritten.insert(item);
  }
  play.run();
  for (const auto& [item, when] : deletions(play)) {
    const double expected = rewritten.contains(item) ? 1.9 * kDay : kDay;
    CHECK(when >= expected);
    CHECK(when < expected + kHour);
  }
  CHECK(deletions(play).size() == kGiven);
  require_laws(story, play);
}

TEST_CASE("One change an hour, and no change that changes nothing") {
  Story story = expiring(3 * kHour);
  story.step(10, time_to_live(0, "expires", false), 0);
  story.step(11, time_to_live(0, "expires", true), 0);
  story.step(12, time_to_live(0, "expires", true), 0);
  story.step(13, time_to_live(0, "other", true), 0);
  story.step(14, time_to_live(0, "expires", false), 0);
  story.step(3700, time_to_live(0, "expires", false), 0);
  const auto play = lawful(story);
  CHECK(reply_to(*play, 0).message == "TimeToLive is already disabled");
  CHECK(exception_of(*play, 1).empty());
  CHECK(reply_to(*play, 2).message == "TimeToLive is already enabled");
  CHECK(reply_to(*play, 3).message ==
        "TimeToLive is active on a different AttributeName: current AttributeName is expires");
  CHECK(reply_to(*play, 4).message ==
        "Time to live has been modified multiple times within a fixed interval");
  CHECK(exception_of(*play, 5).empty());
  CHECK(play->state().tables[0].detail->ttl_attribute.empty());
}

TEST_CASE("UpdateTimeToLive needs the caller's Decrypt") {
  Story story = expiring(kHour);
  story.step(10, kms(KmsKind::DISABLE_KEY, 0));
  story.step(11, time_to_live(0, "expires", true), 0);
  const auto play = lawful(story);
  const Reply reply = reply_to(*play, 1);
  CHECK(reply.exception == "ValidationException");
  CHECK(reply.kms == KmsError::DISABLED);
}

TEST_CASE("Deletions go on for half an hour after the key is lost, and again when it is back") {
  Story story = expiring(10 * kHour);
  story.set("dynamodb.time_to_live.deletion", "constant(0s)");
  story.step(10, time_to_live(0, "expires", true), 0);
  // The scanner's first copy of the key is of about 1000.
  const std::vector<double> times = {1000, 2000, 2700, 3600, 7200};
  for (std::uint32_t i = 0; i < times.size(); ++i) {
    story.step(20 + i,
               put_expiring(kGiven + i, std::string(1, static_cast<char>('a' + i)), times[i]), 0);
  }
  story.step(1500, kms(KmsKind::DISABLE_KEY, 0));
  story.step(5 * kHour, kms(KmsKind::ENABLE_KEY, 0));
  const auto play = lawful(story);
  const auto gone = deletions(*play);
  REQUIRE(gone.size() == 5);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(gone[i].second >= times[i]);
    CHECK(gone[i].second < times[i] + 61);
  }
  for (std::uint32_t i = 3; i < 5; ++i) {
    CHECK(gone[i].second >= 5 * kHour);
    CHECK(gone[i].second < 5 * kHour + 400);
  }
}

TEST_CASE("Each item goes once, at a drawn time within two days of its own") {
  rc::prop("over drawn items", [] {
    Story story = restorable(8 * kDay);
    story.seed = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
    story.step(10, time_to_live(0, "expires", true), kNone);
    std::map<std::uint32_t, double> expected;
    const auto count = *rc::gen::inRange<std::uint32_t>(0, 12);
    for (std::uint32_t i = 0; i < count; ++i) {
      const double at = *rc::gen::inRange(-1000, 300'000);
      story.step(20 + i, put_expiring(kGiven + i, std::string(1, static_cast<char>('a' + i)), at),
                 kNone);
      expected[kGiven + i] = at;
    }
    Play play(story);
    play.run();
    const auto gone = deletions(play);
    RC_ASSERT(gone.size() == expected.size());
    for (const auto& [item, when] : gone) {
      RC_ASSERT(expected.contains(item));
      RC_ASSERT(when >= expected[item]);
      RC_ASSERT(when <= std::max(20.0 + count, expected[item]) + 2 * kDay + 120);
      expected.erase(item);
    }
    if (story.seed % 4 == 0) require_laws(story, play);
  });
}

}  // namespace tablekey::model::tests::time_to_live_test
