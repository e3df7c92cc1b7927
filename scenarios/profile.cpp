// A profile file is a scenario's `model:` with a name. It may build upon another (`base`).
#include "scenarios/profile.h"

#include <fmt/format.h>

#include <vector>

#include "model/law.h"
#include "model/settings.h"
#include "scenarios/characters.h"
#include "scenarios/compose.h"
#include "scenarios/map_reader.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kBasesMax = 8;  // a profile upon a profile upon a profile …

bool is_path(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(".yaml") ||
         name.ends_with(".yml");
}

// Whether a setting says what holds anyway. Some defaults depend on other settings; those stay.
bool is_standard(const SettingTexts::value_type& setting) {
  const std::string& path = setting.first;
  const bool depends = path.starts_with("model.kms.quota.") || path.ends_with(".idle_timeout") ||
                       path.ends_with(".max_age");
  static const model::Settings kStandard = model::Settings::defaults();
  return !depends && kStandard.text(path) == setting.second;
}

class ProfileReader {
 public:
  ProfileReader(const LoadOptions& options, Diagnostics& diagnostics)
      : options_(options), diagnostics_(diagnostics) {}
  std::optional<SettingTexts> read(const Node& name, std::string_view field);

 private:
  std::optional<SettingTexts> read_bundled(const BundledProfile& profile);
  std::optional<std::uint32_t> source_of(const Node& name, const std::string& text);
  std::optional<SettingTexts> read_file(std::uint32_t source);

  const LoadOptions& options_;
  Diagnostics& diagnostics_;
  std::size_t open_ = 0;
};

// Where the profile's text is kept for messages; nothing after an error.
std::optional<std::uint32_t> ProfileReader::source_of(const Node& name, const std::string& text) {
  if (!is_path(text)) {
    std::vector<std::string_view> names;
    for (const BundledProfile& one : bundled_profiles()) names.push_back(one.name);
    std::string hint = did_you_mean(text, names);
    if (hint.empty()) hint = fmt::format("{}, or the path of a file", one_of(names));
    diagnostics_.error(name.place, fmt::format("no profile '{}'", printable(text)),
                       std::move(hint));
    return std::nullopt;
  }
  if (!options_.read_include) {
    diagnostics_.error(name.place, fmt::format("cannot read '{}': files cannot be included here",
                                               printable(text)));
    return std::nullopt;
  }
  auto file = options_.read_include(text);
  if (file && file->size() > kSourceBytesMax) {
    file = std::unexpected(std::string("it is larger than 4 MiB"));
  }
  if (!file) {
    diagnostics_.error(
        name.place, fmt::format("cannot read '{}': {}", printable(text), printable(file.error())));
    return std::nullopt;
  }
  return diagnostics_.add_source(text, std::move(*file));
}

std::optional<SettingTexts> ProfileReader::read(const Node& name, std::string_view field) {
  const std::string* text = read_text(name, field, diagnostics_);
  if (text == nullptr) return std::nullopt;
  if (++open_ > kBasesMax) {
    diagnostics_.error(name.place, fmt::format("more than {} profiles upon each other", kBasesMax));
    return std::nullopt;
  }
  if (const BundledProfile* bundled = find_profile(*text)) return read_bundled(*bundled);
  const auto source = source_of(name, *text);
  return source ? read_file(*source) : std::nullopt;
}

// What one of ours says is tested; of a setting that it names nothing needs to be said here.
std::optional<SettingTexts> ProfileReader::read_bundled(const BundledProfile& profile) {
  Diagnostics own;
  ProfileReader reader(options_, own);
  reader.open_ = open_;
  auto settings = reader.read_file(own.add_source("profile", std::string(profile.text)));
  model::law(settings.has_value(), "a bundled profile can be read");
  return settings;
}

std::optional<SettingTexts> ProfileReader::read_file(std::uint32_t source) {
  const std::size_t before = diagnostics_.errors();
  const auto tree = compose(source, diagnostics_);
  if (!tree) return std::nullopt;
  check_duplicate_keys(*tree, Severity::error, diagnostics_);
  MapReader reader(*tree, "the profile", {"profile", "title", "from", "base", "model"},
                   diagnostics_);
  (void)reader.require("profile", "its name, for example profile: mine");
  SettingTexts settings;
  if (const Node* base = reader.get("base")) {
    if (auto below = read(*base, "base")) settings = std::move(*below);
  }
  if (const Node* model = reader.get("model")) {
    SettingTexts own;
    read_settings(*model, own, diagnostics_);
    for (auto& [path, value] : own) settings[path] = std::move(value);
  }
  if (diagnostics_.errors() != before) return std::nullopt;
  return settings;
}

}  // namespace

const BundledProfile* find_profile(std::string_view name) {
  for (const BundledProfile& one : bundled_profiles()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

ProfileHead head_of(const BundledProfile& profile) {
  Diagnostics diagnostics;
  const auto tree =
      compose(diagnostics.add_source("profile", std::string(profile.text)), diagnostics);
  ProfileHead head;
  if (!tree) return head;
  if (const Node* from = tree->find("from")) head.from = from->text;
  if (const Node* title = tree->find("title")) head.title = title->text;
  return head;
}

std::optional<ProfileChoice> read_profile(const Node& node, const LoadOptions& options,
                                          Diagnostics& diagnostics) {
  auto settings = ProfileReader(options, diagnostics).read(node, "profile");
  if (!settings) return std::nullopt;
  std::erase_if(*settings, is_standard);
  return ProfileChoice{node.text, std::move(*settings)};
}

}  // namespace tablekey::scenarios
