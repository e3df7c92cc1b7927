// authorization_age(…): at each served request, the time since the answer of KMS that authorizes it
// (cache-theory.md 1): 0 where it waited for that answer. A request of several tables is as old as
// the oldest of their keys; one of a table without keys is authorized by nobody and left out.
#include <algorithm>

#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"
#include "replay/metrics/serving.h"

namespace tablekey::replay {
namespace {

class AuthorizationAgeMetric : public Metric {
 public:
  AuthorizationAgeMetric(const scenarios::Expectation& expectation,
                         const model::ScenarioView& scenario)
      : expectation_(expectation),
        filter_(expectation.filters, scenario),
        span_(expectation.filters, scenario) {}
  bool wants_holdings() const override { return true; }

  // A hit may be the last use of its entry, so it is looked at before it.
  void before(const Seen& seen) override {
    if (seen.answer == nullptr || !seen.answer->served) return;
    if (!span_.holds(seen.time()) || !filter_.fits(seen)) return;
    const auto via = seen.answer->via;
    if (via == events::Access::MISS || via == events::Access::DELAYED_HIT) return ages_.add(0);
    std::int64_t oldest = 0;
    for_each_serving(seen, [&](std::uint32_t entry, std::uint32_t) {
      const std::int64_t created = entry == model::kNone ? 0 : seen.holdings->created(entry);
      if (created != 0) oldest = oldest == 0 ? created : std::min(oldest, created);
    });
    if (oldest != 0) ages_.add(seen.time() - oldest);
  }

  void finish(Outcome& outcome, const model::State& end) override {
    const bool counts = expectation_.statistic == scenarios::Statistic::count;
    if (ages_.count() != 0 || counts) {
      return report_histogram(outcome, expectation_, ages_, Unit::seconds);
    }
    const std::string why = span_.why_unseen(end);
    report_nothing(outcome,
                   why.empty() ? "no such request was served with a key of its table" : why);
  }

 private:
  scenarios::Expectation expectation_;
  RequestFilter filter_;
  Span span_;
  Histogram ages_;
};

}  // namespace

std::unique_ptr<Metric> make_authorization_age_metric(const scenarios::Expectation& expectation,
                                                      const model::ScenarioView& scenario) {
  return std::make_unique<AuthorizationAgeMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
