#include "replay/command_line/offer.h"

#include "replay/verbs/option_text.h"
#include "sim/shell.h"

namespace tablekey::replay::command_line {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 all as expected, 1 an expectation not met or a replay that differs, 2 bad "
    "command\n"
    "line or input, 3 cannot read or write, 4 a bug in tablekey, 75 stopped at a time limit, 130\n"
    "interrupted. A trace that is not whole: 3 torn at its end, 4 damaged, 5 not a trace.";

// Help opens with a sentence and examples; the list of verbs shows the sentences alone.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }

  std::string make_usage(const CLI::App* app, std::string) const override {
    if (app->get_parent() == nullptr) return "\nUsage: tablekey COMMAND [OPTIONS] FILE\n";
    std::string usage = "\nUsage: " + full_name(*app);
    usage += only_verbs(*app) ? " COMMAND [OPTIONS]" : " [OPTIONS]";
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional()) usage += " " + make_option_usage(option);
    }
    return usage + "\n";
  }
  std::string make_positionals(const CLI::App*) const override { return {}; }
  std::string make_subcommand(const CLI::App* sub) const override {
    const std::string description = sub->get_description();
    std::stringstream out;
    CLI::detail::format_help(out, sub->get_name(), description.substr(0, description.find('\n')),
                             13);
    return out.str();
  }
};

}  // namespace

std::string full_name(const CLI::App& verb) {
  if (verb.get_parent() == nullptr) return "tablekey";
  return full_name(*verb.get_parent()) + " " + verb.get_name();
}

bool only_verbs(const CLI::App& verb) {
  const bool positional = std::ranges::any_of(
      verb.get_options(), [](const CLI::Option* option) { return option->get_positional(); });
  return !positional && !verb.get_subcommands({}).empty();
}

CLI::App& add_verb(CLI::App& app, CommandLine& line, const std::string& name,
                   const std::string& help) {
  CLI::App& verb = *app.add_subcommand(name, help);
  format_help(verb, kExitCodes);
  offer_color(verb, line.color);
  return verb;
}

void group_verbs(CLI::App& app) {
  for (CLI::App* one : app.get_subcommands({})) one->group("Commands");
}

void format_help(CLI::App& app, const std::string& footer) {
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(app.get_parent() == nullptr ? footer + kExitCodes : footer);
  app.set_help_flag("-h,--help", "print this help");
}

void offer_json(CLI::App& verb, bool& json, const std::string& meaning) {
  verb.add_flag("--json", json, meaning);
}

void offer_trace(CLI::App& verb, std::filesystem::path& trace) {
  verb.add_option("TRACE", trace, "a trace")->required();
}

void offer_settings(CLI::App& verb, std::vector<verbs::Setting>& into, const std::string& meaning) {
  const auto take = [&into](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      auto setting = verbs::parse_setting(text);
      if (!setting) throw CLI::ValidationError("--set", setting.error());
      into.push_back(std::move(*setting));
    }
  };
  verb.add_option_function<std::vector<std::string>>("--set", take, meaning)
      ->option_text("PATH=VALUE")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void offer_scenario(CLI::App& verb, verbs::ScenarioChoices& scenario) {
  verb.add_option("FILE", scenario.file, "a scenario")->required();
  offer(verb, "--seed", "N", "instead of the scenario's own seed", scenario.seed,
        verbs::parse_seed);
  offer_settings(verb, scenario.set, "another value in the scenario file; may be given many times");
}

void offer_shell(CLI::App& verb, verbs::ShellChoices& shell) {
  offer(verb, "--pace", "60x", "simulated time for each second of real time; at once if absent",
        shell.pace, sim::parse_pace);
  offer(verb, "--progress", "auto|none|line|json",
        "progress on stderr; auto: a line if that is a terminal", shell.progress,
        sim::parse_progress);
  offer(verb, "--time-limit", "30s", "stop after so much real time, with exit code 75",
        shell.time_limit, verbs::parse_time_limit);
}

void offer_writer(CLI::App& verb, events::WriterOptions& writer) {
  verb.add_flag_function(
      "--no-writer-thread", [&writer](std::int64_t) { writer.background = false; },
      "hash and write on the simulation's own thread; the bytes are the same");
  offer(verb, "--sync-every", "N", "have the disk keep every N chunks; else only at the end",
        writer.sync_every, verbs::parse_chunks);
}

// A --color stands before the verb or after it.
void offer_color(CLI::App& app, std::string& color) {
  offer(app, "--color", "auto|always|never", "colour; auto: in a terminal, and not with NO_COLOR",
        color, verbs::parse_color);
}

}  // namespace tablekey::replay::command_line
