// How the last reader came to lose the plaintext table key: the events that led to it, in their
// order, each with a sentence.
#pragma once

#include <nlohmann/json.hpp>

#include "replay/recorded.h"
#include "replay/report/revocations.h"

namespace tablekey::replay::report {

/// An array of {at, since, number, says, event}: seconds since the run's start and since the
/// revocation; number and event are null where something happened by itself. `end` is the state at
/// the end of the run.
std::expected<nlohmann::ordered_json, TraceError> story_of(const RecordedRun& recorded,
                                                           const model::State& end,
                                                           const WatchedMoment& moment,
                                                           const ExposureWindow& worst);

}  // namespace tablekey::replay::report
