// herd(…): KMS calls for one cache entry, from the first request that finds it missing until an
// entry is inserted (cache-theory.md 1). Each insertion gives one herd; calls that are never
// followed by one (a denial, a cache that keeps nothing) give none.
#include <fmt/format.h>

#include "replay/metrics/report.h"
#include "replay/metrics/request_filter.h"

namespace tablekey::replay {
namespace {

class HerdMetric : public Metric {
 public:
  HerdMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation), span_(expectation.filters, scenario) {
    if (expectation.filters.table) tables_ = find_tables(scenario, *expectation.filters.table);
  }
  bool wants_holdings() const override { return true; }

  void event(const Seen& seen) override {
    if (seen.event.isTableKeyRequested()) ask(seen);
    for (const Holdings::Change& change : seen.holdings->changed()) {
      if (change.entry < herds_.size() && herds_[change.entry].calls != 0) look(seen, change.entry);
    }
  }

  void finish(Outcome& outcome, const model::State& end) override {
    std::uint64_t open = 0;
    for (const Herd& herd : herds_) {
      if (herd.calls != 0 && span_.holds(herd.began)) ++open;
    }
    if (open != 0) outcome.note = fmt::format("{} more got no entry", open);
    const bool counts = expectation_.statistic == scenarios::Statistic::count;
    if (sizes_.count() != 0 || counts) {
      return report_histogram(outcome, expectation_, sizes_, Unit::number);
    }
    std::string why = span_.why_unseen(end);
    if (why.empty()) why = open == 0 ? "no table key was missing" : "no entry was ever inserted";
    report_nothing(outcome, why);
  }

 private:
  struct Herd {
    std::int64_t began = 0;
    std::int64_t calls = 0;
  };

  void ask(const Seen& seen) {
    const auto asked = seen.event.getTableKeyRequested();
    if (expectation_.filters.table && !(tables_ && tables_->contains(asked.getTable()))) return;
    const std::uint32_t entry = Holdings::entry_of(seen.after, asked.getConnection());
    if (entry == model::kNone) return;
    if (entry >= herds_.size()) herds_.resize(entry + 1);
    Herd& herd = herds_[entry];
    if (herd.calls++ == 0) herd.began = seen.time();
  }

  // Inserted: its answer came after the first of the calls was sent.
  void look(const Seen& seen, std::uint32_t entry) {
    Herd& herd = herds_[entry];
    if (seen.holdings->created(entry) < herd.began || !seen.holdings->inserted(entry)) return;
    if (span_.holds(herd.began)) sizes_.add(herd.calls);
    herd.calls = 0;
  }

  scenarios::Expectation expectation_;
  Span span_;
  std::optional<TableRange> tables_;
  std::vector<Herd> herds_;  // by entry
  Histogram sizes_;
};

}  // namespace

std::unique_ptr<Metric> make_herd_metric(const scenarios::Expectation& expectation,
                                         const model::ScenarioView& scenario) {
  return std::make_unique<HerdMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
