// Time to live (dynamodb.md 9): a scanner comes round, finds the items whose time has passed, and
// deletes each of them some while later; the while is drawn.
#pragma once

#include "model/state.h"

namespace tablekey::model {

/// Whether the table has an attribute enabled.
bool expires_items(const State& state, std::uint32_t table);

/// Whether the record has a time to live under the table's enabled attribute. Generated values
/// carry the attribute that the scenario declares.
bool expiry_applies(const State& state, std::uint32_t table, const State::ItemView& item);

/// When the scanner, which comes round at a period of its own, next has something to find or to
/// delete; Time::max(): never, as things stand.
sim::Time next_scan(const State& state, std::uint32_t table, sim::Time now);

/// The first time at or after `wanted` at which the scanner comes round.
sim::Time scan_time(const State& state, std::uint32_t table, sim::Time wanted, sim::Time now);

}  // namespace tablekey::model
