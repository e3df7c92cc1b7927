// A scenario file from disk to a compiled scenario, for the verbs that take one: what is wrong with
// it goes to the console.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/scenario.h"
#include "replay/verbs/console.h"
#include "scenarios/load.h"

namespace tablekey::replay::verbs {

/// A `--set path=value`.
using Setting = std::pair<std::string, std::string>;

struct ScenarioChoices {
  std::filesystem::path file;
  std::vector<Setting> set;
  std::optional<std::uint64_t> seed;
};

struct ScenarioFile {
  std::string source;
  scenarios::LoadResult loaded;
};

/// The whole of a text file, of `bytes_max` at most. The error is a sentence that names it.
std::expected<std::string, std::string> read_text(const std::filesystem::path& file,
                                                  std::size_t bytes_max);

/// Reads and loads; whether it is a good scenario is in `loaded`. Error: it cannot be read.
std::expected<ScenarioFile, std::string> load_file(const ScenarioChoices& choices);

/// The same, with every diagnostic printed. Error: the exit code, after the console said why.
std::expected<ScenarioFile, int> load_or_complain(const ScenarioChoices& choices, Console& console);

}  // namespace tablekey::replay::verbs
