// When the next request of a connection or of a pool comes: what an event that handles an arrival
// says in `next`. Draws go by the number of the arrival, so that retries and other requests of the
// connection move none of them.
#pragma once

#include <cstdint>

#include "model/clients/workload.h"
#include "model/decide.h"

namespace tablekey::model {

/// The arrival after the one that is being decided, on a connection that has arrivals of its own;
/// `first`: the connection is being opened. 0: there is none.
std::int64_t next_arrival(const Deciding& d, const WorkloadView& workload, std::uint32_t connection,
                          bool first);

/// The same of a workload whose connections share one process.
std::int64_t next_shared_arrival(const Deciding& d, std::uint32_t workload, bool first);

/// A closed workload's: its answer is with the client at `answered`, who then thinks.
std::int64_t next_after_answer(const Deciding& d, const WorkloadView& workload,
                               std::uint32_t connection, sim::Time answered);

/// The connection that a shared arrival goes to.
std::uint32_t dispatched(const Deciding& d, std::uint32_t workload);

}  // namespace tablekey::model
