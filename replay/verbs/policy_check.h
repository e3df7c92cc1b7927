// `policy check`: would AWS store these policies, and if not, what is wrong with them and where.
#pragma once

#include <filesystem>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

struct PolicyCheckOptions {
  std::vector<std::filesystem::path> files;  ///< Of either kind; with `jsonl`, records.
  std::vector<std::filesystem::path> key_policies;
  std::vector<std::filesystem::path> identity_policies;
  bool json = false;
  bool jsonl = false;
};

/// All files are looked at, whatever the first ones hold.
int policy_check(const PolicyCheckOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
