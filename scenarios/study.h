// `study:` — the same scenario over a grid. This version checks a study as far as it can be checked
// without running it: its paths lead somewhere, every value fits where it goes, the grid is not
// empty, the measures are known.
#pragma once

#include <functional>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// Checks a variant of the file as load() would, with all that is wrong in the diagnostics.
using Trial = std::function<void(const Node& root, Diagnostics& diagnostics)>;

// `root` is the file's tree with overrides applied. Without `trial` (the file itself has errors)
// values are not tried.
void check_study(const Node& section, const Node& root, const Draft& draft, const Trial& trial,
                 Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
