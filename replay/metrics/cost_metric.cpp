// cost(account=…).total, .keys and .requests: the bill at the end of the run, or for the time
// between after= and before=. cost(…).month: what a month costs at the rates of that time.
#include <fmt/format.h>

#include "replay/metrics/cost.h"
#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class CostMetric : public Metric {
 public:
  CostMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation),
        span_(expectation.filters, scenario),
        meter_(span_.begin(), span_.end()) {}

  void event(const Seen& seen) override { meter_.event(seen.after, seen.event, seen.number); }

  void finish(Outcome& outcome, const model::State& end) override {
    if (const std::string why = span_.why_unseen(end); !why.empty()) {
      return report_nothing(outcome, why);
    }
    if (expectation_.statistic == scenarios::Statistic::month) return finish_month(outcome, end);
    Bill bill;
    for (const auto& [account, one] : meter_.bills(end)) {
      if (is_meant(account)) bill.add(one);
    }
    const Amount amount = asked_of(bill);
    set_money(outcome, amount.rounded());
    outcome.note = fmt::format("keys {}, {} requests {}, {} more free",
                               model::print(bill.keys.rounded()), bill.charged_requests,
                               model::print(bill.requests.rounded()), bill.free_requests);
    const int order = amount.compare({expectation_.limit.nanodollars});
    outcome.met = met_if(compares(expectation_.comparison, order, 0));
  }

 private:
  bool is_meant(const std::string& account) const {
    const auto& wanted = expectation_.filters.account;
    return !wanted || *wanted == account;
  }

  static void set_money(Outcome& outcome, const model::Money& money) {
    outcome.measured = model::print(money);
    outcome.number = static_cast<double>(money.nanodollars) / 1e9;
    outcome.unit = "USD";
  }

  void finish_month(Outcome& outcome, const model::State& end) const {
    const std::int64_t seen = span_.seen(end);
    if (seen == 0) return report_nothing(outcome, "the run took no time");
    MonthlyCost cost;
    for (const auto& [account, one] : meter_.monthly(end, seen)) {
      if (!is_meant(account)) continue;
      cost.keys.nanodollars += one.keys.nanodollars;
      cost.requests.nanodollars += one.requests.nanodollars;
      cost.calls += one.calls;
    }
    const std::int64_t total = cost.keys.nanodollars + cost.requests.nanodollars;
    set_money(outcome, {total});
    outcome.samples = cost.calls;
    outcome.note = fmt::format("keys {}, requests {}; {} requests were seen",
                               model::print(cost.keys), model::print(cost.requests), cost.calls);
    outcome.met = met_if(compares(expectation_.comparison, total, expectation_.limit.nanodollars));
  }

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
  Span span_;
  CostMeter meter_;
};

}  // namespace

std::unique_ptr<Metric> make_cost_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario) {
  return std::make_unique<CostMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
