// libyaml's complaints in words about the file.
#pragma once

#include <yaml.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.h"

namespace tablekey::scenarios {

// Reports what stopped the parser; where libyaml also knows where the broken thing began, as a
// note.
void report_yaml_problem(const yaml_parser_t& parser, std::uint32_t source,
                         const std::vector<std::string_view>& lines, Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
