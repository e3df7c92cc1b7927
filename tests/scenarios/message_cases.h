// Cases of messages kept as text, because the whole rendered text is what is tested and people must
// be able to read it. A file holds cases of this form; `+name` appends one of the parts that
// parts.txt holds, below the case's own lines, so that line numbers stay those of the case:
//
//   === a duration without a unit
//   +head
//   model:
//     table_key_cache: { idle_timeout: 5 }
//   --- says
//   case.yaml:2:36: error: idle_timeout needs a unit
//   …
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "scenarios/load.h"

namespace tablekey::scenarios::testing {

struct MessageCase {
  std::string name;
  std::string source;    // with its parts appended
  std::string own;       // as the file has it
  std::string expected;  // the rendered text, without colour
  std::vector<std::string> overrides;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A file of recorded arrivals that stands beside the messages.
inline std::string read_recording(std::string_view name) {
  return read_file(std::string(TABLEKEY_SOURCE_DIR) + "/tests/scenarios/recordings/" +
                   std::string(name));
}

// Sections of a file by their heading, `=== name`.
inline std::vector<std::pair<std::string, std::string>> read_sections(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> sections;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== ")) {
      sections.emplace_back(line.substr(4), "");
    } else if (!sections.empty()) {
      sections.back().second += line + "\n";
    }
  }
  return sections;
}

// Escapes for bytes that a text file should not hold.
inline std::string unescape(std::string text) {
  const std::pair<std::string, std::string> escapes[] = {
      {"<TAB>", "\t"}, {"<BEL>", "\a"}, {"<FF>", "\xff"}, {"<EMPTY>\n", ""}};
  for (const auto& [from, to] : escapes) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

inline std::vector<MessageCase> read_cases(const std::string& folder, const std::string& file) {
  std::map<std::string, std::string> parts;
  for (const auto& [name, text] : read_sections(folder + "/parts.txt")) parts[name] = text;
  std::vector<MessageCase> cases;
  for (const auto& [name, text] : read_sections(folder + "/" + file)) {
    const std::size_t says = text.find("--- says\n");
    MessageCase one;
    one.name = name;
    one.own = text.substr(0, says);
    std::string below, source;
    std::istringstream lines(one.own);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("+override ")) {
        one.overrides.push_back(line.substr(10));
      } else if (line.starts_with('+')) {
        below += parts.at(line.substr(1));
      } else {
        source += line + "\n";
      }
    }
    one.source = unescape(source + below);
    if (says != std::string::npos) one.expected = text.substr(says + 9);
    while (one.expected.ends_with("\n\n")) one.expected.pop_back();
    cases.push_back(std::move(one));
  }
  return cases;
}

inline LoadResult load_case(const MessageCase& one) {
  LoadOptions options;
  for (const std::string& given : one.overrides) {
    const std::size_t equals = given.find('=');
    options.overrides.push_back({given.substr(0, equals), given.substr(equals + 1)});
  }
  options.read_include = [](std::string_view path) -> std::expected<std::string, std::string> {
    if (path == "keys.yaml") {
      return "Resources:\n  Key:\n    Type: AWS::KMS::Key\n  Key:\n    Type: AWS::KMS::Key\n";
    }
    if (path == "list.yaml") return "- a\n- b\n";
    if (path == "broken.yaml") return "Resources: [\n";
    if (path == "broken-profile.yaml") return "model: { kms: { eras: classic } }\ntitel: mine\n";
    if (path == "loop-profile.yaml") return "profile: mine\nbase: loop-profile.yaml\n";
    const bool recording =
        path.ends_with(".csv") || path.ends_with(".json") || path.ends_with(".json.gz");
    if (recording && path != "missing.csv") return read_recording(path);
    return std::unexpected("no such file");
  };
  return load(one.source, "case.yaml", options);
}

}  // namespace tablekey::scenarios::testing
