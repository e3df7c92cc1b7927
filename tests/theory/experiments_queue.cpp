// KMS as a limiter and as a queue (cache-theory.md 8): requests that all ask KMS.
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "tests/theory/estimate.h"
#include "tests/theory/experiments.h"
#include "tests/theory/latency_probe.h"

namespace tablekey::theory {
namespace {

constexpr double kConnections = 100;  // so many that none waits for another's call
constexpr double kRequestsARun = 1e5, kRequestsWarm = 2e4;

World uncached(double a_second) {
  World world;
  world.connections = whole(kConnections);
  world.rate = a_second;
  world.gap = kConnections / a_second;
  world.memory = kRequestsWarm / a_second;
  world.most = 1;
  world.base.cache = {{"policy", "none"}, {"coalesce", "false"}};
  world.loads = [a_second](std::uint64_t, double spread) {
    Load load;
    load.connections = whole(kConnections);
    load.arrivals = poisson(a_second);
    load.spread = spread;
    return std::vector{load};
  };
  return world;
}

// The share of calls that find no room.
Experiment limited(World world) {
  Experiment made = steady(
      std::move(world),
      {{"kms.calls(op=Decrypt, result=Throttling, {}).count", "kms.calls(op=Decrypt, {}).count"},
       [](std::span<const double> numbers, const Layout&) {
         return Reading{numbers[0], numbers[1], whole(numbers[1]), {}};
       }});
  made.length = kRequestsARun / made.world.rate;
  return made;
}

Experiment token_bucket(const Parameters& p) {
  World world = uncached(p.number("lambda"));
  world.base.kms = {{"quota.window", "bucket"},
                    {"quota.symmetric_large", rate(p.number("r"))},
                    {"quota.burst", std::to_string(whole(p.number("b")))}};
  return limited(std::move(world));
}

Experiment fixed_window(const Parameters& p) {
  World world = uncached(p.one_of({"a", "lambda"}));
  world.base.kms = {{"quota.window", "fixed"}, {"quota.symmetric_large", rate(p.number("Q"))}};
  return limited(std::move(world));
}

// How long a call takes to be served by one of `servers`.
World served_by(const Parameters& p, double servers, bool constant) {
  World world = uncached(p.number("lambda"));
  const double service = p.has("mu") ? 1 / p.number("mu") : p.one_of({"mean", "D", "s"});
  world.base.kms = {{"servers", std::to_string(whole(servers))},
                    {"service_time", constant ? "constant(" + duration(service) + ")"
                                              : "exponential(mean=" + duration(service) + ")"}};
  return world;
}

Experiment slots(const Parameters& p) {
  const double load = p.has("a") ? p.number("a") : p.number("lambda") / p.number("mu");
  Parameters known = p;
  if (!p.has("mu")) known.set("mu", 1.0);
  if (!p.has("lambda")) known.set("lambda", load * known.number("mu"));
  World world = served_by(known, p.one_of({"c", "n", "k"}), false);
  world.base.kms.emplace_back("queue", "0");
  return limited(std::move(world));
}

// The time from call to answer, or the part of it before the service; its mean, or in each run a
// quantile, for neighbours in a queue fare alike.
Experiment waiting(World world, bool service_too, std::optional<double> quantile, double service) {
  Experiment made = steady(std::move(world), {});
  made.length = kRequestsARun / made.world.rate;
  const double less = service_too ? 0 : service;
  made.probe = [=](const World&, const Layout& layout, const model::ScenarioView& scenario) {
    const Stretch stretch{layout.start(), layout.start() + layout.length};
    return std::make_unique<LatencyProbe>(scenario, stretch, [=](std::vector<double> latencies) {
      Reading reading{0, 1, latencies.size(), {}};
      if (latencies.empty()) return reading;
      for (const double one : latencies) reading.top += one;
      reading.top /= static_cast<double>(latencies.size());
      if (quantile) {
        const Reading all{0, 0, latencies.size(), std::move(latencies)};
        reading.top = quantile_of({&all, 1}, *quantile).value;
      }
      reading.top -= less;
      return reading;
    });
  };
  return made;
}

std::optional<Experiment> queued(const Words& words, const Parameters& p) {
  const bool one_exponential = words.has("mm1") || words.all({"m", "1"});
  const bool one_constant = words.has("md1") || words.all({"m", "d", "1"});
  const bool several = words.any({"mmc", "erlangc"}) || words.all({"m", "c"});
  if (!one_exponential && !one_constant && !several) return std::nullopt;
  const double servers = several ? p.one_of({"c", "n"}) : 1;
  const double service = p.has("mu") ? 1 / p.number("mu") : p.one_of({"mean", "D", "s"});
  std::optional<double> quantile;
  if (words.has("quantile")) quantile = p.number_or("p", 0.5);
  const bool service_too = words.any({"sojourn", "latency", "response"}) ||
                           (quantile && !words.any({"wait", "waiting"}));
  return waiting(served_by(p, servers, one_constant), service_too, quantile, service);
}

}  // namespace

std::optional<Experiment> queue_experiment(const Words& words, const Parameters& p) {
  if (words.has("tokenbucket") || words.all({"token", "bucket"})) return token_bucket(p);
  if (p.has("Q") && words.any({"window", "fixedwindow", "quota", "abs"})) return fixed_window(p);
  if (words.any({"erlangb", "erlang", "slots"}) && !words.has("renewal")) return slots(p);
  return queued(words, p);
}

}  // namespace tablekey::theory
