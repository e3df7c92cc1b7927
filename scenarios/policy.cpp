// YAML to JSON, and from a place in the JSON back to the place in the YAML.
#include "scenarios/policy.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "scenarios/characters.h"

namespace tablekey::scenarios {
namespace {

// Stands for a value that cannot be known; in the form of an ARN, which most places want.
constexpr std::string_view kPlaceholder = "arn:aws:tablekey:::unresolved";

void append_json(std::string& out, const Node& node, std::string_view what,
                 Diagnostics& diagnostics) {
  switch (node.kind) {
    case Node::Kind::scalar:
      out += node.is_null() ? "null" : json_string(node.text);
      return;
    case Node::Kind::unresolved:
      if (!node.reported) {
        diagnostics.warning(node.place, fmt::format("{}: {}", what, node.text),
                            "the policy has a placeholder there");
      }
      out += json_string(kPlaceholder);
      return;
    case Node::Kind::absent:
      out += "null";
      return;
    case Node::Kind::sequence:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i != 0) out += ',';
        append_json(out, node.items[i], what, diagnostics);
      }
      out += ']';
      return;
    case Node::Kind::map:
      out += '{';
      for (std::size_t i = 0; i < node.members.size(); ++i) {
        if (i != 0) out += ',';
        out += json_string(node.members[i].key.text) + ":";
        append_json(out, node.members[i].value, what, diagnostics);
      }
      out += '}';
      return;
  }
}

// The node that a JSON path such as $.Statement[0].Effect leads to, or the last one on the way.
const Node& node_at(const Node& root, std::string_view path) {
  const Node* at = &root;
  if (path.starts_with('$')) path.remove_prefix(1);
  while (!path.empty()) {
    const Node* below = nullptr;
    if (path.front() == '[') {
      std::size_t index = 0;
      const std::size_t close = path.find(']');
      if (close == std::string_view::npos) break;
      std::from_chars(path.data() + 1, path.data() + close, index);
      if (index < at->items.size()) below = &at->items[index];
      path.remove_prefix(close + 1);
    } else {
      path.remove_prefix(1);
      // Keys of conditions contain dots, so the longest key that fits is taken.
      std::size_t longest = 0;
      for (const Member& member : at->members) {
        const std::string& key = member.key.text;
        if (!path.starts_with(key) || (below != nullptr && key.size() <= longest)) continue;
        below = &member.value;
        longest = key.size();
      }
      if (below != nullptr) path.remove_prefix(longest);
    }
    if (below == nullptr) break;
    at = below;
  }
  return *at;
}

}  // namespace

std::string json_string(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string policy_json(const Node& document, std::string_view what, Diagnostics& diagnostics) {
  std::string out;
  append_json(out, document, what, diagnostics);
  return out;
}

std::optional<std::string> read_policy(const Node& document, std::string_view what,
                                       model::iam::PolicyKind kind, bool lenient,
                                       Diagnostics& diagnostics) {
  if (document.kind == Node::Kind::unresolved) {
    if (document.reported) return std::nullopt;
    diagnostics.error(document.place, fmt::format("{}: {}", what, document.text));
    return std::nullopt;
  }
  const bool is_text = document.is_scalar() && !document.is_null();
  if (!document.is_map() && !is_text) {
    diagnostics.error(document.place, fmt::format("{} must be a policy document, this is {}", what,
                                                  kind_name(document)));
    return std::nullopt;
  }
  const std::string json = is_text ? document.text : policy_json(document, what, diagnostics);
  const auto compiled = model::iam::Policy::compile(json, kind);
  if (compiled) return json;
  const model::iam::PolicyError& error = compiled.error();
  const Node& at = is_text ? document : node_at(document, error.path);
  const std::string message = is_text ? fmt::format("{}: {}", what, printable(error.print()))
                                      : fmt::format("{}: {}", what, printable(error.message));
  if (lenient) {
    diagnostics.warning(
        at.place, message,
        fmt::format("{} will refuse it: {}", kind == model::iam::PolicyKind::key ? "KMS" : "IAM",
                    exception_name(error.fault)));
    return json;
  }
  diagnostics.error(at.place, message);
  return std::nullopt;
}

}  // namespace tablekey::scenarios
