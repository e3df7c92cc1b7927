// A study for a person: for each measure a table with a row for each point, and a bar beside the
// mean, so that its course is seen at once.
#pragma once

#include <string>
#include <string_view>

#include "replay/verbs/console.h"
#include "replay/verbs/study_output.h"

namespace tablekey::replay::verbs {

/// 4 significant digits and a unit that fits: 3.21s, 12.5m, 1.2e+06, $0.03, 25/s.
std::string short_value(double value, std::string_view unit);

/// A bar of at most 24 cells, in eighths of a cell, so that small differences show.
std::string bar_of(double value, double largest);
/// Rows of texts as columns, two spaces in; a column of nothing takes no room.
std::string aligned_text(const std::vector<std::vector<std::string>>& rows);

/// The tables of all measures. Empty if there is no point to show.
std::string table_of(const scenarios::Study& study, const StudySummary& summary);

/// What the user should know before trusting the numbers: runs without data, lower bounds,
/// intervals that are missing. One line each.
std::string warnings_of(const scenarios::Study& study, const StudySummary& summary);

/// "ttl=5m connections=4".
std::string settings_text(const std::vector<scenarios::StudySetting>& settings);

}  // namespace tablekey::replay::verbs
