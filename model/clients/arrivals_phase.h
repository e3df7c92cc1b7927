// The phase of a modulated Poisson process (MMPP; on/off is one with a rate of nought): which of
// its states a source is in, and until when. States follow each other in a circle; how long each
// lasts is exponential.
//
// A source's phase is a pure function of time: the state it begins in and the length of each of its
// sojourns are draws of their own. So it is no part of State. PhaseMemo remembers where each source
// was last seen; one that has forgotten begins at the source's origin again and comes to the same.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/random.h"
#include "sim/time.h"

namespace tablekey::model {

/// A state of a modulated process: its rate (requests a second), and its mean length.
struct ModulatedState {
  double rate = 0;
  sim::Duration hold;
};

/// One sojourn of a source.
struct Phase {
  std::uint64_t ordinal = 0;  ///< of the source's sojourns, from 0
  std::uint32_t state = 0;
  sim::Time begins, ends;
};

/// Where a source's draws come from.
struct PhaseSource {
  const sim::Random& random;
  std::uint64_t entity = 0;
};

class Phases {
 public:
  Phases() = default;
  explicit Phases(std::vector<ModulatedState> states);

  bool empty() const { return states_.empty(); }
  double rate(const Phase& phase) const { return states_[phase.state].rate; }
  bool silent() const { return silent_; }  ///< no state has a rate
  /// The share of the time that the source spends in each state, weighed by its rate.
  double mean_rate() const;

  /// The sojourn that a source is in at its origin: each state with the share of time that it takes
  /// in the long run, so that the process is in equilibrium from the beginning.
  Phase first(const PhaseSource& source, sim::Time origin) const;
  Phase following(const PhaseSource& source, const Phase& phase) const;

 private:
  sim::Time end_of(const PhaseSource& source, const Phase& phase) const;

  std::vector<ModulatedState> states_;
  bool silent_ = true;
};

/// Where sources were last seen. Forgetting costs time and changes nothing.
class PhaseMemo {
 public:
  /// The sojourn that source number `index` is in at `now`, which is not before `origin`.
  const Phase& at(std::uint32_t index, const Phases& phases, const PhaseSource& source,
                  sim::Time origin, sim::Time now);

 private:
  struct Seen {
    bool known = false;
    sim::Time origin;
    Phase phase;
  };
  std::vector<Seen> seen_;
};

}  // namespace tablekey::model
