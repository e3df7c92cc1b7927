// `test`: every scenario and every golden trace below a folder, as a test runner does it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct TestOptions {
  std::vector<std::filesystem::path> places;  ///< folders or files
  std::optional<std::uint32_t> threads;       ///< tests at the same time; all cores
  bool update = false;  ///< golden traces are written anew from their scenarios
  std::optional<std::filesystem::path> junit;
  bool json = false;
};

/// 0: all passed; 1: one failed.
int test(const TestOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
