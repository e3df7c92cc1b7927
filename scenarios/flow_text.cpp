#include "scenarios/flow_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace tablekey::scenarios {
namespace {

bool plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/' || c == '+' || c == '%' || c == '(' || c == ')' ||
         c == '=' || c == '<' || c == ':' || c == '*' || c == '$';
}

// Whether the text means itself without quotes, within brackets too.
bool plain(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, plain_character)) return false;
  const bool word = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') ||
                    (text[0] >= '0' && text[0] <= '9') || text[0] == '/' || text[0] == '.';
  return word && text.back() != ':';
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string scalar(const Node& node) {
  if (node.is_null()) return "~";
  return node.quoted || !plain(node.text) ? in_quotes(node.text) : node.text;
}

}  // namespace

std::string flow_text(const Node& node) {
  const std::string tag = node.tag.empty() ? "" : node.tag + " ";
  if (node.is_sequence()) {
    std::string out;
    for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + flow_text(item);
    return tag + "[" + out + "]";
  }
  if (node.is_map()) {
    std::string out;
    for (const Member& member : node.members) {
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", scalar(member.key),
                         flow_text(member.value));
    }
    return tag + "{" + out + "}";
  }
  return tag + scalar(node);
}

}  // namespace tablekey::scenarios
