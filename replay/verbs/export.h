// `export`: a trace in another program's form.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "replay/export/export.h"
#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct ExportOptions {
  std::filesystem::path trace;
  const ExportForm* form = nullptr;
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
  bool force = false;
  std::optional<std::string> account;  ///< only its trail
  bool data_events = false;            ///< DynamoDB's records of requests for items, too
  std::optional<std::string> from, until;
  bool json = false;  ///< with `output`: say what was written as a document
};

int export_trace(const ExportOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
