// `fork`: the world of a trace up to a time, and another future from there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "events/writer.h"
#include "replay/verbs/console.h"
#include "replay/verbs/execution.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct ForkOptions {
  std::filesystem::path trace;
  std::string at;                               ///< since the start, or with a date
  std::vector<std::string> steps;               ///< --do
  std::vector<Setting> set;                     ///< --set
  std::filesystem::path output;                 ///< the new trace
  std::optional<std::filesystem::path> beside;  ///< where included files are; else the trace's
  events::WriterOptions writer;
  ShellChoices shell;
  bool json = false;
};

int fork(const ForkOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
