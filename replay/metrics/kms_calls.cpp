// kms.calls(…): every request that KMS decided, by operation and outcome (cache-theory.md 1), the
// calls of the timeline's steps and of DynamoDB itself included.
#include <optional>

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
    if (!seen.event.isKmsAnswered() || !tally_.in_time(seen.time())) return;
    const auto answered = seen.event.getKmsAnswered();
    if (filters_.kms_operation && *filters_.kms_operation != answered.getOperation()) return;
    if (result_fits(answered.getError()) && place_fits(answered) &&
        caller_fits(seen.after, answered)) {
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

  bool place_fits(events::Event::KmsAnswered::Reader answered) const {
    if (filters_.key && !(key_ && *key_ == answered.getKey())) return false;
    return !filters_.table || (tables_ && tables_->contains(answered.getTable()));
  }

  bool caller_fits(const model::State& state, events::Event::KmsAnswered::Reader answered) const {
    if (!filters_.caller) return true;
    if (*filters_.caller == "dynamodb") return answered.getAsService();
    if (answered.getCaller() == 0 || !principal_) return false;
    return state.sessions[answered.getCaller() - 1].principal == *principal_;
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
