// availability(after=…, before=…).ratio: of the requests that arrived in that time, the share that
// was served (cache-theory.md 1, outage availability a(D)). A request belongs to the time of its
// arrival, however long it waited for its answer.
#include <fmt/format.h>

#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class AvailabilityMetric : public Metric {
 public:
  AvailabilityMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation),
        filter_(expectation.filters, scenario),
        span_(expectation.filters, scenario) {}

  void event(const Seen& seen) override {
    if (seen.answer == nullptr || !span_.holds(seen.answer->arrived) || !filter_.fits(seen)) {
      return;
    }
    ++arrived_;
    if (seen.answer->served) ++served_;
  }

  void finish(Outcome& outcome, const model::State& end) override {
    if (arrived_ == 0) {
      const std::string why = span_.why_unseen(end);
      return report_nothing(outcome, why.empty() ? "no such request arrived in that time" : why);
    }
    outcome.note = fmt::format("{} of {} requests were served", served_, arrived_);
    report_ratio(outcome, expectation_, served_, arrived_);
  }

 private:
  scenarios::Expectation expectation_;
  RequestFilter filter_;
  Span span_;
  std::uint64_t served_ = 0, arrived_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_availability_metric(const scenarios::Expectation& expectation,
                                                 const model::ScenarioView& scenario) {
  return std::make_unique<AvailabilityMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
