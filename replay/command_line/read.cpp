#include "replay/command_line/read.h"

#include <algorithm>

#include "scenarios/characters.h"

namespace tablekey::replay::command_line {
namespace {

constexpr const char* kHelpHint = " --help lists all";

// The first word that is no option must be a verb, and the next one too where that verb has verbs
// of its own. CLI11 would speak of subcommands.
std::optional<int> refuse_verb(const std::vector<std::string>& words, const CLI::App& app,
                               verbs::Console& console) {
  const CLI::App* level = &app;
  for (std::size_t i = 0; i < words.size() && only_verbs(*level); ++i) {
    if (words[i].starts_with('-')) {
      if (words[i] == "--color") ++i;
      continue;
    }
    std::vector<std::string> names;
    for (const CLI::App* verb : level->get_subcommands({})) names.push_back(verb->get_name());
    if (std::ranges::find(names, words[i]) == names.end()) {
      const std::vector<std::string_view> views(names.begin(), names.end());
      std::string hint = scenarios::did_you_mean(words[i], views);
      if (!hint.empty()) hint.resize(std::max<std::size_t>(hint.size() + 2, 42), ' ');
      return console.fail(verbs::kExitUsage, "no such command '" + words[i] + "'",
                          hint + full_name(*level) + kHelpHint);
    }
    level = level->get_subcommand(words[i]);
  }
  return std::nullopt;
}

std::string without(std::string text, std::string_view ending) {
  if (text.ends_with(ending)) text.resize(text.size() - ending.size());
  return text;
}

std::string nearest_option(const std::string& word, const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return scenarios::did_you_mean(word.substr(0, word.find('=')), views);
}

// CLI11's exceptions in our own words.
int refuse(const CLI::ParseError& error, const CLI::App& app, verbs::Console& console) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().back();
  const CLI::App& verb = *chosen;
  const std::string help = full_name(verb) + " --help shows how";
  const std::vector<std::string> rest = app.remaining(true);
  if (!rest.empty()) {
    const bool option = rest.front().size() > 1 && rest.front().starts_with('-');
    const std::string meant = option ? nearest_option(rest.front(), verb) : std::string();
    return console.fail(
        verbs::kExitUsage,
        (option ? "no such option '" : "one argument too many: '") + rest.front() + "'",
        meant.empty() ? help : meant + "  " + help);
  }
  const std::string what = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    if (only_verbs(verb)) {
      return console.fail(verbs::kExitUsage, "no command", full_name(verb) + kHelpHint);
    }
    return console.fail(verbs::kExitUsage, without(what, " is required") + " is missing", help);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return console.fail(verbs::kExitUsage, what.substr(0, what.find(':')) + " needs a value", help);
  }
  return console.fail(verbs::kExitUsage, what, help);
}

}  // namespace

std::optional<int> read(const std::vector<std::string>& words, CLI::App& app,
                        verbs::Console& console) {
  if (const auto refused = refuse_verb(words, app, console)) return refused;
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    console.out << app.help();
    return verbs::kExitOk;
  } catch (const CLI::CallForVersion& version) {
    console.out << version.what() << '\n';
    return verbs::kExitOk;
  } catch (const CLI::ParseError& error) {
    return refuse(error, app, console);
  }
  return std::nullopt;
}

int refuse_no_command(verbs::Console& console) {
  return console.fail(verbs::kExitUsage, "no command", std::string("tablekey") + kHelpHint);
}

}  // namespace tablekey::replay::command_line
