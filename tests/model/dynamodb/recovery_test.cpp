// Point-in-time recovery (dynamodb.md 7.3): any second of the window, archived by the service under
// the table's grant.
#include <rapidcheck/catch.h>

#include "model/dynamodb/recovery.h"
#include "tests/model/dynamodb/backup_steps.h"

namespace tablekey::model::tests::recovery_test {
namespace {

constexpr std::uint32_t kGiven = 10;  // after the ten generated items
constexpr double kHour = 3600, kDay = 86'400;

double seconds_of(sim::Time time) { return static_cast<double>(time.nanoseconds() - kStart) / 1e9; }

double latest(const Play& play) {
  return seconds_of(latest_restorable(play.state(), 0, play.state().now()));
}

/// A step that changes nothing, so that the run's clock gets there.
void tick(Story& story, double at) {
  story.step(at, control(TableOperation::DESCRIBE_CONTINUOUS_BACKUPS, 0), 0);
}

}  // namespace

TEST_CASE(
    "A table can be restored to a second of its window, about five minutes ago at the latest") {
  Story story = restorable(2000);
  story.step(10, recovery(0, true), 0);
  story.step(100, put(0, kGiven, "a", "one"), 0);
  story.step(200, put(0, kGiven, "a", "two"), 0);
  story.step(700, restore_to(0, 5, 1), 0);    // before it was enabled
  story.step(701, restore_to(0, 600, 1), 0);  // too late
  story.step(702, restore_to(0, 150, 1), 0);
  tick(story, 1000);
  const auto play = lawful(story);
  const Reply early = reply_to(*play, 3);
  CHECK(early.exception == "InvalidRestoreTimeException");
  CHECK(early.message ==
        "An invalid restore time was specified. RestoreDateTime must be between "
        "EarliestRestorableDateTime and LatestRestorableDateTime.");
  CHECK(exception_of(*play, 4) == "InvalidRestoreTimeException");
  CHECK(exception_of(*play, 5).empty());
  REQUIRE(play->state().tables[1].lifecycle == Lifecycle::live);
  CHECK(play->state().item(1, kGiven).version == 1);
  CHECK(play->state().item(0, kGiven).version == 2);
}

TEST_CASE("A table without point-in-time recovery cannot be restored to a time") {
  Story story = restorable(1000);
  story.step(10, restore_to(0, 0, 1), 0);
  story.step(11, recovery(0, true), 0);
  story.step(400, recovery(0, false), 0);
  story.step(401, restore_to(0, 0, 1), 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 0) == "PointInTimeRecoveryUnavailableException");
  CHECK(exception_of(*play, 3) == "PointInTimeRecoveryUnavailableException");
}

TEST_CASE("Enabling it again begins a new window, enabling it twice changes nothing") {
  Story story = restorable(3000);
  story.step(10, recovery(0, true), 0);
  story.step(500, recovery(0, true), 0);
  story.step(900, restore_to(0, 100, 1), 0);
  story.step(1000, recovery(0, false), 0);
  story.step(1010, recovery(0, true), 0);
  story.step(1400, restore_to(0, 1000, 1), 0);
  const auto play = lawful(story);
  CHECK(exception_of(*play, 2).empty());
  CHECK(exception_of(*play, 5) == "InvalidRestoreTimeException");
}

TEST_CASE("Recovery that is disabled while the archive waits for its key archives nothing") {
  Story story = restorable(3000);
  story.step(10, recovery(0, true), 0);
  story.step(100, put(0, kGiven, "a", "one"), 0);  // written 10 ms later, archived 5 min after that
  story.step(400.014, recovery(0, false), 0);
  story.step(500, recovery(0, true), 0);
  story.step(600, put(0, kGiven, "a", "two"), 0);
  const auto play = lawful(story);
  const auto asked = play->of(Event::SERVICE_KEY_REQUESTED);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0]->seconds() < 400.014);
  CHECK(play->of(Event::SERVICE_KEY_ANSWERED)[0]->seconds() > 400.014);
  const auto archived = play->of(Event::LOG_ARCHIVED);
  REQUIRE(archived.size() == 1);
  CHECK(archived[0]->seconds() > 900);
}

TEST_CASE("A table that nobody writes to archives nothing and makes no event") {
  Story story = restorable(30 * kDay);
  story.step(10, recovery(0, true), 0);
  tick(story, 20 * kDay);
  const auto play = lawful(story);
  CHECK(play->of(Event::LOG_ARCHIVED).empty());
  CHECK(play->of(Event::SNAPSHOT_TAKEN).empty());
  CHECK(play->of(Event::SERVICE_KEY_REQUESTED).empty());
}

TEST_CASE("LatestRestorableDateTime follows the clock, and stands still while the archive stalls") {
  Story story = restorable(6 * kHour);
  story.step(10, recovery(0, true), 0);
  story.step(1000, put(0, kGiven, "a", "one"), 0);
  tick(story, 1200);
  tick(story, 2000);
  story.step(2000.5, kms(KmsKind::REVOKE_GRANT, 0, 0));
  // The job's copy of the key is used for half an hour.
  story.step(2100, put(0, kGiven, "a", "two"), 0);
  tick(story, 2900);
  story.step(4000, put(0, kGiven, "a", "three"), 0);
  tick(story, 5000);
  tick(story, 9000);
  Play play(story);
  play.run_to(1200);
  CHECK(latest(play) == 900);
  play.run_to(2000);
  CHECK(latest(play) == 1700);
  play.run_to(2900);
  CHECK(latest(play) == 2600);
  play.run_to(5000);
  CHECK(latest(play) == 4000);  // the first write that could not be archived
  play.run_to(9000);
  CHECK(latest(play) == 4000);
  play.run();
  CHECK(play.of(Event::LOG_ARCHIVED).size() == 2);
  require_laws(story, play);
}

TEST_CASE("The archive goes on when the key is back") {
  Story story = restorable(6 * kHour);
  story.step(10, recovery(0, true), 0);
  story.step(20, put(0, kGiven, "a", "one"), 0);
  story.step(30, kms(KmsKind::DISABLE_KEY, 0));
  story.step(2 * kHour, kms(KmsKind::ENABLE_KEY, 0));
  tick(story, 1.9 * kHour);
  tick(story, 3 * kHour);
  Play play(story);
  play.run_to(1.9 * kHour);
  CHECK(latest(play) <= 20);
  CHECK(play.of(Event::LOG_ARCHIVED).empty());
  play.run_to(3 * kHour);
  CHECK(play.of(Event::LOG_ARCHIVED).size() == 1);
  play.run();
  require_laws(story, play);
}

TEST_CASE("History has data keys of its own, which go when its window has passed") {
  Story story = restorable(60 * kDay);
  story.step(10, recovery(0, true), 0);
  for (int day = 0; day < 50; ++day) {
    story.step(100 + day * 25 * kHour, put(0, kGiven, "a", std::to_string(day)), 0);
  }
  const auto play = lawful(story);
  CHECK(play->of(Event::LOG_ARCHIVED).size() == 50);
  CHECK(play->of(Event::SNAPSHOT_TAKEN).size() == 50);
  const Table& table = play->state().tables[0];
  std::size_t alive = 0;
  for (std::size_t i = 0; i < table.structures.size(); ++i) {
    if (!is_history(table.structures[i])) continue;
    CHECK(table.structures[i].gone == (table.data_keys[i].version == 0));
    if (!table.structures[i].gone) ++alive;
  }
  CHECK(alive >= 2 * 33);  // one of each kind every 25 hours, for 35 days
  CHECK(alive <= 2 * 35);
  CHECK(table.detail->recovery.log.size() <= 2 * 37);
}

TEST_CASE("A switch re-wraps history too, or leaves it under the key of its time") {
  for (const bool rewrapped : {true, false}) {
    Story story = restorable(4000);
    story.keys.push_back({});
    story.set("dynamodb.recovery.rewrap", rewrapped ? "true" : "false");
    story.step(10, recovery(0, true), 0);
    story.step(20, put(0, kGiven, "a", "one"), 0);
    story.step(800, update_table(0, 2), 0);
    story.step(900, put(0, kGiven, "a", "two"), 0);
    story.step(1500, kms(KmsKind::DISABLE_KEY, 0));
    story.step(1600, restore_to(0, 100, 1, to_owned), 0);
    const auto play = lawful(story);
    CHECK(exception_of(*play, 5) == (rewrapped ? "" : "ValidationException"));
    const Table& table = play->state().tables[0];
    for (std::size_t i = 0; i < table.structures.size(); ++i) {
      const bool old = table.structures[i].opened.nanoseconds() < at_seconds(800);
      const bool kept = old && is_history(table.structures[i]) && !rewrapped;
      CHECK(table.data_keys[i].version == (kept ? 1U : 2U));
    }
  }
}

TEST_CASE("A restore to a time equals the table at that second, without the key there is none") {
  rc::prop("over drawn histories", [] {
    Story story = restorable(2500);
    story.seed = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
    story.keys.push_back({});
    story.step(8, recovery(0, true), kNone);
    const auto writes = *rc::gen::inRange(0, 40);
    for (int i = 0; i < writes; ++i) {
      const auto item = *rc::gen::inRange<std::uint32_t>(0, kGiven + 3);
      const double at = 9 + *rc::gen::inRange(0, 400) * 0.5;
      const std::string id = item < kGiven ? fmt::format("item-{:08}", item)
                                           : std::string(1, static_cast<char>('a' + item));
      if (*rc::gen::inRange(0, 3) == 0) {
        story.step(at, remove(0, item), kNone);
      } else {
        story.step(at, put(0, item, id, std::to_string(i)), kNone);
      }
    }
    if (*rc::gen::arbitrary<bool>())
      story.step(10 + *rc::gen::inRange(0, 190), update_table(0, 2), kNone);
    const int second = *rc::gen::inRange(9, 220);
    const auto dead = *rc::gen::inRange<std::uint32_t>(0, 3);  // 1: the owned key, never
    if (dead != 1) story.step(1000, kms(KmsKind::DISABLE_KEY, dead));
    story.step(1010, restore_to(0, second, 1, to_owned), 0);
    const std::size_t restore = story.steps.size() - 1;
    Play play(story);
    play.run_to(second);
    const Contents then = contents_of(play, 0);
    play.run();
    const bool usable = play.state().tables[0].key != dead || dead == 1;
    RC_ASSERT(exception_of(play, restore).empty() == usable);
    if (usable) {
      RC_ASSERT(play.state().tables[1].lifecycle == Lifecycle::live);
      RC_ASSERT(contents_of(play, 1) == then);
    }
    if (story.seed % 4 == 0) require_laws(story, play);
  });
}

}  // namespace tablekey::model::tests::recovery_test
