// `demo`: from nothing to a report, in a minute.
#pragma once

#include <filesystem>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct DemoOptions {
  std::filesystem::path output = "tablekey-demo";  ///< folder of what it makes
  bool force = false;    ///< replace what an earlier demonstration left there
  bool json = false;     ///< print one document, and open nothing
  bool no_open = false;  ///< do not show the report, only say where it is
};

int demo(const DemoOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
