// `replay`: a trace is decided anew from its own header, and every event compared.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "replay/verbs/console.h"
#include "replay/verbs/execution.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct ReplayOptions {
  std::filesystem::path trace;
  std::vector<Setting> set;        ///< other defaults than this program's: what would they change?
  bool recorded_settings = false;  ///< as the trace recorded them, whatever the defaults are now
  std::optional<std::uint32_t> threads;      ///< parts between snapshots at the same time
  std::optional<std::string> from_snapshot;  ///< a moment: only from the last snapshot before it on
  ShellChoices shell;
  bool json = false;
};

int replay(const ReplayOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
