// `compare`: what several traces measured and counted, side by side.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct CompareOptions {
  std::vector<std::filesystem::path> traces;
  std::vector<std::string> measures = {};  ///< beside what the scenarios expect
  bool differing = false;                  ///< only what differs; exit code 1 if anything does
  bool json = false;
};

int compare(const CompareOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
