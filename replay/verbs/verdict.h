// What a run says at its end, for people and for programs: whether what was expected was met, what
// was counted, and the digest that tells two runs apart.
#pragma once

#include <string>
#include <vector>

#include "replay/verbs/execution.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::verbs {

struct Verdict {
  const Execution& execution;
  const Ending& ending;
  std::string again;   ///< the command that repeats the run
  std::string resume;  ///< the command that goes on with it; empty: there is no trace
  bool json = false;
};

/// The command that runs a scenario with this seed and these settings.
std::string run_command(const std::string& file, std::uint64_t seed,
                        const std::vector<Setting>& set);

/// Prints the verdict and returns the exit code that goes with it.
int print_verdict(const Verdict& verdict, Console& console);

}  // namespace tablekey::replay::verbs
