// What inspect shows, as one document. The text is drawn from it, so that the two cannot disagree.
#pragma once

#include <nlohmann/json.hpp>

#include "model/state.h"
#include "replay/inspect.h"

namespace tablekey::replay {

nlohmann::ordered_json inspect_document(const model::State& state, const InspectOptions& options);
/// Only what table metadata has given away, and what lies unwrapped in memory.
nlohmann::ordered_json leakage_report(const model::State& state, const InspectOptions& options,
                                      std::span<const UnwrappedDataKey> data_keys);

}  // namespace tablekey::replay
