// The search for the worst timeline: the one under which data stays readable longest after its key
// was taken away. Hill climbing over the times of steps, the kind of the revocation, the instants
// of a bounded number of reads, and the seed (which moves what a workload draws).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tablekey::replay::explore {

/// What is searched.
struct WorstOptions {
  std::string text;  ///< a scenario file; empty: one key, one table, one client
  std::string name = "worst.yaml";
  std::vector<std::pair<std::string, std::string>> set;  ///< overrides
  std::uint64_t seed = 1;
  std::uint32_t reads = 8;      ///< further reads that the search may place
  std::uint32_t tries = 4'000;  ///< timelines
  unsigned threads = 0;         ///< 0: all cores; results do not depend on it
  std::function<bool()> stop = {};
  std::function<void(std::uint32_t done)> look = {};
};

/// The bound that theory gives, and what it is made of (cache-theory.md 3).
struct WorstBound {
  std::optional<std::int64_t> nanoseconds;  ///< nothing: there is none
  std::string why;                          ///< a sentence
};

struct Worst {
  std::int64_t exposure = -1;  ///< from the revocation to the last read that was served; -1: none
  bool at_least = false;       ///< the run ended before access did
  std::int64_t revoked = 0;    ///< since the start
  std::string by;              ///< the step's operation
  std::uint32_t tries = 0;
  std::string timeline;  ///< a scenario file that shows it
  WorstBound bound;
};

/// Error: the scenario is none, or has no table whose key could be taken away.
struct WorstError {
  std::string text;  ///< for the terminal, whole lines
};

std::expected<Worst, WorstError> worst_exposure(const WorstOptions& options);

}  // namespace tablekey::replay::explore
