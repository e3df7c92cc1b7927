// Whether two scenarios have the same past, number for number, up to a time.
#pragma once

#include "model/scenario.h"

namespace tablekey::replay {

/// Whether a run of `after` up to `at` surely has the events of a run of `before`: they differ in
/// steps and eras from `at` on, in their end and in what they expect alone, and everything that
/// events name by number has the same one in both. False where that is not plain to see.
bool same_past(const model::ScenarioView& before, const model::ScenarioView& after, sim::Time at);

}  // namespace tablekey::replay
