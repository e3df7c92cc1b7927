// `resume`: going on with what an interrupted run left, to the verdict that it would have had.
#pragma once

#include <filesystem>

#include "events/writer.h"
#include "replay/verbs/console.h"
#include "replay/verbs/execution.h"

namespace tablekey::replay::verbs {

struct ResumeOptions {
  std::filesystem::path trace;
  events::WriterOptions writer;  ///< its codec is the trace's own
  ShellChoices shell;
  bool json = false;
};

int resume(const ResumeOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
