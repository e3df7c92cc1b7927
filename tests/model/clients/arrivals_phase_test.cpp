// Modulated arrivals. Goal: phases take the share of time that they should and are a pure function
// of the source, arrivals have the rates of their phases, and no memory changes anything. Method:
// long runs with fixed seeds against exact means.
#include "model/clients/arrivals_phase.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "model/clients/arrivals.h"

namespace tablekey::model::arrivals_phase_test {
namespace {

constexpr double kSecond = 1e9;
const sim::Time kOrigin = sim::Time::from_nanoseconds(1'500'000'000'000'000'000);
const sim::Time kHorizon = sim::Time::from_nanoseconds(INT64_MAX);

// cache-theory-cases D021: rates 0.1/s and 0.002/s, means 300 s and 900 s.
std::vector<ModulatedState> two_states() {
  return {{0.1, sim::Duration::seconds(300)}, {0.002, sim::Duration::seconds(900)}};
}

std::vector<double> times(const Arrivals& arrivals, const PhaseSource& source, std::size_t count,
                          bool remember) {
  PhaseMemo memo;
  std::vector<double> found;
  sim::Time now = kOrigin;
  while (found.size() < count) {
    if (!remember) memo = PhaseMemo();
    const Phase& phase = memo.at(0, arrivals.phases(), source, kOrigin, now);
    const double exposure = arrivals.exposure(source.random.draw(source.entity, 1, found.size()));
    const auto next = arrivals.next(source, phase, kOrigin, now, exposure, kHorizon);
    if (!next) break;
    now = *next;
    found.push_back(static_cast<double>((now - kOrigin).count()) / kSecond);
  }
  return found;
}

}  // namespace

TEST_CASE("A source begins in each state with its share of time") {
  const sim::Random random(5);
  const Phases phases(two_states());
  int first = 0;
  constexpr int kSources = 20'000;
  for (std::uint64_t entity = 0; entity < kSources; ++entity) {
    first += phases.first({random, entity}, kOrigin).state == 0 ? 1 : 0;
  }
  CHECK(first == Approx(kSources / 4.0).margin(3 * std::sqrt(kSources * 0.25 * 0.75)));
  CHECK(phases.mean_rate() == Approx(0.25 * 0.1 + 0.75 * 0.002));
}

TEST_CASE("Sojourns follow each other without a gap, with their means") {
  const sim::Random random(6);
  const Phases phases(two_states());
  Phase phase = phases.first({random, 1}, kOrigin);
  double sums[2] = {0, 0};
  constexpr int kSojourns = 40'000;
  for (int i = 0; i < kSojourns; ++i) {
    sums[phase.state] += static_cast<double>((phase.ends - phase.begins).count()) / kSecond;
    const Phase next = phases.following({random, 1}, phase);
    CHECK(next.begins == phase.ends);
    CHECK(next.state != phase.state);
    phase = next;
  }
  const double error = 4 / std::sqrt(kSojourns / 2.0);
  CHECK(sums[0] / (kSojourns / 2) == Approx(300).epsilon(error));
  CHECK(sums[1] / (kSojourns / 2) == Approx(900).epsilon(error));
}

TEST_CASE("Modulated arrivals have the mean rate and the phases' own gaps") {
  const sim::Random random(7);
  const Arrivals arrivals(two_states(), {});
  const auto found = times(arrivals, {random, 3}, 60'000, true);
  REQUIRE(found.size() == 60'000);
  // The variance of the count is dominated by the phases; some 1,900 cycles of 1,200 s.
  CHECK(60'000 / found.back() == Approx(0.0265).epsilon(0.06));
  // cache-theory.md 5.9: the share of gaps of at most 300 s.
  std::size_t hits = 0;
  for (std::size_t i = 1; i < found.size(); ++i) hits += found[i] - found[i - 1] < 300 ? 1U : 0U;
  CHECK(static_cast<double>(hits) / 59'999 == Approx(0.96464687).margin(0.005));
}

TEST_CASE("Forgetting where a source was changes nothing") {
  const sim::Random random(8);
  const Arrivals arrivals(two_states(), {});
  CHECK(times(arrivals, {random, 4}, 300, true) == times(arrivals, {random, 4}, 300, false));
}

TEST_CASE("A source that is off is silent until it is on again") {
  const sim::Random random(9);
  const Arrivals arrivals({{1, sim::Duration::seconds(10)}, {0, sim::Duration::seconds(90)}}, {});
  const PhaseSource source{random, 1};
  PhaseMemo memo;
  sim::Time now = kOrigin;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Phase phase = memo.at(0, arrivals.phases(), source, kOrigin, now);
    const auto next = arrivals.next(source, phase, kOrigin, now,
                                    arrivals.exposure(random.draw(1, 1, i)), kHorizon);
    REQUIRE(next.has_value());
    now = *next;
    // Rounding to nanoseconds may put an arrival on the end of its sojourn.
    const Phase at = memo.at(0, arrivals.phases(), source, kOrigin, now);
    CHECK((at.state == 0 || now - at.begins <= sim::Duration::nanoseconds(1)));
  }
}

TEST_CASE("Sources that never speak, or not in time, have no next arrival") {
  const sim::Random random(10);
  const PhaseSource source{random, 1};
  const Arrivals silent({{0, sim::Duration::seconds(1)}}, {});
  const Phase phase = silent.phases().first(source, kOrigin);
  CHECK_FALSE(silent.next(source, phase, kOrigin, kOrigin, 1, kHorizon).has_value());
  const Arrivals rare({{1e-9, sim::Duration::seconds(1)}}, {});
  const sim::Time soon = kOrigin + sim::Duration::minutes(1);
  CHECK_FALSE(rare.next(source, rare.phases().first(source, kOrigin), kOrigin, kOrigin, 5, soon)
                  .has_value());
}

}  // namespace tablekey::model::arrivals_phase_test
