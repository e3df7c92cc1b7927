// Completion scripts: the tree of verbs and options as tables that a shell looks into.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "replay/command_line/outline.h"

namespace tablekey::replay::command_line {
namespace {

// "/study/plan"
std::string key_of(const OutlinedVerb& verb) {
  std::string key;
  for (const std::string& word : verb.path) key += "/" + word;
  return key;
}

std::string option_words(const OutlinedVerb& verb) {
  std::string words;
  for (const auto& option : verb.options) {
    for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

// Within single quotes of every shell; in zsh's specifications brackets and colons mean something.
std::string quiet(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
    } else if (c == '\'') {
      out += "\xE2\x80\x99";  // a typographic apostrophe means nothing to a shell
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : quiet(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const OutlinedOption& option) {
  std::string action;
  if (!option.value.empty()) {
    const auto choices = option.choices();
    action = fmt::format(":{}:", zsh_text(option.value));
    if (!choices.empty()) {
      action += fmt::format("({})", fmt::join(choices, " "));
    } else if (option.takes_path()) {
      action += "_files";
    } else {
      action += " ";
    }
  }
  std::string out;
  for (const std::string& name : option.names) {
    out += fmt::format(" \\\n        '*{}[{}]{}'", name, zsh_text(option.meaning), action);
  }
  return out;
}

std::string zsh_verb(const OutlinedVerb& verb) {
  std::string out = fmt::format("    {})\n      _arguments -s", key_of(verb));
  for (const auto& option : verb.options) out += zsh_option(option);
  if (!verb.positionals.empty()) out += " \\\n        '*:file:_files'";
  return out + "\n      ;;\n";
}

// The condition under which fish offers what belongs to a verb.
std::string fish_place(const OutlinedVerb& verb) {
  if (verb.path.empty()) return "__fish_use_subcommand";
  std::string place = fmt::format("__fish_seen_subcommand_from {}", verb.path.front());
  if (verb.path.size() > 1) {
    place += fmt::format("; and __fish_seen_subcommand_from {}", verb.path.back());
  } else if (!verb.verbs.empty()) {
    place += fmt::format("; and not __fish_seen_subcommand_from {}", fmt::join(verb.verbs, " "));
  }
  return place;
}

std::string fish_option(const OutlinedVerb& verb, const OutlinedOption& option) {
  std::string out = fmt::format("complete -c tablekey -n '{}'", fish_place(verb));
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                  : fmt::format(" -s {}", name.substr(1));
  }
  if (!option.value.empty()) {
    const auto choices = option.choices();
    if (!choices.empty()) {
      out += fmt::format(" -x -a '{}'", fmt::join(choices, " "));
    } else {
      out += option.takes_path() ? " -r" : " -x";
    }
  }
  return out + fmt::format(" -d '{}'\n", quiet(option.meaning));
}

}  // namespace

std::string bash_completion(const std::vector<OutlinedVerb>& verbs) {
  std::string places, values, words;
  for (const OutlinedVerb& verb : verbs) {
    const std::string key = key_of(verb);
    for (const std::string& below : verb.verbs) {
      places += fmt::format("      \"{} {}\") place={}/{} ;;\n", key, below, key, below);
    }
    for (const auto& option : verb.options) {
      if (option.value.empty()) continue;
      const auto choices = option.choices();
      for (const std::string& name : option.names) {
        values += fmt::format("    \"{} {}\") ", key, name);
        if (!choices.empty()) {
          values += fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
                                fmt::join(choices, " "));
        } else {
          values += option.takes_path() ? "COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
                                        : "return ;;\n";
        }
      }
    }
    words += fmt::format("    \"{}\") options=\"{}\" verbs=\"{}\" files={} ;;\n", key,
                         option_words(verb), fmt::join(verb.verbs, " "),
                         verb.positionals.empty() ? "no" : "yes");
  }
  return fmt::format(
      R"bash(# Completion of tablekey for bash. To use it: source <(tablekey completion bash)
_tablekey() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local place="" options="" verbs="" files=no i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$place ${{COMP_WORDS[i]}}" in
{}    esac
  done
  case "$place $before" in
{}  esac
  case "$place" in
{}  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    return
  fi
  COMPREPLY=($(compgen -W "$verbs" -- "$current"))
  if [[ $files == yes ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}}
complete -o filenames -F _tablekey tablekey
)bash",
      places, values, words);
}

std::string zsh_completion(const std::vector<OutlinedVerb>& verbs) {
  std::string places, lists, arguments;
  for (const OutlinedVerb& verb : verbs) {
    const std::string key = key_of(verb);
    for (const std::string& below : verb.verbs) {
      places += fmt::format("      \"{} {}\") place={}/{}; at=$i ;;\n", key, below, key, below);
    }
    if (!verb.path.empty()) arguments += zsh_verb(verb);
    if (verb.verbs.empty()) continue;
    lists += fmt::format("    \"{}\")\n      verbs=(", key);
    for (const OutlinedVerb& other : verbs) {
      if (other.path.size() != verb.path.size() + 1) continue;
      if (!std::equal(verb.path.begin(), verb.path.end(), other.path.begin())) continue;
      lists += fmt::format("\n        '{}:{}'", other.path.back(), zsh_text(other.sentence));
    }
    lists += ")\n      ;;\n";
  }
  return fmt::format(
      R"zsh(#compdef tablekey
# Completion of tablekey for zsh. To use it: put this file as _tablekey into a folder of $fpath, or
# source <(tablekey completion zsh)
_tablekey() {{
  local place="" i
  local -i at=1
  local -a verbs
  for ((i = 2; i < CURRENT; ++i)); do
    case "$place ${{words[i]}}" in
{}    esac
  done
  case "$place" in
{}  esac
  if (( ${{#verbs}} && CURRENT == at + 1 )) && [[ ${{words[CURRENT]}} != -* ]]; then
    _describe command verbs
    [[ -z $place ]] && return
  fi
  shift $((at - 1)) words
  (( CURRENT -= at - 1 ))
  case "$place" in
{}  esac
}}
if [[ $funcstack[1] == _tablekey ]]; then
  _tablekey "$@"
else
  compdef _tablekey tablekey
fi
)zsh",
      places, lists, arguments);
}

std::string fish_completion(const std::vector<OutlinedVerb>& verbs) {
  std::string out =
      "# Completion of tablekey for fish. To use it: tablekey completion fish | source\n";
  for (const OutlinedVerb& verb : verbs) {
    for (const OutlinedVerb& other : verbs) {
      if (other.path.size() != verb.path.size() + 1) continue;
      if (!std::equal(verb.path.begin(), verb.path.end(), other.path.begin())) continue;
      out += fmt::format("complete -c tablekey{} -n '{}' -a {} -d '{}'\n",
                         verb.positionals.empty() ? " -f" : "", fish_place(verb), other.path.back(),
                         quiet(other.sentence));
    }
    for (const auto& option : verb.options) out += fish_option(verb, option);
  }
  return out;
}

}  // namespace tablekey::replay::command_line
