// Metrics with one value for each cache entry, measured from a revocation on, and which entries
// those are (cache-theory.md 1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/metrics/report.h"
#include "replay/metrics/revocation.h"
#include "replay/metrics/window_sample.h"

namespace tablekey::replay {

class WindowMetric : public Metric {
 public:
  WindowMetric(const scenarios::Expectation& expectation, const model::ScenarioView& scenario)
      : expectation_(expectation), revocation_(expectation, scenario) {}

  void before(const Seen& seen) final;
  void event(const Seen& seen) final;
  void finish(Outcome& outcome, const model::State& end) final;
  bool wants_holdings() const final { return true; }

 protected:
  /// R is now.
  virtual void begin(const Seen& seen) = 0;
  /// An event after R.
  virtual void measure(const Seen& seen) = 0;
  /// All values at the end of the run.
  virtual WindowSample sample(const model::State& end) const = 0;
  /// Words for an empty sample.
  virtual std::string nothing() const = 0;
  /// "entries were still usable when the run ended", for values that were cut off.
  virtual std::string censored_words() const = 0;
  /// "entries were not usable" for values that are nothing.
  virtual std::string zero_words() const = 0;
  virtual Unit unit() const { return Unit::seconds; }

  const scenarios::Expectation& expectation() const { return expectation_; }
  const Revocation& revocation() const { return revocation_; }

 private:
  std::string note_on(const WindowSample& sample) const;
  Bounds asked_of(const WindowSample& sample) const;

  scenarios::Expectation expectation_;
  Revocation revocation_;
};

/// The entries that a revocation is about, and until when each stays usable under an authorization
/// from before it: those that the connections in question used or could use at R, whether they hold
/// a key or not, and those that they have used since. W_key of an entry is until(e) - R.
class KeyWindows {
 public:
  void begin(const Seen& seen, const Revocation& revocation);
  void event(const Seen& seen, const Revocation& revocation);

  /// Whether the entry counts: some connection could use it at R, or it held a key since.
  bool member(std::uint32_t entry) const { return windows_[entry].member; }
  /// Until when its key was usable (ns since the Unix epoch), 0: it held none at R or later.
  std::int64_t until(std::uint32_t entry) const { return windows_[entry].until; }
  /// The connection through which the revocation came to be about the entry.
  std::uint32_t connection(std::uint32_t entry) const { return windows_[entry].connection; }
  std::uint32_t entries() const { return static_cast<std::uint32_t>(windows_.size()); }
  /// An entry that already counts past its time has just served: it was usable until then.
  void stretch(std::uint32_t entry, std::int64_t until);

 private:
  struct Window {
    std::int64_t until = 0;
    std::uint32_t connection = 0;
    bool about = false, member = false;
  };
  Window& at(std::uint32_t entry);
  std::vector<Window> windows_;
};

}  // namespace tablekey::replay
