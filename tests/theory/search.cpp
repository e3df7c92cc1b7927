// A bracket by doubling, then costs on a grid of lifetimes around the least one, and the least
// value of a polynomial through them. Leaving out groups of runs tells the error.
#include "tests/theory/search.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "tests/theory/experiments.h"
#include "tests/theory/life_probe.h"

namespace tablekey::theory {
namespace {

constexpr std::size_t kPoints = 9, kTerms = 5;
constexpr std::uint64_t kGroups = 16;

using Curve = std::array<double, kPoints>;

// What a search looks at: costs by lifetime and run.
class Costs {
 public:
  Costs(const Case& given, const Effort& effort)
      : given_(given),
        effort_(effort),
        words_(given.family, given.parameters.word_or("rule", "")),
        call_(given.parameters.number("ck")),
        exposed_second_(given.parameters.number("cx")),
        rate_(given.parameters.number("lambda")) {}

  double rate() const { return rate_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t loads() const { return loads_; }

  /// Costs a second in so many runs, whose seeds begin with the effort's.
  std::vector<double> at(double lifetime, std::uint64_t first, std::uint64_t last) {
    Case asked = given_;
    asked.parameters.set("T", lifetime);
    const World world = world_of(asked, words_);
    Layout layout;
    layout.replicates = 20;
    layout.warm = kRequestsWarm / rate_;
    layout.length = effort_.events_a_run / (rate_ * 20);
    Setup setup = setup_of(world, layout, layout.start() + layout.length + 1);
    const std::string text = setup.text();
    std::vector<Ran> runs(last - first);
    in_parallel(first, last, effort_.threads, [&](std::uint64_t i) {
      runs[i - first] = simulate(text, effort_.seed + i, [&](const model::ScenarioView& scenario) {
        const Stretch stretch{layout.start(), layout.start() + layout.length};
        return std::make_unique<LifeProbe>(
            scenario, stretch,
            [this](std::span<const double> lives, double seconds) { return cost(lives, seconds); });
      });
    });
    std::vector<double> costs;
    for (const Ran& run : runs) {
      costs.push_back(run.reading.top / run.reading.bottom);
      events_ += run.events;
      loads_ += run.reading.n;
    }
    return costs;
  }

  double mean_at(double lifetime) {
    double sum = 0;
    for (const double cost : at(lifetime, 0, kTrialRuns)) sum += cost;
    return sum;
  }

 private:
  static constexpr double kRequestsWarm = 400;
  static constexpr std::uint64_t kTrialRuns = 4;

  // As no rule here asks KMS during a life, a revocation some time before its end leaves the key
  // usable for that time, and one between two lives for none. So the mean exposure is an integral
  // over lives.
  Reading cost(std::span<const double> lives, double seconds) const {
    double exposed = 0;
    for (const double life : lives) exposed += life * life / 2;
    const double calls = static_cast<double>(lives.size());
    return {calls * call_ + exposed * exposed_second_, seconds, lives.size(), {}};
  }

  Case given_;
  Effort effort_;
  Words words_;
  double call_, exposed_second_;
  double rate_;
  std::uint64_t events_ = 0, loads_ = 0;
};

// The coefficients of the polynomial of least squares, by elimination.
std::array<double, kTerms> fit(const Curve& x, const Curve& y) {
  std::array<std::array<double, kTerms + 1>, kTerms> rows{};
  for (std::size_t p = 0; p < kPoints; ++p) {
    for (std::size_t i = 0; i < kTerms; ++i) {
      const double left = std::pow(x[p], static_cast<double>(i));
      for (std::size_t j = 0; j < kTerms; ++j) {
        rows[i][j] += left * std::pow(x[p], static_cast<double>(j));
      }
      rows[i][kTerms] += left * y[p];
    }
  }
  for (std::size_t i = 0; i < kTerms; ++i) {
    std::size_t best = i;
    for (std::size_t r = i + 1; r < kTerms; ++r) {
      if (std::abs(rows[r][i]) > std::abs(rows[best][i])) best = r;
    }
    std::swap(rows[i], rows[best]);
    for (std::size_t r = 0; r < kTerms; ++r) {
      if (r == i) continue;
      const double factor = rows[r][i] / rows[i][i];
      for (std::size_t j = i; j <= kTerms; ++j) rows[r][j] -= factor * rows[i][j];
    }
  }
  std::array<double, kTerms> found{};
  for (std::size_t i = 0; i < kTerms; ++i) found[i] = rows[i][kTerms] / rows[i][i];
  return found;
}

// Where in [-1, 1] the polynomial through the costs is least.
double least(const Curve& x, const Curve& costs) {
  constexpr int kSteps = 20'000;
  const auto polynomial = fit(x, costs);
  double best = 0, best_value = HUGE_VAL;
  for (int i = 0; i <= kSteps; ++i) {
    const double at = -1 + 2.0 * i / kSteps;
    double value = 0;
    for (std::size_t k = kTerms; k-- > 0;) value = value * at + polynomial[k];
    if (value < best_value) best = at, best_value = value;
  }
  return best;
}

// Doubles or halves the lifetime as long as that is cheaper.
double bracket(Costs& costs) {
  constexpr int kMost = 24;
  double here = 1 / costs.rate(), cost = costs.mean_at(here);
  for (const double factor : {2.0, 0.5}) {
    for (int i = 0; i < kMost; ++i) {
      const double next = costs.mean_at(here * factor);
      if (next >= cost) break;
      here *= factor;
      cost = next;
    }
  }
  return here;
}

struct Grid {
  double centre = 1, width = 0.7;  // lifetimes centre * exp(width * x), x in [-1, 1]
  Curve x{};
  std::vector<Curve> runs;  // costs by run

  Grid(double middle, double half) : centre(middle), width(half) {
    for (std::size_t p = 0; p < kPoints; ++p) {
      x[p] = -1 + 2.0 * static_cast<double>(p) / (kPoints - 1);
    }
  }
  void add(Costs& costs, std::uint64_t count) {
    const std::uint64_t first = runs.size();
    runs.resize(first + count);
    for (std::size_t p = 0; p < kPoints; ++p) {
      const auto found = costs.at(centre * std::exp(width * x[p]), first, first + count);
      for (std::uint64_t i = 0; i < count; ++i) runs[first + i][p] = found[i];
    }
  }
  // The cheapest lifetime, without the runs of one group; kGroups: with all.
  double best_without(std::uint64_t group) const {
    Curve sum{};
    for (std::uint64_t i = 0; i < runs.size(); ++i) {
      if (i % kGroups == group) continue;
      for (std::size_t p = 0; p < kPoints; ++p) sum[p] += runs[i][p];
    }
    return centre * std::exp(width * least(x, sum));
  }
  // Jackknife.
  double error() const {
    double sum = 0, squares = 0;
    for (std::uint64_t g = 0; g < kGroups; ++g) {
      const double one = best_without(g);
      sum += one;
      squares += one * one;
    }
    const double n = kGroups;
    return std::sqrt(std::max(0.0, (squares - sum * sum / n) * (n - 1) / n));
  }
};

}  // namespace

bool is_search(const Case& given) { return Words(given.family, "").has("opt"); }

Result search(const Case& given, const Effort& effort) {
  constexpr double kWide = 0.7, kNarrow = 0.3;
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  const auto since = [&] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
  Costs costs(given, effort);
  Grid wide(bracket(costs), kWide);
  wide.add(costs, kGroups);
  Grid grid(wide.best_without(kGroups), kNarrow);
  Result result;
  do {
    grid.add(costs, 2 * kGroups);
    result.estimate = {grid.best_without(kGroups), grid.error(), costs.loads()};
  } while (result.estimate.se > effort.precision * result.estimate.value &&
           since() < effort.seconds);
  result.runs = grid.runs.size();
  result.events = costs.events();
  result.seconds = since();
  return result;
}

}  // namespace tablekey::theory
