// The kinds of experiment that experiment_of chooses from.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/theory/experiment.h"

namespace tablekey::theory {

/// What is measured over the stretch that a layout looks at. `{}` in a measure stands for the
/// filters after= and before= of that stretch.
struct Measured {
  std::vector<std::string> measures;
  std::function<Reading(std::span<const double> numbers, const Layout& layout)> reading;
};

/// What a family asks of a world in steady state; nothing if its words say nothing known.
std::optional<Measured> steady_quantity(const Words& words);

Experiment steady(World world, Measured what);
/// How long keys stay in their caches: the mean, a quantile, or the share that lives longer than t.
Experiment lives(World world, std::optional<double> quantile, std::optional<double> longer_than);
/// Calls of one replicate in [0, length] from a cold start on.
Experiment cold_start(World world, double length);
/// KMS is down for so long; the share of requests that are served meanwhile.
Experiment outage(World world, double length);

struct Revoking {
  std::optional<double> quantile;
  bool at_once = false;   ///< only who holds the key at R matters
  double allowed_on = 0;  ///< for so long KMS itself goes on allowing (cache-theory.md 3.13)
};
/// The key is disabled; windows of the world's entries, as the words say.
Experiment revoked(World world, const Words& words, const Revoking& how);

/// Herds, cold caches, retries, and what queue_experiment knows.
std::optional<Experiment> special_experiment(const Words& words, const Parameters& parameters);
/// KMS as a limiter and as a queue.
std::optional<Experiment> queue_experiment(const Words& words, const Parameters& parameters);

/// The world's setup for a layout, without steps.
Setup setup_of(const World& world, const Layout& layout, double until);

}  // namespace tablekey::theory
