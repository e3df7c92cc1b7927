#include "model/clients/byte_sizes.h"

#include <fmt/format.h>

namespace tablekey::model {
namespace {

bool is_number(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Shapes and probabilities have no unit.
bool is_bare(std::string_view name) { return name == "shape" || name == "p"; }

}  // namespace

std::expected<sim::Distribution, std::string> parse_byte_sizes(std::string_view text) {
  std::string out, name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins = is_number(c) && (i == 0 || out.ends_with('=') || out.ends_with('(') ||
                                         out.ends_with(',') || is_blank(text[i - 1]));
    if (!begins) {
      if ((c >= 'a' && c <= 'z')) name += c;
      if (c == '(' || c == ',') name.clear();
      if (!is_blank(c)) out += c;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && (is_number(text[end]) || text[end] == '.')) ++end;
    const bool unit = end < text.size() && text[end] != ',' && text[end] != ')' &&
                      !is_blank(text[end]) && text[end] != '%';
    if (unit && !is_bare(name)) {
      return std::unexpected(
          fmt::format("'{}' is no number of bytes: write exponential(mean=1000)", text));
    }
    out += text.substr(i, end - i);
    if (!is_bare(name)) out += "ns";
    i = end - 1;
  }
  auto sizes = sim::Distribution::parse(out);
  if (!sizes) {
    return std::unexpected(fmt::format(
        "'{}' is no distribution of bytes: write 1000, or exponential(mean=1000)", text));
  }
  return sizes;
}

}  // namespace tablekey::model
