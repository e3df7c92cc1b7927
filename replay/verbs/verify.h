// `verify`: whether a trace file is complete, torn at its end, damaged, or no trace at all.
#pragma once

#include <filesystem>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct VerifyOptions {
  std::filesystem::path trace;
  bool json = false;
};

/// Exit codes: complete 0, torn 3, damaged 4, not a trace 5.
int verify(const VerifyOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
