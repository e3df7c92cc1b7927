// kms.calls(…): every request to KMS, by operation and outcome (cache-theory.md 1), the calls of
// the timeline's steps, of DynamoDB itself and of caches that ask about a key's state included.
#include <optional>

#include "replay/metrics/kms_call.h"
#include "replay/metrics/metric.h"
#include "replay/metrics/tally.h"
#include "replay/names.h"

namespace tablekey::replay {
namespace {

using scenarios::ResultFilter;

class KmsCallsMetric : public Metric {
 public:
  KmsCallsMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : filters_(expectation.filters), tally_(expectation, scenario, "KMS call") {
    if (filters_.key) key_ = find_key(scenario, *filters_.key);
    if (filters_.table) tables_ = find_tables(scenario, *filters_.table);
    if (filters_.caller) principal_ = find_principal(scenario, *filters_.caller);
  }

  void event(const Seen& seen) override {
    const std::optional<SentCall> call = sent_call(seen.after, seen.event);
    if (!call || !tally_.in_time(seen.time())) return;
    if (filters_.kms_operation && *filters_.kms_operation != call->operation) return;
    if (result_fits(call->error) && place_fits(*call) && caller_fits(seen.after, *call)) {
      tally_.add(seen.time());
    }
  }

  void finish(Outcome& outcome, const model::State& end) override { tally_.finish(outcome, end); }

 private:
  bool result_fits(events::KmsError error) const {
    switch (filters_.result) {
      case ResultFilter::any:
        return true;
      case ResultFilter::ok:
        return error == events::KmsError::NONE;
      case ResultFilter::failed:
        return error != events::KmsError::NONE;
      case ResultFilter::named:
        return filters_.kms_error && error == *filters_.kms_error;
    }
    return false;
  }

  bool place_fits(const SentCall& call) const {
    if (filters_.key && !(key_ && *key_ == call.key)) return false;
    return !filters_.table || (tables_ && tables_->contains(call.table));
  }

  bool caller_fits(const model::State& state, const SentCall& call) const {
    if (!filters_.caller) return true;
    if (*filters_.caller == "dynamodb") return call.as_service;
    if (call.caller == 0 || !principal_) return false;
    return state.sessions[call.caller - 1].principal == *principal_;
  }

  scenarios::Filters filters_;
  Tally tally_;
  std::optional<std::uint32_t> key_;
  std::optional<TableRange> tables_;
  std::optional<std::uint32_t> principal_;
};

}  // namespace

std::unique_ptr<Metric> make_kms_calls_metric(const scenarios::Expectation& expectation,
                                              const model::ScenarioView& scenario) {
  return std::make_unique<KmsCallsMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
