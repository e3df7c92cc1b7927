// Push invalidation: which changes send messages, to whom, and what one does when it arrives
// (cache-theory.md 1, 3.12).
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::invalidation_test {
namespace {

/// One connection that reads every 2 s from 6 s on; messages take `delay`.
Story pushed(const std::string& delay = "constant(3s)", double until = 300) {
  Story story = books_read_every(2, until);
  story.set("table_key_cache.policy", "idle-connection");
  story.set("table_key_cache.push_delay", delay);
  return story;
}

std::size_t messages(const Play& play) {
  std::size_t count = 0;
  for (const KeptEvent* kept : play.of(Event::KEY_INVALIDATIONS_SENT)) {
    count += kept->read().getKeyInvalidationsSent().getMessages().size();
  }
  return count;
}

}  // namespace

TEST_CASE("A disabled key is purged from a cache when the message arrives, not before") {
  Story story = pushed();
  story.step(101, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  REQUIRE(play->of(Event::KEY_INVALIDATIONS_SENT).size() == 1);
  CHECK(play->of(Event::KEY_INVALIDATIONS_SENT)[0]->seconds() == 101);
  REQUIRE(play->of(Event::KEY_INVALIDATED).size() == 1);
  const auto arrived = play->of(Event::KEY_INVALIDATED)[0];
  CHECK(arrived->seconds() == 104);
  CHECK(arrived->read().getKeyInvalidated().getPurged());
  const auto failed = play->of(Event::REQUEST_FAILED);
  REQUIRE_FALSE(failed.empty());
  CHECK((failed[0]->seconds() > 104 && failed[0]->seconds() < 106.1));
}

TEST_CASE("A message is sent when the change takes effect in KMS's data plane") {
  Story story = pushed();
  story.set("kms.key_state_propagation", "constant(5s)");
  story.step(101, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  REQUIRE(play->of(Event::KEY_INVALIDATED).size() == 1);
  CHECK(play->of(Event::KEY_INVALIDATED)[0]->seconds() == 109);
}

TEST_CASE("Policies, grants and deletions of a key send messages, what enables it does not") {
  const auto count = [](Fill fill) {
    Story story = pushed();
    story.step(101, std::move(fill));
    return messages(*lawful(story));
  };
  CHECK(count(kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("db-lead")}))) == 1);
  CHECK(count(kms(KmsKind::SCHEDULE_KEY_DELETION, 0, kNone, "", 7)) == 1);
  CHECK(count(kms(KmsKind::REVOKE_GRANT, 0, 0, "", 0, events::GrantReference::Choice::FIRST)) == 1);
  CHECK(count(kms(KmsKind::ENABLE_KEY, 0)) == 0);
  CHECK(count(kms(KmsKind::DESCRIBE_KEY, 0)) == 0);
}

TEST_CASE("A cache that is told of a harmless change asks again, and goes on") {
  Story story = pushed();
  story.step(101, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("db-lead")})));
  const auto play = lawful(story);
  CHECK(play->of(Event::REQUEST_FAILED).empty());
  const auto asked = play->of(Event::TABLE_KEY_REQUESTED);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1]->read().getTableKeyRequested().getWhy() == events::Miss::INVALIDATED);
}

TEST_CASE("A lost message never purges") {
  Story story = pushed();
  story.set("table_key_cache.push_loss", "100%");
  story.step(101, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  CHECK(messages(*play) == 1);
  CHECK(play->of(Event::KEY_INVALIDATED).empty());
  CHECK(play->of(Event::REQUEST_FAILED).empty());
}

TEST_CASE("A message to a connection that closed meanwhile does not touch what came after") {
  Story story = pushed("constant(20s)");
  story.step(101, kms(KmsKind::PUT_KEY_POLICY, 0, kNone, policy_for({user_arn("db-lead")})));
  story.step(103, close_connections(0));
  const auto play = lawful(story);
  REQUIRE(play->of(Event::KEY_INVALIDATED).size() == 1);
  CHECK_FALSE(play->of(Event::KEY_INVALIDATED)[0]->read().getKeyInvalidated().getPurged());
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 2);
}

TEST_CASE("An answer that was given before the change and arrives after the message is not kept") {
  Story story = pushed("constant(0s)", 60);
  // Asked at 6 s, decided at 8 s, there at 10 s.
  story.step(5, [](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::LATENCY);
    fault.setLatency(4 * kSecond);
    fault.setDuration(3 * kSecond + kSecond / 2);
  });
  story.step(9, kms(KmsKind::DISABLE_KEY, 0));
  const auto play = lawful(story);
  REQUIRE(messages(*play) == 1);
  CHECK(play->of(Event::ITEM_READ).size() <= 3);  // those that waited for the answer
  CHECK(play->state().cache[0].entry.version == 0);
}

TEST_CASE("Messages are lost and delayed one by one") {
  // cache-theory.md 3.12: of 500 a share f = 20 % is lost, with a standard error of 0.018; the
  // others take an exponential time of mean 10 s, with one of 0.5 s.
  Story story = pushed("exponential(mean=10s)", 400);
  story.set("table_key_cache.push_loss", "20%");
  story.workloads[0].connections = 500;
  story.step(101, kms(KmsKind::DISABLE_KEY, 0));
  Play play(story);
  play.run();
  CHECK(messages(play) == 500);
  const auto arrived = play.of(Event::KEY_INVALIDATED);
  const double share = static_cast<double>(arrived.size()) / 500;
  CHECK(share == Approx(0.8).margin(4 * 0.018));
  double total = 0;
  for (const KeptEvent* kept : arrived) total += kept->seconds() - 101;
  CHECK(total / static_cast<double>(arrived.size()) == Approx(10).margin(4 * 0.5));
}

}  // namespace tablekey::model::tests::invalidation_test
