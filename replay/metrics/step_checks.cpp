// Checks of the timeline's own calls: outcome(step=…), count(step=…, outcome=…), and same or
// differ(step=a, step=b), of what two calls gave or used.
#include <fmt/format.h>

#include <map>
#include <optional>

#include "model/law.h"
#include "replay/event_fields.h"
#include "replay/metrics/metric.h"

namespace tablekey::replay {
namespace {

using scenarios::Comparison;
using Steps = std::vector<std::uint32_t>;

Steps steps_of(const model::ScenarioView& scenario, std::string_view id) {
  Steps steps = scenarios::steps_named(scenario.reader(), id);
  model::law(!steps.empty(), "a check names a step of the timeline");
  return steps;
}

/// How steps ended, once the run has.
class OutcomesMetric : public Metric {
 public:
  OutcomesMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation),
        steps_(steps_of(scenario, model::at(expectation.filters.steps, 0))) {}
  bool wants_outcomes() const override { return true; }
  void event(const Seen& seen) override { outcomes_ = seen.outcomes; }

 protected:
  std::string_view ended(std::uint32_t step) const {
    return outcomes_ == nullptr ? std::string_view() : outcomes_->of(step);
  }
  const scenarios::Expectation& expectation() const { return expectation_; }
  const Steps& steps() const { return steps_; }

 private:
  scenarios::Expectation expectation_;
  Steps steps_;
  const StepOutcomes* outcomes_ = nullptr;
};

/// With the message of the exception, where KMS gave one.
class OutcomeMetric : public OutcomesMetric {
 public:
  using OutcomesMetric::OutcomesMetric;

  void event(const Seen& seen) override {
    OutcomesMetric::event(seen);
    if (kms_step(seen.event) != steps().front() || !message_.empty()) return;
    message_ = seen.event.getKmsAnswered().getEffect().getMessage().cStr();
  }

  void finish(Outcome& outcome, const model::State&) override {
    const std::string_view how = ended(steps().front());
    if (how.empty()) {
      outcome.measured = "nothing";
      outcome.note = "the run ended before the step did";
      return;
    }
    outcome.measured = how;
    outcome.note = message_;
    outcome.met =
        met_if(compares(expectation().comparison, how, std::string_view(expectation().limit.word)));
  }

 private:
  std::string message_;
};

class StepCountMetric : public OutcomesMetric {
 public:
  using OutcomesMetric::OutcomesMetric;

  void finish(Outcome& outcome, const model::State&) override {
    std::uint64_t count = 0;
    std::map<std::string_view, std::uint64_t> seen;
    for (const std::uint32_t step : steps()) {
      const std::string_view how = ended(step);
      ++seen[how.empty() ? std::string_view("not reached") : how];
      if (fits(how)) ++count;
    }
    outcome.measured = fmt::format("{}", count);
    outcome.number = static_cast<double>(count);
    for (const auto& [how, times] : seen) {
      outcome.note += fmt::format("{}{} {}", outcome.note.empty() ? "" : ", ", times, how);
    }
    outcome.met = met_if(compares(expectation().comparison, count, expectation().limit.count));
  }

 private:
  bool fits(std::string_view how) const {
    const std::optional<std::string>& wanted = expectation().filters.outcome;
    if (how.empty()) return false;
    if (!wanted) return true;
    if (*wanted == "failed") return how != StepOutcomes::kSuccess;
    return how == *wanted;
  }
};

/// What a call gave or used, as text that tells two apart; empty: nothing of that kind.
std::string trait_of(const model::State& end, std::uint32_t step, scenarios::Statistic statistic) {
  if (step >= end.results.size() || !end.results[step].answered) return {};
  const model::StepResult& result = end.results[step];
  if (result.error != events::KmsError::NONE) return {};
  if (statistic == scenarios::Statistic::material) {
    if (result.key == model::kNone || result.material == model::kNone) return {};
    const auto& id = model::at(model::at(end.keys, result.key).materials, result.material).id;
    return hex(id.data(), id.size());
  }
  return result.key_check_value == 0 ? std::string()
                                     : fmt::format("{:016x}", result.key_check_value);
}

class SameMetric : public Metric {
 public:
  SameMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation) {
    for (const std::string& id : expectation.filters.steps) {
      steps_.push_back(steps_of(scenario, id).front());
    }
    model::law(steps_.size() == 2, "a comparison is between two steps");
  }

  void finish(Outcome& outcome, const model::State& end) override {
    const bool material = expectation_.statistic == scenarios::Statistic::material;
    const std::string a = trait_of(end, steps_[0], expectation_.statistic);
    const std::string b = trait_of(end, steps_[1], expectation_.statistic);
    const std::string_view what = material ? "key material" : "plaintext";
    for (std::size_t i = 0; i < 2; ++i) {
      if (!(i == 0 ? a : b).empty()) continue;
      outcome.measured = "nothing";
      outcome.note = fmt::format("step {} gave no {}", expectation_.filters.steps[i], what);
      return;
    }
    const bool wanted = expectation_.measure == scenarios::Measure::same;
    outcome.measured = a == b ? "same" : "different";
    outcome.note = a == b ? fmt::format("{} {}", what, a) : fmt::format("{} {} and {}", what, a, b);
    outcome.met = met_if((a == b) == wanted);
  }

 private:
  scenarios::Expectation expectation_;
  Steps steps_;
};

}  // namespace

std::unique_ptr<Metric> make_outcome_metric(const scenarios::Expectation& expectation,
                                            const model::ScenarioView& scenario) {
  return std::make_unique<OutcomeMetric>(expectation, scenario);
}

std::unique_ptr<Metric> make_step_count_metric(const scenarios::Expectation& expectation,
                                               const model::ScenarioView& scenario) {
  return std::make_unique<StepCountMetric>(expectation, scenario);
}

std::unique_ptr<Metric> make_same_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario) {
  return std::make_unique<SameMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
