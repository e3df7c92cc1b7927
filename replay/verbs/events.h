// `events`: the events of a trace that pass the filters, a line each.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct EventsOptions {
  std::filesystem::path trace;
  std::vector<std::string> filters;  ///< name=value
  bool json = false;                 ///< one document a line
};

int events(const EventsOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
