// The frame of a story: how long, by which rules, under which settings and load.
#include "replay/explore/generate.h"

#include <fmt/format.h>

#include "replay/explore/draft.h"

namespace tablekey::replay::explore {

Field needing(std::string name, std::string value, std::vector<std::string> needs, bool needed) {
  Field field{std::move(name), std::move(value)};
  field.needs = std::move(needs);
  field.needed = needed;
  return field;
}

namespace {

// A figure that is fixed can be met to the nanosecond; one that is drawn is what AWS says.
void draw_delay(Draft& draft, Dice& dice, const std::string& path, std::int64_t& typical) {
  typical = kSecond;
  switch (dice.below(4)) {
    case 0:
      typical = 0;
      break;
    case 1:
      typical = 30 * kSecond;
      break;
    default:
      return;
  }
  draft.story.model.push_back({path, fmt::format("constant({})", duration_text(typical))});
}

void draw_cache(Draft& draft, Dice& dice) {
  auto& model = draft.story.model;
  const std::string cache = "table_key_cache.";
  draft.ttl = static_cast<std::int64_t>(dice.of(std::vector<int>{60, 90, 120, 300, 450})) * kSecond;
  if (dice.chance(80)) {
    model.push_back(
        {cache + "policy",
         dice.pick({"idle-connection", "fixed-connection", "idle-principal", "fixed-principal",
                    "fixed-caller", "static-stable", "router-shared", "none", "bounded", "grace",
                    "storm", "process-lifetime", "idle-connection", "fixed-connection",
                    "hierarchical-keyring", "caching-most-recent-provider"})});
    model.push_back({cache + "ttl", duration_text(draft.ttl)});
  } else {
    draft.ttl = 300 * kSecond;
  }
  if (dice.chance(10)) model.push_back({cache + "max_uses", std::to_string(dice.between(1, 5))});
  if (dice.chance(8)) model.push_back({cache + "max_bytes", std::to_string(dice.between(1, 5000))});
  if (dice.chance(10)) model.push_back({cache + "jitter", dice.pick({"10%", "50%"})});
  if (dice.chance(10)) model.push_back({cache + "negative_ttl", dice.pick({"10s", "2m"})});
  if (dice.chance(15)) model.push_back({cache + "stale_max", dice.pick({"10m", "1h"})});
  if (dice.chance(10)) model.push_back({cache + "coalesce", "false"});
  if (dice.chance(6)) model.push_back({cache + "capacity", std::to_string(dice.between(1, 3))});
  if (dice.chance(6)) model.push_back({cache + "poll_interval", dice.pick({"30s", "2m"})});
  if (dice.chance(6))
    model.push_back({cache + "push_delay", dice.pick({"constant(1s)", "constant(0s)"})});
  if (dice.chance(15)) model.push_back({"routers.count", std::to_string(dice.between(1, 3))});
}

void draw_load_of(Part& workload, Dice& dice) {
  switch (dice.below(12)) {
    case 0:
    case 1:
    case 2:
      workload.fields.push_back(
          {"arrivals",
           fmt::format("{{ every: {} }}",
                       dice.pick({"10s", "15s", "30s", "1m", "90s", "150s", "5m", "301s", "450s"})),
           true,
           {"{ every: 5m }"}});
      return;
    case 3:
      workload.fields.push_back({"arrivals", "{ process: gamma, shape: 0.5, rate: 0.1/s }", true});
      return;
    case 4:
      workload.fields.push_back(
          {"arrivals", "{ process: weibull, shape: 0.7, rate: 0.1/s }", true});
      return;
    case 5:
      workload.fields.push_back({"arrivals", "{ process: pareto, shape: 2.5, rate: 0.1/s }", true});
      return;
    case 6:
      workload.fields.push_back(
          {"arrivals", "{ process: hyperexponential, shares: [90%, 10%], rates: [0.2/s, 0.005/s] }",
           true});
      return;
    case 7:
      workload.fields.push_back({"arrivals",
                                 "{ process: mmpp, states: [{ rate: 0.5/s, hold: 2m }, { rate: "
                                 "0.01/s, hold: 4m }] }",
                                 true});
      return;
    case 8:
      workload.fields.push_back(
          {"arrivals", "{ process: on-off, on: { rate: 0.5/s, hold: 1m }, off: { hold: 5m } }",
           true});
      return;
    case 9:
      workload.fields.push_back({"arrivals",
                                 "{ process: closed, think: exponential(mean=20s) }",
                                 true,
                                 {"{ process: closed, think: constant(1m) }"}});
      return;
    default:
      workload.fields.push_back({"arrivals",
                                 fmt::format("{{ process: poisson, rate: {} }}",
                                             dice.pick({"0.01/s", "0.05/s", "0.3/s"})),
                                 true,
                                 {"{ every: 1m }"}});
  }
}

}  // namespace

void draw_settings(Draft& draft) {
  Dice dice(draft.seed, "settings");
  draft.profile = dice.pick({"seed", "seed", "seed", "seed", "measured", "measured", "measured",
                             "2018-02", "2018-11", "2023-02", "current", "current", "current"});
  draft.until = static_cast<std::int64_t>(dice.between(20, 70)) * kMinute;
  draft.story.head.push_back({"until", duration_text(draft.until), true});
  draft.story.head.push_back({"profile", draft.profile, false, {"seed"}});
  draw_cache(draft, dice);
  draw_delay(draft, dice, "kms.propagation", draft.propagation);
  draw_delay(draft, dice, "kms.key_state_propagation", draft.key_propagation);
  std::int64_t ignored = 0;
  if (dice.chance(30)) draw_delay(draft, dice, "iam.propagation", ignored);
  if (dice.chance(40)) {
    draft.story.model.push_back(
        {"kms.latency", dice.pick({"constant(0s)", "constant(10ms)", "constant(0s)",
                                   "uniform(1ms, 2s)", "exponential(mean=300ms)"})});
  }
  if (dice.chance(8)) {
    draft.story.model.push_back({"kms.servers", "1"});
    draft.story.model.push_back(
        {"kms.service_time", dice.pick({"constant(50ms)", "constant(2s)"})});
  }
  if (dice.chance(10)) {
    draft.story.model.push_back(
        {"dynamodb.sse_switch", dice.pick({"constant(2m)", "constant(9s)"})});
  }
}

void draw_workloads(Draft& draft) {
  Dice dice(draft.seed, "workloads");
  const std::uint64_t count = dice.between(1, 3);
  for (std::uint64_t i = 1; i <= count; ++i) {
    const DraftTable& table = dice.of(draft.tables);
    const std::string& role = dice.of(draft.roles);
    Part workload{Section::workload, fmt::format("load{}", i), {}};
    workload.fields.push_back({"name", workload.name, true});
    workload.fields.push_back(needing("principal", "!Ref " + role, {role}, true));
    workload.fields.push_back(needing("table", "!Ref " + table.name, {table.name}, true));
    if (dice.chance(15)) workload.fields.push_back({"session", "night"});
    const bool pool = dice.chance(12);
    workload.fields.push_back({"connections", std::to_string(dice.between(1, 4)), true, {"1"}});
    draw_load_of(workload, dice);
    if (dice.chance(70)) {
      workload.fields.push_back({"operations",
                                 dice.pick({"{ GetItem: 100% }", "{ GetItem: 70%, PutItem: 30% }",
                                            "{ GetItem: 40%, PutItem: 30%, Query: 30% }",
                                            "{ GetItem: 50%, PutItem: 30%, DeleteItem: 20% }",
                                            "{ PutItem: 60%, Scan: 10%, GetItem: 30% }"}),
                                 false,
                                 {"{ GetItem: 100% }", "{ GetItem: 70%, PutItem: 30% }"}});
    }
    if (table.items == 0) {
      workload.fields.push_back({"items", std::to_string(dice.between(1, 30)), false, {"1", "3"}});
    }
    if (dice.chance(20)) workload.fields.push_back({"popularity", "{ zipf: 1.1 }"});
    if (dice.chance(15)) {
      workload.fields.push_back(
          {"connection_lifetime",
           dice.pick({"{ requests: 5 }", "{ duration: 7m }", "{ duration: exponential(mean=10m) }",
                      "{ requests: 20, duration: 11m }"})});
    }
    if (pool && !value_of(workload.fields, "arrivals").starts_with("{ process: closed")) {
      workload.fields.push_back(
          {"pool", dice.pick({"{ dispatch: round-robin }", "{ dispatch: random, idle_close: 1m }",
                              "{ dispatch: most-recent, idle_close: 2m }"})});
    }
    if (dice.chance(20)) {
      workload.fields.push_back(
          {"retries",
           dice.pick({"standard", "{ attempts: 3, base: 1s, cap: 20s, jitter: 100% }"})});
    }
    if (dice.chance(15)) workload.fields.push_back({"item_size", "exponential(mean=600)"});
    if (dice.chance(20)) workload.fields.push_back({"from", dice.pick({"1m", "5m", "10m"})});
    if (dice.chance(20)) workload.fields.push_back({"to", dice.pick({"15m", "18m30s"})});
    draft.workloads.push_back(workload.name);
    draft.story.parts.push_back(std::move(workload));
  }
}

void draw_timeline(Draft& draft) {
  Dice dice(draft.seed, "timeline");
  Timeline timeline(draft, dice);
  const std::uint64_t episodes = dice.between(0, 3);
  for (std::uint64_t i = 0; i < episodes; ++i) timeline.episode();
  const std::uint64_t operations = dice.between(2, 9);
  for (std::uint64_t i = 0; i < operations; ++i) timeline.operation();
}

void draw_faults(Draft& draft) {
  Dice dice(draft.seed, "faults");
  if (!dice.chance(12)) return;
  Part source{Section::fault, "random", {}};
  source.fields.push_back({"fault",
                           dice.pick({"fault:KmsOutage", "fault:KmsBrownOut", "fault:KmsLatency",
                                      "fault:NetworkPartition"}),
                           true});
  source.fields.push_back({"name", "random", true});
  const std::string_view kind = value_of(source.fields, "fault");
  if (kind == "fault:KmsLatency") source.fields.push_back({"latency", "2s", true});
  if (kind == "fault:KmsBrownOut") {
    source.fields.push_back({"share", "50%", true});
    source.fields.push_back({"latency", "1s", true});
  }
  source.fields.push_back({"every", "exponential(mean=10m)", true});
  source.fields.push_back({"lasts", "exponential(mean=1m)", true});
  draft.story.parts.push_back(std::move(source));
}

Story generate(std::uint64_t seed) {
  Draft draft;
  draft.seed = draft.story.seed = seed;
  draw_settings(draft);
  draw_resources(draft);
  draw_workloads(draft);
  draw_timeline(draft);
  draw_faults(draft);
  return draft.story;
}

}  // namespace tablekey::replay::explore
