// In what the headers of two traces differ: the compiled scenario, its settings, the program.
#pragma once

#include <vector>

#include "replay/event_text.h"
#include "replay/recorded.h"

namespace tablekey::replay {

/// "seed", "behaviourVersion", "model.kms.latency" for a setting as it held, "scenario.steps[2].at"
/// for a part of the compiled scenario. `recorded` is a's value, `replayed` is b's.
std::vector<FieldDifference> header_differences(const RecordedRun& a, const RecordedRun& b);

}  // namespace tablekey::replay
