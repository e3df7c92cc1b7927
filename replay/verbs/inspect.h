// `inspect`: the state of the world at a moment of a trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct InspectVerbOptions {
  std::filesystem::path trace;
  std::optional<std::string> at;        ///< 2h since the start, or a time; nullopt: the end
  std::optional<std::string> table;     ///< only this one
  std::optional<std::uint64_t> event;   ///< right after this one, instead of `at`
  bool changes = false;                 ///< only what that event changed
  bool hierarchy = false;               ///< only the key hierarchy of `table`, as a tree
  std::optional<std::string> watch;     ///< key=NAME …: every change of that entity
  std::optional<std::string> from, to;  ///< of `watch`
  bool leakage = false;                 ///< only what table metadata has given away
  bool json = false;
};

int inspect(const InspectVerbOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
