// table(Name).status, key(Name).state and key(Name).materials: what DescribeTable, DescribeKey and
// ListKeyRotations show when the run ends.
#include <fmt/format.h>

#include <map>
#include <optional>

#include "model/kms/names.h"
#include "replay/metrics/metric.h"
#include "replay/names.h"

namespace tablekey::replay {
namespace {

using scenarios::Comparison;

/// A family of tables meets the check if each of its copies does.
class TableStatusMetric : public Metric {
 public:
  explicit TableStatusMetric(const scenarios::Expectation& expectation)
      : expectation_(expectation) {}

  void finish(Outcome& outcome, const model::State& end) override {
    const auto range = find_tables(end.scenario(), expectation_.subject);
    if (!range) {
      outcome.measured = "no such table";
      return;
    }
    std::map<std::string_view, std::uint32_t> seen;
    for (std::uint32_t i = range->first; i < range->end; ++i) ++seen[table_status(end.tables[i])];
    bool holds = true;
    for (const auto& [status, count] : seen) {
      holds = holds &&
              compares(expectation_.comparison, status, std::string_view(expectation_.limit.word));
      if (!outcome.measured.empty()) outcome.measured += ", ";
      outcome.measured +=
          seen.size() == 1 ? std::string(status) : fmt::format("{} {}", count, status);
    }
    outcome.met = met_if(holds);
  }

 private:
  scenarios::Expectation expectation_;
};

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

std::string_view table_status(const model::Table& table) {
  switch (table.lifecycle) {
    case model::Lifecycle::creating:
      return "CREATING";
    case model::Lifecycle::live:
      return table.process.kind == model::ProcessKind::key_switch ? "UPDATING" : "ACTIVE";
    case model::Lifecycle::deleting:
      return "DELETING";
    default:
      return "NONE";
  }
}

std::unique_ptr<Metric> make_table_status_metric(const scenarios::Expectation& expectation,
                                                 const model::ScenarioView&) {
  return std::make_unique<TableStatusMetric>(expectation);
}

std::unique_ptr<Metric> make_key_metric(const scenarios::Expectation& expectation,
                                        const model::ScenarioView&) {
  return std::make_unique<KeyMetric>(expectation);
}

}  // namespace tablekey::replay
