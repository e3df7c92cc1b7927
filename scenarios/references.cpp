// Names of things in our sections.
#include <fmt/format.h>

#include "scenarios/characters.h"
#include "scenarios/sections.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

// `text` is what the message shows; a reference counts by its logical id.
template <class Find>
std::uint32_t read_reference(const Node& node, std::string_view field, std::string_view kind,
                             const std::vector<std::string_view>& names, const Find& find,
                             Diagnostics& diagnostics) {
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return kNone;
  const std::uint32_t found = find(node.resource.empty() ? *text : node.resource);
  if (found != kNone) return found;
  const std::string& shown = node.resource.empty() ? *text : node.resource;
  diagnostics.error(node.place, fmt::format("{}: no {} '{}'", field, kind, printable(shown)),
                    did_you_mean(shown, names));
  return kNone;
}

}  // namespace

std::uint32_t read_principal(const Node& node, std::string_view field, const Draft& draft,
                             Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  for (const DraftPrincipal& one : draft.principals) {
    names.push_back(one.logical_id);
    names.push_back(one.name);
  }
  return read_reference(
      node, field, "role or user", names,
      [&](std::string_view name) { return find_principal(draft, name); }, diagnostics);
}

std::uint32_t read_table(const Node& node, std::string_view field, const Draft& draft,
                         Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  for (const DraftTable& one : draft.tables) {
    names.push_back(one.logical_id);
    names.push_back(one.name);
  }
  return read_reference(
      node, field, "table", names, [&](std::string_view name) { return find_table(draft, name); },
      diagnostics);
}

std::uint32_t read_workload(const Node& node, std::string_view field, const Draft& draft,
                            Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  for (const DraftWorkload& one : draft.workloads) names.push_back(one.name);
  return read_reference(
      node, field, "workload", names,
      [&](std::string_view name) { return find_workload(draft, name); }, diagnostics);
}

std::string read_session(const Node& node, std::string_view field, Diagnostics& diagnostics) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_=,.@+-";
  const std::string* text = read_text(node, field, diagnostics);
  if (text == nullptr) return {};
  if (text->size() >= 2 && text->size() <= 64 &&
      text->find_first_not_of(kAllowed) == std::string::npos) {
    return *text;
  }
  diagnostics.error(node.place, fmt::format("'{}' is no session name", printable(*text)),
                    "2 to 64 letters, digits and _=,.@+-");
  return {};
}

}  // namespace tablekey::scenarios
