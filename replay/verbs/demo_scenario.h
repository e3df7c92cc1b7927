// The scenario of the demonstration, which is part of the program.
#pragma once

#include <string_view>

namespace tablekey::replay::verbs {

/// scenarios/library/revoke-grant.yaml.
std::string_view demo_scenario();

}  // namespace tablekey::replay::verbs
