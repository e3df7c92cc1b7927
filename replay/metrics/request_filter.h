// The filters that all measures of requests share.
#pragma once

#include <cstdint>
#include <optional>

#include "replay/metrics/metric.h"
#include "replay/names.h"

namespace tablekey::replay {

/// The time that a measure looks at: [after, before).
class Span {
 public:
  Span(const scenarios::Filters& filters, const model::ScenarioView& scenario);

  bool holds(std::int64_t time) const { return time >= after_ && time < before_; }
  /// How much of it the run has seen, ns; 0: nothing.
  std::int64_t seen(const model::State& end) const;
  /// Why it saw nothing; empty if it did.
  std::string why_unseen(const model::State& end) const;

  std::int64_t begin() const { return after_; }
  std::int64_t end() const { return before_; }

 private:
  std::int64_t start_ = 0;
  std::int64_t after_ = INT64_MIN;
  std::int64_t before_ = INT64_MAX;
};

class RequestFilter {
 public:
  RequestFilter(const scenarios::Filters& filters, const model::ScenarioView& scenario);

  /// Whether the measure is about this answer, whenever it was. `seen.answer` must be one.
  bool fits(const Seen& seen) const;

 private:
  bool result_fits(const Answer& answer) const;
  bool via_fits(const Answer& answer) const;
  bool place_fits(const Seen& seen) const;
  bool table_fits(const Seen& seen) const;

  scenarios::Filters filters_;
  bool everything_ = false;  // nothing is filtered
  std::optional<std::uint32_t> workload_;
  std::optional<TableRange> tables_;
};

}  // namespace tablekey::replay
