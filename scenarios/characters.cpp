// Characters, printable text and edit distance.
#include "scenarios/characters.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tablekey::scenarios {
namespace {

std::size_t length_of_character(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  std::size_t length = 1;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (length > text.size()) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<std::uint8_t>(text[i]) & 0xc0) != 0x80) return 1;
  }
  return length;
}

std::size_t length_of_break(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  if (text[0] == '\r' || text[0] == '\n') return 1;
  if (text.starts_with("\xc2\x85")) return 2;
  if (text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9")) return 3;
  return 0;
}

constexpr std::size_t kNameMax = 64;  // longer names are not compared
constexpr std::size_t kEditsMax = 2;
constexpr std::size_t kShortMax = 4;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment; three rows suffice, since a swap looks two rows back.
std::size_t edits(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kNameMax + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    const std::size_t length = length_of_character(text);
    characters.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = length_of_break(text.substr(at));
    if (length == 0) {
      ++at;
      continue;
    }
    lines.push_back(text.substr(begin, at - begin));
    at += length;
    begin = at;
  }
  lines.push_back(text.substr(begin));
  return lines;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const std::string_view character : characters_of(text)) {
    const auto byte = static_cast<std::uint8_t>(character[0]);
    const bool stray = character.size() == 1 && byte >= 0x80;
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f ||
                         (byte == 0xc2 && static_cast<std::uint8_t>(character[1]) < 0xa0);
    if (stray || control) {
      out += '?';
    } else {
      out += character;
    }
  }
  return out;
}

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& names) {
  std::string_view best;
  // Two edits in a word of four letters make nearly any other.
  const std::size_t most = text.size() <= kShortMax ? 1 : kEditsMax;
  std::size_t fewest = most + 1;
  if (text.size() > kNameMax) return best;
  for (const std::string_view name : names) {
    if (name.size() > kNameMax) continue;
    const std::size_t distance = edits(text, name);
    // A guess that replaces the whole of a short name says nothing.
    if (distance < fewest && distance < std::max(name.size(), text.size())) {
      best = name;
      fewest = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& names) {
  const std::string_view name = nearest(text, names);
  std::string hint;
  if (!name.empty()) hint.append("did you mean '").append(printable(name)).append("'?");
  return hint;
}

}  // namespace tablekey::scenarios
