// Another future of a recorded world: up to a time everything is as it was, from then on the run
// goes on under a scenario with another step or another setting. What the change does not touch
// keeps its values, as every draw is a function of (seed, entity, purpose, ordinal).
//
// The past is taken over event by event where the new scenario numbers everything as the old one
// did (a fold: no decision, no cryptography). Where it may not, the past is decided anew under the
// new scenario and compared; a change that would reach back is refused with the first event that it
// would change. Either way the new trace is the one that the new scenario has from its beginning,
// so it replays alone.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/sink.h"
#include "replay/recorded.h"
#include "replay/run.h"
#include "scenarios/load.h"

namespace tablekey::replay {

/// What is to be different, and from when on.
struct ForkRequest {
  sim::Time at;
  std::vector<scenarios::Override> changes;  ///< of the scenario file (scenarios/branch.h)
  /// Reads what the scenario file includes, as LoadOptions do.
  std::function<std::expected<std::string, std::string>(std::string_view path)> read_include;
};

/// A fork that could be begun.
struct Fork {
  std::unique_ptr<model::ScenarioView> scenario;
  std::vector<std::uint64_t> identity;                         ///< payload of the identity frame
  std::vector<std::pair<std::string, std::string>> overrides;  ///< of the file, the changes too
  std::uint64_t past = 0;  ///< how many events lie before the time
  bool folded = false;     ///< the past can be taken over without deciding it again
};

/// Why a fork cannot be: the trace (or what was asked of it), or what the changed file says.
struct ForkError {
  TraceError trace;
  std::string diagnostics;  ///< of a changed scenario that does not load, rendered; else empty
};

/// Compiles the changed scenario and compares it with the recorded one.
std::expected<Fork, ForkError> plan_fork(const RecordedRun& parent, const ForkRequest& request);

/// Brings `run`, which has not begun, to the time of the fork. Error: the trace cannot be read, or
/// the change reaches back before that time, and how.
std::expected<void, TraceError> enter_fork(const RecordedRun& parent, const Fork& fork, Run& run);

}  // namespace tablekey::replay
