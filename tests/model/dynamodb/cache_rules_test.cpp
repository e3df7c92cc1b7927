// Each cache rule at its exact border, and who shares an entry (dynamodb.md 4.3, cache-theory.md
// 1). KMS answers at once here, so that a request is served at the instant at which it comes.
#include "model/dynamodb/table_key_cache.h"
#include "tests/model/world_builder.h"

#include <set>

namespace tablekey::model::tests::cache_rules_test {
namespace {

constexpr auto kHit = events::Access::HIT, kMiss = events::Access::MISS;
constexpr auto kStale = events::Access::STALE;
using Accesses = std::vector<events::Access>;
using Misses = std::vector<events::Miss>;

/// Books under a key that db-lead and auditor may use, ACTIVE at 4 s.
Story two_readers(double until = 1000) {
  Story story = books(until);
  story.principals.push_back({"auditor", PrincipalKind::USER, ""});
  story.keys[0].policy = policy_for({user_arn("db-lead"), user_arn("auditor")});
  story.set("kms.latency", "constant(0s)");
  return story;
}

Story& set(Story& story, const std::string& setting, const std::string& value) {
  story.set("table_key_cache." + setting, value);
  return story;
}

Story& read(Story& story, std::uint32_t who, const std::vector<double>& times) {
  for (const double at : times) story.step(at, data(Operation::GET_ITEM, 0, 0), who);
  return story;
}

/// What became of the requests, in order; failures are left out.
Accesses accesses(const Play& play) {
  Accesses found;
  for (const KeptEvent& event : play.all()) {
    if (event.read().isItemRead()) found.push_back(event.read().getItemRead().getVia());
    if (event.read().isItemWritten()) found.push_back(event.read().getItemWritten().getVia());
  }
  return found;
}

Misses misses(const Play& play) {
  Misses found;
  for (const KeptEvent* event : play.of(Event::TABLE_KEY_REQUESTED)) {
    found.push_back(event->read().getTableKeyRequested().getWhy());
  }
  return found;
}

/// The state that is folded and written down and read again is the state that was run.
void check_survives_snapshot(const Story& story, const Play& play) {
  const auto scenario = story.make();
  const auto saved = play.state().save();
  CHECK(State::restore(*scenario, saved).save() == saved);
}

/// KMS gives no answer from `from` to `to` (seconds).
Fill outage(double seconds) {
  return [=](events::Step::Builder step) {
    auto fault = step.initFault();
    fault.setKind(events::Fault::Kind::OUTAGE);
    fault.setDuration(static_cast<std::int64_t>(seconds * 1e9));
    fault.setShareMillionths(1'000'000);
  };
}

}  // namespace

TEST_CASE("With scope principal one Decrypt serves all connections of a principal, and only its") {
  Story story = two_readers();
  set(story, "scope", "principal");
  story.workloads.push_back({.name = "web", .principal = 0, .connections = 3, .starts = 10});
  story.workloads.back().stages = {{3600, 0.1, 0.1}};
  read(story, 1, {50, 60});
  story.until = 100;
  Play play(story);
  play.run();
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::COLD});
  CHECK(play.state().tables[0].holders == 2);
  check_survives_snapshot(story, play);
}

TEST_CASE("With scope caller each session has its own entry") {
  for (const std::string scope : {"caller", "principal"}) {
    Story story = two_readers();
    set(story, "scope", scope);
    story.principals.push_back({"app", PrincipalKind::ROLE, ""});
    story.keys[0].policy =
        policy_for({user_arn("db-lead"), "arn:aws:iam::" + std::string(kAccount) + ":role/app"});
    for (const char* name : {"one", "two"}) {
      story.workloads.push_back({.name = name, .principal = 2, .connections = 2, .starts = 10});
      story.workloads.back().stages = {{3600, 0.1, 0.1}};
    }
    story.until = 60;
    Play play(story);
    play.run();
    INFO(scope);
    // The sessions of workloads are named after them.
    CHECK(misses(play).size() == (scope == "caller" ? 2 : 1));
  }
}

TEST_CASE("A router's entry serves every principal, unless each has to be authorized") {
  for (const std::string authorization : {"shared", "principal"}) {
    Story story = two_readers();
    set(set(story, "scope", "router"), "authorization", authorization);
    read(read(story, 0, {10, 30}), 1, {20, 40});
    Play play(story);
    play.run();
    INFO(authorization);
    const bool shared = authorization == "shared";
    CHECK(accesses(play) ==
          (shared ? Accesses{kMiss, kHit, kHit, kHit} : Accesses{kMiss, kMiss, kHit, kHit}));
  }
}

TEST_CASE("Routers do not share, and a connection's next life is on the next one") {
  Story story = two_readers();
  set(story, "scope", "router");
  story.set("routers.count", "2");
  story.workloads.push_back({.name = "web", .starts = 10, .requests_per_connection = 1});
  story.workloads.back().stages = {{3600, 0.1, 0.1}};
  story.until = 75;
  Play play(story);
  play.run();
  // Every request is a life: the first two are new to their routers.
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::COLD});
  CHECK(accesses(play).size() == 6);
}

TEST_CASE("With scope none every request asks KMS, and none waits for another") {
  Story story = two_readers();
  set(story, "policy", "none");
  story.set("kms.latency", "constant(10ms)");
  read(story, 0, {10, 10.001, 20});
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kMiss, kMiss});
  CHECK(misses(play) == Misses(3, events::Miss::UNCACHED));
  CHECK(play.state().tables[0].holders == 0);
}

TEST_CASE("An entry of max_uses n serves n requests besides the one that made it") {
  Story story = two_readers();
  set(set(story, "idle_timeout", "none"), "max_uses", "2");
  read(story, 0, {10, 20, 30, 40, 50, 60, 70});
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit, kMiss, kHit, kHit, kMiss});
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::MAX_USES, events::Miss::MAX_USES});
}

TEST_CASE("A request that does not fit max_bytes reloads the entry, and is not counted itself") {
  Story story = two_readers();
  story.tables[0].item_size = 100;
  set(set(story, "idle_timeout", "none"), "max_bytes", "250");
  read(story, 0, {10, 20, 30, 40, 50, 60});
  Play play(story);
  play.run();
  // 100 and 200 bytes fit, 300 do not.
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit, kMiss, kHit, kHit});
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::MAX_BYTES});
}

TEST_CASE("In the grace after max_age one request renews the entry while others use it") {
  Story story = two_readers();
  set(set(set(story, "scope", "principal"), "idle_timeout", "none"), "max_age", "60s");
  set(story, "grace", "500ms");
  story.set("kms.latency", "constant(100ms)");
  // Loaded at 10.1; in its grace from 70.1 to 70.6.
  read(story, 0, {10, 70.0, 70.2, 70.25, 70.35});
  Play play(story);
  play.run();
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::EARLY});
  // The one that renews is served at 70.3, after the one that came at 70.25.
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit, kMiss, kHit});
  // After the grace it is loaded anew.
  Story late = two_readers();
  late.settings = story.settings;
  read(late, 0, {10, 70.6});
  Play again(late);
  again.run();
  CHECK(misses(again) == Misses{events::Miss::COLD, events::Miss::MAX_AGE});
}

TEST_CASE("A use at refresh_after renews the entry behind the request") {
  Story story = two_readers();
  set(set(set(story, "idle_timeout", "none"), "max_age", "300s"), "refresh_after", "200s");
  read(story, 0, {10, 209.999999999, 210, 409, 410, 609, 710});
  Play play(story);
  play.run();
  const auto asked = play.of(Event::KEY_REFRESH_REQUESTED);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0]->seconds() == Approx(210).epsilon(1e-12));
  CHECK(asked[1]->seconds() == Approx(410).epsilon(1e-12));
  // Renewed at 410, it serves until 710.
  CHECK(accesses(play) == Accesses{kMiss, kHit, kHit, kHit, kHit, kHit, kMiss});
}

TEST_CASE("A denied refresh evicts the entry, or is ignored") {
  for (const std::string denied : {"evict", "ignore"}) {
    Story story = two_readers();
    set(set(set(story, "idle_timeout", "none"), "max_age", "300s"), "refresh_after", "100s");
    set(story, "refresh_denied", denied);
    story.step(50, kms(KmsKind::DISABLE_KEY, 0));
    read(story, 0, {10, 120, 130, 309, 311});
    Play play(story);
    play.run();
    INFO(denied);
    // Evicted at 120; else it serves until 310.
    CHECK(accesses(play) ==
          (denied == "evict" ? Accesses{kMiss, kHit} : Accesses{kMiss, kHit, kHit, kHit}));
    CHECK(play.of(Event::REQUEST_FAILED).size() == (denied == "evict" ? 3 : 1));
  }
}

TEST_CASE("A cache of limited capacity gives up the entry that was used least recently") {
  Story story = two_readers();
  story.tables.push_back({.name = "Second"});
  story.tables.push_back({.name = "Third"});
  set(set(set(story, "scope", "router"), "idle_timeout", "none"), "capacity", "2");
  const auto touch = [&](double at, std::uint32_t table) {
    story.step(at, data(Operation::GET_ITEM, table, 0), 0);
  };
  touch(10, 0);
  touch(20, 1);
  touch(30, 0);  // the second is now the oldest
  touch(40, 2);
  touch(50, 0);
  touch(60, 1);  // takes the place of the third
  touch(70, 2);
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kMiss, kHit, kMiss, kHit, kMiss, kMiss});
  CHECK(misses(play) == Misses{events::Miss::COLD, events::Miss::COLD, events::Miss::COLD,
                               events::Miss::EVICTED, events::Miss::EVICTED});
  REQUIRE(play.state().caches.size() == 1);
  CHECK(play.state().caches[0].entries == 2);
  check_survives_snapshot(story, play);
}

TEST_CASE("A denial is remembered for negative_ttl without asking KMS") {
  Story story = two_readers();
  set(story, "negative_ttl", "30s");
  story.step(10, kms(KmsKind::DISABLE_KEY, 0)).step(25, kms(KmsKind::ENABLE_KEY, 0));
  read(story, 0, {20, 30, 49.999999999, 50});
  Play play(story);
  play.run();
  CHECK(play.of(Event::REQUEST_FAILED).size() == 3);
  CHECK(play.answers(KmsOperation::DECRYPT).size() == 2);
  CHECK(accesses(play) == Accesses{kMiss});
}

TEST_CASE("Where KMS is not available an entry past its time serves until stale_max") {
  Story story = two_readers();
  set(set(set(story, "idle_timeout", "none"), "max_age", "100s"), "stale_max", "400s");
  story.step(50, outage(500));
  // Loaded at 10: serves until 110 by its rule, until 410 for want of KMS.
  read(story, 0, {10, 109, 110, 409.999999999, 410, 600});
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit, kStale, kStale, kMiss});
  CHECK(play.of(Event::REQUEST_FAILED).size() == 1);
}

TEST_CASE("A denial ends an entry that stale_max would still let serve") {
  Story story = two_readers();
  set(set(set(story, "idle_timeout", "none"), "max_age", "100s"), "stale_max", "400s");
  story.step(50, kms(KmsKind::DISABLE_KEY, 0));
  read(story, 0, {10, 109, 110, 120});
  Play play(story);
  play.run();
  CHECK(accesses(play) == Accesses{kMiss, kHit});
  CHECK(play.of(Event::REQUEST_FAILED).size() == 2);
}

TEST_CASE("Without coalescing the first answer makes the entry, and a later one may replace it") {
  for (const std::string late : {"ignore", "overwrite"}) {
    Story story = two_readers();
    set(set(set(story, "idle_timeout", "none"), "max_age", "100s"), "coalesce", "false");
    set(story, "late_answers", late);
    story.set("kms.latency", "constant(2s)");
    // Answers arrive at 32 and 33.
    read(story, 0, {30, 31, 132.5});
    Play play(story);
    play.run();
    INFO(late);
    CHECK(accesses(play) ==
          (late == "ignore" ? Accesses{kMiss, kMiss, kMiss} : Accesses{kMiss, kMiss, kHit}));
  }
}

TEST_CASE("Lifetimes are drawn around max_age, each entry its own, and survive a snapshot") {
  Story story = two_readers(400);
  set(set(story, "idle_timeout", "none"), "max_age", "100s");
  set(story, "jitter", "20%");
  story.workloads.push_back({.name = "web", .connections = 200, .starts = 10});
  story.workloads.back().stages = {{3600, 0.001, 0.001}};
  story.until = 10000;
  Play play(story);
  play.run_to(1010);
  std::set<std::uint32_t> factors;
  for (const CacheSlot& slot : play.state().cache) {
    if (slot.entry.version == 0) continue;
    const auto lifetime = usable_until(slot.entry, play.scenario().settings()) - slot.entry.created;
    CHECK(lifetime.count() >= 80 * kSecond);
    CHECK(lifetime.count() <= 120 * kSecond);
    factors.insert(slot.entry.age_jitter);
  }
  CHECK(factors.size() > 150);
  check_survives_snapshot(story, play);
}

TEST_CASE("Every policy by name runs, and its state survives a snapshot") {
  for (const CachePolicyRow& policy : cache_policies()) {
    Story story = two_readers(2000);
    set(story, "policy", std::string(policy.id));
    story.set("routers.count", "2");
    story.workloads.push_back({.name = "web", .connections = 4, .poisson = true, .starts = 10});
    story.workloads.back().stages = {{3600, 0.02, 0.02}};
    story.step(900, kms(KmsKind::DISABLE_KEY, 0)).step(1200, kms(KmsKind::ENABLE_KEY, 0));
    read(story, 1, {20, 400, 1000, 1500});
    Play play(story);
    INFO(policy.id);
    play.run();
    CHECK(accesses(play).size() > 20);
    check_survives_snapshot(story, play);
  }
}

}  // namespace tablekey::model::tests::cache_rules_test
