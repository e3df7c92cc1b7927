// Opening a trace for a verb that reads it. Of a torn trace the good prefix is used, which is said
// on the console and in the exit code.
#pragma once

#include <expected>
#include <filesystem>

#include "replay/recorded.h"
#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct OpenTrace {
  RecordedRun recorded;
  int exit_code = kExitOk;  ///< what the verb ends with if all else is well
};

/// Error: the exit code, after the console said why.
std::expected<OpenTrace, int> open_trace(const std::filesystem::path& trace, Console& console,
                                         OpenOptions options = {});

}  // namespace tablekey::replay::verbs
