#include "replay/report/revocations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/law.h"
#include "replay/metrics/serving.h"
#include "replay/names.h"
#include "sim/time.h"

namespace tablekey::replay::report {
namespace {

using scenarios::Measure;
using scenarios::Moment;

bool counts_from_a_revocation(Measure measure) {
  return measure == Measure::exposure || measure == Measure::fleet_exposure ||
         measure == Measure::data_exposure || measure == Measure::detection ||
         measure == Measure::stale_serves;
}

bool may_take_access_away(events::Step::Reader step) {
  using events::KmsOperation;
  if (step.isIam()) return true;
  if (!step.isKms()) return false;
  switch (step.getKms().getOperation()) {
    case KmsOperation::DISABLE_KEY:
    case KmsOperation::SCHEDULE_KEY_DELETION:
    case KmsOperation::PUT_KEY_POLICY:
    case KmsOperation::DELETE_IMPORTED_KEY_MATERIAL:
    case KmsOperation::DISCONNECT_CUSTOM_KEY_STORE:
      return true;
    default:
      return false;
  }
}

scenarios::Expectation exposure_after(const Moment& moment) {
  scenarios::Expectation expectation;
  expectation.measure = Measure::exposure;
  expectation.statistic = scenarios::Statistic::max;
  expectation.filters.after = moment;
  return expectation;
}

struct Candidate {
  std::string label;
  Moment moment;
  std::int64_t time = 0;
};

std::string label_of(const Moment& moment) {
  switch (moment.kind) {
    case Moment::Kind::step:
      return moment.step;
    case Moment::Kind::since_start:
      return sim::print(sim::Duration::nanoseconds(moment.nanoseconds));
    case Moment::Kind::absolute:
      return sim::print(sim::Time::from_nanoseconds(moment.nanoseconds));
  }
  return {};
}

std::vector<Candidate> asked_for(const model::ScenarioView& scenario) {
  std::vector<Candidate> out;
  for (const auto line : scenario.reader().getExpectations()) {
    const auto parsed = scenarios::parse_expectation(line.getCheck().cStr());
    if (!parsed || !counts_from_a_revocation(parsed->measure) || !parsed->filters.after) continue;
    const Moment& moment = *parsed->filters.after;
    const std::string label = label_of(moment);
    if (std::ranges::find(out, label, &Candidate::label) != out.end()) continue;
    out.push_back({label, moment, time_of(moment, scenario)});
  }
  return out;
}

// A step is named by its id; without one, or as a later step of that id, it is its time.
std::vector<Candidate> suspected(const model::ScenarioView& scenario) {
  std::vector<Candidate> out;
  const auto steps = scenario.reader().getSteps();
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (!may_take_access_away(steps[i])) continue;
    Moment moment;
    moment.step = steps[i].getId().cStr();
    if (moment.step.empty() || find_step(scenario, moment.step) != i) {
      moment.kind = Moment::Kind::since_start;
      moment.nanoseconds = steps[i].getAt() - scenario.start.nanoseconds();
    }
    out.push_back({label_of(moment), moment, steps[i].getAt()});
  }
  return out;
}

}  // namespace

std::vector<std::unique_ptr<WatchedMoment>> moments_of(const model::ScenarioView& scenario) {
  std::vector<Candidate> candidates = asked_for(scenario);
  const bool asked = !candidates.empty();
  if (!asked) candidates = suspected(scenario);
  std::ranges::stable_sort(candidates, {}, &Candidate::time);
  if (candidates.size() > kMomentsMax) candidates.resize(kMomentsMax);
  std::vector<std::unique_ptr<WatchedMoment>> out;
  for (Candidate& one : candidates) {
    out.push_back(
        std::make_unique<WatchedMoment>(std::move(one.label), one.moment, scenario, asked));
  }
  return out;
}

WatchedMoment::WatchedMoment(std::string label, Moment moment, const model::ScenarioView& scenario,
                             bool asked_for)
    : label_(std::move(label)),
      asked_for_(asked_for),
      revocation_(exposure_after(moment), scenario) {}

void WatchedMoment::before(const Seen& seen) {
  if (revocation_.begins_before(seen)) begin(seen);
}

void WatchedMoment::event(const Seen& seen) {
  if (revocation_.begins_at(seen)) begin(seen);
  if (revocation_.begun()) {
    revocation_.event(seen);
    windows_.event(seen, revocation_);
  }
  follow(seen);
}

void WatchedMoment::begin(const Seen& seen) {
  number_ = seen.number;
  windows_.begin(seen, revocation_);
  hierarchy_ = hierarchy_of(seen.after, sim::Time::from_nanoseconds(revocation_.time()));
}

// A request that was served is a use; one that asks KMS again has found the entry ended.
void WatchedMoment::follow(const Seen& seen) {
  if (trails_.size() < seen.holdings->entries()) trails_.resize(seen.holdings->entries());
  for_each_serving(seen, [&](std::uint32_t entry, std::uint32_t) {
    if (entry >= trails_.size()) return;
    if (revocation_.begun() && !revocation_.covers(seen, entry)) return;
    Trail& trail = trails_[entry];
    trail.authorized = seen.holdings->authorized_by(entry);
    trail.last_use = seen.number;
    trail.uses += revocation_.begun() ? 1U : 0U;
    trail.ended = trail.asked_again = 0;
  });
  if (seen.event.isTableKeyRequested()) {
    const std::uint32_t entry =
        Holdings::entry_of(seen.after, seen.event.getTableKeyRequested().getConnection());
    if (entry < trails_.size() && trails_[entry].asked_again == 0) {
      trails_[entry].asked_again = seen.number;
    }
    return;
  }
  if (seen.answer != nullptr) return;
  for (const Holdings::Change& change : seen.holdings->changed()) {
    if (change.entry >= trails_.size()) continue;
    Trail& trail = trails_[change.entry];
    const bool gone = seen.holdings->until(change.entry) <= seen.time();
    if (gone && trail.ended == 0) trail.ended = seen.number;
  }
}

LastReader WatchedMoment::story_of(const ExposureWindow& window) const {
  LastReader out;
  out.entry = window.entry;
  out.connection = window.connection;
  if (window.entry >= trails_.size()) return out;
  const Trail& trail = trails_[window.entry];
  out.authorized = trail.authorized;
  out.last_use = trail.last_use;
  out.uses = trail.uses;
  out.ended = trail.ended;
  out.asked_again = trail.asked_again;
  return out;
}

}  // namespace tablekey::replay::report
