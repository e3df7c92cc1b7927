// `fold`: the events of a trace are applied, nothing is decided, and the state must come out as it
// was written down.
#pragma once

#include <filesystem>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct FoldOptions {
  std::filesystem::path trace;
  bool json = false;
};

int fold(const FoldOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
