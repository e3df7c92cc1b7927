// `policy eval`: may this caller do this, and which statement, grant or missing permission says so.
#pragma once

#include <filesystem>
#include <vector>

#include "replay/verbs/console.h"

namespace tablekey::replay::verbs {

/// Files of policies add to what the request's own record holds.
struct PolicyEvalOptions {
  using Files = std::vector<std::filesystem::path>;

  Files records;   ///< Without `jsonl`, the request; with it, records.
  Files requests;  ///< The same, by its option's name.
  Files policies;  ///< Key or identity policies, told apart by their statements.
  Files key_policies;
  Files identity_policies;
  Files boundaries;
  Files session_policies;
  Files scps;
  Files rcps;
  Files endpoint_policies;
  Files grants;  ///< Lists of grants, as ListGrants answers.
  bool json = false;
  bool jsonl = false;
};

int policy_eval(const PolicyEvalOptions& options, Console& console);

}  // namespace tablekey::replay::verbs
