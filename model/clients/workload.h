// A workload as the world reads it: who sends what, when, over which connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/clients/arrivals.h"
#include "scenario.capnp.h"
#include "sim/discrete.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace tablekey::model {

/// How a client sends a request again that failed for a reason that may pass. The k-th retry comes
/// within min(cap, base * 2^(k-1)) after the failure: `jitter` is the share of that which is drawn,
/// the rest is waited in any case (1: "full jitter").
struct RetryRule {
  std::uint32_t attempts = 1;  ///< in all, the first one among them
  sim::Duration base, cap;
  double jitter = 1;

  /// How long after the failure of attempt number `attempt` (from 0) the next one is sent.
  sim::Duration delay(std::uint32_t attempt, sim::Bits128 bits) const;
};

struct WorkloadView {
  std::string name;
  std::uint64_t entity = 0;  ///< of its connections' draws: the first one's; the others follow
  std::uint32_t identity = 0;
  std::uint32_t family = 0;
  std::uint32_t copies = 1;  ///< of its table; connection i uses copy i modulo copies
  std::uint32_t first_connection = 0;
  std::uint32_t connections = 0;

  // ---- when requests come ----
  Arrivals arrivals;      ///< of one connection of weight 1, or of the whole workload (shared)
  bool shared = false;    ///< one process for all connections: a pool's, or a recorded one
  bool closed = false;    ///< the next request comes after the answer and a time to think
  bool recorded = false;  ///< from `trace`
  sim::Distribution think;
  events::ArrivalTrace::Reader trace;
  std::uint64_t shared_entity = 0;  ///< of the draws of `shared`
  events::Pool::Dispatch dispatch{};
  sim::Duration idle_close;  ///< zero: a pool's connections stay open
  /// By copy: what a connection's rate is multiplied by. Empty: 1 for all.
  std::vector<double> weights;
  std::optional<sim::Zipf> table_popularity;
  sim::Time starts, stops;  ///< zero: not given
  sim::Duration start_spread;
  std::uint64_t requests = 0;

  // ---- what they ask ----
  bool one_operation = false;
  std::vector<events::DataOperation> operations;
  std::optional<sim::Categorical> mix;
  std::optional<sim::Zipf> popularity;
  std::uint32_t query_items = 1;
  std::uint32_t encryptor = events::K_NONE;  ///< that its items pass through; kNone: none

  // ---- connections, failures ----
  std::uint64_t requests_per_connection = 0;
  sim::Duration connection_lifetime;      ///< the same for all; zero: no limit, or `life`
  std::optional<sim::Distribution> life;  ///< drawn for each life
  RetryRule retries;

  std::uint32_t copy_of(std::uint32_t connection) const {
    return (connection - first_connection) % copies;
  }
  double weight_of(std::uint32_t connection) const {
    return weights.empty() ? 1 : weights[copy_of(connection)];
  }
  std::uint64_t entity_of(std::uint32_t connection) const {
    return entity + connection - first_connection;
  }
  /// How many connections use a copy.
  std::uint32_t connections_of(std::uint32_t copy) const {
    return connections / copies + (copy < connections % copies ? 1 : 0);
  }

  /// Whether it matters when its connections are free.
  bool watches_use() const {
    return shared && (idle_close.count() != 0 || dispatch == events::Pool::Dispatch::MOST_RECENT);
  }
  // A shared process deals its arrivals out within a group: the connections of one copy where the
  // copy is chosen first, else all of them.
  bool by_copy() const {
    return copies > 1 && (recorded || table_popularity.has_value() ||
                          dispatch == events::Pool::Dispatch::MOST_RECENT);
  }
  std::uint32_t groups() const { return by_copy() ? copies : 1; }
  std::uint32_t group_of(std::uint32_t connection) const {
    return (connection - first_connection) % groups();
  }
  std::uint32_t members(std::uint32_t group) const {
    return connections / groups() + (group < connections % groups() ? 1 : 0);
  }
  std::uint32_t member(std::uint32_t group, std::uint32_t number) const {
    return first_connection + group + groups() * number;
  }

  /// When recorded arrival `number` comes, of a workload that began at `origin`; nullopt: there is
  /// none, or it lies beyond what time holds.
  std::optional<sim::Time> recorded_at(std::uint64_t number, sim::Time origin) const;
  /// The first one that does not lie before the beginning.
  std::uint64_t first_recorded(sim::Time origin) const;
};

/// What is wrong with a workload that no tablekey of ours wrote, in a word or two; empty: nothing.
/// `copies` are those of its table.
std::string_view workload_problem(events::Workload::Reader workload, std::uint32_t copies);

/// Requires that there is no problem. What depends on the rest of the scenario is left to it.
WorkloadView workload_view(events::Workload::Reader workload, std::uint32_t copies);

}  // namespace tablekey::model
