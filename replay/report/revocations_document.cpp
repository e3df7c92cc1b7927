// What a document says of each revocation: the windows of all caches, the limits that the scenario
// sets for them, and how the last reader lost its key.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "replay/metrics/window_sample.h"
#include "replay/names.h"
#include "replay/report/story.h"
#include "replay/report/timeline.h"
#include "replay/report/words.h"
#include "scenarios/explain_steps.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kGroupsMax = 8, kPointsMax = 600;

// What the step does; empty for a plain time.
std::string does(const model::ScenarioView& scenario, const std::string& label) {
  const auto step = find_step(scenario, label);
  if (!step) return {};
  return scenarios::step_line(scenario.reader(), scenario.reader().getSteps()[*step]);
}

std::string group_of(const model::State& state, std::uint32_t connection) {
  const std::uint32_t workload = state.connections[connection].workload;
  if (workload == model::kNone) return "steps of the timeline";
  return state.scenario().workloads[workload].name;
}

Json bounds(const Bounds& bounds) {
  return {{"seconds", seconds(bounds.low)}, {"atLeast", !bounds.exact()}};
}

// The steps of a distribution: [seconds, windows that ended by then].
Json curve(std::vector<std::int64_t> known) {
  std::ranges::sort(known);
  Json out = Json::array();
  const std::size_t every = std::max<std::size_t>(1, known.size() / kPointsMax);
  for (std::size_t i = 0; i < known.size(); ++i) {
    const bool last = i + 1 == known.size();
    if (!last && known[i + 1] == known[i]) continue;
    if (last || i % every == 0 || known[i] == 0) out.push_back({seconds(known[i]), i + 1});
  }
  return out;
}

struct Group {
  WindowSample sample;
  std::vector<std::int64_t> known;
  std::size_t allowed = 0;
  void add(const ExposureWindow& window, bool still_allowed) {
    allowed += still_allowed ? 1U : 0U;
    window.open ? sample.add_censored(window.length) : sample.add(window.length);
    if (!window.open) known.push_back(window.length);
  }
};

Json group_json(const std::string& name, const Group& group) {
  Json out;
  out["name"] = name;
  out["entries"] = group.sample.size();
  out["still"] = group.sample.censored();
  out["allowed"] = group.allowed;
  out["none"] = group.sample.size() - group.sample.positive();
  out["min"] = bounds(group.sample.min());
  out["p50"] = bounds(group.sample.quantile(scenarios::kQuantileWhole / 2));
  out["p90"] = bounds(group.sample.quantile(scenarios::kQuantileWhole / 10 * 9));
  out["p99"] = bounds(group.sample.quantile(scenarios::kQuantileWhole / 100 * 99));
  out["max"] = bounds(group.sample.max());
  out["mean"] = bounds(group.sample.mean());
  out["curve"] = curve(group.known);
  return out;
}

// One group a workload; many of them are one.
Json groups(const model::State& end, const WatchedMoment& moment,
            const std::vector<ExposureWindow>& windows) {
  std::map<std::string, Group> by_name;
  Group all;
  for (const ExposureWindow& window : windows) {
    const bool allowed = moment.still_allowed(window);
    all.add(window, allowed);
    by_name[group_of(end, window.connection)].add(window, allowed);
  }
  Json out = Json::array();
  if (windows.empty()) return out;
  if (by_name.size() <= kGroupsMax) {
    for (const auto& [name, group] : by_name) out.push_back(group_json(name, group));
  }
  if (by_name.size() != 1) out.push_back(group_json("all", all));
  return out;
}

// Limits in time that expectations set for exposure after the moment.
Json limits(const std::string& label, const std::vector<Outcome>& outcomes) {
  Json out = Json::array();
  for (const Outcome& outcome : outcomes) {
    const auto parsed = scenarios::parse_expectation(outcome.check);
    if (!parsed || !parsed->compared || !parsed->filters.after) continue;
    const bool exposure = parsed->measure == scenarios::Measure::exposure ||
                          parsed->measure == scenarios::Measure::fleet_exposure;
    if (!exposure || parsed->limit.kind != scenarios::Limit::Kind::duration) continue;
    if (parsed->filters.after->kind != scenarios::Moment::Kind::step ||
        parsed->filters.after->step != label) {
      continue;
    }
    out.push_back({{"check", outcome.check},
                   {"limit", outcome.limit},
                   {"workload", parsed->filters.workload.value_or("")},
                   {"seconds", seconds(parsed->limit.nanoseconds)},
                   {"result", name_of(outcome.met)}});
  }
  return out;
}

// What KMS itself did.
std::string refusal(const WatchedMoment& moment, std::uint64_t allowed) {
  if (!moment.anybody_refused()) return " KMS itself refused none of them.";
  const std::int64_t late = moment.revocation().first_denial().at - moment.revocation().time();
  std::string out = late == 0
                        ? std::string(" KMS refused from that moment on.")
                        : fmt::format(" KMS itself began to refuse {} after it.", span_text(late));
  if (allowed != 0) {
    out +=
        fmt::format(" {} more cache{} to {} whom it went on allowing.", grouped(allowed),
                    allowed == 1 ? " belongs" : "s belong", allowed == 1 ? "a caller" : "callers");
  }
  return out;
}

std::string sentence(const WatchedMoment& moment, const std::vector<ExposureWindow>& windows,
                     const ExposureWindow& worst, std::uint64_t allowed) {
  const auto open = static_cast<std::uint64_t>(
      std::ranges::count_if(windows, [](const ExposureWindow& one) { return one.open; }));
  const auto none = static_cast<std::uint64_t>(
      std::ranges::count_if(windows, [](const ExposureWindow& one) { return one.length == 0; }));
  std::string out;
  if (open != 0) {
    const std::string who =
        windows.size() == 1 ? std::string("The only cache")
        : open == windows.size()
            ? fmt::format("All {}", counted(open, "cache"))
            : fmt::format("{} of {}", grouped(open), counted(windows.size(), "cache"));
    out = fmt::format("{} still held a usable plaintext table key when the run ended, {} after {}.",
                      who, span_text(worst.length), moment.label());
    std::int64_t rest = 0;
    for (const ExposureWindow& one : windows) rest = one.open ? rest : std::max(rest, one.length);
    if (open < windows.size() && rest > 0) {
      out += fmt::format(" The others had lost theirs within {}.", span_text(rest));
    }
  } else if (worst.length == 0) {
    out = fmt::format("No cache could use a plaintext table key after {}.", moment.label());
  } else {
    out = fmt::format("The last plaintext table key was lost {} after {}.", span_text(worst.length),
                      moment.label());
  }
  if (none != 0 && worst.length != 0) {
    out += fmt::format(" {} of {} held none.", grouped(none), counted(windows.size(), "cache"));
  }
  return out + refusal(moment, allowed);
}

bool shorter(const ExposureWindow& a, const ExposureWindow& b) {
  return std::pair(a.open, a.length) < std::pair(b.open, b.length);
}

// The worst first; if that one never lost its key, also the last one that did.
std::vector<ExposureWindow> told_of(const std::vector<ExposureWindow>& windows) {
  std::vector<ExposureWindow> out{*std::ranges::max_element(windows, shorter)};
  if (!out.front().open) return out;
  std::vector<ExposureWindow> lost;
  std::ranges::copy_if(windows, std::back_inserter(lost),
                       [](const ExposureWindow& one) { return !one.open && one.length != 0; });
  if (!lost.empty()) out.push_back(*std::ranges::max_element(lost, shorter));
  return out;
}

std::expected<Json, TraceError> stories(const RecordedRun& recorded, const model::State& end,
                                        const WatchedMoment& moment,
                                        const std::vector<ExposureWindow>& windows) {
  Json list = Json::array();
  for (const ExposureWindow& one : told_of(windows)) {
    auto lines = story_of(recorded, end, moment, one);
    if (!lines) return std::unexpected(lines.error());
    list.push_back({{"name", entry_name(end, one.entry)},
                    {"seconds", seconds(one.length)},
                    {"atLeast", one.open},
                    {"lines", std::move(*lines)}});
  }
  return list;
}

std::expected<Json, TraceError> document_of(const RecordedRun& recorded, const model::State& end,
                                            const WatchedMoment& moment,
                                            const std::vector<Outcome>& outcomes) {
  const model::ScenarioView& scenario = end.scenario();
  const Revocation& revocation = moment.revocation();
  const std::int64_t start = scenario.start.nanoseconds();
  Json out;
  out["after"] = moment.label();
  out["does"] = does(scenario, moment.label());
  out["reached"] = revocation.begun();
  out["at"] = seconds(revocation.time() - start);
  if (!revocation.begun()) {
    out["sentence"] = revocation.why_not_begun();
    return out;
  }
  out["refusedFrom"] = moment.anybody_refused()
                           ? Json(seconds(revocation.first_denial().at - start))
                           : Json(nullptr);
  const std::vector<ExposureWindow> windows = moment.windows(end.now().nanoseconds());
  out["groups"] = groups(end, moment, windows);
  out["limits"] = limits(moment.label(), outcomes);
  out["hierarchy"] = moment.hierarchy();
  if (windows.empty()) {
    out["sentence"] = "No connection was open at that time.";
    return out;
  }
  // Whom KMS goes on allowing is no reader who should be gone.
  std::vector<ExposureWindow> meant;
  std::ranges::copy_if(windows, std::back_inserter(meant),
                       [&](const ExposureWindow& one) { return !moment.still_allowed(one); });
  if (meant.empty()) {
    out["sentence"] = "Every cache belongs to a caller whom KMS went on allowing.";
    return out;
  }
  out["sentence"] = sentence(moment, meant, *std::ranges::max_element(meant, shorter),
                             windows.size() - meant.size());
  auto told = stories(recorded, end, moment, meant);
  if (!told) return std::unexpected(told.error());
  out["stories"] = std::move(*told);
  return out;
}

}  // namespace

std::expected<Json, TraceError> revocations_document(const RecordedRun& recorded,
                                                     const model::State& end, const RunWatch& watch,
                                                     const std::vector<Outcome>& outcomes) {
  Json list = Json::array();
  for (const auto& moment : watch.moments) {
    if (!moment->asked_for() && !moment->anybody_refused()) continue;
    auto one = document_of(recorded, end, *moment, outcomes);
    if (!one) return std::unexpected(one.error());
    list.push_back(std::move(*one));
  }
  return list;
}

}  // namespace tablekey::replay::report
