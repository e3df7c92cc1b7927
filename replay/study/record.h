// A run of a study as a line of JSON, in which it is kept, put together with those of other shards,
// and given to other programs:
//
//   {"point":0,"run":2,"seed":7,"events":812,
//    "measured":[[12.0,""],[241.5,"s"],[600.0,"s","at least"],[null,"nobody held the key"]],
//    "expected":[{"met":true,"limit":300.0,"number":[241.5,"s"]}]}
//
// The line begins with the number of the point, so that a file of them can be read in any order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "replay/study/run.h"

namespace tablekey::replay {

/// Without a line's end.
std::string line_of(const StudyRun& run);

/// Nothing: this is no such line, or not one of that many measures and expectations.
std::optional<StudyRun> run_of(std::string_view line, std::size_t measures,
                               std::size_t expectations);

}  // namespace tablekey::replay
