// latency(…): from a request's arrival to its answer, of all that were answered; `result=ok` leaves
// the others out.
#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class LatencyMetric : public Metric {
 public:
  LatencyMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation),
        filter_(expectation.filters, scenario),
        span_(expectation.filters, scenario) {}

  void event(const Seen& seen) override {
    if (seen.answer == nullptr || !span_.holds(seen.time()) || !filter_.fits(seen)) return;
    latencies_.add(seen.answer->latency);
  }

  void finish(Outcome& outcome, const model::State& end) override {
    const bool counts = expectation_.statistic == scenarios::Statistic::count;
    if (latencies_.count() != 0 || counts) {
      return report_histogram(outcome, expectation_, latencies_, Unit::seconds);
    }
    const std::string why = span_.why_unseen(end);
    report_nothing(outcome, why.empty() ? "there was no such request" : why);
  }

 private:
  scenarios::Expectation expectation_;
  RequestFilter filter_;
  Span span_;
  Histogram latencies_;
};

}  // namespace

std::unique_ptr<Metric> make_latency_metric(const scenarios::Expectation& expectation,
                                            const model::ScenarioView& scenario) {
  return std::make_unique<LatencyMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
