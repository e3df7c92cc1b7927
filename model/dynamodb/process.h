// The flows of DynamoDB's control plane, as the order of their KMS calls (dynamodb.md 6). A process
// is a small struct in State; what it does next follows from it, so apply() and decide() agree on
// it without an event saying so.
#pragma once

#include <optional>

#include "model/state.h"

namespace tablekey::model {

/// Whether grants are made on this key for a table: not on an AWS owned key (dynamodb.md 2.4).
bool takes_grants(const State& state, std::uint32_t key);

/// Takes note of an answered call: how far the process has come.
void advance(Process& process, const Table& table, const Call& answered);

/// The KMS call that the table's process sends next; nullopt: it has sent all that belong to this
/// part of it.
std::optional<events::KmsOperation> next_operation(const State& state, std::uint32_t table,
                                                   const Process& process);

/// That call, as it is sent.
Call process_call(const State& state, std::uint32_t table, const Process& process,
                  events::KmsOperation operation);

/// Whether all that could refuse a switch has passed: from then on the table's SSEDescription says
/// UPDATING (dynamodb.md 2.5).
bool admitted(const State& state, std::uint32_t table, const Process& process);

/// RetireGrant of the grant that protected the history of a table that is gone, as the service.
Call retirement_call(const State& state, std::uint32_t table, std::uint32_t grant);

/// The ordinal of the draws of a call that a step of the control plane makes for a table.
std::uint64_t control_ordinal(std::uint32_t step, events::KmsOperation operation);

}  // namespace tablekey::model
