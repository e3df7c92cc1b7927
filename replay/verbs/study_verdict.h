// What a study says at its end: whether what it expects holds at every point, the tables, and where
// the files are.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "replay/verbs/study_load.h"
#include "replay/verbs/study_output.h"

namespace tablekey::replay::verbs {

struct StudyVerdict {
  const LoadedStudy& loaded;
  const StudySummary& summary;
  std::filesystem::path folder;
  std::string again;  ///< the command that makes the results again
  StudyShard shard;
  std::map<std::string, std::string> files;  ///< digests by name
  bool json = false;
};

/// Prints it and returns the exit code that goes with it.
int print_study(const StudyVerdict& verdict, Console& console);

}  // namespace tablekey::replay::verbs
