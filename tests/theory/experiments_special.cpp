// Herds after a common expiry, cold caches that are used again, retries (cache-theory.md 7, 8.7).
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "tests/theory/experiments.h"
#include "tests/theory/measure_probe.h"
#include "tests/theory/node_probe.h"

namespace tablekey::theory {
namespace {

constexpr double kBurst = 1e-3;     // s: nodes that shall load at the same time do within it
constexpr double kBurstRate = 2e4;  // requests a second of each of them meanwhile

// Numbers over replicates.
Reading each(double sum, const Layout& layout) {
  return {sum, static_cast<double>(layout.replicates), layout.replicates, {}};
}

std::string decrypts(const Stretch& stretch) {
  return fmt::format("kms.calls(op=Decrypt, {}).count", within(stretch));
}

void set_cache(World& world, std::string name, std::string value) {
  world.base.cache.emplace_back(std::move(name), std::move(value));
}

void fixed(World& world, double ttl) {
  set_cache(world, "policy", "fixed-connection");
  set_cache(world, "ttl", duration(ttl));
}

// n nodes with requests of a Poisson process each.
World nodes(double n, double rate_each) {
  World world;
  world.connections = world.entries = whole(n);
  world.rate = n * rate_each;
  world.gap = 1 / rate_each;
  world.loads = [=, connections = world.connections](std::uint64_t replicates, double spread) {
    Load load;
    load.connections = connections * replicates;
    load.arrivals = poisson(rate_each * static_cast<double>(load.connections));
    load.spread = spread;
    return std::vector{load};
  };
  return world;
}

Experiment from_the_start(World world, double length, Measured what) {
  Experiment made = steady(std::move(world), std::move(what));
  made.cold = true;
  made.length = length;
  return made;
}

// Being cold at time 0 is a common expiry; the next generation's is one lifetime later.
Experiment common_expiry(const Parameters& p) {
  const double d = p.number("d"), l = p.one_of({"lambda", "l"}), k = p.number_or("k", 1);
  const double apart = 100 * (d + k / l);
  const double ttl = std::max(p.number_or("T", apart), apart);
  World world = nodes(p.number("n"), l);
  fixed(world, ttl);
  const double expiry = (k - 1) * ttl;
  return from_the_start(
      std::move(world), expiry + d + 1,
      {{decrypts({expiry, expiry + d})}, [](std::span<const double> numbers, const Layout& layout) {
         return each(numbers[0], layout);
       }});
}

// What the nodes of a fleet do until `to`, by a function of them all.
Experiment watched(World world, double to, FromNodes from) {
  Experiment made = from_the_start(std::move(world), to, {});
  made.probe = [=](const World& w, const Layout& layout, const model::ScenarioView& scenario) {
    return std::make_unique<NodeProbe>(scenario, w.connections * layout.replicates, to, from);
  };
  return made;
}

// How far apart the k-th loads of many nodes are that were cold at the same time.
Experiment spread_of_generation(const Parameters& p) {
  constexpr double kNodes = 4000;
  const double l = p.one_of({"lambda", "l"}), k = p.number_or("k", 1);
  const double ttl = p.number_or("T", 10 / l);
  World world = nodes(kNodes, l);
  fixed(world, ttl);
  world.most = 1;
  const auto generation = static_cast<std::size_t>(whole(k));
  return watched(std::move(world), k * (ttl + 1 / l) + 40 * std::sqrt(k) / l,
                 [generation](std::span<const Node> all) {
                   double sum = 0, squares = 0, count = 0;
                   for (const Node& node : all) {
                     if (node.loads.size() < generation) continue;
                     const double at = node.loads[generation - 1];
                     sum += at;
                     squares += at * at;
                     ++count;
                   }
                   const double variance = (squares - sum * sum / count) / (count - 1);
                   return Reading{std::sqrt(variance), 1, all.size(), {}};
                 });
}

// k callers at a time, of whom each is hit with probability 1/k: how often nobody is.
Experiment election(const Parameters& p) {
  const double k = p.one_of({"k", "n"});
  World world = nodes(k, 1);
  world.base.cache = {{"policy", "none"}, {"coalesce", "false"}};
  world.loads = [loads = world.loads](std::uint64_t replicates, double spread) {
    std::vector<Load> made = loads(replicates, spread);
    made.front().more = "    requests: 1\n";
    return made;
  };
  const std::size_t size = world.connections;
  Experiment made = watched(std::move(world), 60, [size](std::span<const Node> all) {
    Reading reading;
    for (std::size_t at = 0; at + size <= all.size(); at += size) {
      std::uint64_t elected = 0;
      for (const Node& node : all.subspan(at, size)) elected += node.failures;
      reading.top += elected == 0 ? 1 : 0;
      reading.bottom += 1;
      ++reading.n;
    }
    return reading;
  });
  made.setup = [k](const World& w, const Layout& layout) {
    Setup setup = setup_of(w, layout, layout.length + 1);
    setup.steps.push_back(
        fmt::format("{{ at: {}, do: fault:KmsOutage, share: {}, operation: Decrypt, "
                    "error: KMSInternalException }}",
                    duration(kBegin / 2), share(1 / k)));
    return setup;
  };
  return made;
}

// All nodes load at once, in a burst; then their lifetimes differ.
World loaded_at_once(const Parameters& p) {
  const double l = p.one_of({"lambda", "l"});
  World world = nodes(p.number("n"), l);
  fixed(world, p.number("T"));
  set_cache(world, "jitter", share(p.number("j")));
  world.loads = [l, connections = world.connections](std::uint64_t replicates, double) {
    const auto count = static_cast<double>(connections * replicates);
    Load load;
    load.connections = connections * replicates;
    load.arrivals = poisson(kBurstRate * count);
    load.more = fmt::format(
        "    stages: [{{ duration: {}, target: {} }}, {{ duration: 1ns, target: {} }}]\n",
        duration(kBurst), rate(kBurstRate * count), rate(l * count));
    return std::vector{load};
  };
  return world;
}

Experiment jittered_expiry(const Parameters& p) {
  const double from = p.number("a"), to = p.number("b");
  return from_the_start(
      loaded_at_once(p), to + 1,
      {{decrypts({from, to})}, [](std::span<const double> numbers, const Layout& layout) {
         return each(numbers[0], layout);
       }});
}

// The rate is largest where the last lifetimes end. Two narrow windows before that, drawn out to
// the edge by a straight line.
Experiment peak_rate(const Parameters& p) {
  const double length = p.number("T"), j = p.number("j");
  const double edge = length * (1 + j), narrow = 0.05 * length * j;
  return from_the_start(
      loaded_at_once(p), edge + 1,
      {{decrypts({edge - narrow, edge}), decrypts({edge - 2 * narrow, edge - narrow})},
       [narrow](std::span<const double> numbers, const Layout& layout) {
         return each((1.5 * numbers[0] - 0.5 * numbers[1]) / narrow, layout);
       }});
}

// How long until each of n cold caches has been used again.
Experiment all_warm(const Parameters& p) {
  const double l = p.one_of({"lambda", "l"});
  const double never = 1e3 / l;
  World world = nodes(p.number("n"), l);
  fixed(world, never);
  world.most = 1;
  world.loads = [loads = world.loads](std::uint64_t replicates, double spread) {
    std::vector<Load> made = loads(replicates, spread);
    made.front().more = "    requests: 1\n";
    return made;
  };
  return from_the_start(std::move(world), never,
                        {{"kms.calls(op=Decrypt, after=" + duration(kBegin) + ").last"},
                         [](std::span<const double> numbers, const Layout& layout) {
                           return each(numbers[0] - kBegin, layout);
                         }});
}

// Each call fails with probability f; how many attempts a request makes.
Experiment retried(const Parameters& p) {
  constexpr double kRequests = 200, kRate = 1;
  const double failing = p.one_of({"f", "p"}), retries = p.one_of({"m", "n", "retries"});
  World world = nodes(100, kRate);
  set_cache(world, "policy", "none");
  world.most = 1;
  const double all = kRequests * static_cast<double>(world.connections);
  world.loads = [=, loads = world.loads](std::uint64_t replicates, double spread) {
    std::vector<Load> made = loads(replicates, spread);
    made.front().more = fmt::format(
        "    requests: {}\n    retries: {{ attempts: {}, base: 1ms, cap: 1ms, jitter: 0% }}\n",
        whole(kRequests), whole(retries) + 1);
    return made;
  };
  Experiment made = from_the_start(
      std::move(world), 3 * kRequests / kRate,
      {{"kms.calls(op=Decrypt).count"}, [all](std::span<const double> numbers, const Layout&) {
         return Reading{numbers[0], all, whole(all), {}};
       }});
  made.setup = [failing](const World& w, const Layout& layout) {
    Setup setup = setup_of(w, layout, layout.length + 1);
    setup.steps.push_back(
        fmt::format("{{ at: {}, do: fault:KmsOutage, share: {}, operation: Decrypt, "
                    "error: KMSInternalException }}",
                    duration(kBegin / 2), share(failing)));
    return setup;
  };
  return made;
}

}  // namespace

std::optional<Experiment> special_experiment(const Words& words, const Parameters& p) {
  if (words.any({"sync", "expiry"})) {
    if (words.has("peak")) return peak_rate(p);
    if (words.any({"spread", "sd"})) return spread_of_generation(p);
    return p.has("j") ? jittered_expiry(p) : common_expiry(p);
  }
  const bool cold = words.any({"coldstart", "warmup", "recovery"}) || words.all({"cold", "start"});
  if (cold && p.has("n") && !p.has("t")) return all_warm(p);
  if (words.any({"election", "elect", "nobody"})) return election(p);
  if (words.any({"retry", "retries", "attempts"})) return retried(p);
  return queue_experiment(words, p);
}

}  // namespace tablekey::theory
