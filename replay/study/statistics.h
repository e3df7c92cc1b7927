// What the runs of a point say together: the mean over seeds with its confidence interval, order
// statistics with theirs, and the difference to another point run by run. Runs that measured
// nothing are counted and never taken for 0; values that are only lower bounds make what follows
// from them a lower bound.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "replay/study/run.h"
#include "replay/study/student.h"

namespace tablekey::replay {

/// What one run gave; nothing: it measured nothing.
struct SeedValue {
  double value = 0;
  bool at_least = false;
};
using SeedValues = std::vector<std::optional<SeedValue>>;

/// The values of one measure, in the order of the runs.
SeedValues values_of(std::span<const StudyRun> runs, std::uint32_t measure);

struct MeanInterval {
  std::uint64_t runs = 0;            ///< with a value
  double mean = 0;                   ///< of those
  double deviation = 0;              ///< sample standard deviation
  std::optional<double> half_width;  ///< nothing: one run has no interval
  bool at_least = false;             ///< some of the values are lower bounds
};

/// Requires nothing; with `runs` 0 the rest has no meaning.
MeanInterval mean_of(const SeedValues& values, StudentTable& student);

struct QuantileInterval {
  double value = 0;                 ///< the smallest w with P(W <= w) >= p among the runs
  std::optional<double> low, high;  ///< nothing: too few runs for a bound on that side
  bool at_least = false;            ///< the value is a lower bound
};

/// The values sorted, to take quantiles of.
class Sorted {
 public:
  explicit Sorted(const SeedValues& values);
  std::uint64_t size() const { return all_.size(); }
  bool at_least() const { return known_.size() != all_.size(); }
  double min() const { return all_.front(); }
  double max() const { return all_.back(); }
  /// The quantile part/whole; part may be whole, which is the largest. Requires a value.
  QuantileInterval quantile(std::uint64_t part, std::uint64_t whole, double confidence) const;

 private:
  std::vector<double> known_, all_;
};

/// b - a run by run: both had the same random numbers. Runs that lack a value on either side are
/// left out; nothing comes out if some of a are lower bounds.
SeedValues differences(const SeedValues& a, const SeedValues& b);

/// Whether the mean is known well enough, so that a point needs no more runs.
bool narrow_enough(const scenarios::StudyStop& stop, const MeanInterval& mean);

}  // namespace tablekey::replay
