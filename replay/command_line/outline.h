// The command line as plain data, for whatever is made from it: completion, man pages.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tablekey::replay::command_line {

struct OutlinedOption {
  std::vector<std::string> names;  ///< "-o", "--output"
  std::string value;               ///< what stands for its value: "N", "none|zstd"; empty: a flag
  std::string meaning;

  /// The words it may be, where they are few: none, zstd.
  std::vector<std::string> choices() const;
  /// Its value is a file or a folder.
  bool takes_path() const;
};

struct OutlinedVerb {
  std::vector<std::string> path;  ///< {"study", "plan"}; empty: the program itself
  std::string sentence;           ///< the first line of its help
  std::string text;               ///< the rest: examples and more
  std::vector<OutlinedOption> options;
  std::vector<std::string> positionals;  ///< "FILE", "TRACE..."
  std::vector<std::string> verbs;        ///< names of those below it

  std::string name() const;  ///< "study plan"
};

/// The program and all verbs, each before those below it, in the order of help.
std::vector<OutlinedVerb> outline(const CLI::App& app);

/// Scripts for shells; `man` is a page in roff of the program, or of one verb.
std::string bash_completion(const std::vector<OutlinedVerb>& verbs);
std::string zsh_completion(const std::vector<OutlinedVerb>& verbs);
std::string fish_completion(const std::vector<OutlinedVerb>& verbs);
std::string man_page(const std::vector<OutlinedVerb>& verbs, const std::string& version);
/// The same verbs as a JSON document, for programs that call tablekey.
std::string outline_json(const std::vector<OutlinedVerb>& verbs, const std::string& version);

}  // namespace tablekey::replay::command_line
