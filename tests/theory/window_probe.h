// What a revocation does, entry by entry: how long the key stays usable, how long and how often it
// serves, when the first request is refused (cache-theory.md 1). R is a time of the timeline; the
// run stops when the last window has closed.
#pragma once

#include <functional>
#include <span>

#include "tests/theory/probe.h"

namespace tablekey::theory {

/// The windows of one cache entry, in seconds.
struct Windows {
  double key = 0;
  double serve = 0;
  double deny = 0;
  std::uint64_t stale = 0;
};

using FromWindows = std::function<Reading(std::span<const Windows>)>;

struct WindowPlan {
  double revoked = 0;         ///< R, in seconds since kBegin
  bool at_once = false;       ///< only who holds the key at R matters: the run ends there
  bool until_denied = false;  ///< go on until every connection had a request refused
  std::uint32_t count = 0;    ///< the first so many connections, and the entries that they use
};

class WindowProbe : public Probe {
 public:
  WindowProbe(const model::ScenarioView& scenario, const WindowPlan& plan, FromWindows from);

  void before(const model::State& state, std::int64_t time) override;
  void event(const model::State& after, events::Event::Reader event, std::uint64_t number) override;
  bool done() const override { return done_; }
  Reading reading(const model::State& end) override;

 private:
  struct One {
    std::int64_t until = 0, last = 0, denied = 0;
    std::uint64_t stale = 0;
  };

  void begin(const model::State& state);
  void held(std::uint32_t entry, std::int64_t now);
  void served(std::uint32_t connection, std::int64_t now);
  One* of_connection(std::uint32_t connection);
  void look_for_end(std::int64_t now);

  WindowPlan plan_;
  FromWindows from_;
  std::int64_t revoked_;
  std::optional<replay::Holdings> holdings_;
  std::vector<One> all_;                 // by connection
  std::vector<std::uint32_t> of_entry_;  // the connection that stands for the entry
  bool begun_ = false, done_ = false;
  std::int64_t look_ = 0;   // when it is worth while to see whether all windows are closed,
  std::size_t unseen_ = 0;  // or after so many events
  std::uint64_t to_deny_ = 0;
};

}  // namespace tablekey::theory
