// A rate over time: stages that move it linearly from one value to the next (ux.md 5), times a
// daily course. Arrivals are found by inverting its integral.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/time.h"

namespace tablekey::model {

/// The rate of one connection over a stretch of time; it moves linearly from `begin` to `end`
/// (requests a second).
struct RateStage {
  sim::Duration length;
  double begin = 0;
  double end = 0;
};

/// A rate that goes up and down: times 1 + amplitude * cos(2 pi (t - peak) / period), t being the
/// time since the workload's beginning. Between 96 corners a period the factor moves linearly, at
/// most 0.0006 * amplitude from the cosine; over a whole period its mean is 1.
struct DailyCourse {
  sim::Duration period;  ///< zero: none
  double amplitude = 0;  ///< 0 to 1
  sim::Duration peak;
};

class RateProfile {
 public:
  RateProfile() = default;
  /// Requires at least one stage. After the last one its `end` rate holds.
  explicit RateProfile(std::vector<RateStage> stages, const DailyCourse& course = {});

  /// Nanoseconds that one unit of the integral takes where the rate never changes, else 0.
  double flat_unit() const { return flat_unit_; }
  /// Nanoseconds from `at` (since the origin) until the rate, integrated from there, reaches
  /// `area`. nullopt: never, the rate stays at zero, or not within 250 years.
  std::optional<double> time_to(sim::Duration at, double area) const;
  /// The integral over `length` from `at`, in requests.
  double integral(sim::Duration at, sim::Duration length) const;

 private:
  // A stretch over which the rate moves linearly. length 0: it goes on for ever.
  struct Piece {
    sim::Duration length;
    double begin = 0, end = 0;
  };
  Piece piece(sim::Duration at) const;
  double daily(sim::Duration at) const;
  std::optional<double> time_through(sim::Duration at, double area) const;

  static constexpr std::int64_t kCorners = 96;  // of a period

  std::vector<RateStage> stages_;
  sim::Duration stages_end_;
  DailyCourse course_;
  std::array<double, kCorners> corners_{};
  double flat_unit_ = 0;
};

}  // namespace tablekey::model
