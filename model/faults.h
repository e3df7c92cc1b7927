// Faults on KMS's side that a scenario sets: outages, latency, neighbours who spend an account's
// quota, custom key stores that break.
#pragma once

#include <cstdint>

#include "model/kms/operation.h"

namespace tablekey::model {

/// What an outage makes of this request, if it is among those that are hit.
kms::Refusal faulted(const Deciding& d, const kms::KmsRequest& request);

/// What faults add to the latency of a call, there and back together.
sim::Duration added_latency(const State& state, std::uint32_t region, std::uint64_t entity,
                            std::uint64_t ordinal);

/// Requests a second that others in the same account and Region send of this operation's quota
/// group.
std::uint32_t neighbour_rate(const State& state, std::uint32_t realm,
                             const kms::OperationRow& row);

/// How connecting this custom key store will end while faults last; none: well.
events::ConnectionError connection_fault(const State& state, std::uint32_t store);

}  // namespace tablekey::model
