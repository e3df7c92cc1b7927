// The folder of a study, read for its report.
#pragma once

#include <expected>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

/// The document of a finished study. Error: the exit code, after the console said what is wrong: a
/// study that is not finished, a shard, files that are not what their manifest says.
std::expected<nlohmann::ordered_json, int> study_report(const std::filesystem::path& folder,
                                                        Console& console);

}  // namespace tablekey::replay::verbs
