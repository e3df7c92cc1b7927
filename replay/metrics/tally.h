// Counting in time: how many there were, how many a second, the first and the last, and the fullest
// window. Requests and KMS calls are judged by the same statistics.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>

#include "replay/metrics/request_filter.h"

namespace tablekey::replay {

class Tally {
 public:
  /// `what` names what is counted, for notes: "request", "KMS call".
  Tally(const scenarios::Expectation& expectation, const model::ScenarioView& scenario,
        std::string_view what);

  /// Whether something at that time (ns) lies between `after` (included) and `before` (excluded).
  bool in_time(std::int64_t time) const { return span_.holds(time); }
  void add(std::int64_t time);
  void finish(Outcome& outcome, const model::State& end) const;

 private:
  void finish_rate(Outcome& outcome, const model::State& end) const;
  void finish_rate_max(Outcome& outcome) const;
  void finish_moment(Outcome& outcome, const model::State& end) const;
  void slide(std::int64_t time);

  scenarios::Expectation expectation_;
  Span span_;
  std::string_view what_;
  std::int64_t start_ = 0;
  std::uint64_t count_ = 0;
  std::int64_t first_ = 0, last_ = 0;
  std::int64_t window_ = 0;  // the one that is being filled, counted from the start of the run
  std::uint64_t window_count_ = 0, window_count_max_ = 0;
  std::deque<std::int64_t> recent_;  // peak: those of the last window
  std::uint64_t peak_ = 0;
};

}  // namespace tablekey::replay
