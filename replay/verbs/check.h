// `check`: everything that is wrong with scenario files, without a run.
#pragma once

#include <filesystem>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct CheckOptions {
  std::vector<std::filesystem::path> files;
  bool json = false;
};

/// All files are looked at, whatever the first ones hold.
int check(const CheckOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
