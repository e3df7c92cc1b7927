// Wall time only decides how many runs there are; each run is what its seed says.
#include "tests/theory/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tablekey::theory {
namespace {

constexpr double kCyclesWarm = 20;    // cache-theory.md 10
constexpr double kCyclesSpread = 10;  // starts over many cycles: no common phase
constexpr double kCyclesLong = 20;
constexpr std::uint64_t kPilotSeed = 900'000;  // what it finds must not depend on the runs' luck

double now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

Ran run(const Experiment& experiment, const Layout& layout, std::uint64_t seed) {
  const std::string text = experiment.setup(experiment.world, layout).text();
  return simulate(text, seed, [&](const model::ScenarioView& scenario) {
    return experiment.probe(experiment.world, layout, scenario);
  });
}

// The mean time from load to load of one replicate's entry, by counting. A longer and longer look,
// until there were enough loads or the work is too much; then the cycle is at least that long.
double cycle_of(const Experiment& experiment, const Effort& effort) {
  constexpr std::uint64_t kReplicates = 8;
  constexpr double kLoads = 200, kEvents = 1e6;
  const Experiment pilot = pilot_of(experiment);
  const World& world = experiment.world;
  const double loads = kLoads * static_cast<double>(world.entries);
  Layout layout;
  layout.replicates = std::max<std::uint64_t>(1, kReplicates / world.entries);
  for (double length = 50 * world.gap;; length *= 4) {
    layout.length = length;
    const Ran ran = run(pilot, layout, effort.seed + kPilotSeed);
    const double work = world.rate * length * static_cast<double>(layout.replicates);
    if (ran.reading.bottom < loads && 4 * work * world.weight < kEvents) continue;
    return layout.seconds() * static_cast<double>(world.entries) /
           std::max(ran.reading.bottom, 1.0);
  }
}

Layout layout_of(const Experiment& experiment, const Effort& effort) {
  const World& world = experiment.world;
  Layout layout;
  layout.length = experiment.length;
  if (!experiment.cold) {
    double cycle = world.memory;
    if (world.memory > 0) {
      layout.warm = world.memory;
    } else {
      cycle = cycle_of(experiment, effort);
      layout.warm = kCyclesWarm * cycle;
      layout.spread = kCyclesSpread * cycle;
    }
    layout.warm = std::max(layout.warm, world.settling);
    if (experiment.length == 0) layout.length = std::max(kCyclesLong * cycle, layout.warm);
  }
  const double requests = world.rate * (layout.start() + layout.length);
  const double fit = effort.events_a_run / world.weight / std::max(requests, 1.0);
  const auto most = std::max<std::uint64_t>(1, world.most / world.connections);
  layout.replicates = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(fit), 1, most);
  return layout;
}

Estimate estimate_of(const Experiment& experiment, std::span<const Reading> readings) {
  return experiment.quantile ? quantile_of(readings, *experiment.quantile) : ratio_of(readings);
}

// A quantile's order statistics say how far off it is only if some samples lie beyond it.
double samples_needed(const Experiment& experiment) {
  constexpr double kBeyond = 100;
  if (!experiment.quantile) return 0;
  const double p = *experiment.quantile;
  return kBeyond / std::max(std::min(p, 1 - p), 1e-4);
}

// How many runs there shall be in all, `done` of which there are.
std::uint64_t wanted_next(const Result& result, const Effort& effort, std::uint64_t done,
                          double samples) {
  const auto taken = static_cast<double>(result.estimate.n);
  if (result.seconds < effort.patience && taken < samples) {
    const double factor = samples / std::max(taken, 1.0);
    const double room = effort.patience / result.seconds;
    const double next = static_cast<double>(done) * std::min({factor * 1.02, room, 8.0});
    return std::max(done + effort.threads, static_cast<std::uint64_t>(next));
  }
  const double value = std::abs(result.estimate.value), error = result.estimate.se;
  if (error <= effort.precision * value || result.seconds >= effort.patience) return done;
  const bool late = result.seconds >= effort.seconds;
  if (late && error <= effort.tolerable * value) return done;
  const double target = (late ? effort.tolerable : effort.precision) * value;
  const double time = late ? effort.patience : effort.seconds;
  const auto count = static_cast<double>(done);
  const double needed = target > 0 ? count * std::pow(error / target, 2) * 1.05 : 2 * count;
  const double next = std::min({needed, count * time / result.seconds, 8 * count});
  return std::max(done + effort.threads, static_cast<std::uint64_t>(next));
}

}  // namespace

Result estimate(const Experiment& experiment, const Effort& effort) {
  const double begun = now();
  const Layout layout = layout_of(experiment, effort);
  Result result;
  std::vector<Ran> runs;
  std::vector<Reading> readings;
  std::uint64_t wanted = effort.runs_min;
  for (;;) {
    const std::uint64_t done = runs.size();
    runs.resize(wanted);
    in_parallel(done, wanted, effort.threads,
                [&](std::uint64_t i) { runs[i] = run(experiment, layout, effort.seed + i); });
    for (std::uint64_t i = done; i < wanted; ++i) {
      readings.push_back(std::move(runs[i].reading));
      result.events += runs[i].events;
    }
    result.estimate = estimate_of(experiment, readings);
    result.seconds = now() - begun;
    const std::uint64_t more = wanted_next(result, effort, wanted, samples_needed(experiment));
    if (more == wanted) break;
    wanted = more;
  }
  result.runs = runs.size();
  return result;
}

}  // namespace tablekey::theory
