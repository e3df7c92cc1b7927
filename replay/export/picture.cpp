#include "replay/export/picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/event_fields.h"
#include "replay/metrics/metrics.h"
#include "scenarios/expectation.h"
#include "scenarios/explain_steps.h"

namespace tablekey::replay {
namespace {

/// Takes what the lanes say into stretches.
class Stretches : public LaneSink {
 public:
  Stretches(std::int64_t from, std::int64_t until, std::int64_t pixels)
      : from_(from), until_(until), grain_(std::max<std::int64_t>(1, (until - from) / pixels)) {}

  void begins(const model::State& after, const Lane& lane, std::int64_t time, std::string_view what,
              std::uint64_t, std::uint64_t) override {
    const auto place = std::pair(lane.kind, lane.index);
    auto found = lanes_.find(place);
    if (found == lanes_.end()) {
      found = lanes_.try_emplace(place).first;
      found->second.lane.kind = lane.kind;
      found->second.lane.name = lane_name(after, lane);
      found->second.group = group_name(after, lane, found->second.lane.name);
    }
    found->second.began = time;
    // Versions of a table key look alike: what counts is that one is there.
    found->second.what = lane.kind == Lane::Kind::holder ? "usable" : std::string(what);
  }

  void ends(const Lane& lane, std::int64_t time) override {
    Known& known = lanes_.at({lane.kind, lane.index});
    const std::int64_t begin = std::max(known.began, from_), end = std::min(time, until_);
    if (begin > until_ || end < from_ || (end <= begin && lane.kind == Lane::Kind::holder)) return;
    add(known.lane.stretches, {begin, end, known.what, 1});
  }

  /// The lanes of a kind, no more than `most`: holders of one workload and table become one.
  std::vector<PictureLane> take(Lane::Kind kind, std::size_t most) {
    std::vector<Known*> known;
    for (auto& [place, one] : lanes_) {
      if (place.first == kind && !one.lane.stretches.empty()) known.push_back(&one);
    }
    std::vector<PictureLane> taken;
    if (known.size() <= most || kind != Lane::Kind::holder) {
      for (std::size_t i = 0; i < std::min(most, known.size()); ++i) {
        taken.push_back(std::move(known[i]->lane));
      }
      return taken;
    }
    std::vector<std::string> order;
    std::map<std::string, std::vector<Known*>> groups;
    for (Known* one : known) {
      if (!groups.contains(one->group)) order.push_back(one->group);
      groups[one->group].push_back(one);
    }
    for (const std::string& name : order) {
      if (taken.size() == most) break;
      taken.push_back(together(name, groups[name]));
    }
    return taken;
  }

 private:
  struct Known {
    PictureLane lane;
    std::string group;
    std::int64_t began = 0;
    std::string what;
  };

  // "web → Orders" for "web/3 → Orders".
  static std::string group_name(const model::State& state, const Lane& lane,
                                const std::string& name) {
    if (lane.kind != Lane::Kind::holder) return name;
    const std::size_t arrow = name.rfind(" → ");
    const std::string holder = name.substr(0, arrow);
    const bool own = lane.index < state.connections.size();
    return (own ? holder.substr(0, holder.rfind('/')) : std::string("shared caches")) +
           name.substr(arrow);
  }

  // Stretches of one kind that cannot be told apart are one.
  void add(std::vector<Stretch>& to, Stretch stretch) const {
    if (!to.empty() && to.back().what == stretch.what && stretch.begin - to.back().end < grain_) {
      to.back().end = std::max(to.back().end, stretch.end);
      to.back().parts += stretch.parts;
      return;
    }
    to.push_back(std::move(stretch));
  }

  PictureLane together(const std::string& name, const std::vector<Known*>& members) const {
    PictureLane lane{Lane::Kind::holder, name, static_cast<std::uint32_t>(members.size()), {}};
    std::vector<Stretch> all;
    for (const Known* member : members) {
      all.insert(all.end(), member->lane.stretches.begin(), member->lane.stretches.end());
    }
    std::ranges::stable_sort(all, {}, &Stretch::begin);
    for (Stretch& stretch : all) add(lane.stretches, std::move(stretch));
    return lane;
  }

  std::int64_t from_, until_, grain_;
  std::map<std::pair<Lane::Kind, std::uint32_t>, Known> lanes_;
};

// The step in words; that nobody in particular did it goes without saying.
std::string words_of(events::Scenario::Reader scenario, events::Step::Reader step) {
  std::string words = scenarios::step_line(scenario, step);
  constexpr std::string_view kOperator = "the operator (permissions not checked): ";
  if (words.starts_with(kOperator)) words.erase(0, kOperator.size());
  return words;
}

/// Whether a step may take from somebody the access to a table's key.
bool takes_away(events::Step::Reader step) {
  using enum events::KmsOperation;
  if (step.isIam()) return true;
  if (!step.isKms()) return false;
  switch (step.getKms().getOperation()) {
    case DISABLE_KEY:
    case SCHEDULE_KEY_DELETION:
    case REVOKE_GRANT:
    case RETIRE_GRANT:
    case PUT_KEY_POLICY:
    case DELETE_IMPORTED_KEY_MATERIAL:
    case DISCONNECT_CUSTOM_KEY_STORE:
      return true;
    default:
      return false;
  }
}

// The step that the scenario measures exposures after; else the first that takes access away.
std::optional<std::uint32_t> revocation_in(events::Scenario::Reader scenario) {
  using scenarios::Measure;
  for (const auto line : scenario.getExpectations()) {
    const auto parsed = scenarios::parse_expectation(line.getCheck().cStr());
    if (!parsed || !parsed->filters.after) continue;
    const bool of_revocation =
        parsed->measure == Measure::exposure || parsed->measure == Measure::fleet_exposure ||
        parsed->measure == Measure::data_exposure || parsed->measure == Measure::detection;
    if (!of_revocation || parsed->filters.after->kind != scenarios::Moment::Kind::step) continue;
    const auto steps = scenarios::steps_named(scenario, parsed->filters.after->step);
    if (!steps.empty() && takes_away(scenario.getSteps()[steps[0]])) return steps[0];
  }
  std::optional<std::uint32_t> first;
  const auto steps = scenario.getSteps();
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (takes_away(steps[i]) && (!first || steps[i].getAt() < steps[*first].getAt())) first = i;
  }
  return first;
}

/// The product's own measure of the exposure, for one step.
class ExposureWatch {
 public:
  ExposureWatch(const model::ScenarioView& scenario, std::uint32_t step) : step_(step) {
    const auto described = scenario.reader().getSteps()[step];
    const std::string id = described.getId().cStr();
    const sim::Duration since = sim::Time::from_nanoseconds(described.getAt()) - scenario.start;
    const std::string check =
        fmt::format("fleet_exposure(after={}).value", id.empty() ? sim::print(since) : id);
    if (const auto measure = scenarios::parse_measure(check)) {
      known_ = true;
      measures_.add(*measure, "", check);
    }
  }
  Observer& observer() { return measures_; }

  std::optional<Exposure> finish(const model::ScenarioView& scenario, const model::State& end) {
    if (!known_) return std::nullopt;
    const auto described = scenario.reader().getSteps()[step_];
    Exposure exposure;
    exposure.at = exposure.until = described.getAt();
    exposure.step = words_of(scenario.reader(), described);
    const Outcome outcome = measures_.finish(end).front();
    if (!outcome.number) return exposure;
    exposure.measured = true;
    exposure.at_least = outcome.at_least;
    exposure.until = outcome.at_least
                         ? end.now().nanoseconds()
                         : exposure.at + static_cast<std::int64_t>(*outcome.number * 1e9);
    return exposure;
  }

 private:
  std::uint32_t step_;
  bool known_ = false;
  ExpectationSet measures_;
};

std::int64_t last_time(const RecordedRun& recorded) {
  std::int64_t end = recorded.scenario().start.nanoseconds();
  for (const events::IndexEntry& frame : recorded.file().frames()) {
    end = std::max(end, frame.last_time);
  }
  return end;
}

}  // namespace

std::expected<Picture, TraceError> picture_of(const RecordedRun& recorded,
                                              const ExportWindow& window, std::size_t lanes_max,
                                              std::int64_t pixels) {
  const model::ScenarioView& scenario = recorded.scenario();
  const events::Scenario::Reader reader = scenario.reader();
  Picture picture;
  picture.scenario = reader.getName().cStr();
  picture.seed = scenario.seed;
  const events::Digest& chain = recorded.file().chain();
  picture.chain = hex(chain.data(), chain.size());
  picture.start = scenario.start.nanoseconds();
  const std::int64_t end = last_time(recorded);
  picture.from = std::max(picture.start, window.from.nanoseconds());
  picture.until = std::max(picture.from, std::min(end, window.until.nanoseconds()));

  Stretches stretches(picture.from, picture.until, pixels);
  Lanes lanes(stretches);
  std::vector<Observer*> observers = {&lanes};
  std::optional<ExposureWatch> watch;
  if (const auto step = revocation_in(reader)) {
    observers.push_back(&watch.emplace(scenario, *step).observer());
  }
  if (auto folded = fold_window(recorded, window, observers); !folded) {
    return std::unexpected(folded.error());
  }
  lanes.finish(std::min(end, window.until.nanoseconds()));
  const auto state = recorded.state_at(sim::Time::from_nanoseconds(picture.until));
  if (!state) return std::unexpected(state.error());
  if (watch) picture.exposure = watch->finish(scenario, *state);
  picture.keys = stretches.take(Lane::Kind::key, lanes_max);
  picture.tables = stretches.take(Lane::Kind::table, lanes_max);
  picture.holders = stretches.take(Lane::Kind::holder, lanes_max);
  for (const auto step : reader.getSteps()) {
    if (step.getAt() < picture.from || step.getAt() > picture.until) continue;
    picture.steps.emplace_back(step.getAt(), words_of(reader, step));
  }
  std::ranges::stable_sort(picture.steps, {}, &std::pair<std::int64_t, std::string>::first);
  return picture;
}

}  // namespace tablekey::replay
