// Verbs about the command line itself, which therefore look at the tree that they are a part of.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "replay/command_line/offer.h"
#include "replay/command_line/outline.h"
#include "replay/command_line/tree.h"
#include "scenarios/characters.h"

namespace tablekey::replay::command_line {
namespace {

struct CompletionOptions {
  std::string shell;
  bool json = false;
};
struct ManOptions {
  std::vector<std::string> verb;
  bool json = false;
};

// Nothing: no shell of that name is known.
std::optional<std::string> completion_for(const std::string& shell,
                                          const std::vector<OutlinedVerb>& verbs) {
  if (shell == "bash") return bash_completion(verbs);
  if (shell == "zsh") return zsh_completion(verbs);
  if (shell == "fish") return fish_completion(verbs);
  return std::nullopt;
}

std::string script_json(const std::string& shell, const std::string& script) {
  const nlohmann::ordered_json document = {
      {"format", "tablekey.completion/1"}, {"shell", shell}, {"script", script}};
  return document.dump(2) + "\n";
}

// The verbs that begin with the given words: one with those below it, or all.
std::vector<OutlinedVerb> part_of(const std::vector<OutlinedVerb>& all,
                                  const std::vector<std::string>& words) {
  std::vector<OutlinedVerb> out;
  for (const OutlinedVerb& verb : all) {
    if (verb.path.size() >= words.size() &&
        std::equal(words.begin(), words.end(), verb.path.begin())) {
      out.push_back(verb);
    }
  }
  return out;
}

}  // namespace

void offer_completion(CLI::App& app, CommandLine& line) {
  CLI::App& verb =
      add_verb(app, line, "completion",
               "Prints a script that completes tablekey's commands in a shell.\n\n"
               "  tablekey completion bash > ~/.local/share/bash-completion/completions/tablekey\n"
               "  tablekey completion fish > ~/.config/fish/completions/tablekey.fish");
  const auto options = std::make_shared<CompletionOptions>();
  line.options.push_back(options);
  verb.add_option("SHELL", options->shell, "bash, zsh or fish")->required();
  verb.add_flag("--json", options->json, "the script within a JSON document");
  verb.callback([&app, &line, options = options.get()] {
    line.chosen = [&app, options](verbs::Console& console) {
      const auto script = completion_for(options->shell, outline(app));
      if (!script) {
        const std::vector<std::string_view> known = {"bash", "zsh", "fish"};
        const std::string meant = scenarios::did_you_mean(options->shell, known);
        return console.fail(verbs::kExitUsage, "no completion for '" + options->shell + "'",
                            meant.empty() ? "there is bash, zsh and fish" : meant);
      }
      console.out << (options->json ? script_json(options->shell, *script) : *script);
      return verbs::kExitOk;
    };
  });
}

void offer_man(CLI::App& app, CommandLine& line) {
  CLI::App& verb = add_verb(app, line, "man",
                            "Prints the manual as a man page, whole or of one command.\n\n"
                            "  tablekey man > tablekey.1 && man ./tablekey.1\n"
                            "  tablekey man study > tablekey-study.1");
  const auto options = std::make_shared<ManOptions>();
  line.options.push_back(options);
  verb.add_option("COMMAND", options->verb, "the command to print")->option_text("COMMAND");
  verb.add_flag("--json", options->json, "commands, options and what they mean as a JSON document");
  verb.callback([&app, &line, options = options.get()] {
    line.chosen = [&app, options](verbs::Console& console) {
      const auto page = part_of(outline(app), options->verb);
      if (page.empty()) {
        return console.fail(verbs::kExitUsage, "no such command '" + options->verb.back() + "'",
                            "tablekey --help lists all");
      }
      console.out << (options->json ? outline_json(page, console.version)
                                    : man_page(page, console.version));
      return verbs::kExitOk;
    };
  });
}

}  // namespace tablekey::replay::command_line
