// `inspect`: the state of the world at a moment of a trace.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct InspectVerbOptions {
  std::filesystem::path trace;
  std::optional<std::string> at;     ///< 2h since the start, or a time; nullopt: the end
  std::optional<std::string> table;  ///< only this one
  bool leakage = false;              ///< only what table metadata has given away
  bool json = false;
};

int inspect(const InspectVerbOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
