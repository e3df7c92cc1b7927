// The keys at the head of a scenario: its format version, name, seed, times, account and Region;
// and the templates that it includes.
#pragma once

#include <string_view>

#include "scenarios/diagnostics.h"
#include "scenarios/draft.h"
#include "scenarios/load.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

inline constexpr std::string_view kAccountStandard = "111122223333";
inline constexpr std::string_view kRegionStandard = "eu-west-1";
inline constexpr std::string_view kStartStandard = "2026-01-01T00:00:00Z";
inline constexpr std::uint64_t kSeedStandard = 1;
inline constexpr std::string_view kProfileStandard = "seed";

// Reads the head and reports unknown keys of the whole file's top level.
void compile_header(const Node& root, std::string_view file_name, const LoadOptions& options,
                    Draft& draft, Diagnostics& diagnostics);

// Merges the sections of the templates that `include` names into the tree.
void include_templates(Node& root, const LoadOptions& options, Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
