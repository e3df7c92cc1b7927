// key(Name).state and key(Name).materials: what DescribeKey and ListKeyRotations show when the run
// ends.
#include <fmt/format.h>

#include "model/kms/names.h"
#include "replay/metrics/metric.h"
#include "replay/names.h"

namespace tablekey::replay {
namespace {

class KeyMetric : public Metric {
 public:
  explicit KeyMetric(const scenarios::Expectation& expectation) : expectation_(expectation) {}

  void finish(Outcome& outcome, const model::State& end) override {
    const auto key = find_key(end.scenario(), expectation_.subject);
    if (!key || !end.keys[*key].created) {
      outcome.measured = "no such key";
      return;
    }
    if (expectation_.statistic == scenarios::Statistic::materials) {
      return count(outcome, end.keys[*key]);
    }
    const std::string_view state = model::kms::state_name(end.keys[*key].state);
    outcome.measured = state;
    outcome.met =
        met_if(compares(expectation_.comparison, state, std::string_view(expectation_.limit.word)));
  }

 private:
  void count(Outcome& outcome, const model::KmsKey& key) const {
    const std::uint64_t count = key.materials.size();
    outcome.measured = fmt::format("{}", count);
    outcome.number = static_cast<double>(count);
    outcome.met = met_if(compares(expectation_.comparison, count, expectation_.limit.count));
  }

  scenarios::Expectation expectation_;
};

}  // namespace

std::unique_ptr<Metric> make_key_metric(const scenarios::Expectation& expectation,
                                        const model::ScenarioView&) {
  return std::make_unique<KeyMetric>(expectation);
}

}  // namespace tablekey::replay
