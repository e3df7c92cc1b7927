// What the verbs' parts of the command line are made of: a verb with its help and its options, and
// the options that several verbs have. The front door alone knows CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/writer.h"
#include "replay/verbs/console.h"
#include "replay/verbs/execution.h"
#include "replay/verbs/scenario_file.h"

namespace tablekey::replay::command_line {

/// What the words of a command line came to.
struct CommandLine {
  std::string color = "auto";
  std::function<int(verbs::Console&)> chosen;  ///< the verb with its options; empty: none
  std::vector<std::shared_ptr<void>> options;  ///< of every verb, which CLI11 writes into
};

/// A verb on offer: its part of the tree, and the options that it will be called with.
template <class Options>
struct Offered {
  CLI::App& verb;
  Options& options;
};

/// "tablekey policy eval" for the verb's own part of the tree.
std::string full_name(const CLI::App& verb);
/// Whether a verb stands for its verbs alone, or takes a file of its own as well.
bool only_verbs(const CLI::App& verb);
/// Adds a verb without options of its own; its help is a sentence, two examples, then more.
CLI::App& add_verb(CLI::App& app, CommandLine& line, const std::string& name,
                   const std::string& help);
/// Lists the verbs of `app` under one heading.
void group_verbs(CLI::App& app);
/// Makes `app` print help as all verbs do, with `footer` at its end.
void format_help(CLI::App& app, const std::string& footer);

/// Adds a verb. When it is the one on the command line it becomes `chosen`.
template <class Options>
Offered<Options> offer_verb(CLI::App& app, CommandLine& line, const std::string& name,
                            const std::string& help, int (*call)(const Options&, verbs::Console&)) {
  const auto options = std::make_shared<Options>();
  line.options.push_back(options);
  CLI::App& verb = add_verb(app, line, name, help);
  verb.callback([&line, options = options.get(), call] {
    line.chosen = [options, call](verbs::Console& console) { return call(*options, console); };
  });
  return {verb, *options};
}

/// Adds an option whose text `parse` turns into a value. What parse() says of a bad text is what
/// the user is told.
template <class Value, class Place>
CLI::Option* offer(CLI::App& verb, const std::string& name, const std::string& shown,
                   const std::string& meaning, Place& place,
                   std::expected<Value, std::string> (*parse)(std::string_view)) {
  const auto take = [name, &place, parse](const std::string& text) {
    const auto value = parse(text);
    if (!value) throw CLI::ValidationError(name, value.error());
    place = *value;
  };
  return verb.add_option_function<std::string>(name, take, meaning)->option_text(shown);
}

void offer_json(CLI::App& verb, bool& json, const std::string& meaning = "print one JSON document");
void offer_trace(CLI::App& verb, std::filesystem::path& trace);
/// --set, which may be given many times, each with one text.
void offer_settings(CLI::App& verb, std::vector<verbs::Setting>& into, const std::string& meaning);
void offer_scenario(CLI::App& verb, verbs::ScenarioChoices& scenario);
void offer_shell(CLI::App& verb, verbs::ShellChoices& shell);
void offer_writer(CLI::App& verb, events::WriterOptions& writer);
void offer_color(CLI::App& verb, std::string& color);

}  // namespace tablekey::replay::command_line
