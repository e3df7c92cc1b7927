// Points of a study, made when they are asked for.
#include "scenarios/study.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/law.h"
#include "scenarios/paths.h"

namespace tablekey::scenarios {
namespace {

bool matches(const std::vector<Study::AxisValue>& wanted,
             const std::vector<std::uint32_t>& values) {
  return std::ranges::all_of(
      wanted, [&](const Study::AxisValue& one) { return values[one.axis] == one.value; });
}

// What is wrong with a combination says which values made it so.
void blame_settings(const std::vector<Member>& settings, Diagnostic& diagnostic) {
  for (const Member& setting : settings) {
    if (setting.value.place.line == 0 || setting.value.place.line == diagnostic.line) continue;
    diagnostic.notes.push_back(
        {setting.value.place,
         fmt::format("with {} = {} of the study", setting.key.text, inline_text(setting.value))});
  }
}

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string inline_text(const Node& node) {
  const std::string tag = node.tag.empty() ? "" : node.tag + " ";
  std::vector<std::string> parts;
  if (node.is_sequence()) {
    for (const Node& item : node.items) parts.push_back(inline_text(item));
    return fmt::format("{}[{}]", tag, joined(parts));
  }
  if (node.is_map()) {
    for (const Member& member : node.members) {
      parts.push_back(fmt::format("{}: {}", member.key.text, inline_text(member.value)));
    }
    return fmt::format("{}{{{}}}", tag, joined(parts));
  }
  return tag + node.text;
}

std::string_view name_of(OverSeeds over) {
  switch (over) {
    case OverSeeds::every:
      return "every run";
    case OverSeeds::mean:
      return "mean";
    case OverSeeds::min:
      return "min";
    case OverSeeds::max:
      return "max";
    case OverSeeds::p50:
      return "p50";
    case OverSeeds::p90:
      return "p90";
    case OverSeeds::p95:
      return "p95";
    case OverSeeds::p99:
      return "p99";
    case OverSeeds::p99_9:
      return "p99.9";
  }
  return "?";
}

events::Scenario::Reader StudyScenario::scenario() const {
  return message->getRoot<events::Scenario>().asReader();
}

std::uint64_t Study::combinations() const {
  if (axes.empty()) return base_point ? 1 : 0;
  std::uint64_t count = 1;
  for (const Axis& axis : axes) count *= axis.values.size();
  return count;
}

std::vector<std::uint32_t> Study::combination(std::uint64_t index) const {
  std::vector<std::uint32_t> values(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    values[i] = static_cast<std::uint32_t>(index % axes[i].values.size());
    index /= axes[i].values.size();
  }
  return values;
}

void Study::settle_points() {
  const std::uint64_t all = combinations();
  if (!excluded.empty()) {
    filtered_ = true;
    for (std::uint64_t i = 0; i < all; ++i) {
      const auto values = combination(i);
      const bool dropped =
          std::ranges::any_of(excluded, [&](const auto& entry) { return matches(entry, values); });
      if (!dropped) kept_.push_back(static_cast<std::uint32_t>(i));
    }
  }
  // An addition that no combination takes is a point of its own.
  const std::uint64_t grid = points() - extra_points.size();
  std::vector<Addition> taken;
  for (Addition& addition : additions) {
    bool found = false;
    for (std::uint64_t i = 0; i < grid && !found; ++i) {
      found = matches(addition.matches, combination(filtered_ ? kept_[i] : i));
    }
    if (found) {
      taken.push_back(std::move(addition));
      continue;
    }
    std::vector<Member> point;
    for (const AxisValue& one : addition.matches) {
      point.push_back({axes[one.axis].path, axes[one.axis].values[one.value]});
    }
    for (Member& member : addition.adds) point.push_back(std::move(member));
    extra_points.push_back(std::move(point));
  }
  additions = std::move(taken);
}

std::uint64_t Study::points() const {
  return (filtered_ ? kept_.size() : combinations()) + extra_points.size();
}

std::vector<Member> Study::members_of(std::uint64_t point) const {
  const std::uint64_t grid = points() - extra_points.size();
  model::law(point < points(), "a point of the study");
  if (point >= grid) return extra_points[point - grid];
  const auto values = combination(filtered_ ? kept_[point] : point);
  std::vector<Member> members;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    members.push_back({axes[i].path, axes[i].values[values[i]]});
  }
  for (const Addition& addition : additions) {
    if (!matches(addition.matches, values)) continue;
    for (const Member& added : addition.adds) {
      const auto there = std::ranges::find(members, added.key.text,
                                           [](const Member& member) { return member.key.text; });
      if (there == members.end()) {
        members.push_back(added);
      } else {
        there->value = added.value;
      }
    }
  }
  return members;
}

std::vector<StudySetting> Study::settings_of(std::uint64_t point) const {
  std::vector<StudySetting> settings;
  for (const Member& member : members_of(point)) {
    settings.push_back({member.key.text, inline_text(member.value)});
  }
  return settings;
}

std::vector<std::string> Study::paths() const {
  std::vector<std::string> paths;
  const auto add = [&paths](const std::string& path) {
    if (std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
  };
  if (search) add(search->path.text);
  for (const Axis& axis : axes) add(axis.path.text);
  for (const Addition& addition : additions) {
    for (const Member& member : addition.adds) add(member.key.text);
  }
  for (const auto& point : extra_points) {
    for (const Member& member : point) add(member.key.text);
  }
  return paths;
}

StudyScenario Study::make_from(const std::vector<Member>& settings, std::uint32_t run) const {
  Node variant = root;
  for (const Member& setting : settings) {
    if (const auto set = set_path(variant, setting.key, setting.value); !set) {
      StudyScenario refused = compile(root, seed_of(run));
      refused.message.reset();
      refused.diagnostics.error(set.error().place, set.error().message, set.error().hint);
      return refused;
    }
  }
  StudyScenario made = compile(variant, seed_of(run));
  if (made.ok()) return made;
  Diagnostics blamed = made.diagnostics.without_findings();
  for (Diagnostic diagnostic : made.diagnostics.all()) {
    if (diagnostic.severity != Severity::error) continue;
    blame_settings(settings, diagnostic);
    blamed.add(diagnostic);
  }
  made.diagnostics = std::move(blamed);
  return made;
}

StudyScenario Study::make(std::uint64_t point, std::uint32_t run) const {
  return make_from(members_of(point), run);
}

StudyScenario Study::make_with(const std::string& path, const std::string& value,
                               std::uint32_t run) const {
  Member setting;
  setting.key.text = path;
  setting.key.place = search ? search->path.place : root.place;
  setting.value.text = value;
  setting.value.place = setting.key.place;
  return make_from({setting}, run);
}

}  // namespace tablekey::scenarios
