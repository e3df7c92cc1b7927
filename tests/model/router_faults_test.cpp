// Faults between routers and KMS, of whole Regions, and of the time that changes take (design.md
// 7).
#include "model/faults.h"

#include "tests/model/dynamodb/table_steps.h"
#include "tests/model/kms/lawful_run.h"

namespace tablekey::model::tests::router_faults_test {
namespace {

using FaultKind = events::Fault::Kind;

Fill fault(FaultKind kind, double seconds, std::function<void(events::Fault::Builder)> more = {}) {
  return [=](events::Step::Builder step) {
    auto to = step.initFault();
    to.setKind(kind);
    to.setDuration(static_cast<std::int64_t>(seconds * 1e9));
    if (more) more(to);
  };
}

std::function<void(events::Fault::Builder)> routers(std::vector<std::uint32_t> list,
                                                    double timeout = 2) {
  return [=](events::Fault::Builder to) {
    auto named = to.initRouters(static_cast<unsigned>(list.size()));
    for (unsigned i = 0; i < list.size(); ++i) named.set(i, list[i]);
    to.setTimeout(static_cast<std::int64_t>(timeout * 1e9));
  };
}

/// Two connections on two routers, each reads every 10 s; entries last 15 s.
Story two_routers(double until = 200) {
  Story story = books_read_every(10, until);
  story.set("routers.count", "2");
  story.set("table_key_cache.policy", "fixed-connection");
  story.set("table_key_cache.ttl", "15s");
  story.workloads[0].connections = 2;
  return story;
}

std::size_t failed_on(const Play& play, std::uint32_t connection) {
  std::size_t count = 0;
  for (const KeptEvent* kept : play.of(Event::REQUEST_FAILED)) {
    count += kept->read().getRequestFailed().getConnection() == connection;
  }
  return count;
}

}  // namespace

TEST_CASE("A partition fails the requests of its router alone, when their time is over") {
  Story story = two_routers();
  story.step(50, fault(FaultKind::PARTITION, 60, routers({1}, 3)));
  const auto play = lawful(story);
  CHECK(failed_on(*play, 0) == 0);
  CHECK(failed_on(*play, 1) > 3);
  const auto lost = play->of(Event::CALL_LOST);
  REQUIRE_FALSE(lost.empty());
  CHECK(lost.size() == failed_on(*play, 1));
  for (const KeptEvent* kept : play->of(Event::REQUEST_FAILED)) {
    const auto failed = kept->read().getRequestFailed();
    CHECK(failed.getKmsError() == KmsError::DEPENDENCY_TIMEOUT);
    CHECK(failed.getException() == events::Exception::INTERNAL_SERVER_ERROR);
    CHECK(failed.getLatency() >= 3 * kSecond);
    CHECK((kept->seconds() > 50 && kept->seconds() < 114));
  }
}

TEST_CASE("A partition of a share of routers is about each by its own draw") {
  Story story = two_routers(400);
  story.set("routers.count", "200");
  story.workloads[0].connections = 200;
  story.step(50, fault(FaultKind::PARTITION, 0, [](events::Fault::Builder to) {
               to.setShareMillionths(250'000);
               to.setTimeout(kSecond);
             }));
  Play play(story);
  play.run();
  std::size_t cut = 0;
  for (std::uint32_t i = 0; i < 200; ++i) cut += failed_on(play, i) != 0;
  CHECK((cut > 25 && cut < 75));  // 50, and four standard deviations each way
}

TEST_CASE("A request that found its key in the cache does not notice a partition") {
  Story story = two_routers();
  story.set("table_key_cache.ttl", "1h");
  story.step(50, fault(FaultKind::PARTITION, 60));
  const auto play = lawful(story);
  CHECK(play->of(Event::REQUEST_FAILED).empty());
}

TEST_CASE("Routers that restart close their connections, whose entries go with them") {
  Story story = two_routers(100);
  story.set("table_key_cache.ttl", "1h");
  story.step(50, fault(FaultKind::RESTART, 0, routers({0})));
  const auto play = lawful(story);
  REQUIRE(play->of(Event::ROUTERS_RESTARTED).size() == 1);
  CHECK(play->of(Event::FAULT_STARTED).empty());
  const auto asked = play->of(Event::TABLE_KEY_REQUESTED);
  REQUIRE(asked.size() == 3);  // both at first, and one again
  const auto again = asked[2]->read().getTableKeyRequested();
  CHECK(again.getWhy() == events::Miss::RESTARTED);
  CHECK(again.getConnection() == 0);
  CHECK(play->state().connections[0].router == 1);  // it opened again on the next one
  CHECK(play->state().connections[0].lives == 2);
  CHECK(play->state().connections[1].lives == 1);
}

TEST_CASE("A router's restart empties the cache that its connections share") {
  Story story = two_routers(100);
  story.set("table_key_cache.policy", "router-shared");
  story.set("table_key_cache.ttl", "1h");
  story.workloads[0].connections = 4;
  story.step(50, fault(FaultKind::RESTART, 0, routers({0, 1})));
  const auto play = lawful(story);
  std::size_t restarted = 0;
  for (const KeptEvent* kept : play->of(Event::TABLE_KEY_REQUESTED)) {
    restarted += kept->read().getTableKeyRequested().getWhy() == events::Miss::RESTARTED;
  }
  CHECK(restarted == 2);
}

TEST_CASE("A brown-out fails its share of calls and slows the others down") {
  Story story = books_read_every(1, 800);
  story.set("table_key_cache.policy", "none");
  story.step(50, fault(FaultKind::BROWN_OUT, 700, [](events::Fault::Builder to) {
               to.setShareMillionths(300'000);
               to.setLatency(kSecond / 2);
             }));
  const auto play = lawful(story);
  std::size_t slow = 0, failed = 0;
  for (const KeptEvent* kept : play->of(Event::ITEM_READ)) {
    if (kept->seconds() < 52 || kept->seconds() > 749) continue;
    CHECK(kept->read().getItemRead().getLatency() >= kSecond / 2);
    ++slow;
  }
  for (const KeptEvent* kept : play->of(Event::REQUEST_FAILED)) {
    CHECK(kept->read().getRequestFailed().getKmsError() == KmsError::KMS_INTERNAL);
    ++failed;
  }
  const double share = static_cast<double>(failed) / static_cast<double>(slow + failed);
  CHECK(share == Approx(0.3).margin(4 * 0.0174));
}

TEST_CASE("While a Region fails, its requests fail whatever is cached") {
  Story story = books_read_every(10, 200);
  story.step(50, fault(FaultKind::REGION_FAILURE, 60));
  story.step(60, call(KmsOperation::DESCRIBE_KEY, 0));
  for (const double second : {70, 120}) {
    story.step(second, table_call(events::TableOperation::DESCRIBE_TABLE, 0));
  }
  const auto play = lawful(story);
  const auto failed = play->of(Event::REQUEST_FAILED);
  REQUIRE(failed.size() == 6);
  for (const KeptEvent* kept : failed) {
    CHECK(kept->read().getRequestFailed().getException() == events::Exception::SERVICE_UNAVAILABLE);
    CHECK((kept->seconds() >= 50 && kept->seconds() < 110));
  }
  CHECK(answer_to(*play, 1).error == KmsError::KMS_INTERNAL);
  const auto answers = play->of(Event::CONTROL_ANSWERED);
  REQUIRE(answers.size() == 2);
  const auto during = answers[0]->read().getControlAnswered();
  CHECK(during.getException() == events::Exception::SERVICE_UNAVAILABLE);
  CHECK(std::string_view(during.getMessage().cStr()) == kRegionFailureText);
  CHECK(answers[1]->read().getControlAnswered().getException() == events::Exception::NONE);
  // What was cached is still there.
  CHECK(play->of(Event::TABLE_KEY_REQUESTED).size() == 1);
}

TEST_CASE("Another Region's failure is nobody else's") {
  Story story = books_read_every(10, 200);
  story.step(50, fault(FaultKind::REGION_FAILURE, 60,
                       [](events::Fault::Builder to) { to.setRegion("eu-west-1"); }));
  CHECK(lawful(story)->of(Event::REQUEST_FAILED).empty());
}

TEST_CASE("Slow propagation lets a revoked key serve longer") {
  const auto first_failure = [](bool slow) {
    Story story = books_read_every(2, 200);
    story.set("table_key_cache.policy", "none");
    if (slow) {
      story.step(50, fault(FaultKind::PROPAGATION, 100,
                           [](events::Fault::Builder to) { to.setLatency(40 * kSecond); }));
    }
    story.step(61, kms(KmsKind::DISABLE_KEY, 0));
    const auto play = lawful(story);
    const auto failed = play->of(Event::REQUEST_FAILED);
    REQUIRE_FALSE(failed.empty());
    return failed[0]->seconds();
  };
  CHECK(first_failure(false) == Approx(62.005).margin(0.01));
  CHECK(first_failure(true) == Approx(102.005).margin(0.01));
}

}  // namespace tablekey::model::tests::router_faults_test
