// Recorded arrivals: `arrivals: { process: trace, file: … }`. A file is CSV (a head line with the
// columns time, table and operation) or an AWS CloudTrail export. What it says becomes a part of
// the compiled scenario, so that a run needs the file no longer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/map_reader.h"

namespace tablekey::scenarios {

// A file may have so many arrivals.
inline constexpr std::size_t kTraceRowsMax = 1'000'000;

// When a CloudTrail export's Decrypt events are arrivals: `alone` for tables of which the file has
// no data events (the requests that caused a Decrypt stand there otherwise).
enum class Decrypts : std::uint8_t { alone, always, never };

// One arrival as its file has it.
struct RecordedArrival {
  std::int64_t time = 0;            // ns: absolute, or an offset
  std::uint32_t name = 0;           // index into RecordedArrivals::names
  std::uint32_t operation = kNone;  // events::DataOperation; kNone: the file does not say
};

struct RecordedArrivals {
  bool absolute = false;
  std::vector<RecordedArrival> rows;
  // Tables as the file names them (empty: it does not), each with the place of its first mention.
  std::vector<std::string> names;
  std::vector<Place> places;

  std::uint32_t name_index(std::string_view name, Place place);
};

// Readers of one format each. They report what is wrong with the text; `source` is its number.
[[nodiscard]] RecordedArrivals read_csv_arrivals(std::uint32_t source, Diagnostics& diagnostics);
[[nodiscard]] RecordedArrivals read_cloudtrail_arrivals(std::uint32_t source, Decrypts decrypts,
                                                        Diagnostics& diagnostics);

// Fills in `workload.trace`. Tables that the file names besides the workload's own get a workload
// each in `others`, of the same kind; where the workload names no table, it gets the first one.
void read_trace(const MapReader& arrivals, Draft& draft, Diagnostics& diagnostics,
                DraftWorkload& workload, std::vector<DraftWorkload>& others);

}  // namespace tablekey::scenarios
