// One table says how libyaml's problems are put; what it does not list keeps libyaml's own words.
#include "scenarios/yaml_problem.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "scenarios/characters.h"

namespace tablekey::scenarios {
namespace {

struct Wording {
  std::string_view problem;  // libyaml's; compared by its beginning
  std::string_view context;  // likewise, empty: any
  std::string_view message;
  std::string_view hint;
  std::string_view began;  // the note at the context mark; empty: none
};

constexpr std::array kWordings = std::to_array<Wording>({
    {"did not find expected ',' or ']'", "", "expected ',' or ']'", "", "this [ was opened here"},
    {"did not find expected ',' or '}'", "", "expected ',' or '}'", "", "this { was opened here"},
    {"did not find expected '-' indicator", "", "this does not fit the list above it",
     "give every '- ' of a list the same indentation", "the list begins here"},
    {"did not find expected key", "", "this does not fit the map above it",
     "give every key of a map the same indentation", "the map begins here"},
    {"found unexpected end of stream", "while scanning a quoted scalar",
     "the file ends inside a quoted text", "", "this quote is never closed"},
    {"found unexpected document indicator", "while scanning a quoted scalar",
     "'---' inside a quoted text", "", "this quote is never closed"},
    {"found unknown escape character", "", "unknown escape in a double-quoted text",
     "use single quotes, or write \\\\ for a backslash", ""},
    {"could not find expected ':'", "", "expected ':' and a value after this key", "",
     "the key begins here"},
    {"block sequence entries are not allowed", "", "'- ' cannot stand here",
     "begin the list on its own line", ""},
    {"mapping keys are not allowed", "", "a key cannot stand here", "begin the map on its own line",
     ""},
    {"did not find expected node content", "", "a value is missing here", "", ""},
    {"found a tab character", "", "a tab in the indentation", "indent with spaces", ""},
    {"found character '\\t'", "", "a tab in the indentation", "indent with spaces", ""},
});

// `after: disable` in a check is the habit that YAML punishes most often; say what to write
// instead.
std::string hint_for_colon(std::string_view line, std::size_t colon) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  const std::size_t check = line.find("check:");
  if (check == std::string_view::npos || check >= colon) return "quote the whole text";
  std::size_t begin = colon;
  while (begin > 0 && is_word(line[begin - 1])) --begin;
  std::size_t value = colon + 1;
  while (value < line.size() && line[value] == ' ') ++value;
  std::size_t end = value;
  while (end < line.size() && is_word(line[end])) ++end;
  return fmt::format("in checks write {}={}, or quote the whole line",
                     printable(line.substr(begin, colon - begin)),
                     printable(line.substr(value, end - value)));
}

std::size_t byte_of(std::string_view line, std::size_t column) {
  std::size_t bytes = 0;
  const std::vector<std::string_view> characters = characters_of(line);
  for (std::size_t i = 0; i < column && i < characters.size(); ++i) bytes += characters[i].size();
  return bytes;
}

// libyaml's reader knows only the byte at which it stopped.
Place place_of_byte(std::uint32_t source, const std::vector<std::string_view>& lines,
                    std::size_t offset) {
  for (std::size_t i = lines.size(); i-- > 0;) {
    const auto begin = static_cast<std::size_t>(lines[i].data() - lines[0].data());
    if (begin > offset) continue;
    const std::string_view before = lines[i].substr(0, offset - begin);
    return {source, static_cast<std::uint32_t>(i + 1),
            static_cast<std::uint32_t>(characters_of(before).size() + 1), 1};
  }
  return {source, 1, 1, 1};
}

void report_reader_problem(const yaml_parser_t& parser, std::uint32_t source,
                           const std::vector<std::string_view>& lines, Diagnostics& diagnostics) {
  const std::string_view problem = parser.problem == nullptr ? "" : parser.problem;
  const bool control = problem.starts_with("control characters");
  diagnostics.error(
      place_of_byte(source, lines, parser.problem_offset),
      control ? "a control character" : "these bytes are not UTF-8 text",
      control ? "remove it, or write it as an escape in double quotes" : "save the file as UTF-8");
}

void report_character(Place place, std::string_view character, Diagnostics& diagnostics) {
  if (character == "\t") {
    diagnostics.error(place, "a tab in the indentation", "indent with spaces");
  } else {
    diagnostics.error(place,
                      fmt::format("'{}' cannot begin an unquoted text", printable(character)),
                      "quote the text");
  }
}

}  // namespace

void report_yaml_problem(const yaml_parser_t& parser, std::uint32_t source,
                         const std::vector<std::string_view>& lines, Diagnostics& diagnostics) {
  if (parser.error == YAML_READER_ERROR) {
    return report_reader_problem(parser, source, lines, diagnostics);
  }
  const auto place = [&](const yaml_mark_t& mark) {
    return Place{source, static_cast<std::uint32_t>(mark.line + 1),
                 static_cast<std::uint32_t>(mark.column + 1), 1};
  };
  const Place at = place(parser.problem_mark);
  const std::string_view problem = parser.problem == nullptr ? "unreadable" : parser.problem;
  const std::string_view context = parser.context == nullptr ? "" : parser.context;
  const std::string_view line = at.line <= lines.size() ? lines[at.line - 1] : "";
  const std::size_t byte = byte_of(line, at.column - 1);
  if (problem.starts_with("mapping values are not allowed")) {
    diagnostics.error(at, "': ' inside an unquoted text", hint_for_colon(line, byte));
    return;
  }
  if (problem.starts_with("found character that cannot start any token") && byte < line.size()) {
    return report_character(at, characters_of(line.substr(byte)).front(), diagnostics);
  }
  for (const Wording& wording : kWordings) {
    if (!problem.starts_with(wording.problem) || !context.starts_with(wording.context)) continue;
    Diagnostic& said =
        diagnostics.error(at, std::string(wording.message), std::string(wording.hint));
    if (!wording.began.empty()) {
      said.notes.push_back({place(parser.context_mark), std::string(wording.began)});
    }
    return;
  }
  Diagnostic& said = diagnostics.error(at, printable(problem));
  if (!context.empty()) {
    said.notes.push_back(
        {place(parser.context_mark), fmt::format("{} that begins here", printable(context))});
  }
}

}  // namespace tablekey::scenarios
