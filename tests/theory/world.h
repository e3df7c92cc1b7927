// The part of a case that is a world: which cache rule, whose requests, how they come. What is then
// asked of that world is the business of experiment.h.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "tests/theory/case.h"
#include "tests/theory/setup.h"
#include "tests/theory/words.h"

namespace tablekey::theory {

/// A number of a case that counts something.
inline std::uint64_t whole(double number) {
  return static_cast<std::uint64_t>(std::llround(number));
}

struct World {
  Setup base;  ///< settings; no loads yet
  /// The loads of so many independent replicates, whose connections open within `spread` seconds.
  std::function<std::vector<Load>(std::uint64_t replicates, double spread)> loads;
  std::uint64_t connections = 1;  ///< of one replicate
  std::uint64_t entries = 1;      ///< cache entries of one replicate
  double gap = 1;                 ///< mean time between the requests of one entry, s
  double rate = 1;                ///< requests a second of one replicate
  /// What an entry is depends on its last request alone (rule idle), so no cycle has to pass
  /// before it is in steady state, but this time. 0: it has to.
  double memory = 0;
  /// The time that the arrival process itself takes to be stationary.
  double settling = 0;
  /// A replicate is a copy of the table, whose key is shared by a connection of each load.
  bool own_table = false;
  std::uint64_t tables = 1;    ///< of the whole run, unless each replicate has its own
  std::uint64_t most = 20000;  ///< replicates that one run may have
  double weight = 1;           ///< how much more work a request is than a small read
  double bytes_scale = 1;      ///< sizes are so much larger than the case says, all of them
};

/// Reads rule and arrivals off the words and parameters of a case. Throws CaseError.
World world_of(const Case& given, const Words& words);

}  // namespace tablekey::theory
