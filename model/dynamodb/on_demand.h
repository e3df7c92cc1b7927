// OnDemandThroughput: the most read and write units a second that a table in on-demand mode takes
// (MaxReadRequestUnits, MaxWriteRequestUnits). A request is admitted while what was taken before is
// paid for, at that rate, and then takes whatever it needs; units that nobody used can be used for
// model.dynamodb.on_demand_burst. Global indexes have limits of their own at AWS; here they have
// none.
//
// UNSPEC: dynamodb.md names no exception for it. It is AWS's own: ThrottlingException with the
// reason TableReadMaxOnDemandThroughputExceeded or TableWriteMaxOnDemandThroughputExceeded.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/state.h"

namespace tablekey::model {

/// Whether such a request writes, and so takes write units.
bool takes_write_units(events::DataOperation operation);
/// Whether the table takes no such request now.
bool exceeds_on_demand(const State& state, std::uint32_t table, events::DataOperation operation,
                       sim::Time now);
/// The exception's text.
std::string_view on_demand_message(events::DataOperation operation);

/// Until when units are paid for that are taken now, at so many a second; `paid`: until when those
/// before were.
sim::Time paid_until(sim::Time paid, std::uint64_t units, std::uint64_t a_second,
                     sim::Duration burst, sim::Time now);

}  // namespace tablekey::model
