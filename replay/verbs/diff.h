// `diff`: the first event in which two traces differ; `diff --metrics`: what it did to the numbers.
#pragma once

#include <filesystem>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct DiffOptions {
  std::filesystem::path a, b;
  bool metrics = false;  ///< the counts and expectations that differ, instead of the event
  bool json = false;
};

/// 0: every event (or number) is equal; 1: they differ.
int diff(const DiffOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
