// cost(account=…).total, .keys and .requests: the bill at the end of the run.
#include <fmt/format.h>

#include "replay/metrics/cost.h"
#include "replay/metrics/metric.h"

namespace tablekey::replay {
namespace {

class CostMetric : public Metric {
 public:
  explicit CostMetric(const scenarios::Expectation& expectation) : expectation_(expectation) {}

  void event(const Seen& seen) override { meter_.event(seen.after, seen.event, seen.number); }

  void finish(Outcome& outcome, const model::State& end) override {
    Bill bill;
    for (const auto& [account, one] : meter_.bills(end)) {
      const auto& wanted = expectation_.filters.account;
      if (!wanted || *wanted == account) bill.add(one);
    }
    const Amount amount = asked_of(bill);
    outcome.measured = model::print(amount.rounded());
    outcome.number = static_cast<double>(amount.rounded().nanodollars) / 1e9;
    outcome.unit = "USD";
    outcome.note = fmt::format("keys {}, {} requests {}, {} more free",
                               model::print(bill.keys.rounded()), bill.charged_requests,
                               model::print(bill.requests.rounded()), bill.free_requests);
    const int order = amount.compare({expectation_.limit.nanodollars});
    outcome.met = met_if(compares(expectation_.comparison, order, 0));
  }

 private:
  Amount asked_of(const Bill& bill) const {
    switch (expectation_.statistic) {
      case scenarios::Statistic::keys:
        return bill.keys;
      case scenarios::Statistic::fees:
        return bill.requests;
      default:
        return bill.total();
    }
  }

  scenarios::Expectation expectation_;
  CostMeter meter_;
};

}  // namespace

std::unique_ptr<Metric> make_cost_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView&) {
  return std::make_unique<CostMetric>(expectation);
}

}  // namespace tablekey::replay
