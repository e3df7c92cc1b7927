// Revocations: the key is disabled, and every entry has its windows (cache-theory.md 3, 4.2, 4.3).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/theory/experiments.h"
#include "tests/theory/window_probe.h"

namespace tablekey::theory {
namespace {

constexpr double kNever = 3e9;  // s: about a hundred years; the probe ends the run

constexpr std::uint64_t kFew = 300;

using OfGroup = std::function<double(std::span<const Windows> group)>;

Reading mean_of_groups(std::span<const Windows> all, std::size_t size, const OfGroup& of) {
  Reading reading;
  for (std::size_t at = 0; at + size <= all.size(); at += size) {
    reading.top += of(all.subspan(at, size));
    reading.bottom += 1;
    ++reading.n;
  }
  return reading;
}

Reading samples_of_groups(std::span<const Windows> all, std::size_t size, const OfGroup& of) {
  Reading reading;
  for (std::size_t at = 0; at + size <= all.size(); at += size) {
    reading.samples.push_back(of(all.subspan(at, size)));
    ++reading.n;
  }
  return reading;
}

double longest(std::span<const Windows> group) {
  double most = 0;
  for (const Windows& one : group) most = std::max(most, one.key);
  return most;
}

double holders(std::span<const Windows> group) {
  double count = 0;
  for (const Windows& one : group) count += one.key > 0 ? 1 : 0;
  return count;
}

OfGroup window_quantity(const Words& words) {
  if (words.any({"resident", "occupancy"})) return holders;
  if (words.any({"p0", "atom", "allcold"}) || words.all({"all", "cold"})) {
    return [](std::span<const Windows> group) { return holders(group) > 0 ? 0.0 : 1.0; };
  }
  if (words.has("stale")) {
    return [](std::span<const Windows> group) { return static_cast<double>(group.front().stale); };
  }
  if (words.has("serve")) {
    return [](std::span<const Windows> group) { return group.front().serve; };
  }
  if (words.has("deny")) {
    return [](std::span<const Windows> group) { return group.front().deny; };
  }
  return longest;
}

}  // namespace

Experiment revoked(World world, const Words& words, const Revoking& how) {
  Experiment made;
  made.world = std::move(world);
  made.quantile = how.quantile;
  if (how.allowed_on > 0) {
    made.world.base.kms.emplace_back("key_state_propagation",
                                     "constant(" + duration(how.allowed_on) + ")");
  }
  made.setup = [](const World& w, const Layout& layout) {
    Setup setup = setup_of(w, layout, kNever);
    setup.steps.push_back(
        fmt::format("{{ at: {}, do: kms:DisableKey, key: !Ref OrdersKey, id: revoke }}",
                    duration(kBegin + layout.start())));
    return setup;
  };
  if (made.world.memory > 0) {
    // Where windows have no bound, few entries at a time wait for the longest of them; what was
    // denied once is denied from then on, and who asks again costs only time.
    made.world.most = std::min(made.world.most, kFew);
    made.world.base.cache.emplace_back("negative_ttl", duration(kNever));
  }
  const bool until_denied = words.has("deny");
  const OfGroup of = window_quantity(words);
  made.probe = [=](const World& w, const Layout& layout, const model::ScenarioView& scenario) {
    WindowPlan plan;
    plan.revoked = layout.start() + how.allowed_on;
    plan.at_once = how.at_once;
    plan.until_denied = until_denied;
    plan.count = static_cast<std::uint32_t>(layout.replicates * w.entries);
    const std::size_t size = w.entries;
    return std::make_unique<WindowProbe>(scenario, plan, [=](std::span<const Windows> windows) {
      const auto later = [&](std::span<const Windows> group) { return of(group) + how.allowed_on; };
      return how.quantile ? samples_of_groups(windows, size, later)
                          : mean_of_groups(windows, size, later);
    });
  };
  return made;
}

}  // namespace tablekey::theory
