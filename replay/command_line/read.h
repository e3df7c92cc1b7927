// From the words of a command line to the verb that they choose, or to what is wrong with them in
// our own words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replay/command_line/offer.h"

namespace tablekey::replay::command_line {

/// Reads `words` by the tree `app`. An exit code: help was printed or the words were refused, and
/// there is nothing left to do.
std::optional<int> read(const std::vector<std::string>& words, CLI::App& app,
                        verbs::Console& console);

/// Says that there is no command among the words; the exit code.
int refuse_no_command(verbs::Console& console);

}  // namespace tablekey::replay::command_line
