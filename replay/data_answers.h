// Requests with all their parameters as views see them: batches and transactions are about several
// tables, and use the cached table key of a connection for each.
#pragma once

#include <cstdint>
#include <vector>

#include "event.capnp.h"
#include "model/state.h"

namespace tablekey::replay {

/// The tables that an answered request is about, by their numbers.
std::vector<std::uint32_t> tables_of(const model::State& state,
                                     events::DataAnswered::Reader answered);

/// The connections whose cached table keys a request may use: those of its caller on each of its
/// tables. `step` is 1 + step; 0: of a workload, which has one connection and one table.
std::vector<std::uint32_t> connections_of(const model::State& state, std::uint32_t connection,
                                          std::uint32_t step);

/// The connection whose table key KMS refused; kNone: it refused none.
std::uint32_t refused_connection(const model::State& state, events::DataAnswered::Reader answered);

/// Whether the request got to its items. One whose condition was false did.
bool was_served(events::DataAnswered::Reader answered);

}  // namespace tablekey::replay
