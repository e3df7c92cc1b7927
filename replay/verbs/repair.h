// `repair`: what is whole of a torn or damaged trace, as a new file.
#pragma once

#include <filesystem>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct RepairOptions {
  std::filesystem::path trace;
  std::filesystem::path output;
  bool force = false;
  bool json = false;
};

int repair(const RepairOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
