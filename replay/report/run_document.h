// Everything that a report of one run shows, as a document: `report --json` prints it, the page is
// drawn from it. Expectations and counts are those that `run --json` prints, made by the same
// observers from the same events.
#pragma once

#include <expected>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "replay/recorded.h"

namespace tablekey::replay::report {

inline constexpr const char* kFormat = "tablekey.report/1";

struct RunReportInput {
  const RecordedRun& recorded;
  std::filesystem::path trace;  ///< the file, for laws that are checked on it
  std::string command;          ///< that makes the run again, without folders
};

/// Marks that a picture shows at most; where there are more, those close together become one.
inline constexpr std::size_t kMarksMax = 5'000;
/// Lanes of caches that a picture shows at most.
inline constexpr std::size_t kLanesMax = 20;

/// Times are seconds since the start of the run.
std::expected<nlohmann::ordered_json, TraceError> run_document(const RunReportInput& input);

}  // namespace tablekey::replay::report
