// resident(at=…).count: how many cache entries were usable at that instant, the end of the run if
// none is named (cache-theory.md 6.3). An entry whose time ends at that instant is not.
#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class ResidentMetric : public Metric {
 public:
  ResidentMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation) {
    if (expectation.filters.at) moment_ = time_of(*expectation.filters.at, scenario);
    if (expectation.filters.table) tables_ = find_tables(scenario, *expectation.filters.table);
  }
  bool wants_holdings() const override { return true; }
  std::optional<std::int64_t> moment() const override { return moment_; }

  void before(const Seen& seen) override { holdings_ = seen.holdings; }

  void at_moment(const model::State& state) override { look(state, *moment_); }

  void finish(Outcome& outcome, const model::State& end) override {
    const std::int64_t now = end.now().nanoseconds();
    if (moment_ && *moment_ > now) {
      return report_nothing(outcome, "the run ended before the moment that at= names");
    }
    if (!looked_) look(end, moment_.value_or(now));
    report_count(outcome, expectation_, count_);
  }

 private:
  void look(const model::State& state, std::int64_t time) {
    looked_ = true;
    count_ = 0;
    if (holdings_ == nullptr) return;  // nothing has happened yet
    for (std::uint32_t i = 0; i < holdings_->entries(); ++i) {
      if (holdings_->until(i) <= time) continue;
      const bool meant = !expectation_.filters.table ||
                         (tables_ && tables_->contains(Holdings::table_of(state, i)));
      if (meant) ++count_;
    }
  }

  scenarios::Expectation expectation_;
  std::optional<std::int64_t> moment_;
  std::optional<TableRange> tables_;
  const Holdings* holdings_ = nullptr;
  bool looked_ = false;
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_resident_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario) {
  return std::make_unique<ResidentMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
