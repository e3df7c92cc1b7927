// quota(account=…, region=…).headroom: the least share of a request quota of KMS that was still
// unused in one of its windows (kms.md 8.1), looked at whenever KMS answers.
#include <fmt/format.h>

#include "model/kms/quota.h"
#include "model/kms/resolve.h"
#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class QuotaMetric : public Metric {
 public:
  QuotaMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation), span_(expectation.filters, scenario) {}

  void event(const Seen& seen) override {
    if (!seen.event.isKmsAnswered() || !span_.holds(seen.time())) return;
    const auto answered = seen.event.getKmsAnswered();
    if (!place_fits(seen.after, answered)) return;
    const auto use = model::kms::quota_use(seen.after, answered);
    if (!use) return;
    ++requests_;
    const auto left = static_cast<sim::Uint128>(use->most - use->used) * whole_;
    if (left >= static_cast<sim::Uint128>(least_) * use->most) return;
    least_ = use->most - use->used;
    whole_ = use->most;
    when_ = seen.time();
  }

  void finish(Outcome& outcome, const model::State& end) override {
    if (const std::string why = span_.why_unseen(end); !why.empty()) {
      return report_nothing(outcome, why);
    }
    report_ratio(outcome, expectation_, least_, whole_);
    outcome.samples = requests_;
    outcome.note = "no request counts against a quota";
    if (requests_ == 0) return;
    const std::int64_t since = when_ - end.scenario().start.nanoseconds();
    outcome.note = fmt::format("{} requests count; the fullest window was at {}", requests_,
                               sim::print(sim::Duration::nanoseconds(since)));
  }

 private:
  bool place_fits(const model::State& state,
                  const events::Event::KmsAnswered::Reader& answered) const {
    const auto& account = expectation_.filters.account;
    const auto& region = expectation_.filters.region;
    if (!account && !region) return true;
    const std::uint32_t realm = model::kms::realm_of_answer(state, answered);
    return (!account || *account == state.scenario().realm_account(realm)) &&
           (!region || *region == state.scenario().realm_region(realm));
  }

  scenarios::Expectation expectation_;
  Span span_;
  std::uint64_t least_ = 1, whole_ = 1;
  std::uint64_t requests_ = 0;
  std::int64_t when_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_quota_metric(const scenarios::Expectation& expectation,
                                          const model::ScenarioView& scenario) {
  return std::make_unique<QuotaMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
