// What goes wrong for a while (design.md 7): calls of KMS that fail, take longer or get no answer,
// another workload that eats the account's quota, a custom key store that does not work, changes
// that spread slowly, a Region that is down; and restarts of routers, which are over at once. A
// fault is a step of the timeline or comes of a random source; State lists the ones that last. What
// they do to one call is a draw of that call, so that a fault more or less moves no other value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/decide.h"
#include "model/kms/operation.h"
#include "sim/time.h"

namespace tablekey::model {

/// How an outage answers the request before KMS looks at it; none: no outage hits it. It needs only
/// where the request goes (`realm`), its operation and its draws.
kms::Refusal faulted(const Deciding& d, const kms::KmsRequest& request);

/// The message of an exception that an outage gives, in the words of KMS's API.
std::string_view fault_message(events::KmsError error);

/// What latency faults add to a call of DynamoDB's, which goes to KMS in a Region: the
/// whole of it, of which half falls on each way. (entity, ordinal) are the call's draws.
sim::Duration extra_latency(const Deciding& d, std::string_view region, std::uint64_t entity,
                            std::uint64_t ordinal);

/// Calls a second that other workloads send from this realm (account at Region) against the quota
/// that `operation` counts against: that of its group, or its own (kms.md 8.1).
double neighbour_rate(const State& state, std::uint32_t realm, events::KmsOperation operation);

/// How many of them arrived from `from` (inclusive) until `until` (exclusive), evenly spread over
/// the time in which their faults last.
std::uint64_t neighbour_calls(const State& state, std::uint32_t realm,
                              events::KmsOperation operation, sim::Time from, sim::Time until);

/// The faults of a router's way to KMS: which one cuts it off, and after how long its callers give
/// a call up. It hits calls when they would reach KMS; answers that are on their way arrive.
struct CutOff {
  std::uint32_t number = 0;  ///< see State::faults
  sim::Duration timeout;
};
std::optional<CutOff> cut_off(const Deciding& d, std::uint32_t router);

/// What DynamoDB's clients get while their table's Region fails; NONE: it does not.
inline constexpr std::string_view kRegionFailureText =
    "The request has failed due to a temporary failure of the server.";
events::Exception region_failure(const State& state, std::string_view region);

/// What faults add to the time until a change of KMS of that Region takes effect; empty: of IAM,
/// which has none.
sim::Duration extra_propagation(const State& state, std::string_view region);

/// The number of a fault in State::faults: of a step, or (step kNone) of a random source.
std::uint32_t fault_number(const State& state, std::uint32_t step, std::uint32_t source);

/// The connection error that the faults of a custom key store say, the last one begun first; none:
/// the store works.
events::ConnectionError store_fault(const State& state, std::uint32_t store);

}  // namespace tablekey::model
