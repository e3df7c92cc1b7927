#include "replay/verbs/profiles.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "scenarios/characters.h"
#include "scenarios/profile.h"

namespace tablekey::replay::verbs {
namespace {

using Json = nlohmann::ordered_json;

Json described(const scenarios::BundledProfile& profile, bool with_text) {
  const scenarios::ProfileHead head = scenarios::head_of(profile);
  Json one = {{"name", profile.name}, {"from", head.from}, {"title", head.title}};
  if (with_text) one["text"] = profile.text;
  return one;
}

int list_all(const ProfilesOptions& options, Console& console) {
  if (options.json) {
    Json all = Json::array();
    for (const auto& profile : scenarios::bundled_profiles())
      all.push_back(described(profile, false));
    const Json document = {{"format", "tablekey.profiles/1"}, {"profiles", all}};
    console.out << document.dump(2) << '\n';
    return kExitOk;
  }
  for (const auto& profile : scenarios::bundled_profiles()) {
    const scenarios::ProfileHead head = scenarios::head_of(profile);
    console.out << fmt::format("{:<9} {}  {}\n", profile.name, head.from, head.title);
  }
  return kExitOk;
}

}  // namespace

int profiles(const ProfilesOptions& options, Console& console) {
  if (options.name.empty()) return list_all(options, console);
  const scenarios::BundledProfile* profile = scenarios::find_profile(options.name);
  if (profile == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& one : scenarios::bundled_profiles()) names.push_back(one.name);
    std::string hint = scenarios::did_you_mean(options.name, names);
    if (hint.empty()) hint = "tablekey profiles lists them";
    return console.fail(kExitUsage,
                        fmt::format("no profile '{}'", scenarios::printable(options.name)), hint);
  }
  if (options.json) {
    Json document = {{"format", "tablekey.profile/1"}};
    document.update(described(*profile, true));
    console.out << document.dump(2) << '\n';
    return kExitOk;
  }
  console.out << profile->text;
  return kExitOk;
}

}  // namespace tablekey::replay::verbs
