// Restores (dynamodb.md 7.3): the key a restored table gets, and its data, opened under the
// backup's keys and sealed under its own.
#pragma once

#include "model/decide.h"
#include "model/state.h"

namespace tablekey::model {

/// TableActivated.restored of a table that is made from a backup: values that callers had given,
/// opened with the backup's keys and sealed anew. Generated values are sealed when they are needed.
void seal_restored(Deciding& d, std::uint32_t table, events::Event::TableActivated::Builder event);

/// Whether a restore makes that global index of the table which it is making (by its number in the
/// table's family): its source had it, and GlobalSecondaryIndexOverride does not leave it out.
bool restores_index(const State& state, std::uint32_t table, std::uint32_t index);

/// Likewise a local index, by LocalSecondaryIndexOverride.
bool restores_local_index(const State& state, std::uint32_t table, std::uint32_t index);

/// An AWS owned key of the table's account and Region, if the scenario has one: what
/// `Enabled: false` comes to. Its own key as the scenario has it, else the first one there; kNone:
/// there is none.
std::uint32_t owned_key(const State& state, std::uint32_t table);

}  // namespace tablekey::model
