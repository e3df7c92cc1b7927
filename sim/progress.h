// What a run says of itself while it goes on: one line for people or one JSON object for programs.
// The meter is told the wall time and so reads no clock itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/time.h"

namespace tablekey::sim {

/// A moment of a run, as the shell sees it.
struct ProgressSample {
  double wall_seconds = 0;  // since the run began
  std::uint64_t turns = 0;  // in this run
  Time now;
};

class ProgressMeter {
 public:
  /// Begin and end of simulated time, if both are known, give the share done and the time to go.
  ProgressMeter(std::optional<Time> begin, std::optional<Time> end) : begin_(begin), end_(end) {}

  /// Takes note of a moment; the rate is that of the last few seconds.
  void add(const ProgressSample& sample);

  /// `1,204,000 events  412,000/s  2018-02-14T02:00:00Z  43%  12s left`.
  [[nodiscard]] std::string line() const;

  /// One JSON object without a line's end; its format is "tablekey-progress/1".
  [[nodiscard]] std::string json(bool last) const;

 private:
  [[nodiscard]] std::optional<double> share() const;
  [[nodiscard]] std::optional<double> seconds_left() const;

  std::optional<Time> begin_;
  std::optional<Time> end_;
  ProgressSample last_;
  double rate_ = 0;  // turns in a second of wall time
  bool has_rate_ = false;
};

}  // namespace tablekey::sim
