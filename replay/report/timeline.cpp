#include "replay/report/timeline.h"

#include <algorithm>
#include <map>
#include <utility>

#include "replay/event_fields.h"
#include "replay/report/run_document.h"
#include "replay/report/words.h"
#include "scenarios/explain_steps.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kind_name(StateLane::Kind kind) {
  switch (kind) {
    case StateLane::Kind::key:
      return "key";
    case StateLane::Kind::table_key:
      return "tableKey";
    case StateLane::Kind::table:
      return "table";
    case StateLane::Kind::fault:
      return "fault";
  }
  return "";
}

// Times of one run as its document has them.
struct Clock {
  std::int64_t start, end;
  double at(std::int64_t time) const { return seconds(std::clamp(time, start, end) - start); }
};

Json state_lane(const StateLane& lane, const Clock& clock) {
  Json phases = Json::array();
  for (std::size_t i = 0; i < lane.phases.size(); ++i) {
    const Phase& phase = lane.phases[i];
    if (phase.word.empty()) continue;
    const std::int64_t until = i + 1 < lane.phases.size() ? lane.phases[i + 1].from : clock.end;
    phases.push_back({{"from", clock.at(phase.from)},
                      {"until", clock.at(until)},
                      {"word", phase.word},
                      {"note", phase.note}});
  }
  return {{"name", lane.name}, {"kind", kind_name(lane.kind)}, {"phases", std::move(phases)}};
}

// How many of its workload (or of the other shared caches) come before each entry.
std::vector<std::uint32_t> ranks(const model::State& state, std::size_t entries) {
  std::map<std::uint32_t, std::uint32_t> seen;
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint32_t group =
        i < state.connections.size() ? state.connections[i].workload : model::kNone - 1;
    out.push_back(seen[group]++);
  }
  return out;
}

// Those with the longest exposure, in their own order; where that is equal, some of each workload.
std::vector<std::uint32_t> chosen(const model::State& state, const RunWatch& watch) {
  const auto& lanes = watch.held.lanes();
  std::vector<std::int64_t> exposure(lanes.size(), -1);
  for (const auto& moment : watch.moments) {
    if (!moment->revocation().begun()) continue;
    for (const ExposureWindow& one : moment->windows(state.now().nanoseconds())) {
      if (one.entry >= exposure.size()) continue;
      const std::int64_t length = moment->still_allowed(one) ? 0 : one.length + (one.open ? 1 : 0);
      exposure[one.entry] = std::max(exposure[one.entry], length);
    }
  }
  const std::vector<std::uint32_t> rank = ranks(state, lanes.size());
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < lanes.size(); ++i) {
    if (!lanes[i].empty()) order.push_back(i);
  }
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(-exposure[a], rank[a]) < std::pair(-exposure[b], rank[b]);
  });
  if (order.size() > kLanesMax) order.resize(kLanesMax);
  std::ranges::sort(order);
  return order;
}

std::size_t marks(const std::vector<std::vector<Stretch>>& lanes) {
  std::size_t count = 0;
  for (const auto& lane : lanes) count += lane.size();
  return count;
}

}  // namespace

Json steps_document(const model::ScenarioView& scenario, const RunWatch& watch, std::int64_t end) {
  Json list = Json::array();
  std::size_t left_out = 0;
  const auto steps = scenario.reader().getSteps();
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].getAt() > end) continue;
    if (list.size() == kStepsListed) {
      ++left_out;
      continue;
    }
    const std::string_view outcome = watch.outcomes.of(i);
    list.push_back({{"at", seconds(steps[i].getAt() - scenario.start.nanoseconds())},
                    {"id", steps[i].getId().cStr()},
                    {"does", scenarios::step_line(scenario.reader(), steps[i])},
                    {"outcome", outcome},
                    {"message", watch.outcomes.message(i)}});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const Json& a, const Json& b) { return a["at"] < b["at"]; });
  return {{"leftOut", left_out}, {"list", std::move(list)}};
}

Json lanes_document(const model::State& end, const RunWatch& watch) {
  const Clock clock{end.scenario().start.nanoseconds(), end.now().nanoseconds()};
  Json states = Json::array();
  for (const StateLane& lane : watch.states.lanes()) states.push_back(state_lane(lane, clock));

  const auto& lanes = watch.held.lanes();
  const std::vector<std::uint32_t> entries = chosen(end, watch);
  std::vector<std::vector<Stretch>> shown;
  for (const std::uint32_t entry : entries) shown.push_back(lanes[entry]);
  std::int64_t joined = watch.held.merged();
  while (marks(shown) > kMarksMax) {
    joined = joined == 0 ? std::max<std::int64_t>(1, (clock.end - clock.start) / 4096) : joined * 2;
    for (auto& lane : shown) join(lane, joined);
  }
  Json caches = Json::array();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Json spans = Json::array();
    for (const Stretch& one : shown[i]) {
      spans.push_back({clock.at(one.from), clock.at(one.until)});
    }
    caches.push_back({{"name", entry_name(end, entries[i])},
                      {"table", table_label(end, end.cache[entries[i]].table)},
                      {"spans", std::move(spans)},
                      {"holdsAtEnd", shown[i].back().until > clock.end}});
  }
  const auto held = std::ranges::count_if(lanes, [](const auto& lane) { return !lane.empty(); });
  Json out;
  out["states"] = std::move(states);
  out["caches"] = std::move(caches);
  out["entries"] = held;
  out["shown"] = entries.size();
  out["byExposure"] = std::ranges::any_of(
      watch.moments, [](const auto& moment) { return moment->revocation().begun(); });
  out["joined"] = seconds(joined);
  return out;
}

}  // namespace tablekey::replay::report
