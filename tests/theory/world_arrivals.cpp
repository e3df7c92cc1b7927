// Whose requests, and how they come: arrival processes in the words of `workload:`.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/theory/world_parts.h"

namespace tablekey::theory {
namespace {

constexpr double kRenewalGaps = 300;  // until a renewal process is stationary, heavy tails included
constexpr double kPhaseCycles = 20;   // until a modulating chain is

// One workload whose arrivals are written for each connection (or for the whole of them).
void one_load(World& world, std::function<std::string(double connections)> arrivals,
              std::string more = {}) {
  const std::uint64_t each = world.connections;
  world.loads = [each, arrivals = std::move(arrivals), more = std::move(more)](
                    std::uint64_t replicates, double spread) {
    Load load;
    load.connections = replicates * each;
    load.arrivals = arrivals(static_cast<double>(load.connections));
    load.spread = spread;
    load.more = more;
    return std::vector{load};
  };
}

// Poisson requests with this rate at each connection.
void poisson_load(World& world, double rate_each, std::string more = {}) {
  world.gap = 1 / rate_each;
  world.rate = rate_each * static_cast<double>(world.connections);
  one_load(
      world, [rate_each](double n) { return poisson(rate_each * n); }, std::move(more));
}

void renewal_load(World& world, const Parameters& p) {
  const std::string dist = p.word_or("dist", "gamma");
  std::string arrivals;
  bool each = false;
  if (dist == "h2" || dist == "hyperexponential") {
    const double first = p.number("p"), mu1 = p.number("mu1"), mu2 = p.number("mu2");
    world.gap = first / mu1 + (1 - first) / mu2;
    each = true;
    arrivals = fmt::format("{{ process: hyperexponential, shares: [{}, {}], rates: [{}, {}] }}",
                           share(first), share(1 - first), rate(mu1), rate(mu2));
  } else {
    world.gap = p.has("mean") ? p.number("mean") : 1 / p.number("lambda");
    const bool lomax = dist == "lomax" || dist == "pareto";
    const bool erlang = dist == "erlang" || dist == "gamma";
    const std::string process = lomax ? "pareto" : erlang ? "gamma" : dist;
    arrivals = fmt::format("process: {}, shape: {:.17g}", process, p.one_of({"shape", "k", "a"}));
  }
  world.rate = 1 / world.gap * static_cast<double>(world.connections);
  world.settling = kRenewalGaps * world.gap;
  const double rate_each = 1 / world.gap;
  one_load(world, [each, arrivals, rate_each](double n) {
    return each ? arrivals : fmt::format("{{ {}, rate: {} }}", arrivals, rate(rate_each * n));
  });
}

void mmpp_load(World& world, const Parameters& p) {
  const double out1 = p.number("q12"), out2 = p.number("q21");
  const double l1 = p.number("l1"), l2 = p.number_or("l2", 0);
  const double share1 = out2 / (out1 + out2);
  world.rate = share1 * l1 + (1 - share1) * l2;
  world.gap = 1 / world.rate;
  world.settling = kPhaseCycles * (1 / out1 + 1 / out2);
  const std::string arrivals = fmt::format(
      "{{ process: mmpp, states: [{{ rate: {}, hold: {} }}, {{ rate: {}, hold: {} }}] }}", rate(l1),
      duration(1 / out1), rate(l2), duration(1 / out2));
  one_load(world, [arrivals](double) { return arrivals; });
}

void regular_load(World& world, const Parameters& p) {
  world.gap = p.number("d");
  world.rate = static_cast<double>(world.connections) / world.gap;
  const std::string arrivals = fmt::format("{{ every: {} }}", duration(world.gap));
  one_load(world, [arrivals](double) { return arrivals; });
}

// Many tables: the copies of one, and a connection to each. Replicates are further connections, or,
// where the cache has a capacity that all tables share, further runs.
void zipf_load(World& world, const Words& words, const Parameters& p) {
  const auto tables = whole(p.number("K"));
  const double alpha = p.number_or("alpha", 1), total = p.number_or("lambda", 1);
  world.connections = world.entries = world.tables = tables;
  world.rate = total;
  world.gap = static_cast<double>(tables) / total;
  if (words.has("che")) world.most = 1;
  world.loads = [=](std::uint64_t replicates, double spread) {
    Load load;
    load.connections = replicates * tables;
    load.arrivals = poisson(total * static_cast<double>(replicates));
    load.spread = spread;
    load.more = fmt::format("    table_popularity: {{ zipf: {:.17g} }}\n", alpha);
    return std::vector{load};
  };
}

// One arrival process over n connections in turn.
void round_robin_load(World& world, const Parameters& p) {
  const auto n = whole(p.number("n"));
  const double total = p.number("lambda");
  world.connections = world.entries = n;
  world.rate = total;
  world.gap = static_cast<double>(n) / total;
  // A pool opens its connections when it needs them.
  world.loads = [n, total](std::uint64_t replicates, double) {
    std::vector<Load> loads;
    for (std::uint64_t i = 0; i < replicates; ++i) {
      Load load;
      load.name = fmt::format("pool-{}", i + 1);
      load.connections = n;
      load.arrivals = poisson(total);
      load.more = "    pool: { dispatch: round-robin }\n";
      loads.push_back(load);
    }
    return loads;
  };
}

std::string churned(const Parameters& p) {
  return fmt::format("    connection_lifetime: {{ duration: exponential(mean={}) }}\n",
                     duration(1 / p.number("delta")));
}

// Sizes count as multiples of each other, so they are made large: what an item's other attributes
// take is then nothing beside them.
std::string written(World& world, const Words& words, const Parameters& p) {
  constexpr double kBytes = 3'000, kWeight = 8;
  const double size = p.one_of({"b", "mean", "size"});
  world.weight = kWeight;
  world.bytes_scale = std::max(1.0, std::ceil(kBytes / size));
  const auto bytes = whole(size * world.bytes_scale);
  const std::string drawn = words.any({"const", "det"})
                                ? fmt::format("constant({})", bytes)
                                : fmt::format("exponential(mean={})", bytes);
  return fmt::format("    operations: {{ PutItem: 100% }}\n    item_size: {}\n", drawn);
}

// One cache of two principals, a connection of each: the first has l1 of all requests.
void shared_load(World& world, const Parameters& p) {
  const double first = p.number("l1"), total = p.one_of({"ltot", "lambda", "l"});
  world.own_table = true;
  world.rate = total;
  world.gap = 1 / total;
  world.most = 500;
  world.loads = [=](std::uint64_t replicates, double spread) {
    std::vector<Load> loads(2);
    const auto count = static_cast<double>(replicates);
    loads[0].arrivals = poisson(first * count);
    loads[1].name = "others";
    loads[1].principal = "Other";
    loads[1].arrivals = poisson((total - first) * count);
    for (Load& load : loads) {
      load.connections = replicates;
      load.spread = spread;
    }
    return loads;
  };
}

}  // namespace

void add_arrivals(World& world, const Words& words, const Parameters& p) {
  const bool fleet = words.any({"split", "max", "allcold"}) || words.all({"all", "cold"});
  if (fleet && p.has("n")) {
    world.connections = world.entries = whole(p.number("n"));
    return poisson_load(world, p.number("lambda") / p.number("n"));
  }
  if (words.any({"zipf", "che"})) return zipf_load(world, words, p);
  if (words.has("roundrobin") || words.all({"round", "robin"})) return round_robin_load(world, p);
  if (words.has("renewal")) return renewal_load(world, p);
  if (words.has("mmpp") || words.all({"on", "off"})) return mmpp_load(world, p);
  if (words.has("det")) return regular_load(world, p);
  if (words.has("shared")) return shared_load(world, p);
  std::string more;
  if (words.has("churn")) more += churned(p);
  if (words.has("bytes")) more += written(world, words, p);
  poisson_load(world, p.number_or("lambda", 1), more);
}

World world_of(const Case& given, const Words& words) {
  Parameters parameters = given.parameters;
  if (words.has("poll") && parameters.has("P")) {
    // Where a case speaks of busy caches only: many requests between two polls, none ever idle.
    const double interval = parameters.number("P");
    if (!parameters.has("T") && !parameters.has("tau")) parameters.set("T", 20 * interval);
    if (!parameters.has("lambda")) {
      parameters.set("lambda", 50 / interval * parameters.number_or("n", 1));
    }
  }
  World world;
  add_arrivals(world, words, parameters);
  add_rule(world, words, parameters);
  return world;
}

}  // namespace tablekey::theory
