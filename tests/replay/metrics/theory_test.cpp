// Goal: what is measured agrees with the closed formulas of the theory of cached keys
// (cache-theory.md 2 and 3). Method: many independent connections with Poisson requests, lambda T =
// 2, and a key disabled at a stationary time. The seed is fixed, so a result within the tolerance
// stays there; the tolerances are about three standard errors.
#include <catch2/catch.hpp>

#include "replay/metrics/metrics.h"
#include "tests/support/small_scenario.h"

namespace theory_test {

namespace {

using namespace tablekey;

constexpr double kMeanGap = 150;  // seconds: T = 300 s is two of them

std::vector<replay::Outcome> measured(const std::string& policy, sim::Duration until,
                                      const std::vector<std::string>& checks) {
  test::SmallOptions options;
  options.connections = 4000;
  options.rate = 1 / kMeanGap;
  options.policy = policy;
  options.until = until;
  test::SmallScenario scenario(options);
  scenario.change([](events::Scenario::Builder built) {
    built.getWorkloads()[0].setProcess(events::Workload::Process::POISSON);
  });
  scenario.kms_step(sim::Duration::hours(2), "disable", events::KmsOperation::DISABLE_KEY);
  for (const std::string& check : checks) scenario.expect(check);
  const auto view = scenario.view();
  replay::ExpectationSet expectations(*view);
  const auto world = test::run_world(*view, {&expectations});
  return expectations.finish(world->state());
}

TEST_CASE("exposure of a cache with a fixed life follows formulas 3.3 and 3.4") {
  const auto outcomes =
      measured("fixed-connection", sim::Duration::hours(4),
               {"exposure(after=disable).mean <= 5m", "exposure(after=disable).p50 <= 5m",
                "exposure(after=disable).p99 <= 5m", "exposure(after=disable).count > 0",
                "data_exposure(after=disable).mean <= 5m", "detection(after=disable).mean <= 5m"});
  // E = lambda T^2 / (2 (1 + lambda T)); quantile p = (p (1 + lambda T) - 1) / lambda.
  CHECK(outcomes[0].number.value() == Approx(100).epsilon(0.05));
  CHECK(outcomes[1].number.value() == Approx(75).epsilon(0.10));
  CHECK(outcomes[2].number.value() == Approx(295.5).epsilon(0.01));
  // The atom P(W = 0) is 1 / (1 + lambda T).
  CHECK(outcomes[3].number.value() == Approx(4000 * 2.0 / 3).epsilon(0.04));
  // E[W_serve] = lambda / (1 + x) (T^2/2 - T/lambda + (1 - exp(-x)) / lambda^2), x = 2.
  CHECK(outcomes[4].number.value() ==
        Approx((45000.0 - 45000 + 0.8646647 * 22500) / (3 * kMeanGap)).epsilon(0.08));
  // E[W_deny] = E[W_key] + 1 / lambda.
  CHECK(outcomes[5].number.value() == Approx(100 + kMeanGap).epsilon(0.04));
}

TEST_CASE("exposure of an idle cache follows formula 3.1") {
  const auto outcomes =
      measured("idle-connection", sim::Duration::hours(12),
               {"exposure(after=disable).mean <= 5m", "exposure(after=disable).p50 <= 5m",
                "exposure(after=disable).p99 <= 5m", "exposure(after=disable).count > 0"});
  // E = (exp(x) - 1 - x) / lambda, and the table's quantiles for a mean gap of 150 s.
  CHECK(outcomes[0].number.value() == Approx(658.36).epsilon(0.06));
  CHECK(outcomes[1].number.value() == Approx(7.2 * 60).epsilon(0.06));
  CHECK(outcomes[2].number.value() == Approx(55.3 * 60).epsilon(0.08));
  CHECK(outcomes[3].number.value() == Approx(4000 * 0.8646647).epsilon(0.02));
}

}  // namespace

}  // namespace theory_test
