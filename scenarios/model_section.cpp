// `model:` — the settings, as nested maps or dotted keys, driven by the table in model/settings.h.
#include <fmt/format.h>

#include <algorithm>

#include "model/settings.h"
#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/profile.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"
#include "sim/distribution.h"

namespace tablekey::scenarios {
namespace {

using model::SettingKind;
using model::SettingRow;

bool is_group(std::string_view path) {
  const std::string prefix = fmt::format("{}.", path);
  return std::ranges::any_of(model::settings_table(),
                             [&](const SettingRow& row) { return row.path.starts_with(prefix); });
}

// The names that may follow `path`: settings and groups of settings.
std::vector<std::string_view> names_below(std::string_view path) {
  const std::string prefix = fmt::format("{}.", path);
  std::vector<std::string_view> names;
  for (const SettingRow& row : model::settings_table()) {
    if (!row.path.starts_with(prefix)) continue;
    const std::string_view rest = row.path.substr(prefix.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

struct DistributionForm {
  std::string_view name;
  bool named;  // the canonical text names its parameters
  std::vector<std::string_view> required, optional;
};

const std::vector<DistributionForm>& distribution_forms() {
  static const std::vector<DistributionForm> kForms = {
      {"constant", false, {"value"}, {}},
      {"uniform", false, {"min", "max"}, {}},
      {"exponential", true, {"mean"}, {}},
      {"lognormal", true, {"median", "p99"}, {"cap"}},
      {"gamma", true, {"shape", "mean"}, {}},
      {"weibull", true, {"shape", "scale"}, {}},
      {"pareto", true, {"shape", "minimum"}, {}},
      {"hyperexponential", true, {"p", "mean1", "mean2"}, {}},
  };
  return kForms;
}

bool is_plain_number(std::string_view parameter) {
  return parameter == "shape" || parameter == "p";
}

// `{ dist: lognormal, median: 6ms, p99: 40ms }` as the canonical text.
std::optional<std::string> distribution_text(const Node& node, std::string_view field,
                                             Diagnostics& diagnostics) {
  const Node* name = node.find("dist");
  if (name == nullptr) {
    diagnostics.error(node.place, fmt::format("{} lacks 'dist'", field),
                      "for example { dist: lognormal, median: 6ms, p99: 40ms }");
    return std::nullopt;
  }
  std::vector<std::string_view> words;
  for (const DistributionForm& form : distribution_forms()) words.push_back(form.name);
  const auto choice = read_choice(*name, "dist", words, diagnostics);
  if (!choice) return std::nullopt;
  const DistributionForm& form = distribution_forms()[*choice];
  std::vector<std::string_view> known = {"dist"};
  known.insert(known.end(), form.required.begin(), form.required.end());
  known.insert(known.end(), form.optional.begin(), form.optional.end());
  MapReader reader(node, std::string(field), known, diagnostics);
  std::string text;
  const std::size_t before = diagnostics.errors();
  for (const std::string_view parameter : known) {
    if (parameter == "dist") continue;
    const bool needed = std::ranges::find(form.required, parameter) != form.required.end();
    const Node* value = needed ? reader.require(parameter) : reader.get(parameter);
    if (value == nullptr) continue;
    if (is_plain_number(parameter)) {
      (void)read_number(*value, parameter, diagnostics);
    } else {
      (void)read_duration(*value, parameter, diagnostics);
    }
    if (!text.empty()) text += ", ";
    if (form.named) text += fmt::format("{}=", parameter);
    text += value->text;
  }
  if (diagnostics.errors() != before) return std::nullopt;
  return fmt::format("{}({})", form.name, text);
}

// Whether the text is of the form of a choice that takes a number: item_group(n).
bool opens_with(std::string_view choice, std::string_view text) {
  const std::size_t end = choice.find("(n)");
  return end != std::string_view::npos && text.starts_with(choice.substr(0, end + 1));
}

// The value as text that the setting's own parser reads; nothing after an error.
std::optional<std::string> value_text(const Node& node, const SettingRow& row,
                                      std::string_view field, Diagnostics& diagnostics) {
  const bool drawn =
      row.kind == SettingKind::distribution || row.kind == SettingKind::distribution_or_none;
  if (drawn && node.is_map()) {
    return distribution_text(node, field, diagnostics);
  }
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return std::nullopt;
  switch (row.kind) {
    case SettingKind::duration:
    case SettingKind::duration_or_none:
    case SettingKind::distribution:
    case SettingKind::distribution_or_none:
      if (is_bare_number(*text)) return (void)read_duration(node, field, diagnostics), std::nullopt;
      break;
    case SettingKind::rate:
      if (*text != "none" && !read_rate(node, field, diagnostics)) return std::nullopt;
      break;
    case SettingKind::boolean: {
      const auto value = read_boolean(node, field, diagnostics);
      if (!value) return std::nullopt;
      return *value ? "true" : "false";
    }
    case SettingKind::money:
      break;  // the setting's own parser says what is wrong
    case SettingKind::count:
      if (!read_count(node, field, {}, diagnostics)) return std::nullopt;
      break;
    case SettingKind::count_or_none:
      if (*text != "none" && !read_count(node, field, {}, diagnostics)) return std::nullopt;
      break;
    case SettingKind::share: {
      const auto share = read_share(node, field, diagnostics);
      if (!share) return std::nullopt;
      return print_share(*share);
    }
    case SettingKind::choice: {
      std::vector<std::string_view> words;
      bool takes_number = false;  // the setting's own parser says what is wrong with it
      for (std::string_view rest = row.choices; !rest.empty();) {
        const std::size_t bar = rest.find('|');
        words.push_back(rest.substr(0, bar));
        takes_number = takes_number || opens_with(words.back(), *text);
        rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
      }
      if (takes_number) break;
      if (!read_choice(node, field, words, diagnostics)) return std::nullopt;
      break;
    }
  }
  return *text;
}

void read_setting(const Node& node, const SettingRow& row, SettingTexts& all,
                  Diagnostics& diagnostics) {
  const std::string_view field = row.path.substr(row.path.rfind('.') + 1);
  const auto text = value_text(node, row, field, diagnostics);
  if (!text) return;
  model::Settings settings = model::Settings::defaults();
  if (auto set = row.set(settings, *text); !set) {
    diagnostics.error(node.place, fmt::format("{}: {}", field, printable(set.error())));
    return;
  }
  settings.resolve();
  if (!row.has_effect) {
    diagnostics.note(node.place, fmt::format("{} has no effect in this version", field));
    all[std::string(row.path)] = *text;
    return;
  }
  if (all.contains(std::string(row.path))) {
    diagnostics.error(node.place, fmt::format("{} is set twice", row.path));
    return;
  }
  all[std::string(row.path)] = row.get(settings);
}

void read_group(const Node& node, const std::string& path, SettingTexts& all,
                Diagnostics& diagnostics) {
  if (!node.is_map()) {
    if (node.is_null() || node.reported) return;
    const std::string why =
        node.kind == Node::Kind::unresolved
            ? fmt::format("{}: {}", path, node.text)
            : fmt::format("{} must be a map, this is {}", path, kind_name(node));
    diagnostics.error(node.place, why);
    return;
  }
  for (const Member& member : node.members) {
    const std::string below = fmt::format("{}.{}", path, member.key.text);
    if (const SettingRow* row = model::find_setting(below)) {
      read_setting(member.value, *row, all, diagnostics);
    } else if (is_group(below)) {
      read_group(member.value, below, all, diagnostics);
    } else {
      const std::size_t dot = below.rfind('.');
      const std::string parent = is_group(below.substr(0, dot)) ? below.substr(0, dot) : path;
      const std::vector<std::string_view> names = names_below(parent);
      const std::string name = below.substr(parent.size() + 1);
      std::string hint = did_you_mean(name, names);
      if (hint.empty()) hint = fmt::format("known: {}", one_of(names));
      diagnostics.error(member.key.place,
                        fmt::format("no setting '{}' in {}", printable(name), printable(parent)),
                        std::move(hint));
    }
  }
}

}  // namespace

std::optional<std::string> read_distribution(const Node& node, std::string_view field,
                                             Diagnostics& diagnostics) {
  std::optional<std::string> text;
  if (node.is_map()) {
    text = distribution_text(node, field, diagnostics);
  } else if (const std::string* given = read_text(node, field, diagnostics)) {
    if (is_bare_number(*given)) return (void)read_duration(node, field, diagnostics), std::nullopt;
    text = *given;
  }
  if (!text) return std::nullopt;
  const auto parsed = sim::Distribution::parse(*text);
  if (parsed) return parsed->print();
  diagnostics.error(node.place, fmt::format("{}: {}", field, printable(parsed.error())),
                    "for example exponential(mean=30d)");
  return std::nullopt;
}

void compile_model(const Node& section, Draft& draft, Diagnostics& diagnostics) {
  read_settings(section, draft.settings, diagnostics);
}

void read_settings(const Node& section, SettingTexts& settings, Diagnostics& diagnostics) {
  read_group(section, "model", settings, diagnostics);
}

}  // namespace tablekey::scenarios
