// Counting answers in time: how many there were, the first and the last, and the fullest window.
// Requests and KMS calls are judged by the same four statistics.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "replay/metrics/metric.h"

namespace tablekey::replay {

class Tally {
 public:
  /// `what` names what is counted, for notes: "request", "KMS call".
  Tally(const scenarios::Expectation& expectation, const model::ScenarioView& scenario,
        std::string_view what);

  /// Whether something at that time (ns) lies between `after` (included) and `before` (excluded).
  bool in_time(std::int64_t time) const { return time >= after_ && time < before_; }
  void add(std::int64_t time);
  void finish(Outcome& outcome, const model::State& end) const;

 private:
  void finish_count(Outcome& outcome) const;
  void finish_rate(Outcome& outcome) const;
  void finish_moment(Outcome& outcome, const model::State& end) const;

  scenarios::Expectation expectation_;
  std::string_view what_;
  std::int64_t start_ = 0;
  std::int64_t after_ = INT64_MIN;
  std::int64_t before_ = INT64_MAX;
  std::uint64_t count_ = 0;
  std::int64_t first_ = 0, last_ = 0;
  std::int64_t window_ = 0;  // the one that is being filled, counted from the start of the run
  std::uint64_t window_count_ = 0, window_count_max_ = 0;
};

}  // namespace tablekey::replay
