// Feeding the metrics, and collecting what they say.
#include "replay/metrics/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/law.h"
#include "replay/metrics/metric.h"

namespace tablekey::replay {
namespace {

using scenarios::Measure;

std::unique_ptr<Metric> make_metric(const scenarios::Expectation& expectation,
                                    const model::ScenarioView& scenario) {
  switch (expectation.measure) {
    case Measure::requests:
      return make_requests_metric(expectation, scenario);
    case Measure::kms_calls:
      return make_kms_calls_metric(expectation, scenario);
    case Measure::exposure:
      return make_exposure_metric(expectation, scenario);
    case Measure::data_exposure:
      return make_data_exposure_metric(expectation, scenario);
    case Measure::detection:
      return make_detection_metric(expectation, scenario);
    case Measure::table:
    case Measure::index:
    case Measure::stream:
      return make_table_state_metric(expectation, scenario);
    case Measure::shown:
    case Measure::returned:
      return make_answer_metric(expectation, scenario);
    case Measure::key:
      return make_key_metric(expectation, scenario);
    case Measure::outcome:
      return make_outcome_metric(expectation, scenario);
    case Measure::step_count:
      return make_step_count_metric(expectation, scenario);
    case Measure::same:
    case Measure::differ:
      return make_same_metric(expectation, scenario);
    case Measure::cost:
      return make_cost_metric(expectation, scenario);
    case Measure::hits:
    case Measure::delayed_hits:
      return make_hits_metric(expectation, scenario);
    case Measure::latency:
      return make_latency_metric(expectation, scenario);
    case Measure::authorization_age:
      return make_authorization_age_metric(expectation, scenario);
    case Measure::stale_serves:
      return make_stale_serves_metric(expectation, scenario);
    case Measure::fleet_exposure:
      return make_exposure_metric(expectation, scenario);
    case Measure::herd:
      return make_herd_metric(expectation, scenario);
    case Measure::availability:
      return make_availability_metric(expectation, scenario);
    case Measure::resident:
      return make_resident_metric(expectation, scenario);
    case Measure::data_keys:
      return make_data_keys_metric(expectation, scenario);
    case Measure::quota:
      return make_quota_metric(expectation, scenario);
    case Measure::invariant:
      return nullptr;
  }
  return nullptr;
}

void judge_invariant(Outcome& outcome, scenarios::Invariant invariant,
                     const ExpectationSet::Hook& hook) {
  InvariantResult result;
  if (hook) result = hook(invariant);
  if (!result.known) {
    outcome.measured = "nothing";
    outcome.note = "the trace was not searched for it";
    return;
  }
  outcome.measured = result.holds ? "held" : "broken";
  outcome.note = result.measured;
  outcome.met = met_if(result.holds);
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t taken = width(text);
  if (taken < columns) text.append(columns - taken, ' ');
  return text;
}

}  // namespace

struct ExpectationSet::Entry {
  std::string name, check;
  bool warn = false;
  std::uint32_t line = 0;
  scenarios::Expectation expectation;
  std::unique_ptr<Metric> metric;      // made at the first event, when the scenario is known
  std::optional<std::int64_t> moment;  // that it still waits for
};

std::string_view name_of(Met met) {
  switch (met) {
    case Met::met:
      return "met";
    case Met::not_met:
      return "not met";
    case Met::no_data:
      return "no data";
    case Met::measured:
      return "measured";
  }
  return "?";
}

ExpectationSet::ExpectationSet() = default;
ExpectationSet::~ExpectationSet() = default;

ExpectationSet::ExpectationSet(const model::ScenarioView& scenario) {
  for (const auto line : scenario.reader().getExpectations()) {
    const auto added =
        add(line.getName().cStr(), line.getCheck().cStr(), line.getWarn(), line.getLine());
    model::law(added.has_value(), "a check in a header was parsed before");
  }
}

std::expected<void, scenarios::ExpectationError> ExpectationSet::add(std::string name,
                                                                     std::string check, bool warn,
                                                                     std::uint32_t line) {
  auto parsed = scenarios::parse_expectation(check);
  if (!parsed) return std::unexpected(parsed.error());
  add(std::move(*parsed), std::move(name), std::move(check), warn, line);
  return {};
}

void ExpectationSet::add(scenarios::Expectation expectation, std::string name, std::string check,
                         bool warn, std::uint32_t line) {
  auto entry = std::make_unique<Entry>();
  entry->name = std::move(name);
  entry->check = std::move(check);
  entry->warn = warn;
  entry->line = line;
  entry->expectation = std::move(expectation);
  // Without a limit there is no step that a limit names.
  if (!entry->expectation.compared) {
    entry->expectation.limit.moment.kind = scenarios::Moment::Kind::since_start;
  }
  entries_.push_back(std::move(entry));
}

void ExpectationSet::prepare(const model::State& state) {
  prepared_ = true;
  for (const auto& entry : entries_) {
    entry->metric = make_metric(entry->expectation, state.scenario());
    if (entry->metric) entry->moment = entry->metric->moment();
    if (entry->moment) next_moment_ = std::min(next_moment_, *entry->moment);
    if (entry->metric && entry->metric->wants_holdings() && !holdings_) {
      holdings_ = std::make_unique<Holdings>(state);
    }
    if (entry->metric && entry->metric->wants_outcomes() && !outcomes_) {
      outcomes_ = std::make_unique<StepOutcomes>(state.scenario());
    }
  }
}

// Whatever happens at a moment belongs to it: the state is shown before the first later event.
void ExpectationSet::before(const model::State& state, std::int64_t time) {
  if (!prepared_) prepare(state);
  if (entries_.empty()) return;
  if (time > next_moment_) show_moments(state, time);
  arrived_ = arrival_before(state);
  if (holdings_) holdings_->before(state);
}

void ExpectationSet::show_moments(const model::State& state, std::int64_t time) {
  next_moment_ = INT64_MAX;
  for (const auto& entry : entries_) {
    if (!entry->moment) continue;
    if (time > *entry->moment) {
      entry->metric->at_moment(state);
      entry->moment.reset();
    } else {
      next_moment_ = std::min(next_moment_, *entry->moment);
    }
  }
}

void ExpectationSet::event(const model::State& after, events::Event::Reader event,
                           std::uint64_t number) {
  if (!prepared_) prepare(after);
  if (entries_.empty()) return;
  if (outcomes_) outcomes_->event(after, event);
  std::optional<Answer> answer = answer_of(event);
  if (answer && arrived_) answer->arrived = *arrived_;
  const Seen seen{after,           event,           number,
                  holdings_.get(), outcomes_.get(), answer ? &*answer : nullptr};
  for (const auto& entry : entries_) {
    if (entry->metric) entry->metric->before(seen);
  }
  if (holdings_) holdings_->event(after, event);
  for (const auto& entry : entries_) {
    if (entry->metric) entry->metric->event(seen);
  }
}

std::vector<Outcome> ExpectationSet::finish(const model::State& end, const Hook& invariants) {
  if (!prepared_) prepare(end);
  std::vector<Outcome> outcomes;
  for (const auto& entry : entries_) {
    const scenarios::Expectation& expectation = entry->expectation;
    Outcome& outcome = outcomes.emplace_back();
    outcome.name = entry->name;
    outcome.check = entry->check;
    outcome.warn = entry->warn;
    outcome.line = entry->line;
    if (expectation.compared) {
      outcome.limit =
          fmt::format("{} {}", scenarios::name_of(expectation.comparison), expectation.limit.text);
    }
    if (entry->metric) {
      entry->metric->finish(outcome, end);
    } else {
      judge_invariant(outcome, expectation.invariant, invariants);
    }
    if (!scenarios::holds_alone(expectation.measure) && !expectation.compared &&
        outcome.met != Met::no_data) {
      outcome.met = Met::measured;
    }
  }
  return outcomes;
}

std::string text_of(const std::vector<Outcome>& outcomes) {
  std::size_t measured_width = 8, limit_width = 5;
  for (const Outcome& outcome : outcomes) {
    measured_width = std::max(measured_width, width(outcome.measured));
    limit_width = std::max(limit_width, width(outcome.limit));
  }
  std::string text;
  for (const Outcome& outcome : outcomes) {
    text +=
        fmt::format("  {}  {}  {}  {}{}\n", padded(std::string(name_of(outcome.met)), 7),
                    padded(outcome.measured, measured_width), padded(outcome.limit, limit_width),
                    outcome.name.empty() ? outcome.check : outcome.name,
                    outcome.warn && outcome.met != Met::met ? "  (warning only)" : "");
    if (!outcome.name.empty() && outcome.name != outcome.check) {
      text +=
          fmt::format("  {}  {}\n", padded("", measured_width + limit_width + 11), outcome.check);
    }
    if (!outcome.note.empty()) {
      text +=
          fmt::format("  {}  {}\n", padded("", measured_width + limit_width + 11), outcome.note);
    }
  }
  return text;
}

nlohmann::ordered_json json_of(const std::vector<Outcome>& outcomes) {
  auto list = nlohmann::ordered_json::array();
  for (const Outcome& outcome : outcomes) {
    nlohmann::ordered_json object;
    object["name"] = outcome.name;
    object["check"] = outcome.check;
    object["measured"] = outcome.measured;
    object["value"] = outcome.number ? nlohmann::ordered_json(*outcome.number) : nullptr;
    object["unit"] = outcome.unit;
    object["atLeast"] = outcome.at_least;
    object["limit"] = outcome.limit;
    object["result"] = name_of(outcome.met);
    object["severity"] = outcome.warn ? "warn" : "fail";
    object["note"] = outcome.note;
    object["line"] = outcome.line;
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace tablekey::replay
