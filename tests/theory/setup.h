// A world to be simulated, and its text in the scenario language. What a case needs is said in the
// product's own words: settings, workloads, steps; everything that the theory leaves out (latency,
// propagation, quotas, the service's own clockwork) is set to have no effect.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/scenario.h"

namespace tablekey::theory {

/// When everything begins: the table exists by then. Times of a setup count from it, in seconds.
inline constexpr double kBegin = 60;

/// One entry of `workload:`.
struct Load {
  std::string name = "load";
  std::uint64_t connections = 1;
  std::string arrivals;  ///< the flow map: { process: poisson, rate: 5/s }
  std::string principal = "Reader";
  double spread = 0;  ///< connections open at uniform random times in it
  std::string more;   ///< further lines of the entry, each with four blanks before it
};

struct Setup {
  std::vector<std::pair<std::string, std::string>> cache;  ///< of model.table_key_cache
  std::vector<std::pair<std::string, std::string>> kms;    ///< of model.kms
  std::vector<std::pair<std::string, std::string>> model;  ///< whole paths below model
  std::vector<Load> loads;
  std::vector<std::string> steps;  ///< lines of `timeline:` without the dash
  std::uint64_t tables = 1;
  double until = 0;

  /// Of a setting that may be given more than once the last one counts.
  std::string text() const;
};

/// The instant of a scenario that is so many seconds after kBegin (ns since the Unix epoch).
std::int64_t moment_of(const model::ScenarioView& scenario, double seconds);
/// A duration of so many seconds as the language writes it, to the nanosecond.
std::string duration(double seconds);
/// A rate a second, with all its digits.
std::string rate(double per_second);
/// A share in percent, with the four decimals that the language takes.
std::string share(double part);
/// Poisson arrivals with the rate of a whole workload.
std::string poisson(double per_second);

}  // namespace tablekey::theory
