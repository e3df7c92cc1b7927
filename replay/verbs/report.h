// `report`: a trace or the folder of a study as one HTML file that needs nothing else.
#pragma once

#include <filesystem>
#include <optional>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct ReportOptions {
  std::filesystem::path input;                  ///< a trace, or the folder of a study
  std::optional<std::filesystem::path> output;  ///< nullopt: NAME.html beside the input
  bool force = false;
  bool json = false;  ///< print the document that the page is drawn from; a page only with `output`
};

/// The exit code says whether the report was made, not whether what it tells of was met.
int report(const ReportOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
