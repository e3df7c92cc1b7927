// Known, unknown and doubled keys.
#include "scenarios/map_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "scenarios/characters.h"
#include "scenarios/values.h"

namespace tablekey::scenarios {
namespace {

constexpr std::size_t kKeysListedMax = 8;  // known keys that a message lists

}  // namespace

MapReader::MapReader(const Node& node, std::string what, std::vector<std::string_view> known,
                     Diagnostics& diagnostics, Severity unknown)
    : node_(node), what_(std::move(what)), diagnostics_(diagnostics) {
  if (node.kind == Node::Kind::unresolved) {
    if (node.reported) return;
    if (has_stand_in(node)) {
      diagnostics.warning(node.place, fmt::format("{}: {}", what_, node.text), "it is left out");
      return;
    }
    diagnostics.error(node.place, fmt::format("{}: {}", what_, node.text));
    return;
  }
  if (!node.is_map()) {
    diagnostics.error(node.place,
                      fmt::format("{} must be a map, this is {}", what_, kind_name(node)));
    return;
  }
  for (const Member& member : node.members) {
    const std::string& key = member.key.text;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string hint = did_you_mean(key, known);
    if (hint.empty() && known.size() <= kKeysListedMax) hint = "known: " + one_of(known);
    const std::string message = fmt::format("unknown key '{}' in {}", printable(key), what_);
    if (unknown == Severity::error) {
      diagnostics.error(member.key.place, message, std::move(hint));
    } else {
      diagnostics.warning(member.key.place, message, std::move(hint));
    }
  }
}

const Node* MapReader::get(std::string_view key) const {
  const Node* found = node_.is_map() ? node_.find(key) : nullptr;
  return found == nullptr || found->kind == Node::Kind::absent ? nullptr : found;
}

const Node* MapReader::require(std::string_view key, std::string hint) {
  const Node* found = get(key);
  if (found == nullptr && node_.is_map()) {
    diagnostics_.error(node_.place, fmt::format("{} lacks '{}'", what_, key), std::move(hint));
  }
  return found;
}

void check_duplicate_keys(const Node& node, Severity severity, Diagnostics& diagnostics) {
  for (const Node& item : node.items) check_duplicate_keys(item, severity, diagnostics);
  std::map<std::string_view, const Member*> seen;
  for (const Member& member : node.members) {
    check_duplicate_keys(member.value, severity, diagnostics);
    const auto [first, fresh] = seen.emplace(member.key.text, &member);
    if (fresh) continue;
    const std::string message =
        fmt::format("'{}' is given twice in this map", printable(member.key.text));
    Diagnostic& said = severity == Severity::error
                           ? diagnostics.error(member.key.place, message)
                           : diagnostics.warning(member.key.place, message, "the last one counts");
    said.notes.push_back({first->second->key.place, "the first one is here"});
  }
}

}  // namespace tablekey::scenarios
