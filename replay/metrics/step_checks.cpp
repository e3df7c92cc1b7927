// Checks of the timeline's own calls: outcome(step=…), count(step=…, outcome=…), same or
// differ(step=a, step=b), of what two calls gave or used, and shown(step=…) and returned(step=…),
// of what one answer said.
#include <fmt/format.h>

#include <map>
#include <optional>

#include "model/dynamodb/names.h"
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
  std::string_view said(std::uint32_t step) const {
    return outcomes_ == nullptr ? std::string_view() : outcomes_->message(step);
  }
  const scenarios::Expectation& expectation() const { return expectation_; }
  const Steps& steps() const { return steps_; }

 private:
  scenarios::Expectation expectation_;
  Steps steps_;
  const StepOutcomes* outcomes_ = nullptr;
};

/// With the message of the exception, where there was one.
class OutcomeMetric : public OutcomesMetric {
 public:
  using OutcomesMetric::OutcomesMetric;

  void finish(Outcome& outcome, const model::State&) override {
    const std::string_view how = ended(steps().front());
    if (how.empty()) {
      outcome.measured = "nothing";
      outcome.note = "the run ended before the step did";
      return;
    }
    if (expectation().statistic == scenarios::Statistic::text) return finish_text(outcome, how);
    outcome.measured = how;
    outcome.note = said(steps().front());
    outcome.met =
        met_if(compares(expectation().comparison, how, std::string_view(expectation().limit.word)));
  }

 private:
  void finish_text(Outcome& outcome, std::string_view how) const {
    const std::string_view text = said(steps().front());
    if (text.empty()) {
      outcome.measured = "nothing";
      outcome.note = fmt::format("the step ended with {} and no text", how);
      return;
    }
    outcome.measured = fmt::format("\"{}\"", text);
    outcome.note = how;
    outcome.met = met_if(
        compares(expectation().comparison, text, std::string_view(expectation().limit.word)));
  }
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
    for (const std::uint32_t step : steps()) {
      if (said(step).empty()) continue;
      outcome.note += fmt::format("; the first message: {}", said(step));
      break;
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

std::string digest_text(std::uint64_t high, std::uint64_t low) {
  return high == 0 && low == 0 ? std::string() : fmt::format("{:016x}{:016x}", high, low);
}

/// Whether the step asked DynamoDB for data: then its whole answer is meant, unless the check says
/// otherwise.
bool is_data(const model::State& end, std::uint32_t step) {
  const auto described = end.scenario().reader().getSteps()[step];
  return described.isRequest() || described.isData();
}

/// What a call gave or used, as text that tells two apart; empty: nothing of that kind.
std::string trait_of(const model::State& end, std::uint32_t step, scenarios::Statistic statistic) {
  if (step >= end.results.size() || !end.results[step].answered) return {};
  const model::StepResult& result = end.results[step];
  if (result.error != events::KmsError::NONE) return {};
  if (statistic == scenarios::Statistic::decrypted) {
    return digest_text(result.decrypted_high, result.decrypted_low);
  }
  if (statistic == scenarios::Statistic::result || is_data(end, step)) {
    return digest_text(result.result_high, result.result_low);
  }
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
    const std::string a = trait_of(end, steps_[0], expectation_.statistic);
    const std::string b = trait_of(end, steps_[1], expectation_.statistic);
    const std::string_view what = what_is_compared(end);
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
  std::string_view what_is_compared(const model::State& end) const {
    switch (expectation_.statistic) {
      case scenarios::Statistic::material:
        return "key material";
      case scenarios::Statistic::decrypted:
        return "decrypted value";
      case scenarios::Statistic::result:
        return "result";
      default:
        return is_data(end, steps_.front()) ? "result" : "plaintext";
    }
  }

  scenarios::Expectation expectation_;
  Steps steps_;
};

/// What a DescribeTable showed, and how much a data request returned: facts that one event says.
class AnswerMetric : public Metric {
 public:
  AnswerMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation),
        step_(steps_of(scenario, model::at(expectation.filters.steps, 0)).front()) {}

  void event(const Seen& seen) override {
    if (seen.event.isControlAnswered()) {
      const auto answered = seen.event.getControlAnswered();
      if (answered.getStep() != step_ + 1 || reached_) return;
      reached_ = true;
      refused_ = answered.getException() != events::Exception::NONE;
      message_ = answered.getMessage().cStr();
      status_ = model::dynamodb::status_name(answered.getStatus());
    } else if (seen.event.isDataAnswered()) {
      const auto answered = seen.event.getDataAnswered();
      if (answered.getStep() != step_ + 1 || reached_) return;
      reached_ = true;
      refused_ = answered.getException() != events::Exception::NONE;
      message_ = answered.getMessage().cStr();
      returned_ = expectation_.statistic == scenarios::Statistic::scanned ? answered.getScanned()
                                                                          : answered.getReturned();
    }
  }

  void finish(Outcome& outcome, const model::State&) override {
    outcome.note = message_;
    if (!reached_) outcome.note = "the run ended before the step did, or it is no such request";
    if (!reached_ || refused_) {
      outcome.measured = "nothing";
      return;
    }
    if (expectation_.measure == scenarios::Measure::shown) {
      outcome.measured = status_;
      const std::string_view wanted = expectation_.limit.word;
      outcome.met = met_if(compares(expectation_.comparison, status_, wanted));
      return;
    }
    outcome.measured = fmt::format("{}", returned_);
    outcome.number = static_cast<double>(returned_);
    outcome.met = met_if(compares(expectation_.comparison, returned_, expectation_.limit.count));
  }

 private:
  scenarios::Expectation expectation_;
  std::uint32_t step_;
  bool reached_ = false, refused_ = false;
  std::string message_;
  std::string_view status_;
  std::uint64_t returned_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_answer_metric(const scenarios::Expectation& expectation,
                                           const model::ScenarioView& scenario) {
  return std::make_unique<AnswerMetric>(expectation, scenario);
}

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
