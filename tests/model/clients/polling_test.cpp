// DescribeKey polling: when a cache asks, what it sees, and what it cannot see (cache-theory.md 1,
// 3.11).
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::polling_test {
namespace {

/// One connection that reads every 2 s from 6 s on, under a rule that nothing but polling ends.
Story polled(double until = 600, const std::string& interval = "30s") {
  Story story = books_read_every(2, until);
  story.set("table_key_cache.policy", "idle-connection");
  story.set("table_key_cache.poll_interval", interval);
  return story;
}

std::vector<double> purges(const Play& play) {
  std::vector<double> found;
  for (const KeptEvent* kept : play.of(Event::KEY_POLLED)) {
    if (kept->read().getKeyPolled().getPurged()) found.push_back(kept->seconds());
  }
  return found;
}

std::size_t served_after(const Play& play, double seconds) {
  std::size_t count = 0;
  for (const KeptEvent* kept : play.of(Event::ITEM_READ)) count += kept->seconds() > seconds;
  return count;
}

}  // namespace

TEST_CASE("A cache polls on one grid of its own, with a phase below the interval") {
  const auto play = lawful(polled());
  REQUIRE(play->of(Event::KEY_POLL_PLANNED).size() == 1);
  const auto polls = play->of(Event::KEY_POLLED);
  REQUIRE(polls.size() >= 19);
  const double planned = play->of(Event::KEY_POLL_PLANNED)[0]->seconds();
  CHECK(polls[0]->seconds() - planned < 30);
  for (std::size_t i = 1; i < polls.size(); ++i) {
    CHECK(polls[i]->seconds() - polls[i - 1]->seconds() == Approx(30).epsilon(1e-9));
  }
  const auto first = polls[0]->read().getKeyPolled();
  CHECK(first.getError() == KmsError::NONE);
  CHECK(first.getDecidedBy() == events::Decider::KEY_POLICY);  // it may describe the key
  CHECK(first.getState() == events::KeyState::ENABLED);
  CHECK_FALSE(first.getPurged());
  CHECK(purges(*play).empty());
}

TEST_CASE("The first poll after a key is disabled purges what the cache holds") {
  Story story = polled();
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  const auto purged = purges(*play);
  REQUIRE(purged.size() == 1);
  CHECK((purged[0] >= 100 && purged[0] < 130));
  CHECK(play->state().cache[0].entry.version == 0);
  const auto failed = play->of(Event::REQUEST_FAILED);
  REQUIRE_FALSE(failed.empty());
  CHECK(failed[0]->seconds() - purged[0] < 2.1);
  for (const KeptEvent* asked : play->of(Event::TABLE_KEY_REQUESTED)) {
    if (asked->seconds() < 100) continue;
    CHECK(asked->read().getTableKeyRequested().getWhy() == events::Miss::INVALIDATED);
    break;
  }
  CHECK(play->of(Event::KEY_POLLED).back()->seconds() == purged[0]);  // nothing left to ask about
}

TEST_CASE("A poll sees a scheduled deletion, and no change of the key's policy") {
  Story deleted = polled();
  deleted.step(100, kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7));
  CHECK(purges(*lawful(deleted)).size() == 1);

  Story denied = polled();
  denied.step(100, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("nobody")})));
  const auto play = lawful(denied);
  CHECK(purges(*play).empty());
  CHECK(play->of(Event::REQUEST_FAILED).empty());
  CHECK(served_after(*play, 500) > 40);
}

TEST_CASE("A poll that its grant no longer lets pass purges nothing") {
  Story story = polled();
  story.keys[0].policy = policy_for({user_arn("db-lead")});  // DynamoDB itself has its grants alone
  story.step(100, kms(KmsKind::REVOKE_GRANT, 0, 0));
  story.step(200, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  CHECK(play->of(Event::KEY_POLLED).front()->read().getKeyPolled().getDecidedBy() ==
        events::Decider::GRANT);
  CHECK(purges(*play).empty());
  CHECK(play->of(Event::KEY_POLLED).back()->read().getKeyPolled().getError() ==
        KmsError::ACCESS_DENIED);
  CHECK(served_after(*play, 500) > 40);
}

TEST_CASE("A poll that an outage fails purges nothing, and the next one sees what it missed") {
  Story story = polled();
  story.step(100, kms(KmsKind::DISABLE_KEY, 0));
  story.step(99, [](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::OUTAGE);
    fault.setOperation("DescribeKey");
    fault.setDuration(60 * kSecond);
  });
  const auto play = lawful(story);
  const auto purged = purges(*play);
  REQUIRE(purged.size() == 1);
  CHECK((purged[0] >= 159 && purged[0] < 189));
}

TEST_CASE("A cache does not poll about an entry that ends before the next poll") {
  Story story = polled(3000, "10m");
  story.workloads[0].stages = {{1e6, 1.0 / 1500, 1.0 / 1500}};  // each entry lives five minutes
  const auto play = lawful(story);
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() >= 1);
  for (const KeptEvent* kept : play->of(Event::KEY_POLLED)) {
    CHECK(kept->read().getKeyPolled().getError() == KmsError::NONE);
  }
  CHECK(play->of(Event::KEY_POLLED).size() <= play->of(Event::TABLE_KEY_REQUESTED).size());
}

TEST_CASE("Of a busy entry the polls leave half an interval of exposure on average") {
  // cache-theory.md 3.11: uniform on (0, P), so 400 of them have a mean of 15 s and a standard
  // error of 8.66 s / 20.
  Story story = polled(300);
  story.workloads[0].connections = 400;
  story.step(150, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  const auto purged = purges(play);
  REQUIRE(purged.size() == 400);
  double total = 0;
  for (const double at : purged) {
    REQUIRE((at >= 150 && at < 180));
    total += at - 150;
  }
  CHECK(total / 400 == Approx(15).margin(4 * 8.66 / 20));
}

TEST_CASE("Caches that share an entry poll for all who use it") {
  Story story = polled(300);
  story.set("table_key_cache.scope", "router");
  story.workloads[0].connections = 20;
  story.step(150, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  CHECK(play->of(Event::KEY_POLL_PLANNED).size() == 1);
  CHECK(purges(*play).size() == 1);
}

}  // namespace tablekey::model::tests::polling_test
