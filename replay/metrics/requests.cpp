// requests(…): data requests that were answered, counted when the answer was decided
// (cache-theory.md 1).
#include "replay/metrics/request_filter.h"
#include "replay/metrics/tally.h"

namespace tablekey::replay {
namespace {

class RequestsMetric : public Metric {
 public:
  RequestsMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : filter_(expectation.filters, scenario), tally_(expectation, scenario, "request") {}

  void event(const Seen& seen) override {
    if (seen.answer == nullptr || !tally_.in_time(seen.time())) return;
    if (filter_.fits(seen)) tally_.add(seen.time());
  }

  void finish(Outcome& outcome, const model::State& end) override { tally_.finish(outcome, end); }

 private:
  RequestFilter filter_;
  Tally tally_;
};

}  // namespace

std::unique_ptr<Metric> make_requests_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario) {
  return std::make_unique<RequestsMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
