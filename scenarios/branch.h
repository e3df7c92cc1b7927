// What a fork changes, as overrides of the scenario file that it was: a step more at the end of the
// timeline, settings from a time on. A fork is so a scenario like any other, and can be run from
// its beginning by the same overrides.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/load.h"
#include "sim/time.h"

namespace tablekey::scenarios {

/// A step for the end of the timeline. `text` is a map in YAML (`{ do: kms:DisableKey, key:
/// OrdersKey }`) or short: the operation and then `name=value` words (`kms:DisableKey
/// key=OrdersKey`). It happens at `at` unless it says when. Error: a sentence.
[[nodiscard]] std::expected<Override, std::string> step_override(std::string_view text,
                                                                 sim::Time at);

/// Settings of `model` that hold from `at` on. Paths that begin with `model.` become one era;
/// all others change the file as they are, and must reach no event before `at`.
[[nodiscard]] std::vector<Override> setting_overrides(const std::vector<Override>& settings,
                                                      sim::Time at);

}  // namespace tablekey::scenarios
