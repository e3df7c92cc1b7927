// `export`: a trace in another program's form.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

enum class ExportForm : std::uint8_t { cloudtrail };

struct ExportOptions {
  std::filesystem::path trace;
  ExportForm form = ExportForm::cloudtrail;
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
  bool force = false;
  std::optional<std::string> account;  ///< only its trail
  bool data_events = false;            ///< DynamoDB's records of requests for items, too
};

int export_trace(const ExportOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
