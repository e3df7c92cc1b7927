// requests(…): data requests that were answered, counted when the answer was decided
// (cache-theory.md 1).
#include <algorithm>
#include <optional>

#include "replay/data_answers.h"
#include "replay/metrics/metric.h"
#include "replay/metrics/tally.h"
#include "replay/names.h"

namespace tablekey::replay {
namespace {

using events::DataOperation;
using scenarios::ResultFilter;

/// An answered request, whichever event says so. A batch or a transaction is one request.
struct Answer {
  std::uint32_t connection = 0;
  std::uint32_t table = 0;  // kNone: see the event, which may be about several
  DataOperation operation{};
  events::Exception exception = events::Exception::NONE;
};

std::optional<Answer> answer_of(events::Event::Reader event) {
  using Event = events::Event;
  switch (event.which()) {
    case Event::ITEM_READ: {
      const auto read = event.getItemRead();
      return Answer{read.getConnection(), read.getTable(), DataOperation::GET_ITEM};
    }
    case Event::ITEM_WRITTEN: {
      const auto written = event.getItemWritten();
      return Answer{written.getConnection(), written.getTable(),
                    written.getDeleted() ? DataOperation::DELETE_ITEM : DataOperation::PUT_ITEM};
    }
    case Event::ITEMS_READ: {
      const auto read = event.getItemsRead();
      return Answer{read.getConnection(), read.getTable(),
                    read.getScan() ? DataOperation::SCAN : DataOperation::QUERY};
    }
    case Event::REQUEST_FAILED: {
      const auto failed = event.getRequestFailed();
      return Answer{failed.getConnection(), failed.getTable(), failed.getOperation(),
                    failed.getException()};
    }
    case Event::DATA_ANSWERED: {
      const auto answered = event.getDataAnswered();
      return Answer{answered.getConnection(), model::kNone, answered.getOperation(),
                    answered.getException()};
    }
    default:
      return std::nullopt;
  }
}

class RequestsMetric : public Metric {
 public:
  RequestsMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : filters_(expectation.filters), tally_(expectation, scenario, "request") {
    if (filters_.workload) workload_ = find_workload(scenario, *filters_.workload);
    if (filters_.table) tables_ = find_tables(scenario, *filters_.table);
  }

  void event(const Seen& seen) override {
    const std::optional<Answer> answer = answer_of(seen.event);
    if (!answer || !tally_.in_time(seen.time())) return;
    if (result_fits(answer->exception) && place_fits(seen, *answer) &&
        (!filters_.operation || *filters_.operation == answer->operation)) {
      tally_.add(seen.time());
    }
  }

  void finish(Outcome& outcome, const model::State& end) override { tally_.finish(outcome, end); }

 private:
  bool result_fits(events::Exception exception) const {
    switch (filters_.result) {
      case ResultFilter::any:
        return true;
      case ResultFilter::ok:
        return exception == events::Exception::NONE;
      case ResultFilter::failed:
        return exception != events::Exception::NONE;
      case ResultFilter::named:
        return filters_.exception && exception == *filters_.exception;
    }
    return false;
  }

  // A connection is counted within its workload, so requests of the timeline have no number.
  bool place_fits(const Seen& seen, const Answer& answer) const {
    if (filters_.table && !table_fits(seen, answer)) return false;
    const model::State& state = seen.after;
    const std::uint32_t workload = state.connections[answer.connection].workload;
    if (filters_.workload && !(workload_ && *workload_ == workload)) return false;
    if (!filters_.connection) return true;
    if (workload == model::kNone) return false;
    const std::uint32_t first = state.scenario().workloads[workload].first_connection;
    return answer.connection - first == *filters_.connection;
  }

  bool table_fits(const Seen& seen, const Answer& answer) const {
    if (!tables_) return false;
    if (answer.table != model::kNone) return tables_->contains(answer.table);
    const auto tables = tables_of(seen.after, seen.event.getDataAnswered());
    return std::any_of(tables.begin(), tables.end(),
                       [&](std::uint32_t table) { return tables_->contains(table); });
  }

  scenarios::Filters filters_;
  Tally tally_;
  std::optional<std::uint32_t> workload_;
  std::optional<TableRange> tables_;
};

}  // namespace

std::unique_ptr<Metric> make_requests_metric(const scenarios::Expectation& expectation,
                                             const model::ScenarioView& scenario) {
  return std::make_unique<RequestsMetric>(expectation, scenario);
}

}  // namespace tablekey::replay
