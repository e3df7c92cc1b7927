// `stats`: what a trace holds, counted without folding it.
#pragma once

#include <filesystem>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct StatsOptions {
  std::filesystem::path trace;
  bool json = false;
};

int stats(const StatsOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
