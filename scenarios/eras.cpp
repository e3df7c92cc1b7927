// `eras:` and `do: tablekey:ChangeProfile` — settings that change in the middle of a run, as AWS
// changed its rules. Both become one list in order of time. What the scenario's own `model:` sets
// holds in every era, and so does what an earlier entry's `model:` set, until another one changes
// it.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/actions.h"
#include "scenarios/load.h"
#include "scenarios/map_reader.h"
#include "scenarios/profile.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// What both forms have.
std::optional<DraftEra> read_change(MapReader& reader, const LoadOptions& options,
                                    Diagnostics& diagnostics) {
  const Node* profile = reader.get("profile");
  const Node* model = reader.get("model");
  if (profile == nullptr && model == nullptr) {
    (void)reader.require("profile", "for example profile: 2018-11, or model: with settings");
    return std::nullopt;
  }
  DraftEra era;
  era.place = reader.place();
  if (profile != nullptr) {
    auto choice = read_profile(*profile, options, diagnostics);
    if (!choice) return std::nullopt;
    era.profile = std::move(choice->name);
    era.profile_settings = std::move(choice->settings);
  }
  if (model != nullptr) read_settings(*model, era.own, diagnostics);
  return era;
}

void read_era(const Node& entry, const LoadOptions& options, Draft& draft,
              Diagnostics& diagnostics) {
  MapReader reader(entry, "an era", {"at", "profile", "model"}, diagnostics);
  if (!reader.is_map()) return;
  const Node* at = reader.require("at", "for example at: 2018-11-15T00:00:00Z");
  auto era = read_change(reader, options, diagnostics);
  if (at == nullptr || !era) return;
  const auto time = read_time(*at, "at", draft.start, diagnostics);
  if (!time) return;
  if (draft.until_known && *time > draft.until) {
    diagnostics.warning(at->place, "this lies behind the end of the scenario",
                        "it will not happen");
  }
  era->at = time->nanoseconds();
  era->place = at->place;
  draft.eras.push_back(std::move(*era));
}

}  // namespace

void compile_eras(const Node& section, const LoadOptions& options, Draft& draft,
                  Diagnostics& diagnostics) {
  if (section.is_null()) return;
  if (!section.is_sequence()) {
    diagnostics.error(section.place,
                      fmt::format("eras must be a list, this is {}", kind_name(section)),
                      "for example - { at: 2018-11-15T00:00:00Z, profile: 2018-11 }");
    return;
  }
  for (const Node& entry : section.items) read_era(entry, options, draft, diagnostics);
}

std::optional<StepAction> compile_change_profile(ActionContext& context, const Action&) {
  for (const std::string_view key : {"id", "as", "every", "repeat"}) {
    if (const Node* node = context.reader.get(key)) {
      context.diagnostics.error(node->place,
                                fmt::format("tablekey:ChangeProfile has no '{}'", key));
      return std::nullopt;
    }
  }
  auto era = read_change(context.reader, *context.draft.options, context.diagnostics);
  if (!era) return std::nullopt;
  era->at = context.step.at;
  era->place = context.step.place;
  context.draft.eras.push_back(std::move(*era));
  return std::nullopt;  // the era is all there is of it
}

void settle_eras(Draft& draft) {
  std::ranges::stable_sort(draft.eras, {}, &DraftEra::at);
  std::string profile = draft.profile;
  SettingTexts below = draft.profile_settings, above = draft.settings;
  for (DraftEra& era : draft.eras) {
    if (era.profile.empty()) {
      era.profile = profile;
    } else {
      profile = era.profile;
      below = era.profile_settings;
    }
    for (const auto& [path, value] : era.own) above[path] = value;
    era.settings = below;
    for (const auto& [path, value] : above) era.settings[path] = value;
  }
}

}  // namespace tablekey::scenarios
