// Numbers as the report's sentences and tables say them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replay/grouped.h"

namespace tablekey::replay::report {

/// Two units at most, rounded: "812 ms", "12.3 s", "3m 36s", "2h 5m", "4d 7h".
std::string span_text(std::int64_t nanoseconds);
/// A number of seconds, for what is only known so.
std::string span_text(double seconds);
/// A value of a study in its unit: as span_text() for "s"; "$0.03", "25/s", "1,234.5", "96.2 %" for
/// a share.
std::string value_text(double value, std::string_view unit, bool share = false);
/// Half an interval: two digits of a number say enough.
std::string half_width_text(double value, std::string_view unit, bool share = false);
/// "1 run", "1,234 runs".
std::string counted(std::uint64_t number, std::string_view one);

/// Nanoseconds as the seconds of a document.
inline double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

}  // namespace tablekey::replay::report
