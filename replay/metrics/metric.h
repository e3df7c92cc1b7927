// What a metric is: it sees the events of a run and measures one thing that an `expect` line asks
// for. One file a metric; ExpectationSet feeds them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/state.h"
#include "replay/metrics/answers.h"
#include "replay/metrics/holdings.h"
#include "replay/metrics/metrics.h"
#include "replay/steps.h"

namespace tablekey::replay {

/// One event as a metric sees it.
struct Seen {
  const model::State& after;
  events::Event::Reader event;
  std::uint64_t number = 0;
  const Holdings* holdings = nullptr;
  const StepOutcomes* outcomes = nullptr;
  const Answer* answer = nullptr;  // to a data request, if the event is one

  std::int64_t time() const { return event.getTime(); }
};

class Metric {
 public:
  Metric() = default;
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;
  virtual ~Metric() = default;

  /// The event, while `seen.holdings` is still as it was before it.
  virtual void before(const Seen&) {}
  /// The event, with everything up to date.
  virtual void event(const Seen&) {}
  /// The moment (ns) whose state it wants to see, if it is not the end of the run.
  virtual std::optional<std::int64_t> moment() const { return std::nullopt; }
  /// The state after all that happened up to that moment.
  virtual void at_moment(const model::State&) {}
  /// Fills measured, number, unit, note and met.
  virtual void finish(Outcome& outcome, const model::State& end) = 0;
  /// Whether it needs Holdings.
  virtual bool wants_holdings() const { return false; }
  /// Whether it needs StepOutcomes.
  virtual bool wants_outcomes() const { return false; }
};

std::unique_ptr<Metric> make_requests_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_kms_calls_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_exposure_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_data_exposure_metric(const scenarios::Expectation& expectation,
                                                  const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_detection_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_table_state_metric(const scenarios::Expectation& expectation,
                                                const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_key_metric(const scenarios::Expectation& expectation,
                                        const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_outcome_metric(const scenarios::Expectation& expectation,
                                            const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_step_count_metric(const scenarios::Expectation& expectation,
                                               const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_same_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_answer_metric(const scenarios::Expectation& expectation,
                                           const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_cost_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_hits_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_latency_metric(const scenarios::Expectation& expectation,
                                            const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_authorization_age_metric(const scenarios::Expectation& expectation,
                                                      const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_stale_serves_metric(const scenarios::Expectation& expectation,
                                                 const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_herd_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_availability_metric(const scenarios::Expectation& expectation,
                                                 const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_resident_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_data_keys_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario);
std::unique_ptr<Metric> make_quota_metric(const scenarios::Expectation& expectation,
                                          const model::ScenarioView& scenario);

/// Whether `a OP b`.
template <class Value>
bool compares(scenarios::Comparison comparison, const Value& a, const Value& b) {
  switch (comparison) {
    case scenarios::Comparison::equal:
      return a == b;
    case scenarios::Comparison::not_equal:
      return a != b;
    case scenarios::Comparison::less:
      return a < b;
    case scenarios::Comparison::less_equal:
      return a <= b;
    case scenarios::Comparison::greater:
      return a > b;
    case scenarios::Comparison::greater_equal:
      return a >= b;
  }
  return false;
}

/// The time of a moment of the language (ns since the Unix epoch). Throws model::BrokenLaw for a
/// step that the scenario lacks: load() checked it.
std::int64_t time_of(const scenarios::Moment& moment, const model::ScenarioView& scenario);

inline Met met_if(bool holds) { return holds ? Met::met : Met::not_met; }

}  // namespace tablekey::replay
