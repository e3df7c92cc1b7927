// Goal: the identities of the theory of cached keys hold in real runs (cache-theory.md 1 and 11),
// exactly where they are about one run or two of one seed, within the noise where they are about
// means. Method: random rates, lifetimes and moments, Poisson requests, KMS without latency.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <set>
#include <utility>

#include "replay/metrics/answers.h"
#include "replay/metrics/metrics.h"
#include "tests/support/small_scenario.h"

namespace identities_test {

namespace {

using namespace tablekey;
using replay::Outcome;
using sim::Duration;

constexpr auto kRevoked = Duration::minutes(40);

struct Rule {
  std::string idle_timeout = "none", max_age = "none", max_uses = "none";
};

struct World {
  Rule rule;
  std::uint32_t connections = 1;
  double rate = 1.0 / 60;
  std::uint64_t seed = 1;
  Duration until = Duration::hours(4);
};

test::SmallScenario scenario_of(const World& world) {
  test::SmallOptions options;
  options.connections = world.connections;
  options.rate = world.rate;
  options.seed = world.seed;
  options.until = world.until;
  test::SmallScenario scenario(options);
  scenario.set("model.table_key_cache.idle_timeout", world.rule.idle_timeout);
  scenario.set("model.table_key_cache.max_age", world.rule.max_age);
  scenario.set("model.table_key_cache.max_uses", world.rule.max_uses);
  scenario.set("model.table_key_cache.stale_max", "0s");
  scenario.change([](events::Scenario::Builder built) {
    built.getWorkloads()[0].setProcess(events::Workload::Process::POISSON);
  });
  return scenario;
}

test::SmallScenario revoked(const World& world) {
  test::SmallScenario scenario = scenario_of(world);
  scenario.kms_step(kRevoked, "revoke", events::KmsOperation::DISABLE_KEY);
  return scenario;
}

std::vector<Outcome> measured(const test::SmallScenario& scenario,
                              const std::vector<std::string>& lines) {
  const auto view = scenario.view();
  replay::ExpectationSet expectations;
  for (const std::string& line : lines) {
    expectations.add(scenarios::parse_measure(line).value(), line, line);
  }
  const auto world = test::run_world(*view, {&expectations});
  return expectations.finish(world->state());
}

/// Requests that were hits: connection and time.
class Hits : public replay::Observer {
 public:
  void event(const model::State&, events::Event::Reader event, std::uint64_t) override {
    const auto answer = replay::answer_of(event);
    if (answer && answer->served && answer->via == events::Access::HIT) {
      hits.emplace(answer->connection, event.getTime());
    }
  }
  std::set<std::pair<std::uint32_t, std::int64_t>> hits;
};

std::set<std::pair<std::uint32_t, std::int64_t>> hits_of(const World& world) {
  const auto scenario = scenario_of(world);
  const auto view = scenario.view();
  Hits hits;
  test::run_world(*view, {&hits});
  return hits.hits;
}

rc::Gen<World> worlds(const Rule& rule) {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(1, 100'000), rc::gen::inRange(20, 400)),
                      [rule](std::pair<int, int> drawn) {
                        World world;
                        world.rule = rule;
                        world.seed = static_cast<std::uint64_t>(drawn.first);
                        world.rate = 1.0 / drawn.second;
                        return world;
                      });
}

const std::vector<Rule> kRules = {{.idle_timeout = "300s"},
                                  {.max_age = "300s"},
                                  {.idle_timeout = "300s", .max_age = "900s"},
                                  {.max_uses = "4"}};

TEST_CASE("data exposure is at most key exposure and less than detection, in every run") {
  rc::prop("", [] {
    const World world = *rc::gen::mapcat(rc::gen::elementOf(kRules), worlds);
    const auto outcomes =
        measured(revoked(world), {"exposure(after=revoke).max", "data_exposure(after=revoke).max",
                                  "detection(after=revoke).max", "stale_serves(after=revoke).max"});
    RC_PRE(!outcomes[0].at_least && !outcomes[2].at_least && outcomes[2].number);
    const double key = outcomes[0].number.value(), served = outcomes[1].number.value();
    RC_ASSERT(served <= key);
    RC_ASSERT(served < outcomes[2].number.value());
    RC_ASSERT((outcomes[3].number.value() > 0) == (served > 0));
    if (world.rule.idle_timeout == "300s" && world.rule.max_age == "none" && served > 0) {
      RC_ASSERT(std::abs(key - served - 300) < 1e-6);
    }
  });
}

TEST_CASE("what an outage leaves served is what a revocation leaves exposed") {
  rc::prop("", [] {
    const World world = *rc::gen::mapcat(rc::gen::elementOf(kRules), worlds);
    test::SmallScenario outage = scenario_of(world);
    outage.step(kRevoked, "outage", [](events::Step::Builder step) {
      auto fault = step.initFault();
      fault.setKind(events::Fault::Kind::OUTAGE);
      fault.setError(events::KmsError::KMS_INTERNAL);
      fault.setShareMillionths(1'000'000);
    });
    const auto available = measured(outage, {"requests(after=outage, result=ok).count"});
    const auto exposed = measured(revoked(world), {"requests(after=revoke, result=ok).count",
                                                   "stale_serves(after=revoke).max"});
    RC_ASSERT(available[0].number == exposed[0].number);
    RC_ASSERT(exposed[0].number == exposed[1].number);
  });
}

TEST_CASE("a hybrid rule is the idle rule without an age, and the age rule where that is shorter") {
  rc::prop("", [] {
    World world = *worlds({});
    const auto hits = [&](Rule rule) {
      world.rule = std::move(rule);
      return hits_of(world);
    };
    RC_ASSERT(hits({.idle_timeout = "300s", .max_age = "240s"}) == hits({.max_age = "240s"}));
    RC_ASSERT(hits({.idle_timeout = "300s", .max_age = "300s"}) == hits({.max_age = "300s"}));
    const auto idle = hits({.idle_timeout = "300s"});
    for (const auto& hit : hits({.idle_timeout = "300s", .max_age = "900s"})) {
      RC_ASSERT(idle.contains(hit));
    }
  });
}

TEST_CASE("a revocation that is taken back before KMS is asked changes nothing that is served") {
  rc::prop("", [] {
    const World world = *worlds({.idle_timeout = "300s"});
    test::SmallScenario blinked = revoked(world);
    blinked.kms_step(kRevoked + Duration::nanoseconds(1), "restore",
                     events::KmsOperation::ENABLE_KEY);
    const std::vector<std::string> lines = {"requests(result=ok).count", "requests(via=hit).count",
                                            "requests().last"};
    const auto before = measured(scenario_of(world), lines);
    const auto after = measured(blinked, lines);
    for (std::size_t i = 0; i < lines.size(); ++i) RC_ASSERT(before[i].number == after[i].number);
  });
}

TEST_CASE("stale serves, age and detection follow from the mean exposure") {
  constexpr double kRate = 1.0 / 300;
  for (const Rule& rule : kRules) {
    INFO(rule.idle_timeout << " " << rule.max_age << " " << rule.max_uses);
    World world;
    world.rule = rule;
    world.connections = 3000;
    world.rate = kRate;
    world.until = Duration::hours(5);
    const auto outcomes = measured(
        revoked(world),
        {"exposure(after=revoke).mean", "stale_serves(after=revoke).mean",
         "detection(after=revoke).mean", "authorization_age(after=30m, before=revoke).mean",
         "exposure(after=revoke).zero", "hits(after=20m, before=revoke).ratio"});
    const double exposure = outcomes[0].number.value();
    CHECK(outcomes[1].number.value() == Approx(kRate * exposure).epsilon(0.05));
    CHECK(outcomes[2].number.value() == Approx(exposure + 1 / kRate).epsilon(0.05));
    CHECK(outcomes[3].number.value() == Approx(exposure).epsilon(0.10));
    // Requests see what a moment sees: a miss finds the entry unusable.
    CHECK(1 - outcomes[4].number.value() == Approx(outcomes[5].number.value()).epsilon(0.04));
  }
}

}  // namespace

}  // namespace identities_test
