// Declaring resources, conditions, and walking a tree to resolve it.
#include "scenarios/stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "scenarios/characters.h"
#include "scenarios/map_reader.h"
#include "scenarios/resource_types.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kSpentMax = std::size_t{64} * 1024 * 1024;
constexpr int kNestingMax = 100;
constexpr std::string_view kLongPrefix = "Fn::";
constexpr std::string_view kTransform = "Fn::Transform";

// The long form: a map with one key, `Ref`, `Condition` or `Fn::Something`.
std::optional<std::string_view> long_form(const Node& node) {
  if (!node.is_map() || node.members.size() != 1) return std::nullopt;
  const std::string_view key = node.members[0].key.text;
  if (key == "Ref") return key;
  if (key == kTransform) return std::nullopt;  // a part of what the map holds, not the whole
  if (key.starts_with(kLongPrefix)) return key.substr(kLongPrefix.size());
  return std::nullopt;
}

}  // namespace

std::string Environment::partition() const {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

std::string Environment::url_suffix() const {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

Node text_node(std::string text, Place place) {
  Node node;
  node.text = std::move(text);
  node.quoted = true;
  node.place = place;
  return node;
}

Node unresolved_node(std::string why, Place place, std::string stand_in) {
  Node node = text_node(std::move(why), place);
  node.kind = Node::Kind::unresolved;
  node.stand_in = std::move(stand_in);
  return node;
}

Node failed_node(Place place) {
  Node node = unresolved_node("an error above", place);
  node.reported = true;
  return node;
}

Node absent_node(Place place) {
  Node node;
  node.kind = Node::Kind::absent;
  node.place = place;
  return node;
}

Stack::Stack(const Node& root, Environment environment, Diagnostics& diagnostics)
    : root_(root),
      environment_(std::move(environment)),
      diagnostics_(diagnostics),
      tags_(intrinsic_tags()) {
  has_transform_ = root.find("Transform") != nullptr;
  for (const std::string_view name :
       {"parameters", "Parameters", "Mappings", "Conditions", "Resources"}) {
    const Node* part = root.find(name);
    if (part == nullptr || part->is_map() || part->is_null()) continue;
    diagnostics_.error(part->place,
                       fmt::format("{} must be a map, this is {}", name, kind_name(*part)));
  }
  const Node* resources = section("Resources");
  if (resources == nullptr) return;
  resources_.reserve(resources->members.size());
  for (const Member& member : resources->members) {
    if (member.key.text == kTransform) {
      diagnostics_.note(member.key.place, "what Fn::Transform would add to Resources is left out");
      continue;
    }
    declare(member);
  }
  say_ignored();
}

const Node* Stack::section(std::string_view name) const {
  const Node* part = root_.find(name);
  return part != nullptr && part->is_map() ? part : nullptr;
}

void Stack::declare(const Member& member) {
  MapReader reader(member.value, fmt::format("resource '{}'", printable(member.key.text)),
                   {"Type", "Properties", "Metadata", "Condition", "DependsOn", "DeletionPolicy",
                    "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy", "Connectors"},
                   diagnostics_, Severity::warning);
  const Node* type = reader.require("Type");
  if (type == nullptr || !type->is_scalar()) return;
  if (const Node* when = reader.get("Condition"); when != nullptr && when->is_scalar()) {
    const std::optional<bool> holds = condition(when->text, when->place);
    if (!holds.has_value() || !*holds) return;
  }
  Resource resource;
  resource.logical_id = member.key.text;
  resource.place = member.key.place;
  resource.type = type->text;
  resource.known = find_resource_type(type->text);
  resource.properties = reader.get("Properties");
  const Node* metadata = reader.get("Metadata");
  if (metadata != nullptr && metadata->is_map()) resource.metadata = metadata->find("tablekey");
  if (resource.known == nullptr) note_ignored(resource, *type);
  resources_.push_back(std::move(resource));
}

void Stack::note_ignored(const Resource& resource, const Node& type) {
  const bool close = !nearest(resource.type, resource_type_names()).empty();
  if (resource.type.starts_with("Tablekey::")) {
    diagnostics_.error(type.place, fmt::format("unknown type '{}'", printable(resource.type)),
                       did_you_mean(resource.type, resource_type_names()));
    return;
  }
  if (close) {
    diagnostics_.warning(
        type.place, fmt::format("{} is not simulated and is ignored", printable(resource.type)),
        did_you_mean(resource.type, resource_type_names()));
    return;
  }
  Ignored& ignored = ignored_[type.place.source];
  if (ignored.types.empty()) ignored.place = type.place;
  const auto same = std::ranges::find_if(
      ignored.types, [&](const auto& one) { return one.first == resource.type; });
  if (same == ignored.types.end()) {
    ignored.types.emplace_back(resource.type, 1);
  } else {
    ++same->second;
  }
}

// One note a file, however many there are.
void Stack::say_ignored() {
  for (const auto& [source, ignored] : ignored_) {
    std::string list;
    std::size_t count = 0;
    for (const auto& [type, times] : ignored.types) {
      if (!list.empty()) list += ", ";
      list += printable(type);
      if (times > 1) list += fmt::format(" ({})", times);
      count += times;
    }
    const std::string message =
        count == 1 ? fmt::format("{} is not simulated and is ignored", list)
                   : fmt::format("{} resources are not simulated and are ignored: {}", count, list);
    diagnostics_.note(ignored.place, message);
  }
}

Resource* Stack::find(std::string_view logical_id) {
  for (Resource& resource : resources_) {
    if (resource.logical_id == logical_id) return &resource;
  }
  return nullptr;
}

void Stack::declare_step(DeclaredStep step) {
  if (!steps_by_id_.emplace(step.id, steps_.size()).second) return;
  steps_.push_back(std::move(step));
}

void Stack::set_replica_key_id(std::string_view step_id, std::string key_id) {
  const auto found = steps_by_id_.find(step_id);
  if (found != steps_by_id_.end()) steps_[found->second].key_id = std::move(key_id);
}

const DeclaredStep* Stack::find_step(std::string_view id) const {
  if (const auto found = steps_by_id_.find(id); found != steps_by_id_.end()) {
    return &steps_[found->second];
  }
  const std::size_t dash = id.rfind('-');
  if (dash == std::string_view::npos) return nullptr;
  const std::string_view digits = id.substr(dash + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  const auto found = steps_by_id_.find(id.substr(0, dash));
  if (!whole || digits[0] == '0' || number < 2 || found == steps_by_id_.end()) return nullptr;
  const DeclaredStep& step = steps_[found->second];
  return number <= step.times ? &step : nullptr;
}

std::string Stack::suggest(std::string_view logical_id) const {
  std::vector<std::string_view> names;
  for (const Resource& resource : resources_) names.push_back(resource.logical_id);
  for (const DeclaredStep& step : steps_) names.push_back(step.id);
  return std::string(nearest(logical_id, names));
}

const Identity* Stack::identity(Resource& resource) {
  if (resource.identity) return &*resource.identity;
  if (resource.known == nullptr || resource.identifying || nesting_ >= kNestingMax) return nullptr;
  resource.identifying = true;
  ++nesting_;
  Identity found = resource.known->identify(*this, resource);
  --nesting_;
  resource.identifying = false;
  resource.identity = std::move(found);
  return &*resource.identity;
}

bool Stack::spend(std::size_t bytes, Place place) {
  if (spent_ > kSpentMax) return false;
  spent_ += bytes;
  if (spent_ <= kSpentMax) return true;
  diagnostics_.error(place, "the functions of this file produce too much text");
  return false;
}

Node Stack::truth(const Node& node) {
  const Node* named = node.is_map() && node.members.size() == 1 ? node.find("Condition") : nullptr;
  if (named == nullptr || !named->is_scalar()) return resolve(node);
  const std::optional<bool> holds = condition(named->text, named->place);
  if (!holds) return failed_node(node.place);
  return text_node(*holds ? "true" : "false", node.place);
}

std::optional<bool> Stack::condition(const std::string& name, Place place) {
  if (const auto known = conditions_.find(name); known != conditions_.end()) return known->second;
  const Node* conditions = section("Conditions");
  const Node* body = conditions == nullptr ? nullptr : conditions->find(name);
  if (body == nullptr) {
    std::vector<std::string_view> names;
    if (conditions != nullptr) {
      for (const Member& member : conditions->members) names.push_back(member.key.text);
    }
    diagnostics_.error(place, fmt::format("no condition '{}' in Conditions", printable(name)),
                       did_you_mean(name, names));
    return conditions_[name] = std::nullopt;
  }
  if (nesting_ >= kNestingMax || !conditions_open_.emplace(name, true).second) {
    diagnostics_.error(place, fmt::format("condition '{}' depends on itself", printable(name)));
    return conditions_[name] = std::nullopt;
  }
  ++nesting_;
  const Node value = truth(*body);
  --nesting_;
  if (value.kind == Node::Kind::unresolved && value.reported) {
    return conditions_[name] = std::nullopt;
  }
  if (value.kind == Node::Kind::unresolved && value.stand_in.empty()) {
    diagnostics_.error(value.place, fmt::format("condition '{}': {}", printable(name), value.text));
    return conditions_[name] = std::nullopt;
  }
  if (value.kind == Node::Kind::unresolved) {
    const std::string* word = read_text(value, fmt::format("condition '{}'", name), diagnostics_);
    return conditions_[name] = *word == "true";
  }
  if (value.text != "true" && value.text != "false") {
    diagnostics_.error(body->place,
                       fmt::format("condition '{}' is neither true nor false", printable(name)));
    return conditions_[name] = std::nullopt;
  }
  return conditions_[name] = value.text == "true";
}

Node Stack::resolve(const Node& node) {
  if (node.kind == Node::Kind::unresolved || node.kind == Node::Kind::absent) return node;
  if (node.tag.starts_with('!') && node.tag.size() > 1) {
    const std::string_view name = std::string_view(node.tag).substr(1);
    Node argument = node;
    argument.tag.clear();
    if (auto result = call_intrinsic(*this, name, argument)) return std::move(*result);
    diagnostics_.error(node.place, fmt::format("unknown tag '{}'", printable(node.tag)),
                       did_you_mean(node.tag, tags_));
    return failed_node(node.place);
  }
  if (const auto name = long_form(node)) {
    if (auto result = call_intrinsic(*this, *name, node.members[0].value)) {
      return std::move(*result);
    }
  }
  if (node.is_scalar()) {
    Node plain = node;
    if (!plain.tag.empty()) plain.quoted = true;
    return plain;
  }
  Node out;
  out.kind = node.kind;
  out.place = node.place;
  out.text = node.text;
  for (const Node& item : node.items) {
    Node resolved = resolve(item);
    if (resolved.kind != Node::Kind::absent) out.items.push_back(std::move(resolved));
  }
  for (const Member& member : node.members) {
    if (member.key.text == kTransform) {
      diagnostics_.note(member.key.place, "what Fn::Transform would add here is left out");
      continue;
    }
    Node resolved = resolve(member.value);
    if (resolved.kind == Node::Kind::absent) continue;
    out.members.push_back({member.key, std::move(resolved)});
  }
  return out;
}

}  // namespace tablekey::scenarios
