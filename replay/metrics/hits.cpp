// hits(…).ratio and delayed_hits(…).ratio: requests that were served without waiting for KMS, and
// those that were served after they had waited for another one's call, as parts of all requests,
// those that failed included (cache-theory.md 1).
#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class HitsMetric : public Metric {
 public:
  HitsMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation),
        filter_(expectation.filters, scenario),
        span_(expectation.filters, scenario),
        via_(expectation.measure == scenarios::Measure::hits ? events::Access::HIT
                                                             : events::Access::DELAYED_HIT) {}

  void event(const Seen& seen) override {
    if (seen.answer == nullptr || !span_.holds(seen.time()) || !filter_.fits(seen)) return;
    ++all_;
    if (seen.answer->served && seen.answer->via == via_) ++part_;
  }

  void finish(Outcome& outcome, const model::State& end) override {
    if (all_ != 0) return report_ratio(outcome, expectation_, part_, all_);
    const std::string why = span_.why_unseen(end);
    report_nothing(outcome, why.empty() ? "there was no such request" : why);
  }

 private:
  scenarios::Expectation expectation_;
  RequestFilter filter_;
  Span span_;
  events::Access via_;
  std::uint64_t part_ = 0, all_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_hits_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario) {
  return std::make_unique<HitsMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
