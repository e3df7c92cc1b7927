// A workload written down; emit.h for the rest.
#pragma once

#include "scenarios/draft.h"

namespace tablekey::scenarios {

void emit_workload(const DraftWorkload& from, events::Workload::Builder to);

}  // namespace tablekey::scenarios
