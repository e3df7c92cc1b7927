// `whatif:` — alternatives to what happens, from one time on: the same past, several futures.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/diagnostics.h"
#include "scenarios/node.h"
#include "sim/time.h"

namespace tablekey::scenarios {

struct Override;

/// One future: what is different in it, as overrides of the scenario file.
struct Alternative {
  std::string name;
  std::vector<Override> changes;
};

struct WhatIf {
  sim::Time at;  ///< when the futures part
  std::vector<Alternative> alternatives;
  std::vector<std::string> measures;  ///< lines, beside what the scenario expects
};

/// Compiles a variant of the file, with all that is wrong in the diagnostics.
using Variant = std::function<void(const Node& root, Diagnostics& diagnostics)>;

/// Reads the section. Each alternative is tried with `variant`, so that what is wrong with it is
/// said where it stands in the file. Whether it can be used is in the diagnostics.
[[nodiscard]] WhatIf read_what_if(const Node& section, const Node& root, sim::Time start,
                                  const Variant& variant, Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
