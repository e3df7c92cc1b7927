// The moment R from which the windows of cache-theory.md 1 count, the connections they are about,
// and from when on KMS denies to each of them.
//
// R is when KMS accepted the call of the step that `after` names (its KmsAnswered event), or a
// plain time. KMS itself may go on allowing for a while: a change takes effect when it has
// propagated (kms.md 10). That time counts as part of the exposure, since nobody outside sees the
// difference; so a cached key that KMS still granted after R prolongs its connection's window. Only
// once KMS has denied a connection (its key, policy or state say no) does a later answer, after the
// access was given back, no longer count.
#pragma once

#include <cstdint>
#include <map>
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
  std::uint32_t connections() const { return static_cast<std::uint32_t>(pair_of_.size()); }
  /// Whether the windows are about what this connection does: it passes the filters, and its table
  /// is under the key that the step changed.
  bool about(std::uint32_t connection) const { return pair_of_[connection] != kNoPair; }
  /// Whether what KMS answered in event number `answer`, asked for that connection, was given
  /// before KMS denied its caller. For a caller who is none of those meant: before it denied any of
  /// them.
  bool covers(const model::State& state, std::uint32_t connection, std::uint64_t answer) const;
  /// Whether the authorization that the entry rests on now was.
  bool covers(const Seen& seen, std::uint32_t entry) const {
    return covers(seen.after, seen.holdings->asker(entry), seen.holdings->authorized_by(entry));
  }
  /// From when on KMS denied the connection's caller (ns since the Unix epoch); 0: it has not.
  std::int64_t denied_at(std::uint32_t connection) const {
    return about(connection) ? pairs_[pair_of_[connection]].denied_at : 0;
  }
  /// The event with which KMS first denied any of them, and when; numbers 0: it has not.
  struct Denial {
    std::uint64_t number = 0;
    std::int64_t at = 0;  ///< ns since the Unix epoch
  };
  const Denial& first_denial() const { return first_denial_; }
  /// Why there is nothing to measure, if R was never reached.
  std::string why_not_begun() const;

 private:
  void begin(const model::State& state);
  bool in_scope(const model::State& state, std::uint32_t connection) const;
  void look_for_denials(const model::State& state, std::uint64_t number);

  /// Connections of one caller on one table get one answer of KMS.
  struct Pair {
    std::uint32_t identity = 0, table = 0;
    std::uint64_t denied = 0;  // number of the event with which KMS began to deny; 0: it has not
    std::int64_t denied_at = 0;
  };
  static constexpr std::uint32_t kNoPair = UINT32_MAX;

  scenarios::Filters filters_;
  std::optional<std::uint32_t> step_;  // a KMS step: R is its answer
  std::int64_t time_ = 0;
  bool begun_ = false;
  bool refused_ = false;
  std::optional<std::uint32_t> key_;
  std::optional<TableRange> step_tables_, filter_tables_;
  std::optional<std::uint32_t> workload_;
  std::vector<std::uint32_t> pair_of_;  // by connection
  std::vector<Pair> pairs_;
  std::map<std::uint32_t, std::uint64_t> first_denied_;  // by table, of all its pairs
  Denial first_denial_;
};

}  // namespace tablekey::replay
