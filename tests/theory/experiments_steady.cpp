// Steady state, cold starts and outages: measures over a stretch of time.
#include <fmt/format.h>

#include <utility>

#include "tests/theory/experiments.h"
#include "tests/theory/life_probe.h"
#include "tests/theory/measure_probe.h"

namespace tablekey::theory {
namespace {

constexpr const char* kDecrypts = "kms.calls(op=Decrypt, {}).count";
constexpr const char* kRequests = "requests({}).count";
constexpr const char* kMisses = "requests(via=miss, {}).count";

// A number that the product works out itself; beside it the requests it rests on.
Measured product_says(std::string measure) {
  return {{std::move(measure), kRequests}, [](std::span<const double> numbers, const Layout&) {
            return Reading{numbers[0], 1, static_cast<std::uint64_t>(numbers[1]), {}};
          }};
}

Measured ratio(const char* part, const char* whole) {
  return {{part, whole}, [](std::span<const double> numbers, const Layout&) {
            return Reading{numbers[0], numbers[1], static_cast<std::uint64_t>(numbers[1]), {}};
          }};
}

}  // namespace

Setup setup_of(const World& world, const Layout& layout, double until) {
  Setup setup = world.base;
  setup.loads = world.loads(layout.replicates, layout.spread);
  setup.tables = world.own_table ? layout.replicates : world.tables;
  setup.until = until;
  return setup;
}

std::optional<Measured> steady_quantity(const Words& words) {
  if (words.has("herd") && !words.any({"rate", "hit"})) return product_says("herd({}).mean");
  if (words.has("age") && !words.has("uses")) return product_says("authorization_age({}).mean");
  if (words.any({"rate", "calls"})) {
    return Measured{{kDecrypts, kRequests},
                    [](std::span<const double> numbers, const Layout& layout) {
                      const auto n = static_cast<std::uint64_t>(numbers[1]);
                      return Reading{numbers[0], layout.seconds(), n, {}};
                    }};
  }
  if (words.has("delayed")) return product_says("delayed_hits({}).ratio");
  if (words.has("block") && words.has("xfetch")) return ratio(kMisses, kDecrypts);
  if (words.any({"miss", "block"})) return ratio(kMisses, kRequests);
  if (words.has("hit")) return product_says("hits({}).ratio");
  return std::nullopt;
}

Experiment steady(World world, Measured what) {
  Experiment made;
  made.world = std::move(world);
  made.setup = [](const World& w, const Layout& layout) {
    return setup_of(w, layout, layout.start() + layout.length + 1);
  };
  made.probe = [what](const World&, const Layout& layout, const model::ScenarioView& scenario) {
    const double end = layout.start() + layout.length;
    std::vector<std::string> measures;
    for (const std::string& measure : what.measures) {
      measures.push_back(fmt::format(fmt::runtime(measure), within({layout.start(), end})));
    }
    const auto from = [what, layout](std::span<const double> numbers) {
      return what.reading(numbers, layout);
    };
    return std::make_unique<MeasureProbe>(scenario, measures, end, from);
  };
  return made;
}

Experiment lives(World world, std::optional<double> quantile, std::optional<double> longer_than) {
  Experiment made = steady(std::move(world), {});
  made.world.memory = 0;
  made.quantile = quantile;
  const FromLives from = [=](std::span<const double> all, double) {
    Reading reading{0, static_cast<double>(all.size()), all.size(), {}};
    for (const double life : all) {
      const double longer = longer_than && life <= *longer_than ? 0 : 1;
      reading.top += longer_than ? longer : life;
    }
    if (quantile) reading.samples.assign(all.begin(), all.end());
    return reading;
  };
  made.probe = [from](const World&, const Layout& layout, const model::ScenarioView& scenario) {
    const Stretch stretch{layout.start(), layout.start() + layout.length};
    return std::make_unique<LifeProbe>(scenario, stretch, from);
  };
  return made;
}

Experiment cold_start(World world, double length) {
  Experiment made = steady(std::move(world),
                           {{kDecrypts}, [](std::span<const double> numbers, const Layout& layout) {
                              const auto replicates = static_cast<double>(layout.replicates);
                              return Reading{numbers[0], replicates, layout.replicates, {}};
                            }});
  made.cold = true;
  made.length = length;
  return made;
}

Experiment outage(World world, double length) {
  // Of all runs together: the share of a run with few requests says little.
  Experiment made =
      steady(std::move(world),
             {{"availability({}).ratio", kRequests},
              [](std::span<const double> numbers, const Layout& layout) {
                return Reading{numbers[0] * numbers[1], numbers[1], layout.replicates, {}};
              }});
  made.length = length;
  made.setup = [](const World& w, const Layout& layout) {
    Setup setup = setup_of(w, layout, layout.start() + layout.length + 1);
    setup.steps.push_back(
        fmt::format("{{ at: {}, do: fault:KmsOutage, duration: {}, error: KMSInternalException }}",
                    duration(kBegin + layout.start()), duration(layout.length + 2)));
    return setup;
  };
  return made;
}

Experiment pilot_of(const Experiment& experiment) {
  Experiment pilot = steady(
      experiment.world, {{kDecrypts}, [](std::span<const double> numbers, const Layout& layout) {
                           const auto calls = static_cast<std::uint64_t>(numbers[0]);
                           return Reading{layout.seconds(), numbers[0], calls, {}};
                         }});
  pilot.cold = true;
  return pilot;
}

}  // namespace tablekey::theory
