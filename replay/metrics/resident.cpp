// resident(at=…).count: how many cache entries were usable at that instant, the end of the run if
// none is named (cache-theory.md 6.3). An entry whose time ends at that instant is not.
#include "replay/metrics/count_at.h"

namespace tablekey::replay {
namespace {

class ResidentMetric : public CountAtMetric {
 public:
  using CountAtMetric::CountAtMetric;

  void before(const Seen& seen) override { holdings_ = seen.holdings; }

 private:
  std::uint64_t count(const model::State& state, std::int64_t time) const override {
    std::uint64_t found = 0;
    if (holdings_ == nullptr) return found;  // nothing has happened yet
    for (std::uint32_t i = 0; i < holdings_->entries(); ++i) {
      if (holdings_->until(i) > time && meant(Holdings::table_of(state, i))) ++found;
    }
    return found;
  }

  const Holdings* holdings_ = nullptr;
};

}  // namespace

std::unique_ptr<Metric> make_resident_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario) {
  return std::make_unique<ResidentMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
