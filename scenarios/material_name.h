// Names of imported key material.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "scenarios/draft.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// The index of the named material. A text that looks like key bytes is refused: they have no place
// in a scenario. Nothing after an error.
[[nodiscard]] std::optional<std::uint32_t> read_material_name(const Node& node,
                                                              std::string_view field, Draft& draft,
                                                              Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
