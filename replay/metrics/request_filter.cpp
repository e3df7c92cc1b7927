// An absent filter lets everything pass; most measures have none or one.
#include "replay/metrics/request_filter.h"

#include <algorithm>

#include "replay/data_answers.h"

namespace tablekey::replay {

using scenarios::ResultFilter;
using scenarios::ViaFilter;

Span::Span(const scenarios::Filters& filters, const model::ScenarioView& scenario)
    : start_(scenario.start.nanoseconds()) {
  if (filters.after) after_ = time_of(*filters.after, scenario);
  if (filters.before) before_ = time_of(*filters.before, scenario);
}

std::int64_t Span::seen(const model::State& end) const {
  const std::int64_t from = std::max(after_, start_);
  const std::int64_t until = std::min(before_, end.now().nanoseconds());
  return std::max<std::int64_t>(0, until - from);
}

std::string Span::why_unseen(const model::State& end) const {
  if (after_ != INT64_MIN && after_ > end.now().nanoseconds()) {
    return "the run ended before the moment that after= names";
  }
  if (after_ != INT64_MIN && before_ <= after_) return "before= names no later moment than after=";
  return before_ <= start_ ? "before= names no moment of the run" : "";
}

RequestFilter::RequestFilter(const scenarios::Filters& filters, const model::ScenarioView& scenario)
    : filters_(filters) {
  if (filters_.workload) workload_ = find_workload(scenario, *filters_.workload);
  if (filters_.table) tables_ = find_tables(scenario, *filters_.table);
  everything_ = filters_.result == ResultFilter::any && filters_.via == ViaFilter::any &&
                !filters_.operation && !filters_.workload && !filters_.table &&
                !filters_.connection;
}

bool RequestFilter::fits(const Seen& seen) const {
  if (everything_) return true;
  const Answer& answer = *seen.answer;
  return (!filters_.operation || *filters_.operation == answer.operation) && result_fits(answer) &&
         via_fits(answer) && place_fits(seen);
}

bool RequestFilter::result_fits(const Answer& answer) const {
  switch (filters_.result) {
    case ResultFilter::any:
      return true;
    case ResultFilter::ok:
      return answer.exception == events::Exception::NONE;
    case ResultFilter::failed:
      return answer.exception != events::Exception::NONE;
    case ResultFilter::named:
      return filters_.exception && answer.exception == *filters_.exception;
  }
  return false;
}

bool RequestFilter::via_fits(const Answer& answer) const {
  if (filters_.via == ViaFilter::any) return true;
  if (!answer.served) return false;
  switch (answer.via) {
    case events::Access::HIT:
      return filters_.via == ViaFilter::hit;
    case events::Access::MISS:
      return filters_.via == ViaFilter::miss;
    case events::Access::DELAYED_HIT:
      return filters_.via == ViaFilter::delayed;
    case events::Access::STALE:
      return filters_.via == ViaFilter::stale;
  }
  return false;
}

// A connection is counted within its workload, so requests of the timeline have no number.
bool RequestFilter::place_fits(const Seen& seen) const {
  if (filters_.table && !table_fits(seen)) return false;
  if (!filters_.workload && !filters_.connection) return true;
  const model::State& state = seen.after;
  const std::uint32_t workload = state.connections[seen.answer->connection].workload;
  if (filters_.workload && !(workload_ && *workload_ == workload)) return false;
  if (!filters_.connection) return true;
  if (workload == model::kNone) return false;
  const std::uint32_t first = state.scenario().workloads[workload].first_connection;
  return seen.answer->connection - first == *filters_.connection;
}

bool RequestFilter::table_fits(const Seen& seen) const {
  if (!tables_) return false;
  if (seen.answer->table != model::kNone) return tables_->contains(seen.answer->table);
  const auto tables = tables_of(seen.after, seen.event.getDataAnswered());
  return std::any_of(tables.begin(), tables.end(),
                     [&](std::uint32_t table) { return tables_->contains(table); });
}

}  // namespace tablekey::replay
