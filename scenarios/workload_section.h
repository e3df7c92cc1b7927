// The parts of a workload that are read in files of their own.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/map_reader.h"

namespace tablekey::scenarios {

// When its requests come: `arrivals`, `stages`, `diurnal`, `start_spread`, `pool`,
// `table_popularity`. Requires that table and connections were read. Where the requests are
// recorded ones, the workload's table may be one of several; then `others` gets a workload for each
// of them.
void read_arrivals(MapReader& reader, Draft& draft, Diagnostics& diagnostics,
                   DraftWorkload& workload, std::vector<DraftWorkload>& others);

// How its connections end and what it does about failures: `connection_lifetime`, `retries`; and
// the size of what it writes: `item_size`.
void read_lifetime(MapReader& reader, Diagnostics& diagnostics, DraftWorkload& workload);
void read_retries(MapReader& reader, Diagnostics& diagnostics, DraftWorkload& workload);
void read_item_size(MapReader& reader, const Draft& draft, Diagnostics& diagnostics,
                    DraftWorkload& workload);

// `uniform` or `{ zipf: s }`: the exponent s; nullopt: uniform, or wrong, which was said.
[[nodiscard]] std::optional<double> read_skew(const Node& node, std::string_view field,
                                              std::string_view hint, Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
