// Profiles choose among what AWS said and did at different times (dynamodb.md 0.3). A profile is
// data: a file of settings that a user can read, copy and change. Those in profiles/ are part of
// the program.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scenarios/diagnostics.h"
#include "scenarios/load.h"
#include "scenarios/node.h"

namespace tablekey::scenarios {

// Settings by path, as canonical text.
using SettingTexts = std::map<std::string, std::string>;

struct BundledProfile {
  std::string_view name;
  std::string_view text;  // the file
};
// In the order in which they hold: the three eras before the seed's, that of the seed, and later.
[[nodiscard]] std::span<const BundledProfile> bundled_profiles();
[[nodiscard]] const BundledProfile* find_profile(std::string_view name);
// What the file says of itself: `from`, a date or empty, and `title`.
struct ProfileHead {
  std::string from, title;
};
[[nodiscard]] ProfileHead head_of(const BundledProfile& profile);

struct ProfileChoice {
  std::string name;
  SettingTexts settings;  // its own over those of its base; the rest has the program's defaults
};
// The profile that `node` names: a bundled one, or the path of a file of the user's. Nothing after
// an error.
[[nodiscard]] std::optional<ProfileChoice> read_profile(const Node& node,
                                                        const LoadOptions& options,
                                                        Diagnostics& diagnostics);

}  // namespace tablekey::scenarios
