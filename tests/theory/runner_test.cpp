// Goal: the runner's estimates agree with formulas that stand here and nowhere in the runner.
// Method: a few cases with parameters of this file's own, seeds fixed and the number of runs too,
// so a result within the tolerance stays there.
#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "tests/theory/case.h"
#include "tests/theory/engine.h"
#include "tests/theory/words.h"

namespace {

using namespace tablekey::theory;

struct Known {
  std::string family;
  std::vector<std::pair<std::string, double>> numbers;
  std::vector<std::pair<std::string, std::string>> words;
  double expected = 0;
};

Estimate estimated(const Known& known) {
  Case given;
  given.id = "own";
  given.family = known.family;
  for (const auto& [name, value] : known.numbers) given.parameters.set(name, value);
  for (const auto& [name, value] : known.words) given.parameters.set(name, value);
  const auto experiment = experiment_of(given);
  REQUIRE(experiment.has_value());
  Effort effort;
  effort.seconds = effort.patience = 0;  // so many runs and no more
  effort.runs_min = 30;
  effort.events_a_run = 1e4;
  effort.threads = 2;
  return estimate(*experiment, effort).estimate;
}

void agrees(const Known& known) {
  const Estimate found = estimated(known);
  INFO(known.family << ": " << found.value << " +- " << found.se << ", exactly " << known.expected);
  CHECK(found.se > 0);
  CHECK(found.se < 0.1 * known.expected);
  CHECK(std::abs(found.value - known.expected) < 4.5 * found.se);
}

TEST_CASE("hit ratios and rates of the idle and the absolute rule are those of the theory") {
  const double x = 0.004 * 250;
  agrees({"idle.hit", {{"T", 250}, {"lambda", 0.004}}, {}, 1 - std::exp(-x)});
  agrees({"abs.kms_rate", {{"T", 250}, {"lambda", 0.004}}, {}, 0.004 / (1 + x)});
}

TEST_CASE("exposure, stale requests and detection after a revocation are those of the theory") {
  const double l = 0.005, x = l * 200;
  const std::vector<std::pair<std::string, double>> numbers = {{"T", 200}, {"lambda", l}};
  const double exposure = (std::exp(x) - 1 - x) / l;
  agrees({"exp.mean", numbers, {{"rule", "idle"}}, exposure});
  agrees({"exp.stale_mean", numbers, {{"rule", "idle"}}, l * exposure});
  agrees({"exp.p0", numbers, {{"rule", "idle"}}, std::exp(-x)});
  const double fixed = l * 200 * 200 / (2 * (1 + x));
  agrees({"exp.mean", numbers, {{"rule", "abs"}}, fixed});
  agrees({"exp.deny_mean", numbers, {{"rule", "abs"}}, fixed + 1 / l});
}

TEST_CASE("a quantile of exposure is that of the theory") {
  const double l = 0.02, x = l * 300, p = 0.75;
  agrees({"exp.quantile",
          {{"T", 300}, {"lambda", l}, {"p", p}},
          {{"rule", "abs"}},
          (p * (1 + x) - 1) / l});
}

TEST_CASE("availability in an outage and a fleet that is all cold are those of the theory") {
  const double l = 0.01, x = l * 100, d = 200;
  // P(W > t) = (x - l t) / (1 + x) up to T = 100 s, averaged over the outage.
  agrees({"outage.avail",
          {{"T", 100}, {"lambda", l}, {"D", d}},
          {{"rule", "abs"}},
          l * 100 * 100 / 2 / (1 + x) / d});
  agrees({"allcold",
          {{"T", 100}, {"lambda", l}, {"n", 3}},
          {{"rule", "abs"}},
          std::pow(1 + l * 100 / 3, -3)});
}

TEST_CASE("a family is told by its words and an unknown one is none") {
  Case given;
  given.family = "perpetual.motion";
  CHECK_FALSE(experiment_of(given).has_value());
  CHECK(Words("churn_idle.exp_mean", "").all({"churn", "idle", "exp", "mean"}));
  CHECK(Words("exposure.mean", "absolute").all({"exp", "abs"}));
}

TEST_CASE("a case that lacks a parameter is refused by name") {
  Case given;
  given.family = "idle.hit";
  given.parameters.set("lambda", 1);
  CHECK_THROWS_AS(experiment_of(given), CaseError);
}

TEST_CASE("a quantile's error comes of the order statistics around it") {
  Reading reading;
  for (int i = 1; i <= 100; ++i) reading.samples.push_back(i);
  const Estimate half = quantile_of({&reading, 1}, 0.5);
  CHECK(half.value == 50);
  CHECK(half.se == 5);
  CHECK(half.n == 100);
}

TEST_CASE("a ratio's error comes of what its runs are off by") {
  const std::vector<Reading> runs = {{1, 2, 2, {}}, {2, 2, 2, {}}};
  const Estimate found = ratio_of(runs);
  CHECK(found.value == 0.75);
  CHECK(found.se == Approx(0.25));
  CHECK(found.n == 4);
}

TEST_CASE("a file of cases is read, its expectations apart from its parameters") {
  const auto cases = read_cases(
      R"({"cases": [{"id": "a", "family": "idle.hit", "params": {"T": 3, "rule": "idle"}, )"
      R"("expected": 0.5, "tolerance": {"model": "exact", "rel": 0.001}}]})");
  REQUIRE(cases.has_value());
  REQUIRE(cases->size() == 1);
  CHECK(cases->front().parameters.number("T") == 3);
  CHECK(cases->front().parameters.word_or("rule", "") == "idle");
  CHECK(cases->front().expected == 0.5);
  CHECK(cases->front().tolerance.relative == 0.001);
  CHECK_FALSE(read_cases("{").has_value());
}

}  // namespace
