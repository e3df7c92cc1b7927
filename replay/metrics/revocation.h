// The moment R from which the three windows of cache-theory.md 1 count, the connections they are
// about, and from when on KMS denies to each of them.
//
// R is when KMS accepted the call of the step that `after` names (its KmsAnswered event), or a
// plain time. KMS itself may go on allowing for a while: a change takes effect when it has
// propagated (kms.md 10). That time counts as part of the exposure, since nobody outside sees the
// difference; so a cached key that KMS still granted after R prolongs its connection's window. Only
// once KMS has denied a connection (its key, policy or state say no) does a later answer, after the
// access was given back, no longer count.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "replay/metrics/metric.h"
#include "replay/names.h"

namespace tablekey::replay {

class Revocation {
 public:
  Revocation(const scenarios::Expectation& expectation, const model::ScenarioView& scenario);

  /// True at the one event where R is reached. For a plain time that is the first event at or after
  /// it, seen before it changes anything.
  bool begins_before(const Seen& seen);
  bool begins_at(const Seen& seen);
  /// Takes note of the event after R: who is denied from now on.
  void event(const Seen& seen);

  bool begun() const { return begun_; }
  std::int64_t time() const { return time_; }
  std::uint32_t connections() const { return static_cast<std::uint32_t>(scope_.size()); }
  /// Whether the windows are about this connection: it passes the filters, and its table is under
  /// the key that the step changed.
  bool about(std::uint32_t connection) const { return scope_[connection]; }
  /// Whether what KMS answered in event number `answer` was given before it denied the connection.
  bool covers(std::uint32_t connection, std::uint64_t answer) const {
    return denied_[connection] == 0 || answer < denied_[connection];
  }
  /// Number of the event with which KMS began to deny the connection; 0: it has not.
  std::uint64_t denied(std::uint32_t connection) const { return denied_[connection]; }
  /// Why there is nothing to measure, if R was never reached.
  std::string why_not_begun() const;

 private:
  void begin(const model::State& state);
  bool in_scope(const model::State& state, std::uint32_t connection) const;
  void look_for_denials(const model::State& state, std::uint64_t number);

  scenarios::Filters filters_;
  std::optional<std::uint32_t> step_;  // a KMS step: R is its answer
  std::int64_t time_ = 0;
  bool begun_ = false;
  bool refused_ = false;
  std::optional<std::uint32_t> key_;
  std::optional<TableRange> step_tables_, filter_tables_;
  std::optional<std::uint32_t> workload_;
  std::vector<char> scope_;            // by connection
  std::vector<std::uint64_t> denied_;  // by connection
};

/// A metric with one window a connection, measured from a revocation on.
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
  /// All windows at the end of the run.
  virtual class WindowSample sample(const model::State& end) const = 0;
  /// Words for a sample in which there is nothing to measure; empty if there is.
  virtual std::string nothing(const class WindowSample& sample) const = 0;
  /// "connections still held the key", for windows that were cut off.
  virtual std::string censored_words() const = 0;
  /// "connections held no key" for windows of length zero.
  virtual std::string zero_words() const = 0;

  const Revocation& revocation() const { return revocation_; }

 private:
  std::string note_on(const class WindowSample& sample) const;
  void judge(Outcome& outcome, const class WindowSample& sample) const;

  scenarios::Expectation expectation_;
  Revocation revocation_;
};

/// Who held a key at R or was given one later by a KMS that still allowed it, and until when. W_key
/// of a connection is until(c) - R.
class KeyWindows {
 public:
  void begin(const Seen& seen, const Revocation& revocation);
  void event(const Seen& seen, const Revocation& revocation);

  /// Whether the connection belongs to the population: it was open at R or held a key since.
  bool member(std::uint32_t connection) const { return member_[connection]; }
  /// Until when its key was usable (ns since the Unix epoch), 0: it held none at R or later.
  std::int64_t until(std::uint32_t connection) const { return until_[connection]; }
  std::uint32_t connections() const { return static_cast<std::uint32_t>(until_.size()); }

 private:
  std::vector<std::int64_t> until_;
  std::vector<char> member_;
};

}  // namespace tablekey::replay
