// Many seeds on many threads: each seed's scenario is made, checked, and shrunk if it breaks a law.
// What comes out depends on the seeds alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "replay/explore/laws.h"
#include "replay/explore/shrink.h"

namespace tablekey::replay::explore {

struct ExploreOptions {
  std::uint64_t first = 1, last = 200;  ///< seeds, both included
  unsigned threads = 0;                 ///< 0: as many as the machine has cores
  bool until_broken = false;            ///< nothing beyond the first seed that breaks a law counts
  bool shrinks = true;
  std::function<bool()> stop = {};                    ///< asked between seeds
  std::function<void(std::uint64_t done)> look = {};  ///< about ten times a second
};

struct Violation {
  std::uint64_t seed = 0;
  Finding finding;  ///< as the seed's own scenario breaks it
  Shrunk shrunk;
};

struct Explored {
  std::uint64_t seeds = 0;  ///< that were looked at, in one piece from the first on
  std::uint64_t events = 0, asked = 0;
  std::vector<Violation> violations;  ///< in the order of their seeds
  bool all = false;                   ///< nothing was left
  events::Digest digest{};            ///< over the chains of all runs, in the order of their seeds
};

Explored explore(const ExploreOptions& options);

}  // namespace tablekey::replay::explore
