// A node as one line of YAML that composes to the same node, for overrides.
#pragma once

#include <string>

#include "scenarios/node.h"

namespace tablekey::scenarios {

[[nodiscard]] std::string flow_text(const Node& node);

}  // namespace tablekey::scenarios
