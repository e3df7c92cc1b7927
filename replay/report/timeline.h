// The parts of a run's document that lie along its time: steps, lanes, revocations.
#pragma once

#include <nlohmann/json.hpp>

#include "replay/recorded.h"
#include "replay/report/run_watch.h"

namespace tablekey::replay::report {

/// Steps of the timeline that are listed at most.
inline constexpr std::size_t kStepsListed = 300;

/// {"left_out": n, "list": [{at, id, does, outcome, message}]}.
nlohmann::ordered_json steps_document(const model::ScenarioView& scenario, const RunWatch& watch,
                                      std::int64_t end);

/// {"states": […], "caches": […], "entries": n, "shown": n, "joined": seconds}.
nlohmann::ordered_json lanes_document(const model::State& end, const RunWatch& watch);

/// One object a moment that was reached, or that an expectation counts from.
std::expected<nlohmann::ordered_json, TraceError> revocations_document(
    const RecordedRun& recorded, const model::State& end, const RunWatch& watch,
    const std::vector<Outcome>& outcomes);

}  // namespace tablekey::replay::report
